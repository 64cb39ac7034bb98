//! Versions of runtimes.

use std::fmt;

/// A version: three numbers, and a release candidate's. Ordered as releases follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
    /// The number of a release candidate; [`FINAL`] for a release.
    candidate: u16,
    /// How many of the three numbers are written: crun writes `1.8` and `1.8.1`.
    parts: u8,
}

const FINAL: u16 = u16::MAX;

impl Version {
    /// `major.minor.patch`.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Version {
        Version { major, minor, patch, candidate: FINAL, parts: 3 }
    }

    /// `major.minor`, as crun writes a first release.
    pub(super) const fn short(major: u16, minor: u16) -> Version {
        Version { major, minor, patch: 0, candidate: FINAL, parts: 2 }
    }

    /// The release candidate of that number before `major.minor.patch`.
    pub(super) const fn candidate(major: u16, minor: u16, patch: u16, candidate: u16) -> Version {
        Version { major, minor, patch, candidate, parts: 3 }
    }

    /// Whether the version is not older than a release. The comparison of a constant: `Ord` has
    /// none.
    pub(super) const fn is_at_least(self, other: Version) -> bool {
        self.key() >= other.key()
    }

    const fn key(self) -> u64 {
        let Version { major, minor, patch, candidate, .. } = self;
        (major as u64) << 48 | (minor as u64) << 32 | (patch as u64) << 16 | candidate as u64
    }
}

impl Version {
    /// Whether it is a release candidate.
    pub(super) const fn is_candidate(self) -> bool {
        self.candidate != FINAL
    }

    /// Whether its first two numbers are these, as far as they are given.
    pub(super) fn begins_with(self, major: Option<u16>, minor: Option<u16>) -> bool {
        major.is_none_or(|major| major == self.major)
            && minor.is_none_or(|minor| minor == self.minor)
    }

    /// The text with all three numbers.
    pub(super) fn full(self) -> String {
        Version { parts: 3, ..self }.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{}.{}", self.major, self.minor);
        if self.parts > 2 {
            text += &format!(".{}", self.patch);
        }
        if self.candidate != FINAL {
            text += &format!("-rc{}", self.candidate);
        }
        f.pad(&text)
    }
}
