//! The machine that a case is judged on: a runtime by its version, and a libseccomp that is here.

use crate::library::{self, Library};
use std::fmt;

/// A runtime's version: three numbers, and the number of a release candidate, [`FINAL`] for a
/// release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16, pub u16, pub u16, pub u16);

const FINAL: u16 = u16::MAX;

impl Version {
    /// A release.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Version {
        Version(major, minor, patch, FINAL)
    }

    /// The version in a text like `1.0.0~rc93+ds1`, `1.3.6`, `0.17`.
    pub fn parse(text: &str) -> Option<Version> {
        let (numbers, candidate) = match text.split_once("rc") {
            Some((numbers, candidate)) => (numbers, Some(candidate)),
            None => (text, None),
        };
        let digits = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse::<u16>().ok()
        };
        let mut parts = numbers.split('.').map_while(digits);
        let (major, minor) = (parts.next()?, parts.next()?);
        let candidate = candidate.and_then(digits).unwrap_or(FINAL);
        Some(Version(major, minor, parts.next().unwrap_or(0), candidate))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version(major, minor, patch, candidate) = self;
        write!(f, "{major}.{minor}.{patch}")?;
        if *candidate == FINAL { Ok(()) } else { write!(f, "-rc{candidate}") }
    }
}

/// Who asks libseccomp for a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Runtime {
    Runc(Version),
    Crun(Version),
}

impl Runtime {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Runtime::Runc(_) => "runc",
            Runtime::Crun(_) => "crun",
        }
    }

    /// The runtime that calls itself so: the first line of `--version`.
    pub fn parse(line: &str) -> Option<Runtime> {
        let mut words = line.split_whitespace();
        let program = words.next()?;
        let version = Version::parse(words.find(|word| *word != "version")?)?;
        match program {
            "runc" => Some(Runtime::Runc(version)),
            "crun" => Some(Runtime::Crun(version)),
            _ => None,
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Runtime::Runc(version) | Runtime::Crun(version)) = self;
        write!(f, "{}@{version}", self.program())
    }
}

/// A runtime and the libseccomp that it is linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Machine {
    pub runtime: Runtime,
    pub library: &'static Library,
}

/// runc and crun before and after each of their changes that [`crate::reference`] knows.
const GENERATIONS: [Runtime; 20] = {
    const fn runc(major: u16, minor: u16, patch: u16) -> Runtime {
        Runtime::Runc(Version::new(major, minor, patch))
    }
    const fn crun(major: u16, minor: u16, patch: u16) -> Runtime {
        Runtime::Crun(Version::new(major, minor, patch))
    }
    [
        Runtime::Runc(Version(1, 0, 0, 92)),
        Runtime::Runc(Version(1, 0, 0, 94)),
        Runtime::Runc(Version(1, 0, 0, 95)),
        runc(1, 0, 1),
        runc(1, 0, 2),
        runc(1, 1, 2),
        runc(1, 1, 5),
        runc(1, 1, 7),
        runc(1, 1, 8),
        runc(1, 1, 14),
        runc(1, 1, 15),
        runc(1, 2, 0),
        runc(1, 3, 6),
        runc(1, 4, 0),
        crun(0, 18, 0),
        crun(0, 19, 0),
        crun(1, 5, 0),
        crun(1, 8, 1),
        crun(1, 21, 0),
        crun(1, 28, 0),
    ]
};

impl Machine {
    /// The newest runc that is known, with the newest libseccomp that is here.
    pub fn newest() -> Machine {
        let newest = library::libraries().iter().max_by_key(|library| library.version);
        let library = newest.unwrap_or(library::own());
        Machine { runtime: Runtime::Runc(Version::new(1, 5, 1)), library }
    }

    /// The machine of a seed: each libseccomp that is here as often as the others, the newest
    /// runtimes for half of the seeds.
    pub fn of(seed: u64) -> Machine {
        let libraries = library::libraries();
        let count = libraries.len() as u64;
        // The lowest bit says whether the main crate knows the environment.
        let library = &libraries[(seed / 2 % count) as usize];
        let at = (seed / 2 / count) as usize % (2 * GENERATIONS.len());
        let runtime = match GENERATIONS.get(at) {
            Some(&generation) => generation,
            None if at.is_multiple_of(4) => Runtime::Crun(Version::new(1, 29, 1)),
            None => Machine::newest().runtime,
        };
        Machine { runtime, library }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with libseccomp {}", self.runtime, self.library.name())
    }
}
