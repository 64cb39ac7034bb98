//! Kernel versions as `minKernel` writes them.

use std::fmt;

/// A kernel version of two parts, `<kernel>.<major>`, as moby compares it: the rest of the
/// host's version is ignored. Each part is 0 to 255, and 0.0 is below every kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelVersion {
    /// The first part: 6 in 6.1.
    pub kernel: u8,
    /// The second part: 1 in 6.1.
    pub major: u8,
}

impl KernelVersion {
    /// Reads `"6.1"`: exactly two decimal parts of 0 to 255. `None` for anything else; `"0.0"`
    /// parses here, although moby refuses it in a profile.
    pub fn parse(text: &str) -> Option<KernelVersion> {
        let (kernel, major) = text.split_once('.')?;
        let part = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse().ok())?;
        Some(KernelVersion { kernel: part(kernel)?, major: part(major)? })
    }

    /// The version as one number, ordered as the versions are.
    pub const fn bits(self) -> u16 {
        (self.kernel as u16) << 8 | self.major as u16
    }

    /// The next version; none after 255.255.
    pub const fn successor(self) -> Option<KernelVersion> {
        match self.bits().checked_add(1) {
            Some(bits) => Some(KernelVersion::from_bits(bits)),
            None => None,
        }
    }

    /// The version with those bits.
    pub const fn from_bits(bits: u16) -> KernelVersion {
        KernelVersion { kernel: (bits >> 8) as u8, major: bits as u8 }
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kernel, self.major)
    }
}
