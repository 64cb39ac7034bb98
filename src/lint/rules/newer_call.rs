//! `newer-call`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::Action;
use crate::report::phrase::action_text;
use crate::semantics;
use crate::syscall::{Abi, Syscall};

pub(super) const LINT: Lint = Lint {
    id: "newer-call",
    severity: Severity::Warning,
    summary: "a call that common libraries try first, blocked in a way on which they do not fall back",
    story: "\
Libraries try a new call and fall back to the old one when the kernel does not know it, which they
tell by `ENOSYS`. A filter that blocks the new call with `EPERM` looks like a kernel that forbids it,
and the library gives up: an update of a container's base image then breaks under a profile that has
not changed. glibc 2.34 could not start a thread where `clone3` gave `EPERM` (moby issue 42680), Alpine
3.13 could not tell the time on 32-bit ARM (its release notes, \"time64 requirements\").

The lint fires where the older call is let through, so that the program would work, and the newer one
is blocked with anything but `ENOSYS`, with the capabilities that Docker grants. runc answers `ENOSYS`
by itself for calls above the highest number that the profile names; a profile that names one new
call takes that away from all below it. Allow the call, or block it with `errnoRet` 38.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone", "mseal"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    check: Some(check),
};

/// A call that is tried first.
struct Newer {
    call: &'static str,
    /// What is done instead on `ENOSYS`.
    older: &'static [&'static str],
    /// Who tries it, from which version on, with the source.
    who: &'static str,
    /// Whether other errnos than `ENOSYS` are borne, so that only killing breaks it.
    bears_errnos: bool,
}

const NEWER: &[Newer] = &[
    Newer {
        call: "clone3",
        older: &["clone"],
        who: "glibc 2.34 makes threads with it, and bears ENOSYS alone (moby issue 42680)",
        bears_errnos: false,
    },
    Newer {
        call: "faccessat2",
        older: &["faccessat"],
        who: "glibc 2.33 and musl 1.2.2 ask for access with it, and bear ENOSYS alone (moby pull request 41353)",
        bears_errnos: false,
    },
    Newer {
        call: "close_range",
        older: &["close"],
        who: "glibc 2.34 and GLib 2.72 close descriptors with it, and bear ENOSYS alone (moby issue 43595)",
        bears_errnos: false,
    },
    Newer {
        call: "openat2",
        older: &["openat"],
        who: "runc and crun inside the container open with it; runc bears ENOSYS alone (runc issue 4984)",
        bears_errnos: false,
    },
    Newer {
        call: "statx",
        older: &["newfstatat", "fstatat64"],
        who: "coreutils 8.32, Java 17 and others read attributes with it (debuerreotype issue 171, openjdk 8337966)",
        bears_errnos: false,
    },
    Newer {
        call: "rseq",
        older: &["set_robust_list"],
        who: "glibc 2.35 registers with it at the start of every thread, and bears any errno",
        bears_errnos: true,
    },
    Newer {
        call: "futex_time64",
        older: &["futex"],
        who: "32-bit programs of glibc 2.34 and musl 1.2 wait with it (containers/common issue 593)",
        bears_errnos: false,
    },
    Newer {
        call: "clock_gettime64",
        older: &["clock_gettime"],
        who: "32-bit programs of glibc 2.31 and musl 1.2 ask for the time with it (Alpine 3.13 release notes)",
        bears_errnos: false,
    },
    Newer {
        call: "fchmodat2",
        older: &["fchmodat"],
        who: "glibc 2.39 changes modes with it where links are not followed (docker-ce-packaging pull request 1007)",
        bears_errnos: false,
    },
];

const ENOSYS: Action = Action::Errno(38);

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let places = context.places();
    let mut findings = Vec::new();
    for newer in NEWER {
        let Some(syscall) = Syscall::from_name(newer.call) else { continue };
        for &place in &places {
            // libseccomp takes n32 and x32 for 32-bit ABIs; the kernel has no time64 calls there.
            let is_tried = !matches!(place.abi, Abi::X32 | Abi::Mips64n32 | Abi::Mipsel64n32);
            let Some(decision) = Context::decision(&context.usual, place, syscall) else {
                continue;
            };
            let old = newer.older.iter().filter_map(|name| Syscall::from_name(name));
            let old: Vec<_> =
                old.filter_map(|old| Context::decision(&context.usual, place, old)).collect();
            let mut falls_back = false;
            for old in old {
                falls_back |= !context.open(old)?.is_empty();
            }
            let breaks = |leaf: &u32| {
                let action = semantics::action(*leaf);
                match newer.bears_errnos {
                    true => {
                        matches!(action, Action::KillProcess | Action::KillThread | Action::Trap)
                    }
                    false => action < Action::Notify && action != ENOSYS,
                }
            };
            let leaves = context.store.leaves(decision);
            if !is_tried || !falls_back || !leaves.iter().all(breaks) {
                continue;
            }
            let set = crate::decision::Set::ALL;
            let proof = context.proof(set, decision, place, syscall);
            let gives = proof.map_or(String::new(), |proof| action_text(proof.action));
            let message = format!("`{syscall}` gives {gives}: {}", newer.who);
            let help = format!("allow `{syscall}`, or block it with `errnoRet` 38 (ENOSYS)");
            let finding = Finding::new(syscall.name(), message, help);
            findings.push(finding.at_any(context.mention(syscall)).proved(proof));
            break;
        }
    }
    Ok(findings)
}
