//! What a file says of the container around its profile, and what a process says of itself.

use super::KernelVersion;
use crate::syscall::{Abi, Host};

/// What an object that carries a container's own environment says of it; nothing where the file is
/// a profile alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The bounding set, by bit.
    pub capabilities: Option<u64>,
    /// Whether `no_new_privs` is set.
    pub no_new_privileges: Option<bool>,
    /// The hosts that it can be of; empty where it does not say.
    pub hosts: Vec<Host>,
    /// The kernel under which a process runs; no file says it.
    pub kernel: Option<KernelVersion>,
}

impl Environment {
    /// Whether it says nothing that an answer can hang on.
    pub fn is_silent(&self) -> bool {
        self.capabilities.is_none() && self.hosts.is_empty() && self.kernel.is_none()
    }

    /// What is asked of a profile in this environment that is compared with one in another: what
    /// this one says, and where it is silent, what the other says. Hosts are those that both can be
    /// of; if there are none, those that either can be of, so that something is compared.
    #[must_use]
    pub fn beside(&self, other: &Environment) -> Environment {
        let both: Vec<Host> =
            self.hosts.iter().filter(|host| other.hosts.contains(host)).copied().collect();
        let either = |host: &Host| self.hosts.contains(host) || other.hosts.contains(host);
        Environment {
            capabilities: self.capabilities.or(other.capabilities),
            no_new_privileges: self.no_new_privileges.or(other.no_new_privileges),
            hosts: if both.is_empty() {
                Host::ALL.into_iter().filter(either).collect()
            } else {
                both
            },
            kernel: self.kernel.or(other.kernel),
        }
    }

    /// The hosts for which an engine resolves a profile to these architectures: those whose kernel
    /// runs programs of all of them. None where no host does, or every one, as of an empty list.
    pub fn hosts_of(architectures: &[Abi]) -> Vec<Host> {
        let runs_all = |host: &Host| architectures.iter().all(|abi| host.abis().contains(abi));
        match architectures {
            [] => Vec::new(),
            _ => Host::ALL.into_iter().filter(runs_all).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_two_are_shared_or_all() {
        let of = |hosts: &[Host]| Environment { hosts: hosts.to_vec(), ..Environment::default() };
        let beside = |a: &[Host], b: &[Host]| of(a).beside(&of(b)).hosts;
        assert_eq!(beside(&[Host::Amd64, Host::X86], &[Host::X86]), [Host::X86]);
        assert_eq!(beside(&[Host::Amd64], &[]), [Host::Amd64]);
        assert_eq!(beside(&[Host::Arm64], &[Host::Amd64]), [Host::Amd64, Host::Arm64]);
        assert_eq!(beside(&[], &[]), []);
    }

    #[test]
    fn architectures_tell_the_host() {
        let of = Environment::hosts_of;
        assert_eq!(of(&[Abi::X86_64, Abi::X86, Abi::X32]), [Host::Amd64]);
        assert_eq!(of(&[Abi::X86]), [Host::Amd64, Host::X86]);
        assert_eq!(of(&[Abi::X86_64, Abi::Aarch64]), []);
        assert_eq!(of(&[]), []);
    }
}
