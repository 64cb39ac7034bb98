//! What a stopped call does to the programs that make it, by the facts of
//! [`crate::syscall::callers`].

use crate::profile::Action;
use crate::syscall::callers;
use crate::syscall::{Abi, Fate, Syscall, enosys};

/// The least bad first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// Every program that is known to try it does without.
    Probe,
    /// Every program that is known to try it does something else instead.
    FallsBack,
    /// What a program wanted fails, or nobody knows.
    Fatal,
}

impl Harm {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Harm::Probe => "a probe: programs do without",
            Harm::FallsBack => "programs fall back",
            Harm::Fatal => "fatal",
        }
    }
}

/// What becomes of the programs that are known to try the call, where it gets this action. Of a call
/// that no program is known to try first, the worst.
pub fn harm(syscall: Syscall, abi: Abi, action: Action) -> Harm {
    let Action::Errno(errno) = action else { return Harm::Fatal };
    // Above 34 mips has numbers of its own.
    if errno == 0 || (errno > 34 && abi.name().starts_with("mips")) {
        return Harm::Fatal;
    }
    let harms = callers(syscall).map(|caller| match caller.fate(errno) {
        Fate::DoesWithout => Harm::Probe,
        Fate::FallsBack => Harm::FallsBack,
        Fate::Fails => Harm::Fatal,
    });
    harms.max().unwrap_or(Harm::Fatal)
}

/// Whether `ENOSYS` in place of another errno is enough for every program that is known to try it.
pub fn is_mended_by_enosys(syscall: Syscall, abi: Abi, action: Action) -> bool {
    matches!(action, Action::Errno(errno) if errno != 0 && errno != enosys())
        && harm(syscall, abi, action) == Harm::Fatal
        && harm(syscall, abi, Action::Errno(enosys())) != Harm::Fatal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_programs_decides() {
        let of = |name, errno| {
            harm(Syscall::from_name(name).unwrap(), Abi::X86_64, Action::Errno(errno))
        };
        assert_eq!((of("clone3", 1), of("clone3", 38)), (Harm::Fatal, Harm::FallsBack));
        assert_eq!((of("rseq", 1), of("set_robust_list", 1)), (Harm::Probe, Harm::Probe));
        assert_eq!(of("keyctl", 1), Harm::Fatal);
        let mended = |name, action| {
            is_mended_by_enosys(Syscall::from_name(name).unwrap(), Abi::X86_64, action)
        };
        assert!(mended("clone3", Action::Errno(1)) && !mended("clone3", Action::Errno(38)));
        assert!(!mended("keyctl", Action::Errno(1)) && !mended("clone3", Action::KillProcess));
    }
}
