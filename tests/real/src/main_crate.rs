//! The main crate as a [`Subject`].

use crate::arch::Arch;
use crate::bpf::Action;
use crate::cases::Case;
use crate::resolve::Engine;
use crate::subject::{Answer, Policy, Subject};
use sdiff::decision::{Limits, Store};
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{self, Given, RuntimeError, Settings};
use sdiff::syscall::{Abi, Host, Library};

/// `sdiff`, asked with every environment open for one half of the cases, and for the case's alone
/// in the other half.
pub struct MainCrate;

struct Built {
    store: Store,
    policy: semantics::Policy,
    host: Host,
    capabilities: u64,
    kernel: KernelVersion,
}

impl Subject for MainCrate {
    fn build(&self, case: &Case) -> Result<Box<dyn Policy>, String> {
        let text = case.json();
        let loaded = sdiff::load::parse("case.json", text.as_bytes(), &Default::default())
            .map_err(|error| error.render(false))?;
        let host = Host::from_name(case.host.name).ok_or("no such host")?;
        let held = case.caps.iter().filter_map(|name| Capability::from_name(name));
        let capabilities = held.fold(0, |set, cap| set | 1 << cap.bit());
        let kernel = KernelVersion { kernel: case.kernel.0, major: case.kernel.1 };
        let given = if self.fixed(case) {
            Given { capabilities: Some(capabilities), kernel: Some(kernel) }
        } else {
            Given::default()
        };
        let settings = Settings { hosts: vec![host], given, ..settings(case)? };
        let mut store = Store::new(Limits::default());
        let policy = semantics::Policy::build(&mut store, &loaded.profile, &settings)
            .map_err(|error| error.to_string())?;
        Ok(Box::new(Built { store, policy, host, capabilities, kernel }))
    }

    fn fixed(&self, case: &Case) -> bool {
        case.seed % 2 == 1
    }
}

impl Policy for Built {
    fn judge(&self, arch: Arch, nr: u32, args: &[u64; 6]) -> Answer {
        let Some(abi) = Abi::from_oci_name(&arch.oci()) else {
            return Answer::Refused(format!("no ABI {arch:?}"));
        };
        let Built { store, host, capabilities, kernel, .. } = self;
        match self.policy.evaluate(store, *host, abi, nr, args, *capabilities, *kernel) {
            Some(action) => Answer::Action(translate(action)),
            None => Answer::Refused(format!("no policy for {abi} on {host}")),
        }
    }
}

/// The question that a case is, for every host and environment.
pub fn settings(case: &Case) -> Result<Settings, String> {
    let engine = match case.engine {
        Engine::Docker => semantics::Engine::Docker,
        Engine::Podman => semantics::Engine::Podman,
        Engine::Containerd => semantics::Engine::Containerd,
    };
    // A part that is newer than what the main crate knows is judged as the newest that it knows.
    let runtime = case.machine.runtime.to_string();
    let runtime = semantics::Runtime::parse(&runtime).or_else(|error| match error {
        RuntimeError::Version { program, nearest, .. } => {
            semantics::Runtime::parse(&format!("{program}@{nearest}"))
        }
        error => Err(error),
    });
    let runtime = runtime.map_err(|error| error.to_string())?;
    let library = case.machine.library.release();
    let library = Library::from_name(&library).unwrap_or(Library::nearest(&library));
    Ok(Settings::new(engine).with_runtime(runtime).with_library(library))
}

/// An action of the main crate.
pub fn translate(action: sdiff::profile::Action) -> Action {
    use sdiff::profile::Action as Theirs;
    match action {
        Theirs::KillProcess => Action::KillProcess,
        Theirs::KillThread => Action::KillThread,
        Theirs::Trap => Action::Trap,
        Theirs::Errno(errno) => Action::Errno(errno),
        Theirs::Notify => Action::Notify,
        Theirs::Trace(value) => Action::Trace(value),
        Theirs::Log => Action::Log,
        Theirs::Allow => Action::Allow,
    }
}
