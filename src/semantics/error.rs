//! Why a profile gives no policy.

use super::libseccomp::Refused;
use crate::decision::TooLarge;
use crate::machine::Runtime;
use crate::profile::{ActionName, Profile, Rule, Span};
use crate::syscall::{Abi, Host, Syscall};

/// Why a profile gives no policy: the engine or the runtime refuses it, or it is too large to
/// decide.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SemanticsError {
    /// What is wrong.
    pub kind: Problem,
    /// Where the profile says it.
    pub span: Option<Span>,
    /// What it contradicts, if it is a contradiction.
    pub other: Option<Span>,
}

impl SemanticsError {
    pub(super) fn new(kind: Problem, span: Option<Span>) -> SemanticsError {
        SemanticsError { kind, span, other: None }
    }

    /// For a bound that is reached by the profile as a whole.
    pub(crate) fn whole(bound: TooLarge) -> SemanticsError {
        SemanticsError::new(Problem::Whole(bound), None)
    }

    /// The error for a bound that is reached with a profile: with the system call that the work was
    /// about and the first rule for it; where it was about none, with the rule that says most.
    pub fn too_large(bound: TooLarge, profile: &Profile) -> SemanticsError {
        let syscall = bound.subject.and_then(|index| Syscall::from_index(index.into()));
        let names = |rule: &Rule| {
            let named = rule.name.iter().chain(&rule.names);
            named.clone().find(|name| Syscall::from_name(&name.value) == syscall).map(|n| n.span)
        };
        let of_call = syscall.and_then(|_| profile.rules.iter().find_map(names));
        let most = profile.rules.iter().max_by_key(|rule| rule.names.len() + rule.args.len());
        let span = of_call.or(most.map(|rule| rule.span));
        let kind = match syscall {
            Some(syscall) => Problem::TooLarge { syscall, bound },
            None => Problem::Whole(bound),
        };
        SemanticsError::new(kind, span.filter(|span| *span != Span::default()))
    }

    /// With a place, where it is a bound's and has none.
    pub(crate) fn placed(self, profile: &Profile) -> SemanticsError {
        match self.kind {
            Problem::Whole(bound) => SemanticsError::too_large(bound, profile),
            _ => self,
        }
    }

    /// Whether a bound was reached, so that nothing is known of the profile.
    pub fn is_bound(&self) -> bool {
        matches!(self.kind, Problem::TooLarge { .. } | Problem::Whole(_))
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&'static str> {
        Some(match &self.kind {
            Problem::NameAndNames => "keep `names` alone",
            Problem::ArchitecturesAndArchMap => "keep `archMap` alone",
            Problem::KernelVersion(_) => "write it as `\"4.8\"`: two numbers of 0 to 255",
            Problem::NotifyDefault | Problem::NotifyWrite => {
                "runc itself has to write before the listener is there: use SCMP_ACT_ERRNO or ALLOW"
            }
            Problem::IdleErrno { .. } => "no container starts with it: leave the errno out",
            Problem::EqualsDefault(_) => {
                "no container starts with it: leave the rule out, or use runc 1.0.2 or newer"
            }
            Problem::Refused { problem: Refused::Exists(_), .. } => {
                "no container starts with it: leave one of the two rules out"
            }
            Problem::Refused { problem: Refused::Endless(_), .. } => {
                "no container starts with it: write the ranges as masks, or as fewer rules"
            }
            Problem::ByteOrder { .. } => "use `archMap`, which is read for each host by itself",
            Problem::TooLarge { bound, .. } | Problem::Whole(bound) => bound.help(),
            _ => return None,
        })
    }
}

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum Problem {
    /// Neither `defaultAction` nor seccomp off.
    #[error("a profile with rules needs a `defaultAction`")]
    NoDefault,
    /// moby and containers-common take one of the two.
    #[error("`name` and `names` are both given: use one of them")]
    NameAndNames,
    /// moby and containers-common take one of the two.
    #[error("`architectures` and `archMap` are both given: use one of them")]
    ArchitecturesAndArchMap,
    /// moby's `KernelVersion`.
    #[error("`{0}` is no kernel version")]
    KernelVersion(String),
    /// containers-common's table of errnos.
    #[error("`{0}` is no errno")]
    Errno(String),
    /// libseccomp's `MAX_ERRNO`.
    #[error("{0} is too large for an errno: libseccomp takes them up to 4094")]
    ErrnoTooLarge(u64),
    /// runc's list of architectures.
    #[error("`{0}` is no architecture that runc knows")]
    Architecture(String),
    /// libseccomp takes one byte order a filter.
    #[error("{abi} cannot be in a filter on {host}: its byte order is the other one")]
    ByteOrder { abi: Abi, host: Host },
    /// The runtime's list of flags.
    #[error("`{0}` is no seccomp flag that {1} knows")]
    Flag(String, Runtime),
    /// The runtime's list of actions.
    #[error("{} is no action that {runtime} knows", action.oci_name())]
    Action { action: ActionName, runtime: Runtime },
    /// crun takes an errno where there is one to give.
    #[error("{runtime} refuses an errno beside {}, which takes none", action.oci_name())]
    IdleErrno { action: ActionName, runtime: Runtime },
    /// libseccomp refuses a rule whose action is the default one, and old runtimes hand it over.
    #[error("{0} refuses a rule whose action is the default one")]
    EqualsDefault(Runtime),
    /// runc refuses the empty name.
    #[error("an empty string is no system call: runc refuses it")]
    EmptyName,
    /// crun takes an empty list for a missing one before 1.7 (libocispec's commit ce973fd).
    #[error("{0} refuses a rule without names")]
    NoNames(Runtime),
    /// runc refuses it.
    #[error("SCMP_ACT_NOTIFY cannot be the default action")]
    NotifyDefault,
    /// runc refuses it.
    #[error("SCMP_ACT_NOTIFY cannot be used for `write`")]
    NotifyWrite,
    /// libseccomp refuses it.
    #[error("{problem}: `{}` on {host} ({abi})", syscall.name())]
    Refused { problem: Refused, syscall: Syscall, host: Host, abi: Abi },
    /// A bound of the decision engine.
    #[error("`{}` is too complex to decide: {bound}", syscall.name())]
    TooLarge { syscall: Syscall, bound: TooLarge },
    /// A bound of the decision engine.
    #[error("the profile is too complex to decide: {0}")]
    Whole(TooLarge),
}
