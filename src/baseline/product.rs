//! Who ships a baseline.

use crate::profile::Format;
use std::fmt;

/// Who ships a baseline, or whose main branch has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Docker Engine (moby).
    Docker,
    /// Podman, by the copy of containers-common that each release vendors.
    Podman,
    /// containerd, whose default Kubernetes' `RuntimeDefault` is; its own code.
    Containerd,
    /// CRI-O, which edits the default of containers-common in its own code.
    Crio,
    /// The library containers-common, whose profile Podman, Buildah and CRI-O use.
    ContainersCommon,
    /// The Go module `moby/profiles/seccomp`, which BuildKit and others use.
    Profiles,
    /// The states of Docker's default on moby's main branch, by commit.
    MobyCommit,
    /// The states of containers-common's default on its main branch, by commit.
    CommonCommit,
}

impl Product {
    /// Every product; [`list`](super::list) has their releases in this order.
    pub const ALL: [Product; 8] = [
        Product::Docker,
        Product::Podman,
        Product::Containerd,
        Product::Crio,
        Product::ContainersCommon,
        Product::Profiles,
        Product::MobyCommit,
        Product::CommonCommit,
    ];

    /// The name before the `@`. A state of a main branch is named as the product is that it
    /// became: `docker@3c28324`.
    pub const fn name(self) -> &'static str {
        match self {
            Product::Docker | Product::MobyCommit => "docker",
            Product::Podman => "podman",
            Product::Containerd => "containerd",
            Product::Crio => "crio",
            Product::ContainersCommon | Product::CommonCommit => "containers-common",
            Product::Profiles => "profiles",
        }
    }

    /// The name in `baselines/releases.tsv`, which is upstream's, and another one for each.
    pub const fn key(self) -> &'static str {
        match self {
            Product::Podman => "podman-release",
            Product::MobyCommit => "moby-commit",
            Product::CommonCommit => "containers-common-commit",
            product => product.name(),
        }
    }

    /// The product of a name before the `@`: of releases, not of states. Other names are known as
    /// well: `moby`; `kubernetes`, whose default is containerd's; `cri-o`.
    pub fn from_name(name: &str) -> Option<Product> {
        Some(match name {
            "docker" | "moby" => Product::Docker,
            "podman" => Product::Podman,
            "containerd" | "kubernetes" => Product::Containerd,
            "crio" | "cri-o" => Product::Crio,
            "containers-common" => Product::ContainersCommon,
            "profiles" => Product::Profiles,
            _ => return None,
        })
    }

    /// Where the states of its main branch are, if they are built in.
    pub const fn states(self) -> Option<Product> {
        match self {
            Product::Docker => Some(Product::MobyCommit),
            Product::ContainersCommon => Some(Product::CommonCommit),
            _ => None,
        }
    }

    /// Whether its releases are states of a main branch, which have no versions.
    pub const fn is_of_commits(self) -> bool {
        matches!(self, Product::MobyCommit | Product::CommonCommit)
    }

    /// Whether the default is the engine's own code, which asks for capabilities and kernel though
    /// the engine ignores them in files.
    pub const fn is_own_code(self) -> bool {
        matches!(self, Product::Containerd | Product::Crio)
    }

    /// The dialect in which its profile is written here.
    pub const fn format(self) -> Format {
        match self {
            Product::Docker | Product::Profiles | Product::MobyCommit | Product::Containerd => {
                Format::Docker
            }
            Product::Podman | Product::Crio | Product::ContainersCommon | Product::CommonCommit => {
                Format::ContainersCommon
            }
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
