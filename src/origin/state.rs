//! Every state of the defaults: what each release ships, and each commit of the main branches.

use super::entry::{Answer, Body, Condition, Entry, entries};
use super::scan::scan;
use super::seen::Seen;
use crate::baseline::{self, Product, Release};
use crate::load::{LoadOptions, parse};
use crate::profile::{ArchMapEntry, Format, Profile, normalize};
use crate::syscall::{Abi, Syscall};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

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
    /// All that a rule of some state says, without its conditions: a name and a body.
    pub entries: Vec<(usize, usize)>,
    /// The names of entries.
    pub names: Vec<String>,
    /// Their bodies.
    pub bodies: Vec<Body>,
    /// The first is none.
    pub conditions: Vec<Condition>,
    /// Each in the normal form.
    pub arch_maps: Vec<Vec<ArchMapEntry>>,
    /// Those of names that amd64 has, and of names that nothing has.
    pub amd64: Bits,
    by_name: FxHashMap<String, usize>,
    by_body: FxHashMap<Body, usize>,
    by_entry: FxHashMap<(usize, usize), usize>,
    by_condition: FxHashMap<Condition, usize>,
}

/// All states, and what they are made of.
pub(super) struct Known {
    pub universe: Universe,
    /// Those of one product before those of another, the oldest first.
    pub states: Vec<State>,
}

/// All of them.
pub(super) static KNOWN: LazyLock<Known> = LazyLock::new(known);

/// All states, by product; the oldest of a product first.
pub fn states() -> &'static [State] {
    &KNOWN.states
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
    fn condition(&mut self, condition: Condition) -> usize {
        let next = self.conditions.len();
        *self.by_condition.entry(condition).or_insert_with_key(|condition| {
            self.conditions.push(condition.clone());
            next
        })
    }

    fn body(&mut self, body: Body) -> usize {
        let next = self.bodies.len();
        *self.by_body.entry(body).or_insert_with_key(|body| {
            self.bodies.push(body.clone());
            next
        })
    }

    fn name(&mut self, name: &str) -> usize {
        if let Some(&known) = self.by_name.get(name) {
            return known;
        }
        let id = self.names.len();
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), id);
        id
    }

    fn entry(&mut self, name: usize, body: usize) -> usize {
        let next = self.entries.len();
        *self.by_entry.entry((name, body)).or_insert_with(|| {
            self.entries.push((name, body));
            next
        })
    }

    fn find(&self, name: &str, body: &Body) -> Option<usize> {
        let entry = (self.name_of(name)?, *self.by_body.get(body)?);
        self.by_entry.get(&entry).copied()
    }

    /// The place of a name that some state has.
    pub fn name_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The name and the body of an entry.
    pub fn said(&self, id: usize) -> Option<(&str, &Body)> {
        let &(name, body) = self.entries.get(id)?;
        Some((self.names.get(name)?, self.bodies.get(body)?))
    }

    fn words(&self) -> usize {
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
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
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

/// A state before all entries are known.
struct Read {
    releases: Vec<&'static Release>,
    rules: Vec<(usize, usize)>,
    default: Option<Answer>,
    arch_map: usize,
}

fn known() -> Known {
    let mut universe = Universe::default();
    universe.condition(Condition::default());
    let mut texts = Texts::default();
    let mut by_content: FxHashMap<&str, usize> = FxHashMap::default();
    let mut read: Vec<Read> = Vec::new();
    for release in baseline::list() {
        match by_content.get(release.content).and_then(|at| read.get_mut(*at)) {
            Some(state) => state.releases.push(release),
            None => {
                by_content.insert(release.content, read.len());
                read.push(texts.read(&mut universe, release));
            }
        }
    }
    let words = universe.words();
    let is_amd64 =
        |name: &str| Syscall::from_name(name).is_none_or(|call| call.number(Abi::X86_64).is_some());
    let mut amd64 = vec![0; words];
    let of_amd64: Vec<bool> = universe.names.iter().map(|name| is_amd64(name)).collect();
    for (id, (name, _)) in universe.entries.iter().enumerate() {
        if of_amd64.get(*name) == Some(&true) {
            set(&mut amd64, id);
        }
    }
    universe.amd64 = amd64;
    let mut states: Vec<State> = Vec::with_capacity(read.len());
    for Read { releases, rules: pairs, default, arch_map } in read {
        let mut rules = Grouped::new();
        let mut open = vec![0; universe.names.len().div_ceil(64)];
        for (condition, id) in pairs {
            insert(&mut rules, condition, id, words);
            if let Some(&(name, body)) = universe.entries.get(id)
                && universe.bodies.get(body).is_some_and(Body::lets_through)
            {
                set(&mut open, name);
            }
        }
        rules.sort();
        let amd64 = &universe.amd64;
        let size = [
            rules.iter().map(|(_, bits)| count(bits)).sum(),
            rules.iter().map(|(_, bits)| common(bits, amd64)).sum(),
        ];
        let flat = OnceLock::new();
        states.push(State { releases, rules, default, arch_map, open, flat, size });
    }
    states.sort_by_key(|state| (state.line(), state.is_own_code(), state.date()));
    Known { universe, states }
}

/// Texts that were read once.
#[derive(Default)]
struct Texts {
    bodies: FxHashMap<String, (usize, usize)>,
    heads: FxHashMap<String, (Option<Answer>, usize)>,
}

impl Texts {
    fn read(&mut self, universe: &mut Universe, release: &'static Release) -> Read {
        let text: Cow<'static, str> = release.text();
        let (head, rules) = scan(&text);
        let (default, arch_map) = match self.heads.get(head) {
            Some(known) => known.clone(),
            None => {
                let profile = profile(&format!("{head}\t\"syscalls\": []\n}}"), release);
                let default = Answer::of_profile(&profile);
                let maps = &mut universe.arch_maps;
                let known = maps.iter().position(|map| *map == profile.arch_map);
                let arch_map = known.unwrap_or_else(|| {
                    maps.push(profile.arch_map.clone());
                    maps.len() - 1
                });
                self.heads.insert(head.to_owned(), (default.clone(), arch_map));
                (default, arch_map)
            }
        };
        let mut pairs = Vec::with_capacity(512);
        for rule in rules {
            let (body, condition) = match self.bodies.get(rule.body) {
                Some(known) => *known,
                None => {
                    let alone =
                        format!("{{\"syscalls\": [{{\"names\": [\"read\"], {}}}]}}", rule.body);
                    let profile = profile(&alone, release);
                    let Some(rule_read) = profile.rules.first() else { continue };
                    let condition = universe.condition(Condition::of(rule_read));
                    let known = (universe.body(Body::of(rule_read)), condition);
                    self.bodies.insert(rule.body.to_owned(), known);
                    known
                }
            };
            for name in rule.names {
                let name = universe.name(name);
                pairs.push((condition, universe.entry(name, body)));
            }
        }
        Read { releases: vec![release], rules: pairs, default, arch_map }
    }
}

/// A test holds that every state loads.
fn profile(text: &str, release: &Release) -> Profile {
    let format = Some(release.product.format());
    let loaded = parse("state", text.as_bytes(), &LoadOptions { format, ..LoadOptions::default() });
    loaded.map(|loaded| normalize(&loaded.profile)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may panic
mod tests {
    use super::*;

    /// What the lines say is what the reader reads.
    #[test]
    fn states_are_what_their_files_say() {
        let Known { universe, states } = &*KNOWN;
        for state in states {
            let release = state.release();
            let whole = profile(&release.text(), release);
            let (rules, foreign) = universe.read(&whole);
            assert!(foreign.is_empty(), "{release}");
            assert_eq!(rules, state.rules, "{release}");
            assert_eq!(Answer::of_profile(&whole), state.default, "{release}");
            assert_eq!(whole.arch_map, universe.arch_maps[state.arch_map], "{release}");
        }
        let all: usize = states.iter().map(|state| state.releases.len()).sum();
        assert_eq!(all, baseline::list().len());
    }
}
