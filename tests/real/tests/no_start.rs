//! The lint `no-start` against the real runc and crun: with one call of its table blocked no
//! container starts, and with calls beside it blocked one does. Needs root, runc, crun and busybox.

use sdiff::lint::{CRUN, Needs, RUNC};
use sdiff_real::container::{Bundle, installed_runc};
use sdiff_real::knobs;
use sdiff_real::oci::{Oci, Syscall};
use sdiff_real::reference::Runtime;
use std::process::Command;

/// A filter that blocks these calls and nothing else.
fn blocking(names: &[&str], action: &str) -> Oci {
    let names = names.iter().map(|name| name.to_string()).collect();
    let rule = Syscall { names, action: format!("SCMP_ACT_{action}"), ..Syscall::default() };
    Oci {
        default_action: "SCMP_ACT_ALLOW".into(),
        architectures: vec!["SCMP_ARCH_X86_64".into()],
        syscalls: vec![rule],
        ..Oci::default()
    }
}

/// The table is of one version; others need slightly other calls.
fn is_measured(needs: &Needs) -> bool {
    let output = Command::new(needs.runtime).arg("--version").output().map(|output| output.stdout);
    let text = String::from_utf8_lossy(&output.unwrap_or_default()).into_owned();
    text.lines().next().is_some_and(|line| line.contains(needs.version))
}

fn judge(test: &str, runtime: Runtime, needs: &Needs) {
    if !is_measured(needs) {
        return knobs::skip(test, &format!("not {} {}", needs.runtime, needs.version));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut bundle = match Bundle::new(dir.path(), runtime) {
        Ok(bundle) => bundle,
        Err(why) => return knobs::skip(test, &why),
    };
    let mut starts = |names: &[&str], action: &str, no_new_privs: bool| {
        let outcome = bundle.start(&blocking(names, action), no_new_privs, true).unwrap();
        outcome.status == Some(0)
    };
    for no_new_privs in [false, true] {
        assert!(starts(&["kcmp"], "ERRNO", no_new_privs), "{test}: no container starts at all");
        for name in needs.always {
            assert!(!starts(&[name], "ERRNO", no_new_privs), "{name}, {no_new_privs}");
        }
        for name in needs.always_alive {
            assert!(!starts(&[name], "KILL_PROCESS", no_new_privs), "{name}, {no_new_privs}");
        }
    }
    for name in needs.privileged {
        assert!(!starts(&[name], "ERRNO", false), "{name}");
    }
    for name in needs.privileged_alive {
        assert!(!starts(&[name], "KILL_PROCESS", false), "{name}");
    }
    // The nearest neighbours: calls that the runtime makes before, and twins of needed ones.
    let beside = ["execveat", "mount", "pivot_root", "unshare", "setns", "seccomp", "clone3", "open"];
    for name in beside {
        for no_new_privs in [false, true] {
            assert!(starts(&[name], "ERRNO", no_new_privs), "{name}, {no_new_privs}");
        }
    }
}

#[test]
fn runc_needs_what_the_table_says() {
    judge("runc_needs_what_the_table_says", installed_runc(), &RUNC);
}

#[test]
fn crun_needs_what_the_table_says() {
    judge("crun_needs_what_the_table_says", Runtime::Crun, &CRUN);
}
