//! What is found in a profile that was read, be it a file or what an editor holds.

use crate::cli::failure::Failure;
use crate::cli::look::required;
use crate::cli::options::{Question, Reading};
use sdiff::lint::{self, Finding};
use sdiff::load::Loaded;
use sdiff::semantics::{Engine, Settings};

/// What is found, and what was asked.
pub(in crate::cli) struct Found {
    /// In the order of the file, with places in it.
    pub findings: Vec<Finding>,
    /// Of an overlay what it resolves to.
    pub whole: Option<Loaded>,
    /// The question to the first of those who read it.
    pub settings: Option<Settings>,
}

/// What the lints find and a team requires. `resolve` makes of an overlay what it resolves to.
pub(in crate::cli) fn of_profile(
    spec: &str,
    loaded: &Loaded,
    question: &Question,
    reading: &Reading,
    resolve: &dyn Fn(Loaded) -> Result<Loaded, Failure>,
) -> Result<Found, Failure> {
    let readers = match question.engine {
        Some(engine) => vec![engine],
        None => lint::readers_of(loaded, spec),
    };
    let whole = match loaded.profile.extends.is_empty() {
        true => None,
        false => Some(resolve(loaded.clone())?),
    };
    let meant = whole.as_ref().unwrap_or(loaded);
    let settings = |engine| settings(question, meant, engine);
    let found = match &whole {
        None => lint::check_for(loaded, &readers, &settings),
        Some(whole) => lint::check_overlay(loaded, whole, &readers, &settings),
    };
    let mut findings =
        found.map_err(|error| Failure::Meaning(Box::new(error), Box::new(meant.source.clone())))?;
    let placed = whole.clone().map(|whole| whole.placed_in(loaded));
    let placed = placed.as_ref().unwrap_or(loaded);
    let questions: Vec<Settings> = readers.iter().map(|&engine| settings(engine)).collect();
    findings.extend(required::findings(question, reading, (spec, placed), &questions)?);
    let settings = questions.into_iter().next();
    Ok(Found { findings, whole, settings })
}

/// The question to one of those who read a profile, with what its file says.
pub(in crate::cli::look) fn settings(
    question: &Question,
    loaded: &Loaded,
    engine: Engine,
) -> Settings {
    let mut settings = question.settings(engine).carrying(&loaded.environment);
    if question.hosts.is_empty() && !settings.carried.hosts {
        settings.hosts = lint::hosts_of(&loaded.profile, engine);
    }
    settings
}
