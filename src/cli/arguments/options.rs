//! Options that several commands share.

use crate::cli::arguments::config::Configured;
use crate::cli::failure::Failure;
use crate::cli::values::{self, Capabilities, FormatWord};
use crate::lint::{self, Config};
use crate::load::{LoadOptions, Loaded, Surroundings};
use crate::profile::KernelVersion;
use crate::semantics::{Engine, Given, Runtime, Settings};
use crate::syscall::{Host, Library};

/// How profiles are read.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Reading {
    /// The format of the profiles, instead of telling it by the content
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub input_format: Option<FormatWord>,

    /// Let a profile extend files outside the repository or the working folder
    #[arg(long, hide_short_help = true)]
    pub allow_outside: bool,

    /// Show every warning, lists to their end, and the id of each finding
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
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What is asked")]
pub(in crate::cli) struct Question {
    /// Only these hosts: amd64, arm64, ... [default: all 16 that Docker knows]
    ///
    /// Can be given several times or as a list. A host stands for all programs that its kernel
    /// runs: amd64 also for 32-bit x86 and x32.
    #[arg(long = "host", value_name = "HOST", value_parser = values::host, value_delimiter = ',')]
    pub hosts: Vec<Host>,

    /// The capabilities: docker-default, podman-default, all, none, or CAP_X,... [default: every set]
    ///
    /// Docker includes and excludes rules by the container's bounding set. Without this option the
    /// answer covers all 2^41 sets, and says where it hangs on one. The words can be mixed:
    /// `docker-default,CAP_SYS_PTRACE` is a container with one `--cap-add`. `podman-default` is
    /// Docker's set without CAP_AUDIT_WRITE, CAP_MKNOD and CAP_NET_RAW; `kubernetes-default`, that of
    /// containerd, is Docker's.
    #[arg(long, value_name = "SET", value_parser = values::capabilities)]
    pub caps: Option<Capabilities>,

    /// The kernel's version, such as 6.1 [default: every version]
    #[arg(long, value_name = "VERSION", value_parser = values::kernel)]
    pub kernel: Option<KernelVersion>,

    /// Who reads the profile: docker, podman, containerd, cri-o [default: by its format]
    ///
    /// One file means different things to different engines. Without this option a profile in
    /// Podman's dialect is read as Podman does, an OCI or operator's one as containerd does, and
    /// any other as Docker does. `kubernetes` is containerd, `buildkit` reads as docker does, and
    /// `buildah` as podman.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine)]
    pub engine: Option<Engine>,

    /// Who loads the filter: runc, crun, runc@1.1, ..., or none for the filter alone
    ///
    /// runc answers ENOSYS to calls with a higher number than any that the profile names; crun does
    /// not. Without this option it is the newest that is known: runc under Docker and containerd,
    /// crun under Podman and CRI-O. `sdiff machines` lists what is known.
    #[arg(long, value_name = "RUNTIME", value_parser = values::runtime)]
    pub runtime: Option<Runtime>,

    /// The libseccomp that the runtime is linked with, such as 2.5.4 [default: the newest]
    ///
    /// A name that it does not know is ignored.
    #[arg(long = "libseccomp", value_name = "VERSION", value_parser = values::library)]
    pub library: Option<Library>,

    #[command(flatten)]
    pub config: Configured,

    #[arg(skip)]
    said: Said,
}

/// What a file says of the question, and what the command line said before it.
#[derive(Clone, Debug, Default)]
struct Said {
    file: Config,
    /// The keys of the file that count.
    keys: Vec<&'static str>,
    /// Hosts of the file, for what does not tell its own.
    hosts: Vec<Host>,
    engine_is_asked: bool,
    capabilities_are_asked: bool,
}

/// What is asked of one of two profiles alone.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is asked of one side")]
pub(in crate::cli) struct Sides {
    /// Who reads OLD, if not who reads NEW
    ///
    /// A built-in default is read by its own engine, and a file beside it by the same, unless its
    /// dialect speaks for another one.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine)]
    old_engine: Option<Engine>,

    /// Who reads NEW, if not who reads OLD
    ///
    /// `sdiff default default --new-engine containerd` says what Docker's default lets through as a
    /// profile for Kubernetes.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine)]
    new_engine: Option<Engine>,

    /// Who loads OLD, if not who loads NEW
    #[arg(long, value_name = "RUNTIME", value_parser = values::runtime, hide_short_help = true)]
    old_runtime: Option<Runtime>,

    /// Who loads NEW, if not who loads OLD
    #[arg(long, value_name = "RUNTIME", value_parser = values::runtime, hide_short_help = true)]
    new_runtime: Option<Runtime>,

    /// The libseccomp of OLD, if not that of NEW
    #[arg(long, value_name = "VERSION", value_parser = values::library, hide_short_help = true)]
    old_libseccomp: Option<Library>,

    /// The libseccomp of NEW, if not that of OLD
    #[arg(long, value_name = "VERSION", value_parser = values::library, hide_short_help = true)]
    new_libseccomp: Option<Library>,
}

impl Sides {
    /// The question to each of two profiles, of which these are the usual engines.
    pub fn settings(&self, questions: [&Question; 2], usual: [Engine; 2]) -> [Settings; 2] {
        let side = |question: &Question, engine: Option<Engine>, usual, runtime, library| {
            let engine = engine.or(question.engine).unwrap_or(usual);
            let mut settings = question.settings(engine);
            if let Some(runtime) = runtime {
                settings = settings.with_runtime(runtime);
            }
            if let Some(library) = library {
                settings = settings.with_library(library);
            }
            settings
        };
        [
            side(questions[0], self.old_engine, usual[0], self.old_runtime, self.old_libseccomp),
            side(questions[1], self.new_engine, usual[1], self.new_runtime, self.new_libseccomp),
        ]
    }
}

impl Question {
    /// The question to one of those who read a profile, with what its file says.
    pub fn of_file(&self, loaded: &Loaded, engine: Engine) -> Settings {
        let mut settings = self.settings(engine).carrying(&loaded.environment);
        if self.hosts.is_empty() && !settings.carried.hosts {
            settings.hosts = lint::hosts_of(&loaded.profile, engine);
        }
        settings
    }

    /// Takes what the command line leaves open from the settings of the working folder.
    pub fn settle(&mut self) -> Result<(), Failure> {
        let file = self.config.read()?;
        self.settle_by(file);
        Ok(())
    }

    /// The same where the host is told by what is read, such as a recording.
    pub fn settle_but_hosts(&mut self) -> Result<(), Failure> {
        let are_open = self.hosts.is_empty();
        self.settle()?;
        if are_open {
            self.said.hosts = std::mem::take(&mut self.hosts);
            self.said.keys.retain(|key| *key != "hosts");
        }
        Ok(())
    }

    /// A team's first host, where the host is told by what is read, and nothing tells it.
    pub fn usual_host(&self) -> Option<Host> {
        self.said.hosts.first().copied()
    }

    /// Takes what the command line leaves open from a team's settings.
    pub fn settle_by(&mut self, file: Config) {
        let defaults = file.defaults();
        self.said.engine_is_asked = self.engine.is_some();
        self.said.capabilities_are_asked = self.caps.is_some();
        let mut keys = Vec::new();
        let mut says = |key, is_said: bool| {
            if is_said {
                keys.push(key);
            }
        };
        says("engine", fill(&mut self.engine, defaults.engine));
        says("runtime", fill(&mut self.runtime, defaults.runtime));
        says("libseccomp", fill(&mut self.library, defaults.library));
        says("hosts", self.hosts.is_empty() && !defaults.hosts.is_empty());
        if self.hosts.is_empty() {
            self.hosts.clone_from(&defaults.hosts);
        }
        says("caps", fill(&mut self.caps, defaults.capabilities.map(Capabilities)));
        says("kernel", fill(&mut self.kernel, defaults.kernel));
        self.said.keys = keys;
        self.said.file = file;
    }

    /// The question to one profile, of which the settings may say more.
    pub fn of(&self, spec: &str) -> Question {
        let mut question = self.clone();
        let said = self.said.file.of_profile(&self.config.path_of(spec));
        let mut says = |key| {
            if !question.said.keys.contains(&key) {
                question.said.keys.push(key);
            }
        };
        if let Some(engine) = said.engine
            && !self.said.engine_is_asked
        {
            question.engine = Some(engine);
            says("engine");
        }
        if let Some(capabilities) = said.capabilities
            && !self.said.capabilities_are_asked
        {
            question.caps = Some(Capabilities(capabilities));
            says("caps");
        }
        question
    }

    /// A team's settings.
    pub fn file(&self) -> &Config {
        &self.said.file
    }

    /// Whether the command line says who reads the profiles, and with which capabilities.
    pub fn is_asked(&self) -> (bool, bool) {
        (self.said.engine_is_asked, self.said.capabilities_are_asked)
    }

    /// Tells what the settings say of the question, where the command's answer has no place for it.
    pub fn tell(&self) {
        if !self.said.keys.is_empty() {
            let (keys, name) = (self.said.keys.join(", "), self.config.path().display());
            crate::cli::terminal::output::to_stderr(&format!("note: by {name}: {keys}\n"));
        }
    }

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
        let by_config = self.said.keys.clone();
        let mut settings = Settings { hosts, given, by_config, ..Settings::new(engine) };
        if let Some(runtime) = self.runtime {
            settings = settings.with_runtime(runtime);
        }
        if let Some(library) = self.library {
            settings = settings.with_library(library);
        }
        settings
    }
}

/// Whether a value that nobody gave is taken from the settings.
fn fill<T>(asked: &mut Option<T>, said: Option<T>) -> bool {
    let is_said = asked.is_none() && said.is_some();
    if is_said {
        *asked = said;
    }
    is_said
}
