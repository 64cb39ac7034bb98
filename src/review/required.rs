//! What a team requires of a profile that a change touches.

use super::side::View;
use super::{CONFIG, Repository, Side, Trouble, filled};
use crate::lint::{Requirement, Severity};
use crate::load::{Loaded, NeighbourError, Neighbours, Source, SourceKind};
use crate::overlay;
use crate::report::account::{Item, Level, bare, finding_item};
use crate::require;
use crate::semantics::Settings;

/// A profile with all that it extends, and the questions that are asked of it.
pub(super) type Asked<'a> = (&'a Loaded, Vec<Settings>);

/// What the new version breaks. What the old one broke already is told, as a warning: it is no doing of
/// this change.
///
/// # Errors
/// [`Trouble`]
pub(super) fn items(
    repository: &dyn Repository,
    required: &[&Requirement],
    old: Option<Asked>,
    new: Asked,
) -> Result<Vec<Item>, Trouble> {
    if required.is_empty() {
        return Ok(Vec::new());
    }
    // What to stay within is as it was before the change, like the rules themselves.
    let view = View::new(repository, Side::Old);
    let open = |name: &str| -> Result<Loaded, String> {
        let from = format!("{}{CONFIG}", repository.prefix(Side::Old));
        let from = Source::new(&from, SourceKind::Memory, "");
        let loaded = view.open(&from, name).map_err(|error| match error {
            NeighbourError::Load(error) => error.to_string(),
            _ => "it lies outside the repository".to_owned(),
        })?;
        overlay::resolve(loaded, &view).map_err(|error| error.to_string())
    };
    let findings = |(whole, questions): &Asked| {
        require::findings(whole, required, questions, &open).map_err(|e| e.to_string())
    };
    let found = view.checked(findings(&new))?;
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let item = bare("unreadable".to_owned(), "unreadable", Level::Error, "error");
            let message = format!("what is required of it cannot be judged: {why}");
            return Ok(vec![filled(Item { message, ..item })]);
        }
    };
    let known = match old {
        Some(old) if !found.is_empty() => view.checked(findings(&old))?.unwrap_or_default(),
        _ => Vec::new(),
    };
    let items = found.into_iter().map(|mut finding| {
        if known.iter().any(|known| known.id == finding.id) {
            finding.severity = finding.severity.min(Severity::Warning);
            finding.message += "; so it was before";
        }
        finding_item(Some(&new.0.source), &finding)
    });
    Ok(items.collect())
}
