//! What turns a resolved profile into a filter: runc and crun, by version.
//!
//! Sources: runc's `libcontainer/seccomp` and `libcontainer/specconv`, crun's
//! `src/libcrun/seccomp.c`, each by its history. runc 1.0.0-rc93, 1.1.5, 1.1.15 and 1.3.6 and crun
//! 0.17, 1.8.1, 1.21 and 1.28 were also run; what is newer was read alone.

use super::version::Version;
use crate::profile::{ActionName, Profile};
use crate::syscall::{Abi, Host, Library};
use std::fmt;

/// Who turns the resolved profile into a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// runc, with its `ENOSYS` stub.
    Runc(Version),
    /// crun.
    Crun(Version),
    /// None in particular: libseccomp's filter alone, of rules as runc adds them.
    None,
}

/// Every release of runc that is known, the oldest first.
const RUNC: &[Version] = {
    const fn v(major: u16, minor: u16, patch: u16) -> Version {
        Version::new(major, minor, patch)
    }
    &[
        Version::candidate(1, 0, 0, 92),
        Version::candidate(1, 0, 0, 93),
        Version::candidate(1, 0, 0, 94),
        Version::candidate(1, 0, 0, 95),
        v(1, 0, 0),
        v(1, 0, 1),
        v(1, 0, 2),
        v(1, 0, 3),
        v(1, 1, 0),
        v(1, 1, 1),
        v(1, 1, 2),
        v(1, 1, 3),
        v(1, 1, 4),
        v(1, 1, 5),
        v(1, 1, 6),
        v(1, 1, 7),
        v(1, 1, 8),
        v(1, 1, 9),
        v(1, 1, 10),
        v(1, 1, 11),
        v(1, 1, 12),
        v(1, 1, 13),
        v(1, 1, 14),
        v(1, 1, 15),
        v(1, 2, 0),
        v(1, 2, 1),
        v(1, 2, 2),
        v(1, 2, 3),
        v(1, 2, 4),
        v(1, 2, 5),
        v(1, 2, 6),
        v(1, 2, 7),
        v(1, 2, 8),
        v(1, 2, 9),
        v(1, 3, 0),
        v(1, 3, 1),
        v(1, 3, 2),
        v(1, 3, 3),
        v(1, 3, 4),
        v(1, 3, 5),
        v(1, 3, 6),
        v(1, 4, 0),
        v(1, 4, 1),
        v(1, 4, 2),
        v(1, 4, 3),
        v(1, 5, 0),
        v(1, 5, 1),
    ]
};

/// Every release of crun that is known, the oldest first.
const CRUN: &[Version] = {
    const fn f(major: u16, minor: u16) -> Version {
        Version::short(major, minor)
    }
    const fn v(major: u16, minor: u16, patch: u16) -> Version {
        Version::new(major, minor, patch)
    }
    &[
        f(0, 17),
        f(0, 18),
        f(0, 19),
        v(0, 19, 1),
        f(0, 20),
        v(0, 20, 1),
        f(0, 21),
        f(1, 0),
        f(1, 1),
        f(1, 2),
        f(1, 3),
        f(1, 4),
        v(1, 4, 1),
        v(1, 4, 2),
        v(1, 4, 3),
        v(1, 4, 4),
        v(1, 4, 5),
        f(1, 5),
        f(1, 6),
        f(1, 7),
        v(1, 7, 1),
        v(1, 7, 2),
        f(1, 8),
        v(1, 8, 1),
        v(1, 8, 2),
        v(1, 8, 3),
        v(1, 8, 4),
        v(1, 8, 5),
        v(1, 8, 6),
        v(1, 8, 7),
        f(1, 9),
        v(1, 9, 1),
        v(1, 9, 2),
        f(1, 10),
        f(1, 11),
        v(1, 11, 1),
        v(1, 11, 2),
        f(1, 12),
        f(1, 13),
        f(1, 14),
        v(1, 14, 1),
        v(1, 14, 2),
        v(1, 14, 3),
        v(1, 14, 4),
        f(1, 15),
        f(1, 16),
        v(1, 16, 1),
        f(1, 17),
        f(1, 18),
        v(1, 18, 1),
        v(1, 18, 2),
        f(1, 19),
        v(1, 19, 1),
        f(1, 20),
        f(1, 21),
        f(1, 22),
        f(1, 23),
        v(1, 23, 1),
        f(1, 24),
        f(1, 25),
        v(1, 25, 1),
        f(1, 26),
        f(1, 27),
        v(1, 27, 1),
        f(1, 28),
        f(1, 29),
        v(1, 29, 1),
    ]
};

/// Runtimes that people use and that are not modelled.
const OTHERS: [&str; 5] = ["youki", "runsc", "gvisor", "kata", "kata-runtime"];

/// A text that names no known runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// A runtime that exists and is not modelled.
    #[error("`{0}` is not modelled: known are runc and crun, and `none` for the filter alone")]
    NotModelled(String),
    /// A word that names no runtime.
    #[error("`{0}` is no runtime: known are runc and crun, and `none` for the filter alone")]
    Unknown(String),
    /// A version of a runtime that is not known, and the nearest one.
    #[error("{program} {version} is not known; the nearest is `{program}@{nearest}`")]
    Version {
        /// `runc` or `crun`.
        program: &'static str,
        /// What was asked for.
        version: String,
        /// The nearest known one.
        nearest: Version,
    },
}

impl Runtime {
    /// The newest known runc.
    pub const RUNC: Runtime = Runtime::Runc(RUNC[RUNC.len() - 1]);

    /// The newest known crun.
    pub const CRUN: Runtime = Runtime::Crun(CRUN[CRUN.len() - 1]);

    /// Reads `runc`, `runc@1.1`, `crun@1.8.1`, `none`: a version of a line (`1.1`) is its newest
    /// release, without a version it is the newest of all.
    ///
    /// # Errors
    /// [`RuntimeError`], where there is no such runtime or version.
    pub fn parse(text: &str) -> Result<Runtime, RuntimeError> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let (program, known, make): (_, &[Version], fn(Version) -> Runtime) = match name {
            "none" if version.is_none() => return Ok(Runtime::None),
            "runc" => ("runc", RUNC, Runtime::Runc),
            "crun" => ("crun", CRUN, Runtime::Crun),
            _ if OTHERS.contains(&name) => return Err(RuntimeError::NotModelled(name.to_owned())),
            _ => return Err(RuntimeError::Unknown(text.to_owned())),
        };
        let Some(wanted) = version else {
            return Ok(if program == "runc" { Runtime::RUNC } else { Runtime::CRUN });
        };
        let wanted = wanted.strip_prefix('v').unwrap_or(wanted);
        // The first two numbers tell most of them apart.
        let mut numbers = wanted.split('.').map(|number| number.parse::<u16>().ok());
        let [major, minor] = [numbers.next().flatten(), numbers.next().flatten()];
        // Candidates are no release of a line: they are named in full.
        let is_it = |version: &&Version| {
            if !version.begins_with(major, minor) {
                return false;
            }
            let full = version.full();
            let rest = full.strip_prefix(wanted).filter(|_| !wanted.is_empty());
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('.') && !version.is_candidate()
            })
        };
        if let Some(&version) = known.iter().rev().find(is_it) {
            return Ok(make(version));
        }
        let nearest = nearest(known, wanted);
        Err(RuntimeError::Version { program, version: wanted.to_owned(), nearest })
    }

    /// Every known release of runc and of crun, each the oldest first.
    pub fn all() -> impl Iterator<Item = Runtime> {
        RUNC.iter().map(|&v| Runtime::Runc(v)).chain(CRUN.iter().map(|&v| Runtime::Crun(v)))
    }

    /// Of each run of releases that make the same of every profile the first, each program's the
    /// oldest first.
    pub fn generations() -> impl Iterator<Item = Runtime> {
        let mut last = None;
        Runtime::all().filter(move |&runtime| {
            let own = Some((runtime.program(), runtime.traits()));
            std::mem::replace(&mut last, own) != own
        })
    }

    /// Whether both are releases of one program that make the same of this profile on these hosts.
    pub(crate) fn reads_alike(self, other: Runtime, profile: &Profile, hosts: &[Host]) -> bool {
        self.is_alike(other, profile, (hosts, true))
    }

    /// The same on every host, but for the stub and for the order in which the filter asks for calls.
    pub(crate) fn reads_alike_but_for_stub(self, other: Runtime, profile: &Profile) -> bool {
        self.is_alike(other, profile, (&[], false))
    }

    fn is_alike(
        self,
        other: Runtime,
        profile: &Profile,
        (hosts, by_stub): (&[Host], bool),
    ) -> bool {
        let actions =
            || profile.rules.iter().map(|rule| &rule.action).chain(&profile.default_action);
        let has = |name| actions().any(|action| action.value == name);
        let uses = [has(ActionName::Notify), has(ActionName::KillProcess)];
        let has_default_errno =
            profile.default_errno.is_some() || profile.default_errno_ret.is_some();
        let has_errno = has_default_errno
            || profile.rules.iter().any(|rule| rule.errno.is_some() || rule.errno_ret.is_some());
        let is_s390 = |host: &Host| host.abis().iter().any(|a| matches!(a, Abi::S390 | Abi::S390x));
        let has_flags = !profile.flags.is_empty();
        // In the order of `traits`: of what the profile does not have nothing hangs on it.
        let counts = [
            by_stub,
            by_stub,
            hosts.iter().any(is_s390),
            has_default_errno,
            has_errno,
            true,
            by_stub,
            profile.rules.iter().any(|rule| rule.names.is_empty()),
            uses[0],
            uses[1],
            has_flags,
            has_flags,
        ];
        let mut traits = self.traits().into_iter().zip(other.traits()).zip(counts);
        self.program() == other.program() && traits.all(|((a, b), counts)| a == b || !counts)
    }

    fn traits(self) -> [bool; 12] {
        [
            self.has_stub(),
            self.stub_has_native(),
            self.stub_has_setup(),
            self.reads_default_errno(),
            self.refuses_idle_errno(),
            self.leaves_out_default(),
            self.asks_for_binary_search(),
            self.wants_names(),
            self.knows_action(ActionName::Notify, true),
            self.knows_action(ActionName::KillProcess, true),
            self.knows_flag("SECCOMP_FILTER_FLAG_LOG", Library::NEWEST),
            self.knows_flag("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", Library::NEWEST),
        ]
    }

    /// The program's name.
    pub const fn program(self) -> &'static str {
        match self {
            Runtime::Runc(_) => "runc",
            Runtime::Crun(_) => "crun",
            Runtime::None => "none",
        }
    }

    /// Its version, if it is a program.
    pub const fn version(self) -> Option<Version> {
        match self {
            Runtime::Runc(version) | Runtime::Crun(version) => Some(version),
            Runtime::None => None,
        }
    }

    /// Whether calls above all that the profile names get `ENOSYS`: runc, since 1.0.0-rc93 (its
    /// commit 7a8d7162f).
    pub const fn has_stub(self) -> bool {
        self.is_runc_since(Version::candidate(1, 0, 0, 93))
    }

    /// Whether that stub is for the native ABI too where the profile does not list it: runc since
    /// 1.1.15 (its commit 618e149e4) and 1.2.0 (ccc500c42).
    pub const fn stub_has_native(self) -> bool {
        self.is_runc_since(Version::new(1, 1, 15))
    }

    /// Whether that stub answers `setup` on s390 and s390x: runc since 1.1.3 (its commit 8b93f9fb3).
    pub const fn stub_has_setup(self) -> bool {
        self.is_runc_since(Version::new(1, 1, 3))
    }

    /// Whether `defaultErrnoRet` is read: runc since 1.0.0-rc95 (its commit c61f60625), crun since
    /// 0.19 (0c5b9208).
    pub const fn reads_default_errno(self) -> bool {
        match self {
            Runtime::Runc(version) => version.is_at_least(Version::candidate(1, 0, 0, 95)),
            Runtime::Crun(version) => version.is_at_least(Version::short(0, 19)),
            Runtime::None => true,
        }
    }

    /// Whether an errno beside an action that takes none is an error: crun since 0.19 (its commit
    /// edf7f157). runc ignores it.
    pub const fn refuses_idle_errno(self) -> bool {
        matches!(self, Runtime::Crun(version) if version.is_at_least(Version::short(0, 19)))
    }

    /// Whether a rule whose action is the default one is left out: runc since 1.0.2 (its commit
    /// 960182fdf), crun always. Before that libseccomp refuses it.
    pub const fn leaves_out_default(self) -> bool {
        !matches!(self, Runtime::Runc(version) if !version.is_at_least(Version::new(1, 0, 2)))
    }

    /// How many conditions of a rule are read: crun's array has six places (until its pull request
    /// 2220, merged in September 2026 and in no release that is known here).
    pub const fn condition_limit(self) -> usize {
        if matches!(self, Runtime::Crun(_)) { 6 } else { usize::MAX }
    }

    /// Whether libseccomp is asked for a binary search where there are more than 32 names: runc
    /// since 1.2.0 (its commit b265d1288).
    pub const fn asks_for_binary_search(self) -> bool {
        matches!(self, Runtime::None) || self.is_runc_since(Version::new(1, 2, 0))
    }

    /// Whether `NOTIFY` is refused for `write` and as the default action, and an empty name at all.
    pub const fn is_strict(self) -> bool {
        !matches!(self, Runtime::Crun(_))
    }

    /// Whether it refuses a rule without names: crun before 1.7 (its parser: libocispec's commit
    /// ce973fd).
    pub const fn wants_names(self) -> bool {
        matches!(self, Runtime::Crun(version) if !version.is_at_least(Version::short(1, 7)))
    }

    /// Whether it knows an action: runc `NOTIFY` since 1.1.0 (its commit 2b025c017), `KILL_PROCESS`
    /// since 1.1.3 (d105e052d), and so `KILL_THREAD` where that is not written `KILL`
    /// (`is_in_full`).
    pub const fn knows_action(self, action: ActionName, is_in_full: bool) -> bool {
        let Runtime::Runc(version) = self else { return true };
        match action {
            ActionName::Notify => version.is_at_least(Version::new(1, 1, 0)),
            ActionName::KillProcess => version.is_at_least(Version::new(1, 1, 3)),
            ActionName::KillThread => !is_in_full || version.is_at_least(Version::new(1, 1, 3)),
            _ => true,
        }
    }

    /// Whether it takes a flag: runc any since 1.2.0 (its commit 58ea21dae) and `WAIT_KILLABLE_RECV`
    /// since 1.5.0 (7dd372d40) if libseccomp has it (2.6.0), crun that one since 1.6 (396ac888).
    pub fn knows_flag(self, flag: &str, library: Library) -> bool {
        let waits_since = |runc, crun: Version| match self {
            Runtime::Runc(_) => self.is_runc_since(runc),
            Runtime::Crun(version) => version >= crun,
            Runtime::None => true,
        };
        match flag {
            "SECCOMP_FILTER_FLAG_TSYNC"
            | "SECCOMP_FILTER_FLAG_LOG"
            | "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => {
                waits_since(Version::new(1, 2, 0), Version::short(0, 17))
            }
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => {
                let asks = matches!(self, Runtime::Runc(_));
                (!asks || library >= Library::V2_6_0)
                    && waits_since(Version::new(1, 5, 0), Version::short(1, 6))
            }
            _ => false,
        }
    }

    /// The ABI that it understands by the name of an architecture: crun takes it in any case, and
    /// without `SCMP_ARCH_`.
    pub fn abi(self, name: &str) -> Option<Abi> {
        let Runtime::Crun(_) = self else { return Abi::from_oci_name(name) };
        let name = name.strip_prefix("SCMP_ARCH_").unwrap_or(name).to_ascii_lowercase();
        Abi::ALL.into_iter().find(|abi| abi.name() == name)
    }

    const fn is_runc_since(self, first: Version) -> bool {
        matches!(self, Runtime::Runc(version) if version.is_at_least(first))
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version() {
            Some(version) => f.pad(&format!("{} {version}", self.program())),
            None => f.pad("no runtime"),
        }
    }
}

/// The known version next to a text that names none: the last that is not newer, else the oldest.
fn nearest(known: &[Version], wanted: &str) -> Version {
    let numbers = |text: &str| -> Vec<u32> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let wanted = numbers(wanted);
    let mut older = known.iter().rev().filter(|version| numbers(&version.full()) <= wanted);
    older.next().copied().unwrap_or(known[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        Runtime::parse(text).map_or_else(|error| error.to_string(), |runtime| runtime.to_string())
    }

    #[test]
    fn versions_are_looked_up_as_releases_are() {
        assert_eq!(parsed("runc"), Runtime::RUNC.to_string());
        assert_eq!(parsed("runc@1.1"), "runc 1.1.15");
        assert_eq!(parsed("runc@1"), Runtime::RUNC.to_string());
        assert_eq!(parsed("runc@1.0"), "runc 1.0.3");
        assert_eq!(parsed("runc@1.0.0"), "runc 1.0.0");
        assert_eq!(parsed("runc@1.0.0-rc93"), "runc 1.0.0-rc93");
        assert_eq!(parsed("crun@1.8.1"), "crun 1.8.1");
        assert_eq!(parsed("crun@1.21"), "crun 1.21");
        assert_eq!(parsed("crun@1.8"), "crun 1.8.7");
        assert_eq!(parsed("crun@1.8.0"), "crun 1.8");
        assert_eq!(parsed("none"), "no runtime");
    }

    #[test]
    fn what_is_not_known_names_the_nearest() {
        assert_eq!(parsed("runc@1.3.9"), "runc 1.3.9 is not known; the nearest is `runc@1.3.6`");
        assert!(parsed("runc@2.0").ends_with("`runc@1.5.1`"), "{}", parsed("runc@2.0"));
        assert!(parsed("crun@1.99").ends_with("`crun@1.29.1`"), "{}", parsed("crun@1.99"));
        assert!(parsed("kata").contains("not modelled"));
        assert!(parsed("rucn").contains("no runtime"));
        assert!(parsed("none@1").contains("no runtime"));
        assert!(parsed("runc@").contains("not known"));
    }

    #[test]
    fn releases_are_ascending() {
        assert!(RUNC.is_sorted() && CRUN.is_sorted());
    }
}
