//! What is asked: by which engine, under which runtime, on which hosts.

use crate::profile::{CAPABILITY_COUNT, Capability, Format, KernelVersion};
use crate::syscall::{Abi, Host};

/// Who reads the profile and resolves it for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// moby: Docker, BuildKit.
    Docker,
    /// containers-common: Podman, Buildah, CRI-O.
    Podman,
    /// Whatever hands an OCI `linux.seccomp` object on as it is: containerd's CRI plugin in
    /// Kubernetes, `ctr`, runc itself.
    Containerd,
}

impl Engine {
    /// The engine that a file of that format is meant for.
    pub const fn of(format: Format) -> Engine {
        match format {
            Format::Docker => Engine::Docker,
            Format::ContainersCommon => Engine::Podman,
            Format::Oci | Format::Operator => Engine::Containerd,
        }
    }

    /// The name in options and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::Docker => "docker",
            Engine::Podman => "podman",
            Engine::Containerd => "containerd",
        }
    }

    /// Whether `includes` and `excludes` are read at all.
    pub const fn reads_filters(self) -> bool {
        !matches!(self, Engine::Containerd)
    }

    /// The engine's name for a host in `includes.arches`. moby writes `mips3l64n32` (its
    /// `goToNative`), libseccomp and with it containers-common `mipsel64n32`.
    pub const fn token(self, host: Host) -> &'static str {
        match (self, host) {
            (Engine::Docker, Host::Mipsel64n32) => "mips3l64n32",
            _ => host.name(),
        }
    }

    /// The architecture whose entry of `archMap` the engine looks for on a host, if its table has
    /// the host at all. moby's `nativeToSeccomp` has `loong64` and `mipsle` where its own look-up
    /// asks for `loongarch64` and `mipsel`; containers-common's has seven hosts.
    pub const fn arch_map_key(self, host: Host) -> Option<Abi> {
        let known = match self {
            Engine::Docker => !matches!(host, Host::Loongarch64 | Host::Mipsel),
            Engine::Podman => matches!(
                host,
                Host::Amd64
                    | Host::Arm64
                    | Host::Mips64
                    | Host::Mips64n32
                    | Host::Mipsel64
                    | Host::Mipsel64n32
                    | Host::S390x
            ),
            Engine::Containerd => false,
        };
        if known { Some(host.native()) } else { None }
    }
}

/// Who turns the resolved profile into a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// runc, with its `ENOSYS` stub.
    #[default]
    Runc,
    /// None in particular: the filter alone, as crun loads it.
    None,
}

/// What is given of the environment; the rest stays open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The bounding set, by bit.
    pub capabilities: Option<u64>,
    /// The kernel's version.
    pub kernel: Option<KernelVersion>,
}

impl Given {
    /// The set that Docker grants by default.
    pub fn docker_default() -> u64 {
        Capability::all().filter(|c| c.is_docker_default()).fold(0, |set, c| set | 1 << c.bit())
    }

    /// Every capability.
    pub const fn all() -> u64 {
        (1 << CAPABILITY_COUNT) - 1
    }
}

/// What is asked of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who reads it.
    pub engine: Engine,
    /// Who loads it.
    pub runtime: Runtime,
    /// On which hosts.
    pub hosts: Vec<Host>,
    /// What is known of the environment.
    pub given: Given,
}

impl Settings {
    /// Everything open: all hosts, every environment, under runc.
    pub fn new(engine: Engine) -> Settings {
        Settings {
            engine,
            runtime: Runtime::Runc,
            hosts: Host::ALL.to_vec(),
            given: Given::default(),
        }
    }
}
