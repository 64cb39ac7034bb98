//! Why a process' filters are not known, and what to do.

use super::status::{Mode, Status};
use super::tool::Tool;
use crate::filter::ReadError;
use std::fs;
use std::io;

/// Errors of Linux, the same on every architecture that it is asked on.
const EPERM: i32 = 1;
pub(super) const ESRCH: i32 = 3;
const EIO: i32 = 5;
const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const EMEDIUMTYPE: i32 = 124;

const CAP_SYS_PTRACE: u32 = 19;
const CAP_SYS_ADMIN: u32 = 21;

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Not Linux, no `/proc`, or built without the feature.
    #[error(
        "the filters of processes are read on Linux with /proc, by a program that is built with the \
         feature `live`: read them there, and give the files as bpf:FILE"
    )]
    Unsupported,
    /// No number.
    #[error("`{0}` is no process: write pid:N with its number")]
    NoNumber(String),
    /// None of that number.
    #[error("there is no process {0}")]
    NoProcess(u32),
    /// It is a zombie, or ended while it was read.
    #[error("process {0} has ended: it holds no filter any more")]
    Ended(u32),
    /// Lines are missing.
    #[error("/proc/{0}/status is not as Linux writes it")]
    Status(u32),
    /// The file cannot be read.
    #[error("/proc/{0}/status cannot be read: {1}")]
    Unreadable(u32, String),
    /// Seccomp's first mode.
    #[error(
        "process {0} is in seccomp's strict mode, which is no filter: the kernel lets it call read, \
         write, exit and sigreturn alone"
    )]
    Strict(u32),
    /// The asker's own.
    #[error(
        "a process cannot read the filters that it has itself, nor can a child of it, which has them \
         too: run sdiff outside of them (on the host, not in the container) with pid:N or container:NAME"
    )]
    Own,
    /// The asker has a filter.
    #[error(
        "sdiff runs under a seccomp filter itself, and to such a process the kernel shows no filters: \
         run it on the host, outside of containers and sandboxes"
    )]
    Filtered,
    /// The asker has not the capabilities.
    #[error(
        "the kernel shows the filters of process {id} to root alone (CAP_SYS_ADMIN and CAP_SYS_PTRACE in \
         the first user namespace; {missing}): run sdiff with sudo"
    )]
    NotRoot {
        /// The process.
        id: u32,
        /// What the asker lacks.
        missing: String,
    },
    /// Another one traces it.
    #[error(
        "process {id} is traced by process {tracer} (a debugger, strace), and a process has one tracer \
         at a time: end that one, or wait for it"
    )]
    Traced {
        /// The process.
        id: u32,
        /// Its tracer.
        tracer: u32,
    },
    /// The security module Yama.
    #[error(
        "process {0} may not be traced: kernel.yama.ptrace_scope is 3, which turns tracing off until \
         the machine starts again without it"
    )]
    Yama(u32),
    /// Another security module, most likely.
    #[error(
        "process {0} may not be traced, though sdiff has the capabilities: a security module \
         (SELinux, AppArmor) forbids it; its log says which rule"
    )]
    Forbidden(u32),
    /// The kernel cannot.
    #[error(
        "this kernel shows no filters: it takes Linux 4.4 that is built with CONFIG_CHECKPOINT_RESTORE \
         (zgrep CHECKPOINT_RESTORE /proc/config.gz)"
    )]
    Kernel,
    /// It does not stop.
    #[error(
        "process {0} does not stop within two seconds: it waits in the kernel (state D in ps) or is frozen; \
         it was let go, try again later"
    )]
    Busy(u32),
    /// Something else.
    #[error("process {id}: {step} fails: {error}")]
    System {
        /// The process.
        id: u32,
        /// What was tried.
        step: Step,
        /// The system's words.
        error: String,
    },
    /// What the kernel gave is no filter.
    #[error("a filter of process {0}: {1}")]
    Filter(u32, ReadError),
    /// No container's name.
    #[error(
        "`{0}` is no container's name: letters, digits, `_`, `.` and `-`, with the engine's program \
         before it if need be (container:docker/web)"
    )]
    Name(String),
    /// Nobody knows the container.
    #[error("no running container `{name}`: {}", said(asked))]
    NoContainer {
        /// The name.
        name: String,
        /// Who was asked.
        asked: Vec<Asked>,
    },
    /// Several know different ones.
    #[error(
        "several containers are called `{name}`: {}; name one's engine, as in container:{}/{name}, or its \
         process, as in pid:{}",
        theirs(found), found.first().map_or("docker", |(tool, _)| tool.name()),
        found.first().map_or(0, |(_, process)| *process)
    )]
    Several {
        /// The name.
        name: String,
        /// Whose, with the process of each.
        found: Vec<(Tool, u32)>,
    },
}

/// Who was asked for a container, and why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub tool: Tool,
    /// Their words.
    pub said: String,
}

/// What is done with a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A thread is started that does the rest.
    Thread,
    /// `PTRACE_SEIZE`.
    Seize,
    /// `PTRACE_INTERRUPT`, and to wait for it.
    Stop,
    /// `PTRACE_SECCOMP_GET_FILTER`.
    Filter,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Step::Thread => "to start a thread",
            Step::Seize => "PTRACE_SEIZE",
            Step::Stop => "to stop it",
            Step::Filter => "PTRACE_SECCOMP_GET_FILTER",
        })
    }
}

fn said(asked: &[Asked]) -> String {
    let each = asked.iter().map(|Asked { tool, said }| format!("{}: {said}", tool.name()));
    each.collect::<Vec<_>>().join("; ")
}

fn theirs(found: &[(Tool, u32)]) -> String {
    let each = found.iter().map(|(tool, process)| format!("{}'s (process {process})", tool.name()));
    each.collect::<Vec<_>>().join(", ")
}

/// What an error of a system call means here.
pub(super) fn refused(id: u32, step: Step, error: &io::Error) -> LiveError {
    let system = || LiveError::System { id, step, error: error.to_string() };
    match (step, error.raw_os_error()) {
        (Step::Thread, _) if error.kind() == io::ErrorKind::Unsupported => LiveError::Unsupported,
        (_, Some(ESRCH)) => LiveError::Ended(id),
        (Step::Stop, _) if error.kind() == io::ErrorKind::TimedOut => LiveError::Busy(id),
        (Step::Seize | Step::Filter, Some(EPERM | EACCES)) => denied(id),
        (Step::Filter, Some(EINVAL | EIO)) => LiveError::Kernel,
        (Step::Filter, Some(EMEDIUMTYPE)) => LiveError::System {
            id,
            step,
            error: "a filter is no classic BPF, which no kernel lets a program load".to_owned(),
        },
        _ => system(),
    }
}

/// Why the kernel says no, as far as it can be seen.
fn denied(id: u32) -> LiveError {
    let status = |of: &str| Status::parse(&fs::read_to_string(format!("/proc/{of}/status")).ok()?);
    let Some(own) = status("self") else { return LiveError::Unsupported };
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok();
    reason(id, &own, status(&id.to_string()).as_ref(), scope.as_deref().map(str::trim))
}

/// The same of what was seen: the asker's status, the process', and Yama's scope.
fn reason(id: u32, own: &Status, process: Option<&Status>, scope: Option<&str>) -> LiveError {
    let lacks = |bit: u32| own.effective >> bit & 1 == 0;
    match process {
        _ if own.mode != Mode::Off => LiveError::Filtered,
        // The kernel says this, too, of a process that has ended.
        Some(status) if status.has_ended() => LiveError::Ended(id),
        None => LiveError::Ended(id),
        _ if lacks(CAP_SYS_ADMIN) || lacks(CAP_SYS_PTRACE) => {
            let names = [(CAP_SYS_ADMIN, "CAP_SYS_ADMIN"), (CAP_SYS_PTRACE, "CAP_SYS_PTRACE")];
            let lacking = names.iter().filter(|(bit, _)| lacks(*bit)).map(|(_, name)| *name);
            let missing = lacking.collect::<Vec<_>>().join(" and ") + " missing here";
            LiveError::NotRoot { id, missing }
        }
        Some(status) if status.tracer != 0 => LiveError::Traced { id, tracer: status.tracer },
        _ if scope == Some("3") => LiveError::Yama(id),
        _ => LiveError::Forbidden(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(effective: u64, mode: Mode, tracer: u32, state: char) -> Status {
        let name = String::new();
        let (group, parent, bounding, filters, has_memory) = (1, 1, 0, None, true);
        let no_new_privileges = None;
        Status {
            has_memory,
            name,
            state,
            group,
            parent,
            tracer,
            bounding,
            effective,
            no_new_privileges,
            mode,
            filters,
        }
    }

    #[test]
    fn each_refusal_has_its_own_reason() {
        let all = u64::MAX;
        let other = status(0, Mode::Filter, 0, 'S');
        let why = |own: Status, other: &Status, scope| reason(7, &own, Some(other), scope);
        let root = || status(all, Mode::Off, 0, 'R');
        assert_eq!(why(status(all, Mode::Filter, 0, 'R'), &other, None), LiveError::Filtered);
        let error = why(status(1 << CAP_SYS_ADMIN, Mode::Off, 0, 'R'), &other, Some("1"));
        assert!(
            error.to_string().contains("; CAP_SYS_PTRACE missing here): run sdiff with sudo"),
            "{error}"
        );
        let traced = status(0, Mode::Filter, 9, 't');
        assert_eq!(why(root(), &traced, None), LiveError::Traced { id: 7, tracer: 9 });
        assert_eq!(why(root(), &other, Some("3")), LiveError::Yama(7));
        assert_eq!(why(root(), &other, Some("2")), LiveError::Forbidden(7));
        assert_eq!(why(root(), &status(0, Mode::Filter, 0, 'Z'), None), LiveError::Ended(7));
        assert_eq!(reason(7, &root(), None, None), LiveError::Ended(7));
    }

    #[test]
    fn a_kernel_without_the_request_says_so() {
        let of = |step, code| refused(7, step, &io::Error::from_raw_os_error(code));
        assert_eq!(of(Step::Filter, EINVAL), LiveError::Kernel);
        assert_eq!(of(Step::Filter, EIO), LiveError::Kernel);
        assert_eq!(of(Step::Seize, ESRCH), LiveError::Ended(7));
        assert!(matches!(of(Step::Stop, 5), LiveError::System { .. }));
        let late = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(refused(7, Step::Stop, &late), LiveError::Busy(7));
    }
}
