//! Engines, and what each reads of a file.

use super::runtime::Runtime;
use crate::baseline::Product;
use crate::profile::Format;
use crate::syscall::{Abi, Host};

/// Who reads the profile and resolves it for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// moby: Docker, BuildKit.
    Docker,
    /// moby with moby/profiles 614a5c25 (June 2026, "always include runtime arch in resulting
    /// profile"): the host's own architecture is among those that the runtime is told, whatever the
    /// profile lists. A pull request that was read, and is in no release that is known here.
    DockerNext,
    /// containers-common: Podman, Buildah.
    Podman,
    /// CRI-O, which reads files by way of containers-common.
    CriO,
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

    /// The engine whose default it is; a library's is read by those that use it.
    pub const fn of_product(product: Product) -> Engine {
        match product {
            Product::Docker | Product::Profiles | Product::MobyCommit => Engine::Docker,
            Product::Podman | Product::ContainersCommon | Product::CommonCommit => Engine::Podman,
            Product::Containerd => Engine::Containerd,
            Product::Crio => Engine::CriO,
        }
    }

    /// The engine of that name; `kubernetes` is containerd's CRI plugin, `buildkit` and `buildah`
    /// read as Docker and Podman do.
    pub fn from_name(name: &str) -> Option<Engine> {
        Some(match name {
            "docker" | "moby" | "buildkit" => Engine::Docker,
            "docker@next" | "moby@next" => Engine::DockerNext,
            "podman" | "buildah" => Engine::Podman,
            "cri-o" | "crio" => Engine::CriO,
            "containerd" | "kubernetes" => Engine::Containerd,
            _ => return None,
        })
    }

    /// Every engine that is released.
    pub const ALL: [Engine; 4] = [Engine::Docker, Engine::Podman, Engine::CriO, Engine::Containerd];

    /// The runtime that it starts containers with where nothing else is said: crun for Podman, and
    /// for CRI-O since 1.31.
    pub const fn usual_runtime(self) -> Runtime {
        match self {
            Engine::Docker | Engine::DockerNext | Engine::Containerd => Runtime::RUNC,
            Engine::Podman | Engine::CriO => Runtime::CRUN,
        }
    }

    /// Whether the two read every rule of every file alike.
    pub const fn reads_as(self, other: Engine) -> bool {
        self as u8 == other as u8
            || self.is_moby() && other.is_moby()
            || self.is_containers_common() && other.is_containers_common()
    }

    /// Whether it reads files by way of containers-common.
    pub const fn is_containers_common(self) -> bool {
        matches!(self, Engine::Podman | Engine::CriO)
    }

    /// Whether it is moby.
    pub const fn is_moby(self) -> bool {
        matches!(self, Engine::Docker | Engine::DockerNext)
    }

    /// The name in options and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::Docker => "docker",
            Engine::DockerNext => "docker@next",
            Engine::Podman => "podman",
            Engine::CriO => "cri-o",
            Engine::Containerd => "containerd",
        }
    }

    /// Whether `includes` and `excludes` are read at all.
    pub const fn reads_filters(self) -> bool {
        !matches!(self, Engine::Containerd)
    }

    /// The engine's name for a host in `includes.arches`. moby writes `mips3l64n32` (its
    /// `goToNative`), libseccomp-golang and with it containers-common `mipsel64n32` and `loong64`.
    pub const fn token(self, host: Host) -> &'static str {
        match (self, host) {
            (Engine::Docker | Engine::DockerNext, Host::Mipsel64n32) => "mips3l64n32",
            (Engine::Podman | Engine::CriO, Host::Loongarch64) => "loong64",
            _ => host.name(),
        }
    }

    /// The architecture whose entry of `archMap` the engine looks for on a host, if its table has
    /// the host at all. moby's `nativeToSeccomp` has `loong64` and `mipsle` where its own look-up
    /// asks for `loongarch64` and `mipsel`; containers-common's has seven hosts.
    pub const fn arch_map_key(self, host: Host) -> Option<Abi> {
        let known = match self {
            Engine::Docker | Engine::DockerNext => {
                !matches!(host, Host::Loongarch64 | Host::Mipsel)
            }
            Engine::Podman | Engine::CriO => matches!(
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
