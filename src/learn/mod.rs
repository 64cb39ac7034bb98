//! A profile from recordings: the smallest that lets the recorded calls through.
//!
//! What is learned stands on a base, as an overlay, or on nothing, as a whole profile: then with what
//! the runtime needs to start a container ([`crate::starts`]) and for the ABIs that were recorded.
//! [`fn@prove`] builds what was written again, and holds it against the recording.
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::learn::{Detail, Question, learn, prove};
//! use sdiff::recording::read;
//! use sdiff::semantics::{Engine, Given, Settings};
//! use sdiff::syscall::Host;
//!
//! let text = "socket(AF_UNIX, SOCK_STREAM, 0) = 3\nread(3, \"\", 1) = 0\n";
//! let recording = read(text.as_bytes(), Some(Host::Amd64))?;
//! let mut settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
//! settings.given.capabilities = Some(Given::docker_default());
//! let question = Question { base: None, settings: &settings, detail: Detail::Dangerous };
//! let mut store = Store::default();
//! let learned = learn(&mut store, &question, &recording)?;
//! let rule = learned.profile.rules.iter().find(|rule| !rule.args.is_empty()).expect("a condition");
//! assert_eq!((&*rule.names[0].value, rule.args[0].value), ("socket", 1)); // AF_UNIX
//! prove(&question, &recording, &learned)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod complain;
mod plan;
mod prove;
mod startup;
mod usage;
mod write;

pub use crate::explain::{Condition, Tuple};
pub use complain::{ComplainError, complain};
pub use plan::{Left, Plan, Rule};
pub use prove::{Unproved, prove};
pub use startup::Startup;
pub use usage::Usage;

use crate::decision::{Store, TooLarge};
use crate::explain::conditions::selectors;
use crate::load::Loaded;
use crate::profile::Profile;
use crate::recording::Recording;
use crate::semantics::{Policy, Settings};
use crate::syscall::{Abi, Host, Syscall, danger};

/// Of which calls the arguments are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Of none: calls are let through by their names.
    Names,
    /// Of those that are known to be dangerous, and where the base tells by them.
    #[default]
    Dangerous,
    /// Of all that have an argument with named values.
    All,
}

/// What a profile is laid on.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The profile, with what it extends resolved.
    pub loaded: &'a Loaded,
    /// By what name the overlay extends it.
    pub name: &'a str,
    /// What it means under the [`Question::settings`].
    pub policy: &'a Policy,
}

/// What to learn.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// On what; without a base a whole profile is made.
    pub base: Option<Base<'a>>,
    /// The machine and the environment of the recording; one host.
    pub settings: &'a Settings,
    /// Of which calls the arguments are kept.
    pub detail: Detail,
}

impl Detail {
    /// The arguments by which a call says what it does, where they are kept.
    fn selectors(self, syscall: Syscall, abi: Abi) -> Vec<u8> {
        let is_kept = match self {
            Detail::Names => false,
            Detail::Dangerous => danger(syscall).is_some(),
            Detail::All => true,
        };
        selectors(syscall, abi).filter(|_| is_kept).collect()
    }
}

impl Question<'_> {
    /// The host.
    pub fn host(&self) -> Host {
        self.settings.hosts.first().copied().unwrap_or(Host::Amd64)
    }
}

/// What was learned.
#[derive(Clone, Debug)]
pub struct Learned {
    /// An overlay on the base, or a whole profile.
    pub profile: Profile,
    /// What it says of each call, and which it leaves as they are.
    pub plan: Plan,
    /// What the runtime needs beside.
    pub startup: Startup,
    /// How often what was used.
    pub usage: Usage,
}

impl Learned {
    /// The calls that it lets through and that are known to be dangerous, each with the reason.
    pub fn dangerous(&self) -> impl Iterator<Item = (Syscall, &'static str)> + '_ {
        let opened = self.plan.rules.iter().filter(|(_, rule)| rule.lets_through());
        opened.filter_map(|(&syscall, _)| Some((syscall, danger(syscall)?)))
    }

    /// Whether a recorded call stays stopped, or no profile can name it.
    pub fn lacks_something(&self, recording: &Recording) -> bool {
        !recording.unknown.is_empty() || self.plan.left.iter().any(|(_, left)| left.is_lacking())
    }
}

/// Learns a profile. What it says is not proved yet: [`fn@prove`] does.
///
/// # Errors
/// A bound of the store.
pub fn learn(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
) -> Result<Learned, TooLarge> {
    let mut plan = plan::plan(store, question, recording)?;
    let startup = startup::startup(store, question, recording, &plan);
    plan.leave_out(&startup.calls);
    let profile = write::profile(question, recording, &plan, &startup);
    let usage = usage::usage(store, question, recording)?;
    Ok(Learned { profile, plan, startup, usage })
}
