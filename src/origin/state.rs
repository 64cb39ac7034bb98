//! Every state of the defaults: what each release ships, and each commit of the main branches.

use super::entry::{Answer, Body, Condition, Entry, entries};
use super::seen::Seen;
use crate::baseline::{self, Product, Release};
use crate::profile::{ArchMapEntry, Format, Profile};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// A default as it was at some time.
#[derive(Clone, Debug)]
pub struct State {
    /// Whose: what all of these ship or had is this content. By product and version, or by date.
    pub releases: Vec<&'static Release>,
    /// What its rules say, by condition.
    pub(super) rules: Grouped,
    /// Its default action.
    pub(super) default: Option<Answer>,
    /// Its ABIs, by [`Universe::arch_maps`].
    pub(super) arch_map: usize,
    /// The names that it lets through, for some or for all, by [`Universe::names`].
    pub(super) open: Bits,
    /// Its rules as people flatten them, once somebody asks.
    pub(super) flat: OnceLock<Vec<Flat>>,
    /// How many entries its rules have, and how many of them on amd64.
    pub(super) size: [usize; 2],
}

/// The rules of a state without conditions.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    /// Which of the conditions held.
    pub seen: Seen,
    /// What its rules say then.
    pub bits: Bits,
    /// How many entries that is, and how many of them on amd64.
    pub size: [usize; 2],
}

/// A set of entries without conditions, a bit each, by [`Universe::entries`].
pub(super) type Bits = Vec<u64>;

/// The sets of entries with each condition, by [`Universe::conditions`].
pub(super) type Grouped = Vec<(usize, Bits)>;

/// What the states are made of.
#[derive(Debug, Default)]
pub(super) struct Universe {
    /// All that a rule of some state says, without its conditions: a name and a body. Those of one name
    /// stand together.
    pub entries: Vec<(usize, usize)>,
    /// The names of entries.
    pub names: Vec<&'static str>,
    /// Their bodies.
    pub bodies: Vec<Body>,
    /// The first is none.
    pub conditions: Vec<Condition>,
    /// Each in the normal form.
    pub arch_maps: Vec<Vec<ArchMapEntry>>,
    /// Those of names that amd64 has, and of names that nothing has.
    pub amd64: Bits,
    /// Where each of `names` is, and its first entry.
    by_name: FxHashMap<&'static str, (usize, usize)>,
    by_body: FxHashMap<Body, usize>,
    by_condition: FxHashMap<Condition, usize>,
}

/// All states, and what they are made of.
pub(super) struct Known {
    pub universe: Universe,
    /// Those of one product before those of another, the oldest first.
    pub states: Vec<State>,
}

impl State {
    /// The release by which it is named: of the engine itself before a library, of a release before a
    /// commit, and the last of them.
    pub fn release(&self) -> &'static Release {
        let last = |product| self.releases.iter().rfind(|release| release.product == product);
        let named = [
            Product::Docker,
            Product::ContainersCommon,
            Product::Podman,
            Product::Containerd,
            Product::Crio,
            Product::MobyCommit,
            Product::CommonCommit,
            Product::Profiles,
        ];
        // Each has at least one.
        named.into_iter().find_map(last).copied().unwrap_or(&baseline::list()[0])
    }

    /// The name as which commands know it: `docker@20.10.3`, `docker@3c28324`.
    pub fn name(&self) -> String {
        let release = self.release();
        match release.product.is_of_commits() {
            true => format!("{}@{:.7}", release.product, release.version),
            false => release.to_string(),
        }
    }

    /// The releases of its line between which it was, by date; none before the first and after the last, and none
    /// of a state that was released.
    pub fn between(&self) -> [Option<&'static Release>; 2] {
        let line = self.line();
        if self.releases.iter().any(|release| !release.product.is_of_commits()) {
            return [None, None];
        }
        let releases = baseline::releases(line).iter();
        // By version, for old lines are kept up beside the newest.
        let before = releases.clone().filter(|release| release.date <= self.date());
        let before = before.max_by_key(|release| release.order());
        let is_behind = |release: &&Release| {
            release.date > self.date()
                && before.is_none_or(|before| release.order() > before.order())
        };
        let behind = releases.filter(is_behind).min_by_key(|release| release.order());
        [before, behind]
    }

    /// The commit of a main branch that first had it, if one did.
    pub fn commit(&self) -> Option<&'static Release> {
        self.releases.iter().find(|release| release.product.is_of_commits()).copied()
    }

    /// The day on which it was first there: `2021-01-27`.
    pub fn date(&self) -> &'static str {
        self.releases.iter().map(|release| release.date).min().unwrap_or_default()
    }

    /// Whose line of defaults it belongs to: Docker's, or containers-common's, by the dialect.
    pub fn line(&self) -> Product {
        match self.release().product.format() {
            Format::ContainersCommon => Product::ContainersCommon,
            _ => Product::Docker,
        }
    }

    /// Whether it is an engine's own code, of which there is no file to copy.
    pub fn is_own_code(&self) -> bool {
        self.releases.iter().all(|release| release.product.is_own_code())
    }
}

impl Universe {
    /// One condition more.
    pub fn add_condition(&mut self, condition: Condition) {
        self.by_condition.insert(condition.clone(), self.conditions.len());
        self.conditions.push(condition);
    }

    /// One body more.
    pub fn add_body(&mut self, body: Body) {
        self.by_body.insert(body.clone(), self.bodies.len());
        self.bodies.push(body);
    }

    /// One name more, with the bodies of its entries.
    pub fn add_name(&mut self, name: &'static str, bodies: impl Iterator<Item = usize>) {
        let at = self.names.len();
        self.by_name.insert(name, (at, self.entries.len()));
        self.names.push(name);
        self.entries.extend(bodies.map(|body| (at, body)));
    }

    fn find(&self, name: &str, body: &Body) -> Option<usize> {
        let &(name, first) = self.by_name.get(name)?;
        let body = *self.by_body.get(body)?;
        let of_name = self.entries.get(first..)?.iter().take_while(|(of, _)| *of == name);
        of_name.enumerate().find(|(_, (_, of))| *of == body).map(|(at, _)| first + at)
    }

    /// The place of a name that some state has.
    pub fn name_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|&(at, _)| at)
    }

    /// The name and the body of an entry.
    pub fn said(&self, id: usize) -> Option<(&str, &Body)> {
        let &(name, body) = self.entries.get(id)?;
        Some((*self.names.get(name)?, self.bodies.get(body)?))
    }

    /// How many words a set of entries takes.
    pub fn words(&self) -> usize {
        self.entries.len().div_ceil(64)
    }

    /// The entries of a set with a condition.
    pub fn named(&self, bits: &[u64], condition: usize) -> Vec<Entry> {
        let condition = self.conditions.get(condition).cloned().unwrap_or_default();
        let entry = |(name, body): (&str, &Body)| Entry {
            name: name.to_owned(),
            body: body.clone(),
            condition: condition.clone(),
        };
        ones(bits).filter_map(|id| self.said(id)).map(entry).collect()
    }

    /// A profile as states are, with what no state has.
    pub fn read(&self, profile: &Profile) -> (Grouped, Vec<Entry>) {
        let (mut grouped, mut foreign) = (Grouped::new(), Vec::new());
        for (name, rule) in entries(profile) {
            let (body, condition) = (Body::of(rule), Condition::of(rule));
            match (self.find(name, &body), self.by_condition.get(&condition)) {
                (Some(id), Some(&condition)) => insert(&mut grouped, condition, id, self.words()),
                _ => foreign.push(Entry { name: name.to_owned(), body, condition }),
            }
        }
        foreign.sort();
        foreign.dedup();
        grouped.sort();
        (grouped, foreign)
    }
}

/// The places of the bits that are set.
pub(super) fn ones(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(at, &word)| {
        // Few are set: each is found by itself.
        let next = |left: &u64| Some(left & (left - 1)).filter(|left| *left != 0);
        let lefts = std::iter::successors(Some(word).filter(|word| *word != 0), next);
        lefts.map(move |left| at * 64 + left.trailing_zeros() as usize)
    })
}

/// How many bits are set.
pub(super) fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// How many bits are set in both.
pub(super) fn common(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones() as usize).sum()
}

fn insert(grouped: &mut Grouped, condition: usize, id: usize, words: usize) {
    let at = match grouped.iter().position(|(of, _)| *of == condition) {
        Some(at) => at,
        None => {
            grouped.push((condition, vec![0; words]));
            grouped.len() - 1
        }
    };
    if let Some((_, bits)) = grouped.get_mut(at) {
        set(bits, id);
    }
}

pub(super) fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}
