//! `no-start`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::Action;
use crate::semantics::{Engine, action};
use crate::syscall::{Abi, Host, Syscall};

pub(super) const LINT: Lint = Lint {
    id: "no-start",
    severity: Severity::Error,
    summary: "a call is blocked without which no container starts",
    story: "\
The runtime loads the filter before it has done its own work: with `no_new_privs` as the last thing
before the program starts, without it (the default of Docker) before it drops capabilities and changes
the user. What it still has to do the filter must let it do, or the container does not start, with a
message that seldom names seccomp.

The table was measured with runc 1.1.5 and crun 1.8.1 on amd64: one call at a time was blocked, by
`EPERM` and by killing, with and without `no_new_privs`, under a program that makes no call at all. Some
calls are needed only in that they must not kill. The tests start such containers. Other versions
need slightly other calls; what the program itself needs comes on top. A call that is needed only
without `no_new_privs` is a `warning`. Under `--engine podman` crun is looked at, else runc.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["execveat"], "action": "SCMP_ACT_ERRNO"}]}"#,
    check: Some(check),
};

/// What one runtime needs.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Its name.
    pub runtime: &'static str,
    /// The version that was measured.
    pub version: &'static str,
    /// Needed always: blocked by an errno, the container does not start.
    pub always: &'static [&'static str],
    /// Needed always not to kill; an errno is borne.
    pub always_alive: &'static [&'static str],
    /// Needed in addition without `no_new_privs`.
    pub privileged: &'static [&'static str],
    /// Needed not to kill, in addition, without `no_new_privs`.
    pub privileged_alive: &'static [&'static str],
}

/// Measured: see the story.
pub const RUNC: Needs = Needs {
    runtime: "runc",
    version: "1.1.5",
    always: &["close", "execve", "fstatfs", "getdents64", "openat", "write"],
    always_alive: &["epoll_ctl", "getpid"],
    privileged: &[
        "capget",
        "capset",
        "chdir",
        "fstat",
        "getcwd",
        "getppid",
        "newfstatat",
        "prctl",
        "read",
        "setgid",
        "setgroups",
        "setuid",
    ],
    privileged_alive: &["faccessat2", "fcntl"],
};

/// Measured: see the story.
pub const CRUN: Needs = Needs {
    runtime: "crun",
    version: "1.8.1",
    always: &["execve"],
    always_alive: &["close"],
    privileged: &[
        "capset",
        "prctl",
        "rt_sigaction",
        "rt_sigprocmask",
        "setresgid",
        "setresuid",
        "write",
    ],
    privileged_alive: &[],
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let needs = if context.engine() == Engine::Podman { CRUN } else { RUNC };
    let mut findings = Vec::new();
    let always = stopped(context, needs.always, needs.always_alive);
    let privileged = stopped(context, needs.privileged, needs.privileged_alive);
    let Needs { runtime, version, .. } = needs;
    let mut add = |stopped: &[Syscall], when: &str, severity| {
        let Some(&first) = stopped.first() else { return };
        let names: Vec<&str> = stopped.iter().map(|syscall| syscall.name()).collect();
        let names = names.join("`, `");
        let message = format!(
            "no container starts{when}: {runtime} {version} itself needs `{names}` once the filter is loaded"
        );
        let finding = Finding::new(first.name(), message, format!("allow `{names}`"));
        findings.push(finding.at_any(context.mention(first)).with_severity(severity));
    };
    add(&always, "", LINT.severity);
    if always.is_empty() {
        add(&privileged, " without no_new_privs", Severity::Warning);
    }
    Ok(findings)
}

/// Which of the calls the profile stops, on the machine that was measured.
fn stopped(context: &Context, by_errno: &[&str], by_death: &[&str]) -> Vec<Syscall> {
    let Some(abi) = context.usual.abi(Host::Amd64, Abi::X86_64) else { return Vec::new() };
    let always = |name: &&&str, is_fatal: fn(Action) -> bool| {
        let syscall = Syscall::from_name(name)?;
        let decision = abi.decision(syscall.number(Abi::X86_64)?);
        let leaves = context.store.leaves(decision);
        leaves.iter().all(|leaf| is_fatal(action(*leaf))).then_some(syscall)
    };
    let errno = |action: Action| !action.lets_through() && !matches!(action, Action::Notify);
    let death =
        |action: Action| matches!(action, Action::KillProcess | Action::KillThread | Action::Trap);
    let first = by_errno.iter().filter_map(|name| always(&name, errno));
    first.chain(by_death.iter().filter_map(|name| always(&name, death))).collect()
}
