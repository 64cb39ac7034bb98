//! Options that several commands share.

use super::values::{self, Capabilities, EngineWord, FormatWord, RuntimeWord};
use sdiff::load::{LoadOptions, Surroundings};
use sdiff::profile::KernelVersion;
use sdiff::semantics::{Engine, Given, Runtime, Settings};
use sdiff::syscall::Host;

/// How profiles are read.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    /// The format of the profiles, instead of telling it by the content
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub input_format: Option<FormatWord>,

    /// Let a profile extend files outside the repository or the working folder
    #[arg(long, hide_short_help = true)]
    pub allow_outside: bool,

    /// Show every warning about a profile, not only the first few
    #[arg(short, long)]
    pub verbose: bool,
}

impl Reading {
    pub fn load_options(&self) -> LoadOptions {
        LoadOptions { format: self.input_format.map(Into::into), document: None }
    }

    /// Where a profile finds what it extends.
    pub fn neighbours(&self) -> Surroundings {
        match self.allow_outside {
            true => Surroundings::anywhere(),
            false => Surroundings::within_repository(),
        }
    }
}

/// What is asked of a profile. What is not given stays open: the answer is for all of it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is asked")]
pub(super) struct Question {
    /// Only these hosts: amd64, arm64, ... [default: all 16 that Docker knows]
    ///
    /// Can be given several times or as a list. A host stands for all programs that its kernel
    /// runs: amd64 also for 32-bit x86 and x32.
    #[arg(long = "host", value_name = "HOST", value_parser = values::host, value_delimiter = ',')]
    pub hosts: Vec<Host>,

    /// The capabilities: docker-default, all, none, or CAP_X,... [default: every set]
    ///
    /// Docker includes and excludes rules by the container's bounding set. Without this option the
    /// answer covers all 2^41 sets, and says where it hangs on one. The words can be mixed:
    /// `docker-default,CAP_SYS_PTRACE` is a container with one `--cap-add`.
    #[arg(long, value_name = "SET", value_parser = values::capabilities)]
    pub caps: Option<Capabilities>,

    /// The kernel's version, such as 6.1 [default: every version]
    #[arg(long, value_name = "VERSION", value_parser = values::kernel)]
    pub kernel: Option<KernelVersion>,

    /// Who reads the profile: docker, podman, containerd [default: by its format]
    ///
    /// One file means different things to different engines. Without this option a profile in
    /// Podman's dialect is read as Podman does, an OCI or operator's one as containerd does, and
    /// any other as Docker does.
    #[arg(long, value_name = "ENGINE", value_enum, hide_possible_values = true)]
    pub engine: Option<EngineWord>,

    /// Who loads the filter: runc, or none for the filter alone
    ///
    /// runc answers ENOSYS to calls with a higher number than any that the profile names; crun
    /// does not.
    #[arg(
        long,
        value_name = "RUNTIME",
        value_enum,
        default_value = "runc",
        hide_possible_values = true
    )]
    pub runtime: RuntimeWord,
}

impl Question {
    /// The question to an engine.
    pub fn settings(&self, engine: Engine) -> Settings {
        let mut hosts = self.hosts.clone();
        if hosts.is_empty() {
            hosts = Host::ALL.to_vec();
        }
        // In one order and without repetition, however they were given.
        hosts.sort();
        hosts.dedup();
        let given = Given { capabilities: self.caps.map(|set| set.0), kernel: self.kernel };
        Settings { engine, runtime: Runtime::from(self.runtime), hosts, given }
    }
}
