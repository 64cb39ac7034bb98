//! What is asked: of which machine, on which hosts.

use crate::machine::{Engine, Machine, Runtime};
use crate::profile::{CAPABILITY_COUNT, Capability, Environment, KernelVersion};
use crate::syscall::{Host, Library};

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

    /// The set that Podman grants by default (`DefaultCapabilities` in containers/common's
    /// `pkg/config/default.go`): Docker's without three.
    pub fn podman_default() -> u64 {
        let less = ["CAP_AUDIT_WRITE", "CAP_MKNOD", "CAP_NET_RAW"];
        let less = less.into_iter().filter_map(Capability::from_name);
        less.fold(Given::docker_default(), |set, capability| set & !(1 << capability.bit()))
    }

    /// Every capability.
    pub const fn all() -> u64 {
        (1 << CAPABILITY_COUNT) - 1
    }
}

/// What is asked of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who reads and who loads it.
    pub machine: Machine,
    /// The runtime that was asked for by name; without one each engine has its usual one.
    pub chosen: Option<Runtime>,
    /// On which hosts.
    pub hosts: Vec<Host>,
    /// What is known of the environment.
    pub given: Given,
    /// What of that the file itself says.
    pub carried: Carried,
    /// What of it `sdiff.toml` says, by its keys: for headers.
    pub by_config: Vec<&'static str>,
}

/// What of a question is not asked for by anybody, and is what the file says of its container, or
/// what a process has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The bounding set.
    pub capabilities: bool,
    /// The hosts.
    pub hosts: bool,
    /// Whether it is a process that says so.
    pub of_process: bool,
}

impl Settings {
    /// Everything open: all hosts, every environment, on the engine's [`Machine::newest`].
    pub fn new(engine: Engine) -> Settings {
        Settings {
            machine: Machine::newest(engine),
            chosen: None,
            hosts: Host::ALL.to_vec(),
            given: Given::default(),
            carried: Carried::default(),
            by_config: Vec::new(),
        }
    }

    /// The same question of a container in this environment: what nobody asked for is what the file
    /// says of it.
    #[must_use]
    pub fn carrying(mut self, environment: &Environment) -> Settings {
        if let Some(kernel) = environment.kernel {
            self.given.kernel = self.given.kernel.or(Some(kernel));
            self.carried.of_process = true;
        }
        if let (None, Some(capabilities)) = (self.given.capabilities, environment.capabilities) {
            self.given.capabilities = Some(capabilities);
            self.carried.capabilities = true;
        }
        if self.hosts == Host::ALL && !environment.hosts.is_empty() {
            self.hosts.clone_from(&environment.hosts);
            self.hosts.sort();
            self.carried.hosts = true;
        }
        self
    }

    /// The same question to a runtime, whichever the engine's usual one is.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Runtime) -> Settings {
        self.machine.runtime = runtime;
        self.chosen = Some(runtime);
        self
    }

    /// The same question to a runtime with another libseccomp.
    #[must_use]
    pub fn with_library(mut self, library: Library) -> Settings {
        self.machine.library = library;
        self
    }

    /// The same question to another engine, with its usual runtime where none was asked for.
    #[must_use]
    pub fn read_by(mut self, engine: Engine) -> Settings {
        self.machine.engine = engine;
        self.machine.runtime = self.chosen.unwrap_or(engine.usual_runtime());
        self
    }
}
