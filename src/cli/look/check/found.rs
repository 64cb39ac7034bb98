//! What is found in a profile that was read, be it a file or what an editor holds.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::look::required;
use crate::lint::{self, Finding};
use crate::load::Loaded;
use crate::semantics::Settings;

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
    let settings = |engine| question.of_file(meant, engine);
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
