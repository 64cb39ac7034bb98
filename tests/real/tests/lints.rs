//! The lint `does-not-load` against the real runc: it fires exactly where no container starts. Needs
//! root, runc and busybox.

use sdiff::semantics::{Engine, Settings};
use sdiff::syscall::Host;
use sdiff_real::container::Bundle;
use sdiff_real::knobs;
use sdiff_real::oci::{Arg, Oci, Syscall};

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

fn args(index: u64, op: &str, value: u64) -> Arg {
    Arg { index, value, value_two: 0, op: format!("SCMP_CMP_{op}") }
}

/// What the lint `does-not-load` says of an object.
fn lint_refuses(oci: &Oci) -> bool {
    let text = oci.to_json().to_string();
    match sdiff::load::parse("oci.json", text.as_bytes(), &Default::default()) {
        Err(error) => sdiff::lint::refused(&error).is_some(),
        Ok(loaded) => {
            let settings =
                Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Containerd) };
            let found = sdiff::lint::check(&loaded, &settings).unwrap();
            found.iter().any(|finding| finding.lint == "does-not-load")
        }
    }
}

/// The lint `does-not-load` fires exactly where the real runc starts no container.
#[test]
fn runc_refuses_what_the_lint_says() {
    let test = "runc_refuses_what_the_lint_says";
    let dir = tempfile::tempdir().unwrap();
    let mut bundle = match Bundle::new(dir.path(), "runc", None) {
        Ok(bundle) => bundle,
        Err(why) => return knobs::skip(test, &why),
    };
    let rule = |names: &[&str], action: &str, args: Vec<Arg>| Syscall {
        names: names.iter().map(|name| name.to_string()).collect(),
        action: format!("SCMP_ACT_{action}"),
        args,
        ..Syscall::default()
    };
    let of = |rules: Vec<Syscall>| Oci { syscalls: rules, ..blocking(&["kcmp"], "ERRNO") };
    let on = |arch: &str| Oci { architectures: vec![arch.into()], ..blocking(&["kcmp"], "ERRNO") };
    let eq = |value| vec![args(0, "EQ", value)];
    let cases = [
        ("nothing wrong", of(vec![rule(&["kcmp"], "ERRNO", eq(1)), rule(&["kcmp"], "LOG", eq(2))])),
        ("EEXIST", of(vec![rule(&["kcmp"], "ERRNO", eq(1)), rule(&["kcmp"], "LOG", eq(1))])),
        ("an unknown action", of(vec![rule(&["kcmp"], "EPERM", vec![])])),
        ("an unknown operator", of(vec![rule(&["kcmp"], "ERRNO", vec![args(0, "IS", 1)])])),
        ("index 6", of(vec![rule(&["kcmp"], "ERRNO", vec![args(6, "EQ", 1)])])),
        ("index 5", of(vec![rule(&["kcmp"], "ERRNO", vec![args(5, "EQ", 1)])])),
        ("an unknown name", of(vec![rule(&["kcmpp"], "ERRNO", vec![])])),
        ("an empty name", of(vec![rule(&[""], "ERRNO", vec![])])),
        ("NOTIFY on write", of(vec![rule(&["write"], "NOTIFY", vec![])])),
        ("an unknown architecture", on("SCMP_ARCH_Z80")),
        ("the other byte order", on("SCMP_ARCH_S390X")),
        ("a foreign architecture", on("SCMP_ARCH_ARM")),
    ];
    for (name, oci) in cases {
        let outcome = bundle.start(&oci, false, true).unwrap();
        assert_eq!(lint_refuses(&oci), outcome.status != Some(0), "{name}: {outcome:?}");
    }
}
