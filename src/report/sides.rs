//! What faces are made of in the end: two profiles and what differs between them.

use super::machine;
use crate::diff::{Change, Comparison, Hints, Kind, SettingChange};
use crate::load::excerpt::visible;
use crate::load::{Loaded, SourceKind};
use crate::profile::{normalize, to_json};
use crate::semantics::{Engine, Machine, Policy};

/// Two profiles and what differs between them.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The old profile.
    pub old: Side<'a>,
    /// The new profile.
    pub new: Side<'a>,
    /// What differs.
    pub comparison: &'a Comparison,
    /// Which kinds of changes are asked for.
    pub only: &'a [Kind],
    /// Of two profiles with one function: what of the change does nothing.
    pub hints: Option<&'a Hints>,
    /// The changes that somebody has accepted. They are shown like the others, and fail no gate.
    pub accepted: &'a [Acceptable],
}

/// A change that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptable {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// One of the two profiles.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its text and what that says.
    pub loaded: &'a Loaded,
    /// What it means.
    pub policy: &'a Policy,
}

impl Side<'_> {
    /// Whether it is no profile but what the kernel holds.
    pub fn is_filter(&self) -> bool {
        self.loaded.source.kind == SourceKind::Filter
    }

    /// Who reads it.
    pub fn engine(&self) -> Engine {
        self.machine().engine
    }

    /// Who reads and who loads it.
    pub fn machine(&self) -> Machine {
        self.policy.settings().machine
    }

    /// What the user called it, safe to print.
    pub fn name(&self) -> String {
        visible(&self.loaded.source.name)
    }

    /// The name and, for a built-in baseline, the release: `default (docker 29.4.3)`.
    pub fn label(&self) -> String {
        let name = self.name();
        match self.loaded.baseline {
            Some(release) if name != release.to_string() => {
                format!("{name} ({} {})", release.product, release.version)
            }
            _ => name,
        }
    }
}

impl<'a> Report<'a> {
    /// The changes that are asked for.
    pub fn changes(&self) -> impl Iterator<Item = &'a Change> + use<'a> {
        let only = self.only;
        self.comparison.changes.iter().filter(move |change| only.contains(&change.kind))
    }

    /// The settings of the filter that differ and are asked for.
    pub fn settings(&self) -> impl Iterator<Item = &'a SettingChange> + use<'a> {
        let only = self.only;
        self.comparison.settings.iter().filter(move |change| only.contains(&change.kind))
    }

    /// The kinds of the changes, of settings as well, that are asked for and that nobody accepts.
    pub fn unaccepted(&self) -> impl Iterator<Item = Kind> + '_ {
        let changes = self.changes().map(|change| (&change.id, change.kind));
        let settings = self.settings().map(|change| (&change.id, change.kind));
        let all = changes.chain(settings);
        all.filter(|(id, _)| self.acceptance(id).is_none()).map(|(_, kind)| kind)
    }

    /// Why the change of that id is accepted, if it is.
    pub fn acceptance(&self, id: &str) -> Option<&'a str> {
        let accepted = self.accepted.iter().find(|accepted| accepted.id == id);
        accepted.map(|accepted| accepted.reason.as_str())
    }

    /// Whether there is a change that is asked for, or a host on which only one of the profiles
    /// starts a container.
    pub fn is_different(&self) -> bool {
        self.changes().next().is_some() || self.settings().next().is_some() || self.has_lone_host()
    }

    /// Whether the new profile is within the old one, also where only one of them starts a
    /// container.
    pub fn is_within(&self) -> bool {
        self.comparison.is_within() && !self.opens_a_host()
    }

    /// Whether there is a host on which only one of the profiles starts a container.
    pub fn has_lone_host(&self) -> bool {
        let mut hosts = self.comparison.not_compared.iter();
        hosts.any(|host| host.old.is_some() != host.new.is_some())
    }

    /// Whether there is a host on which only the new profile starts a container.
    pub fn opens_a_host(&self) -> bool {
        let mut hosts = self.comparison.not_compared.iter();
        hosts.any(|host| host.old.is_some() && host.new.is_none())
    }

    /// Whether both sides are read and loaded by the same machine.
    pub fn is_read_alike(&self) -> bool {
        self.old.machine() == self.new.machine()
    }

    /// Whether the normal forms of the two profiles are the same.
    pub fn is_same_text(&self) -> bool {
        if self.old.is_filter() || self.new.is_filter() {
            return false;
        }
        let form = |side: &Side| to_json(&normalize(&side.loaded.profile));
        form(&self.old) == form(&self.new)
    }

    /// What to call the two where a line of theirs is named: without folders, if that tells them
    /// apart.
    pub(super) fn short_names(&self) -> [String; 2] {
        let names = [self.old.name(), self.new.name()];
        let short = [short(&self.old), short(&self.new)];
        if short[0] == short[1] { names } else { short }
    }

    /// By whom a side is read, behind its name: what is read by the engine that it is made for, and Docker's
    /// own, needs no word, unless the other side is read by another.
    pub(super) fn reader(&self, side: &Side) -> String {
        if side.is_filter() {
            return String::new();
        }
        let machine = side.machine();
        let sides = [self.old.machine(), self.new.machine()];
        let differ = sides[0].engine != sides[1].engine;
        let is_usual = machine.engine == Engine::of_loaded(side.loaded);
        let is_plain =
            is_usual && (machine.engine == Engine::Docker || side.loaded.baseline.is_some());
        let mut words = match is_plain && !differ {
            true => String::new(),
            false => format!(" under {}", machine.engine.name()),
        };
        if !self.is_loaded_alike() {
            let parts = machine::parts(machine);
            if !parts.is_empty() {
                let join = if words.is_empty() { " under" } else { " with" };
                words += &format!("{join} {}", parts.join(" and "));
            }
        }
        words
    }

    /// Of two sides that are read or loaded differently: by whom each.
    pub(super) fn readers(&self) -> Option<String> {
        let words = |side: &Side| {
            let machine = side.machine();
            let (engine, library) = (machine.engine.name(), machine.library);
            let label = side.label();
            format!(
                "{label} is read by {engine}, with {} and libseccomp {library}",
                machine.runtime
            )
        };
        let is_told = !self.is_read_alike();
        is_told.then(|| format!("{}; {}", words(&self.old), words(&self.new)))
    }

    /// Whether runtime and library need no word for each side: they are the same, or each the newest
    /// of its engine.
    pub(super) fn is_loaded_alike(&self) -> bool {
        machine::parts(self.old.machine()) == machine::parts(self.new.machine())
    }

    /// What to call the two in a sentence: never the same, and with the machine where that is not
    /// one.
    pub fn names(&self) -> [String; 2] {
        let [old, new] = self.short_names();
        if !self.is_read_alike() {
            let old = old + &self.reader(&self.old);
            return [old, new + &self.reader(&self.new)];
        }
        match old == new {
            true => ["the old profile", "the new profile"].map(str::to_owned),
            false => [old, new],
        }
    }
}

/// `HEAD:mine.json` for `HEAD:profiles/mine.json`.
fn short(side: &Side) -> String {
    let name = side.name();
    let (revision, path) = match (side.loaded.source.kind, name.split_once(':')) {
        (SourceKind::Git, Some((revision, path))) => (format!("{revision}:"), path),
        _ => (String::new(), &*name),
    };
    match path.rsplit_once(['/', std::path::MAIN_SEPARATOR]) {
        Some((_, file)) if !file.is_empty() => revision + file,
        _ => name,
    }
}
