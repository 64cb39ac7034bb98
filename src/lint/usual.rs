//! The question that is meant where none is asked.

use crate::semantics::{Given, Settings};

/// The question with Docker's capabilities, where none are given.
pub(super) fn usual(settings: &Settings) -> Settings {
    let capabilities = settings.given.capabilities.or(Some(Given::docker_default()));
    Settings { given: Given { capabilities, ..settings.given }, ..settings.clone() }
}
