//! An engine as it reads a certain profile: a file, or the default of a release.

use crate::machine::Engine;
use crate::profile::{Generation, KernelVersion, Profile};
use crate::syscall::{Abi, Host};

/// An engine, and which generation of it reads the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    engine: Engine,
    generation: Generation,
}

impl Reader {
    /// An engine, reading a profile: what is built in of another engine is a file to it.
    pub const fn new(engine: Engine, profile: &Profile) -> Reader {
        let is_own = match profile.generation {
            Generation::OwnCode => matches!(engine, Engine::Containerd),
            _ => engine.is_moby(),
        };
        let generation = if is_own { profile.generation } else { Generation::Today };
        Reader { engine, generation }
    }

    /// Whether `includes` and `excludes` are read at all.
    pub const fn reads_filters(self) -> bool {
        self.engine.reads_filters() || matches!(self.generation, Generation::OwnCode)
    }

    /// Whether `minKernel` is read.
    pub const fn reads_kernel(self) -> bool {
        self.engine.is_moby() || matches!(self.generation, Generation::OwnCode)
    }

    /// The name for a host in `includes.arches`, if it has one for it.
    pub const fn token(self, host: Host) -> Option<&'static str> {
        match (self.generation, host) {
            (
                Generation::Moby1_10
                | Generation::Moby1_12
                | Generation::Moby1_13
                | Generation::Moby20_10,
                Host::Riscv64 | Host::Loongarch64,
            ) => None,
            (Generation::Moby1_13, _) => Some(host.name()),
            _ => Some(self.engine.token(host)),
        }
    }

    /// The architecture whose entry of `archMap` it looks for on a host, if its table has the host
    /// at all.
    pub const fn arch_map_key(self, host: Host) -> Option<Abi> {
        match self.generation {
            Generation::Moby1_10 | Generation::Moby1_12 | Generation::Moby1_13 => {
                // The table went from moby to containers-common.
                Engine::Podman.arch_map_key(host)
            }
            Generation::Moby20_10 if self.token(host).is_none() => None,
            Generation::OwnCode => Some(host.native()),
            _ => self.engine.arch_map_key(host),
        }
    }

    /// The architectures that come from the engine's code, whatever `architectures` says.
    pub fn architectures(self, host: Host) -> Option<&'static [Abi]> {
        let has_table = match self.generation {
            Generation::Moby1_10 => host != Host::S390x,
            Generation::Moby1_12 => true,
            _ => return None,
        };
        let has_host = has_table && Engine::Podman.arch_map_key(host).is_some();
        Some(if has_host { host.abis() } else { &[] })
    }

    /// The version that `minKernel` names, if it can be read: the empty string is 0.0, which every
    /// kernel reaches and which cannot be written otherwise. moby before 20.10 took a whole
    /// release; of its patch level none but 0 was ever in a default.
    pub fn kernel_version(self, text: &str) -> Option<KernelVersion> {
        if text.is_empty() {
            return Some(KernelVersion::default());
        }
        let is_release = self.generation == Generation::Moby1_13;
        let release = text.strip_suffix(".0").filter(|rest| is_release && rest.contains('.'));
        let version = KernelVersion::parse(release.unwrap_or(text))?;
        (version != KernelVersion::default()).then_some(version)
    }
}
