//! What a filter is loaded with besides its rules: it changes no action, yet it changes the container.

use crate::machine::Runtime;
use crate::profile::{ActionName, Profile, Span};
use crate::syscall::Library;

/// A flag of seccomp(2) that runtimes know (runc: `libcontainer/seccomp/config.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Every thread of the process gets the filter.
    Tsync,
    /// Denials are logged.
    Log,
    /// The processor may speculate on memory as it does without a filter.
    SpecAllow,
    /// A call that waits for the listener's answer is interrupted by deadly signals alone.
    WaitKillableRecv,
}

impl Flag {
    /// All of them.
    pub const ALL: [Flag; 4] = [Flag::Tsync, Flag::Log, Flag::SpecAllow, Flag::WaitKillableRecv];

    /// The word in profiles.
    pub const fn name(self) -> &'static str {
        match self {
            Flag::Tsync => "SECCOMP_FILTER_FLAG_TSYNC",
            Flag::Log => "SECCOMP_FILTER_FLAG_LOG",
            Flag::SpecAllow => "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
            Flag::WaitKillableRecv => "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        }
    }

    /// The flag of that name.
    pub fn from_name(name: &str) -> Option<Flag> {
        Flag::ALL.into_iter().find(|flag| flag.name() == name)
    }
}

/// The flags of a filter and who answers its `NOTIFY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterSettings {
    /// The flags that the profile gives, with their places; empty where it gives none, and what
    /// then holds is the runtime's.
    flags: Vec<(Flag, Span)>,
    /// `listenerPath`.
    pub listener: Option<String>,
    /// `listenerMetadata`.
    pub metadata: Option<String>,
    /// Whether a rule gives `NOTIFY`, so that the listener is asked at all.
    pub asks_listener: bool,
}

impl FilterSettings {
    /// What a profile says of them. Every engine reads these fields.
    pub fn of(profile: &Profile) -> FilterSettings {
        let flags = profile.flags.iter();
        FilterSettings {
            flags: flags.filter_map(|f| Some((Flag::from_name(&f.value)?, f.span))).collect(),
            listener: profile.listener_path.clone(),
            metadata: profile.listener_metadata.clone(),
            asks_listener: profile.rules.iter().any(|r| r.action.value == ActionName::Notify),
        }
    }

    /// Whether the profile gives a flag.
    pub fn says(&self, flag: Flag) -> bool {
        self.flags.iter().any(|(given, _)| *given == flag)
    }

    /// Whether a runtime loads the filter with a flag. runc passes over `TSYNC`
    /// (`libcontainer/seccomp/config.go`), and sets `SPEC_ALLOW` where a profile gives no flags
    /// (`libcontainer/specconv/spec_linux.go`, since 1.2.0, before which it refuses every flag), as
    /// crun does (`src/libcrun/seccomp.c`).
    pub fn has(&self, flag: Flag, runtime: Runtime) -> bool {
        match (runtime, flag) {
            (Runtime::Runc(_), Flag::Tsync) => false,
            _ if !self.flags.is_empty() => self.says(flag),
            (Runtime::Runc(_), Flag::SpecAllow) => runtime.knows_flag(flag.name(), Library::NEWEST),
            (Runtime::Crun(_), Flag::SpecAllow) => true,
            _ => false,
        }
    }

    /// Where the profile gives a flag.
    pub fn span(&self, flag: Flag) -> Option<Span> {
        self.flags.iter().find(|(given, _)| *given == flag).map(|(_, span)| *span)
    }
}
