//! The common question in one call: what does the new profile let through that the old one does not?

use crate::decision::Store;
use crate::diff::{Comparison, Hints, Kind, compare, hints};
use crate::load::Loaded;
use crate::report::{self, Report, Side};
use crate::semantics::{Engine, Given, Policy, Runtime, SemanticsError, Settings};
use crate::syscall::{Host, Library};

/// What is asked of two profiles. The default leaves everything open: the answer is then for all of it, and
/// says where it hangs on something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Who reads them; `None` is each profile's own engine ([`Engine::of_both`]).
    pub engine: Option<Engine>,
    /// The hosts; none are all that Docker knows.
    pub hosts: Vec<Host>,
    /// The capabilities and the kernel of the container, where they are known.
    pub given: Given,
    /// Who loads the filter; `None` is the engine's usual runtime, in its newest version.
    pub runtime: Option<Runtime>,
    /// The libseccomp that the runtime is linked with; `None` is the newest.
    pub library: Option<Library>,
}

/// Why two profiles are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A profile extends others, which are to be resolved first: [`crate::overlay::resolve`].
    #[error("{0}: it extends other profiles: resolve it first")]
    Extends(String),
    /// An engine or a runtime refuses a profile, or it is too complex to decide.
    #[error("{name}: {error}")]
    Meaning {
        /// Which profile.
        name: String,
        /// Why, and where it says so.
        error: Box<SemanticsError>,
    },
    /// There is no host on which both could run.
    #[error("the two profiles are for different hosts: nothing was compared")]
    NothingCompared,
}

/// Two profiles that were compared.
#[derive(Debug)]
pub struct Diff<'a> {
    old: (&'a Loaded, Policy),
    new: (&'a Loaded, Policy),
    comparison: Comparison,
    /// What of a change does nothing, where the function is the same.
    hints: Option<Hints>,
}

/// Compares two profiles.
///
/// ```
/// use sdiff::load::{LoadOptions, load, parse};
///
/// let text = br#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
///     { "names": ["read", "write", "bpf"], "action": "SCMP_ACT_ALLOW" } ] }"#;
/// let mine = parse("mine.json", text, &LoadOptions::default())?;
/// let docker = load("docker@28.2", &LoadOptions::default())?; // built in
///
/// let diff = sdiff::diff(&docker, &mine, &sdiff::Question::default())?;
/// assert!(!diff.is_within());
/// assert!(diff.text().contains("bpf"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DiffError`]. Nothing is ever taken for equal that was not compared.
pub fn diff<'a>(
    old: &'a Loaded,
    new: &'a Loaded,
    question: &Question,
) -> Result<Diff<'a>, DiffError> {
    let mut store = Store::default();
    let [of_old, of_new] = Engine::of_both(old, new);
    let old_settings = question.settings(of_old);
    let old_settings = old_settings.carrying(&old.environment.beside(&new.environment));
    let new_settings = question.settings(of_new);
    let new_settings = new_settings.carrying(&new.environment.beside(&old.environment));
    let old_policy = policy(&mut store, old, &old_settings)?;
    let new_policy = policy(&mut store, new, &new_settings)?;
    let comparison = compare(&mut store, &old_policy, &new_policy).map_err(|bound| {
        let error = Box::new(SemanticsError::too_large(bound, &new.profile));
        DiffError::Meaning { name: new.source.name.to_string(), error }
    })?;
    if comparison.hosts.is_empty() && comparison.not_compared.is_empty() {
        return Err(DiffError::NothingCompared);
    }
    let is_same = comparison.is_same_policy() && old.profile != new.profile;
    // Only a help: where it cannot be had, the answer stands all the same.
    let hints = match is_same {
        true => hints((&old.profile, &old_settings), (&new.profile, &new_settings)).ok(),
        false => None,
    };
    Ok(Diff { old: (old, old_policy), new: (new, new_policy), comparison, hints })
}

fn policy(store: &mut Store, loaded: &Loaded, settings: &Settings) -> Result<Policy, DiffError> {
    let name = || loaded.source.name.to_string();
    if !loaded.profile.extends.is_empty() {
        return Err(DiffError::Extends(name()));
    }
    Policy::build(store, &loaded.profile, settings)
        .map_err(|error| DiffError::Meaning { name: name(), error: Box::new(error) })
}

impl Question {
    /// The question to an engine, where none is asked for.
    pub fn settings(&self, usual: Engine) -> Settings {
        let mut settings = Settings::new(self.engine.unwrap_or(usual));
        if !self.hosts.is_empty() {
            settings.hosts.clone_from(&self.hosts);
            settings.hosts.sort();
            settings.hosts.dedup();
        }
        settings.given = self.given;
        if let Some(runtime) = self.runtime {
            settings = settings.with_runtime(runtime);
        }
        if let Some(library) = self.library {
            settings = settings.with_library(library);
        }
        settings
    }
}

impl Diff<'_> {
    /// What differs, with a proof each.
    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    /// What is told of it, for every face ([`report::faces`]).
    pub fn report(&self) -> Report<'_> {
        Report {
            old: Side { loaded: self.old.0, policy: &self.old.1 },
            new: Side { loaded: self.new.0, policy: &self.new.1 },
            comparison: &self.comparison,
            only: &Kind::ALL,
            hints: self.hints.as_ref(),
            accepted: &[],
        }
    }

    /// Whether the new profile lets nothing through that the old one does not: no call gets a more
    /// permissive action, no setting is weaker, and no host starts only with the new one.
    pub fn is_within(&self) -> bool {
        self.report().is_within()
    }

    /// Whether they are one function, loaded alike.
    pub fn is_same(&self) -> bool {
        !self.report().is_different()
    }

    /// For a terminal, without colours: what `sdiff OLD NEW` prints.
    pub fn text(&self) -> String {
        report::text(&self.report(), false)
    }

    /// For programs: what `sdiff OLD NEW --format json` prints, described by `sdiff schema report`.
    pub fn json(&self) -> String {
        report::json(&self.report())
    }
}
