//! What a finding can be a case of.

use super::Level;
use crate::diff::Kind;
use crate::lint;

/// Of what an [`Item`](super::Item) is a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: `weakened`, `no-effect`.
    pub id: &'static str,
    /// How much its cases usually matter.
    pub level: Level,
    /// In a line.
    pub summary: &'static str,
    /// The whole story; empty where the line says all.
    pub story: &'static str,
}

/// Every rule: what a comparison can find, what a review can, and the lints.
pub fn rules() -> impl Iterator<Item = Rule> {
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let (level, summary) = match kind {
            Kind::Added => (Level::Error, "calls are let through of which none was"),
            Kind::Weakened => (Level::Error, "some calls get a more permissive action"),
            Kind::Removed => (Level::Note, "none of the calls is let through any more"),
            Kind::Tightened => (Level::Note, "some calls get a stricter action, none a weaker one"),
            Kind::Changed => (Level::Note, "calls fail with another errno; neither is weaker"),
        };
        Rule { id: kind.name(), level, summary, story: "" }
    });
    let lints = lint::ALL.iter().map(|lint| Rule {
        id: lint.id,
        level: match lint.severity {
            lint::Severity::Error => Level::Error,
            lint::Severity::Warning => Level::Warning,
            lint::Severity::Info => Level::Note,
        },
        summary: lint.summary,
        story: lint.story,
    });
    let others = OTHERS.iter().map(|&(id, level, summary)| Rule { id, level, summary, story: "" });
    kinds.chain(others).chain(lints)
}

/// The rule of that name.
pub fn rule(id: &str) -> Option<Rule> {
    rules().find(|rule| rule.id == id)
}

const OTHERS: [(&str, Level, &str); 13] = [
    ("breaks", Level::Error, "no container starts where one did"),
    ("unconfined", Level::Error, "a profile that filtered is gone, or turns seccomp off"),
    ("unreadable", Level::Error, "a file that was a profile cannot be read as one any more"),
    ("host-opens", Level::Warning, "containers start on a host where none did"),
    ("host-lost", Level::Warning, "no container starts on a host where one did"),
    ("use-weakened", Level::Error, "a container, or what holds for many, gets less of a filter"),
    ("use-unconfined", Level::Error, "a new container says that it runs without a filter"),
    (
        "use-changed",
        Level::Warning,
        "a container gets another profile or capabilities; no call is weaker",
    ),
    ("use-tightened", Level::Note, "a container gets a filter that lets through less"),
    ("use-added", Level::Note, "a container is new, and says which profile it gets"),
    ("use-removed", Level::Note, "a container that said which profile it gets is gone"),
    ("unjudged", Level::Warning, "what becomes of a container's profile cannot be told"),
    ("config-changed", Level::Warning, "the change edits what is accepted"),
];
