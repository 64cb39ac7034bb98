//! Rows to one report. Joining is associative and does not hang on any order: what could is sorted, and of
//! two values that should be one the smaller counts.

use super::row::{
    Asked, Breach, Confinement, Facts, Left, LeftKind, Origin, ProfileRow, Row, Scope, Unread,
    UseRow,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Of what is left out so many names are kept.
const NAMES: usize = 5;

/// Everything that rows say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    scopes: BTreeSet<Scope>,
    asked: BTreeSet<Asked>,
    groups: BTreeMap<String, Group>,
    unread: Vec<Unread>,
    uses: Vec<UseRow>,
    left: BTreeMap<LeftKind, Left>,
}

/// Profiles that are one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The hash of the function.
    pub fingerprint: String,
    /// What it comes to.
    pub facts: Facts,
    /// The profiles.
    pub members: Vec<Member>,
}

/// A profile of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// What it is called.
    pub name: String,
    /// Who reads it.
    pub engine: String,
    /// Which default its text is a copy of.
    pub origin: Option<Origin>,
    /// Its fingerprints for other engines that can read it.
    pub others: BTreeMap<String, String>,
    /// What is required of it and it is not.
    pub broken: Vec<Breach>,
}

/// How much somebody has to care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// To be looked at.
    Warning,
    /// To be looked at first.
    Error,
}

impl Level {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// From which level on a gate fails; none for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate(pub Option<Level>);

impl Fleet {
    /// Takes a row in.
    pub fn add(&mut self, row: Row) {
        match row {
            Row::Scope(scope) => {
                self.scopes.insert(scope);
            }
            Row::Asked(asked) => {
                self.asked.insert(asked);
            }
            Row::Profile(row) => {
                let ProfileRow { name, engine, fingerprint, others, origin, broken, facts } = *row;
                let member = Member { name, engine, origin, others, broken };
                self.group(Group { fingerprint, facts, members: vec![member] });
            }
            Row::Use(used) => self.uses.push(used),
            Row::Unread(unread) => self.unread.push(unread),
            Row::Left(left) => self.leave(left),
        }
    }

    /// What both say.
    #[must_use]
    pub fn merge(mut self, other: Fleet) -> Fleet {
        self.scopes.extend(other.scopes);
        self.asked.extend(other.asked);
        other.groups.into_values().for_each(|group| self.group(group));
        self.unread.extend(other.unread);
        self.uses.extend(other.uses);
        other.left.into_values().for_each(|left| self.leave(left));
        self
    }

    fn group(&mut self, group: Group) {
        match self.groups.get_mut(&group.fingerprint) {
            Some(known) => {
                if group.facts < known.facts {
                    known.facts = group.facts;
                }
                known.members.extend(group.members);
            }
            None => {
                self.groups.insert(group.fingerprint.clone(), group);
            }
        }
    }

    fn leave(&mut self, left: Left) {
        let empty = Left { kind: left.kind, count: 0, names: BTreeSet::new() };
        let known = self.left.entry(left.kind).or_insert(empty);
        // Rows can be anything, also what no fleet has.
        known.count = known.count.saturating_add(left.count);
        known.names.extend(left.names);
        while known.names.len() > NAMES {
            known.names.pop_last();
        }
    }

    /// Sorts what came in whatever order. To be called before a report is made.
    #[must_use]
    pub fn finished(mut self) -> Fleet {
        self.groups.values_mut().for_each(|group| group.members.sort());
        self.unread.sort();
        self.uses.sort();
        self
    }

    /// For what it holds; several where rows of several questions came together.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter()
    }

    /// What was asked of every profile.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter()
    }

    /// The groups, what a person should look at first before the rest.
    pub fn groups(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.values().collect();
        groups.sort_by_cached_key(|group| {
            let group: &Group = group;
            group.order()
        });
        groups
    }

    /// What cannot be judged.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The containers, those without a filter first.
    pub fn uses(&self) -> &[UseRow] {
        &self.uses
    }

    /// Files that were not looked into, by reason.
    pub fn left(&self) -> impl Iterator<Item = &Left> {
        self.left.values()
    }

    /// How many profiles there are.
    pub fn profiles(&self) -> usize {
        self.groups.values().map(|group| group.members.len()).sum()
    }

    /// How many containers get what; what is for all that say nothing is none.
    pub fn containers(&self, confinement: Confinement) -> usize {
        let is_one = |one: &&UseRow| !one.for_others && one.confinement == confinement;
        self.uses.iter().filter(is_one).count()
    }

    /// Whether there is nothing that was judged, nor anything that should have been.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.uses.is_empty() && self.unread.is_empty()
    }

    /// Whether bytes could not be had.
    pub fn has_trouble(&self) -> bool {
        self.unread.iter().any(|unread| unread.trouble)
    }

    /// The worst of all.
    pub fn level(&self) -> Option<Level> {
        let of_groups = self.groups.values().map(Group::level).max();
        let of_unread = (!self.unread.is_empty()).then_some(Level::Error);
        let of_uses = self.uses.iter().map(UseRow::level).max();
        of_groups.max(of_unread).max(of_uses)
    }

    /// Whether a gate fails.
    pub fn fails(&self, gate: Gate) -> bool {
        gate.0.is_some_and(|gate| self.level() >= Some(gate))
    }
}

impl Group {
    /// How much somebody has to care.
    pub fn level(&self) -> Level {
        if self.is_broken() { Level::Error } else { self.own_level() }
    }

    /// Whether a member is not what is required of it.
    pub fn is_broken(&self) -> bool {
        self.members.iter().any(|member| !member.broken.is_empty())
    }

    /// How much somebody has to care for the function alone, whatever is required of which file.
    pub fn own_level(&self) -> Level {
        let facts = &self.facts;
        if self.is_direct() || facts.no_start.is_some() || facts.unconfined {
            Level::Error
        } else if self.dangerous() > 0 || !facts.answers.is_empty() {
            Level::Warning
        } else {
            Level::Info
        }
    }

    /// How many of the calls beyond the default are dangerous.
    pub fn dangerous(&self) -> usize {
        let facts = &self.facts;
        let is_known = |call: &&String| facts.open.contains(*call) || facts.partly.contains(*call);
        facts.beyond.calls.iter().filter(is_known).count()
    }

    /// How many days the member farthest behind is, if any is a copy of a default.
    pub fn days_behind(&self) -> Option<u32> {
        let origins = self.members.iter().filter_map(|member| member.origin.as_ref());
        origins.map(|origin| origin.days_behind).max()
    }

    /// The states that its members are copies of, with how many are and how far behind the newest that is;
    /// most members first.
    pub fn origins(&self) -> Vec<(&str, usize, u32, usize)> {
        let mut known: BTreeMap<&str, (usize, u32, usize)> = BTreeMap::new();
        for origin in self.members.iter().filter_map(|member| member.origin.as_ref()) {
            let one = known.entry(&origin.state).or_default();
            *one = (one.0 + 1, origin.days_behind, origin.releases_behind);
        }
        let all =
            known.into_iter().map(|(state, (count, days, later))| (state, count, days, later));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|&(state, count, ..)| (Reverse(count), state));
        all
    }

    /// Whether a call in question is let through by that call itself, and not by another way alone.
    pub fn is_direct(&self) -> bool {
        self.facts.answers.iter().any(|way| !way.indirect)
    }

    fn order(&self) -> impl Ord + '_ {
        let facts = &self.facts;
        (
            (Reverse(self.level()), Reverse(self.is_direct()), Reverse(self.is_broken())),
            Reverse(!facts.answers.is_empty()),
            (Reverse(facts.unconfined), Reverse(facts.no_start.is_some())),
            (Reverse(self.dangerous()), Reverse(facts.beyond.calls.len())),
            (Reverse(self.days_behind()), Reverse(self.members.len()), &self.fingerprint),
        )
    }
}

impl UseRow {
    /// How much somebody has to care.
    pub fn level(&self) -> Level {
        match self.confinement {
            Confinement::Unconfined => Level::Warning,
            _ => Level::Info,
        }
    }
}
