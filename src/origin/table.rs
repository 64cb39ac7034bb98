//! The states as `states.tsv` has them: to make them of the texts of all defaults takes a hundred times as
//! long.
//!
//! A test holds that each is what its text says, and writes the table (`SDIFF_WRITE_TABLES=1`).

use super::entry::{Answer, Body, Condition, Terms};
use super::state::{Bits, Grouped, Known, State, Universe, set};
use crate::baseline::{self, Release};
use crate::profile::{ActionName, ArchMapEntry, Op, Spanned};
use crate::syscall::{Abi, Syscall};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// A line each, by its first word:
///
/// - `body`: the action of a rule and its conditions on arguments;
/// - `condition`: what has to hold and what must not; the first is nothing;
/// - `abis`: `archMap`;
/// - `name`: of a call, and the bodies that some state has for it: an entry each;
/// - `state`: the content, the default action, `abis`, how many entries and how many of amd64, and what it
///   has and the state before it has not, or the other way round: of each condition (`#0`) entries, and
///   of all that it lets through (`open`) names.
const TABLE: &str = include_str!("states.tsv");

/// Before the names that a state lets through.
const OPEN: &str = "open";

/// Reads the table. What is wrong in it is left out, which the test would find.
pub(super) fn read() -> Known {
    let mut releases: FxHashMap<&str, Vec<&'static Release>> = FxHashMap::default();
    for release in baseline::list() {
        releases.entry(release.content).or_default().push(release);
    }
    let mut universe = Universe::default();
    let mut states = Vec::new();
    let mut last = (Grouped::new(), Bits::new());
    for line in TABLE.lines() {
        let Some((kind, rest)) = line.split_once('\t') else { continue };
        match kind {
            "body" => universe.add_body(body(rest)),
            "condition" => universe.add_condition(condition(rest)),
            "abis" => universe.arch_maps.push(arch_map(rest)),
            "name" => {
                let (name, bodies) = rest.split_once('\t').unwrap_or_default();
                universe.add_name(name, bodies.split(' ').filter_map(|at| at.parse().ok()));
            }
            "state" => {
                let mut fields = rest.split('\t');
                let mut next = || fields.next().unwrap_or_default();
                let content = next();
                let default = answer(next());
                let arch_map = next().parse().unwrap_or_default();
                let size = [(); 2].map(|()| next().parse().unwrap_or_default());
                change(&mut last, next(), [universe.words(), universe.names.len().div_ceil(64)]);
                let (rules, open) = last.clone();
                let flat = OnceLock::new();
                // What no release has any more is no state.
                if let Some(releases) = releases.remove(content) {
                    states.push(State { releases, rules, default, arch_map, open, flat, size });
                }
            }
            _ => {}
        }
    }
    let is_amd64 =
        |name: &str| Syscall::from_name(name).is_none_or(|call| call.number(Abi::X86_64).is_some());
    let of_amd64: Vec<bool> = universe.names.iter().map(|name| is_amd64(name)).collect();
    let mut amd64 = vec![0; universe.words()];
    for (id, (name, _)) in universe.entries.iter().enumerate() {
        if of_amd64.get(*name) == Some(&true) {
            set(&mut amd64, id);
        }
    }
    universe.amd64 = amd64;
    Known { universe, states }
}

/// Makes a state of the one before it.
fn change((rules, open): &mut (Grouped, Bits), changes: &str, words: [usize; 2]) {
    let mut of = 0;
    open.resize(words[1], 0);
    for word in changes.split(' ').filter(|word| !word.is_empty()) {
        let group =
            if word == OPEN { Some(usize::MAX) } else { word.strip_prefix('#').map(number) };
        if let Some(group) = group {
            of = group;
            continue;
        }
        let (from, to) = word.split_once('-').unwrap_or((word, word));
        let bits = match rules.iter().position(|(condition, _)| *condition == of) {
            _ if of == usize::MAX => &mut *open,
            Some(at) => &mut rules[at].1,
            None => {
                rules.push((of, vec![0; words[0]]));
                let last = rules.len() - 1;
                &mut rules[last].1
            }
        };
        for id in number(from)..=number(to) {
            if let Some(word) = bits.get_mut(id / 64) {
                *word ^= 1 << (id % 64);
            }
        }
    }
    rules.retain(|(_, bits)| bits.iter().any(|word| *word != 0));
    rules.sort();
}

fn number(word: &str) -> usize {
    word.parse().unwrap_or_default()
}

/// `SCMP_ACT_ERRNO 38`
fn answer(text: &str) -> Option<Answer> {
    let (name, value) = text.split_once(' ').unwrap_or((text, "0"));
    Some(Answer {
        name: ActionName::from_oci_name(name)?,
        value: value.parse().unwrap_or_default(),
    })
}

/// `SCMP_ACT_ALLOW 0` and for each condition `0 SCMP_CMP_MASKED_EQ 2114060288 0`, between tabs.
fn body(text: &str) -> Body {
    let mut fields = text.split('\t');
    let action = fields.next().and_then(answer);
    let action = action.unwrap_or(Answer { name: ActionName::Allow, value: 0 });
    let arg = |field: &str| {
        let mut words = field.split(' ');
        let index = words.next()?.parse().ok()?;
        let op = Op::from_oci_name(words.next()?)?;
        Some((index, op, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    Body { action, args: fields.filter_map(arg).collect() }
}

/// Hosts, capabilities and the kernel of `includes`, and then of `excludes`, between tabs.
fn condition(text: &str) -> Condition {
    let mut fields = text.split('\t');
    let mut terms = || {
        let mut next = || fields.next().unwrap_or_default();
        let (arches, caps, kernel) = (next(), next(), next());
        let min_kernel = (!kernel.is_empty()).then(|| kernel.to_owned());
        Terms { arches: words(arches), caps: words(caps), min_kernel }
    };
    let (includes, excludes) = (terms(), terms());
    Condition { includes, excludes }
}

/// The ABIs of each host, the host's own first, between tabs.
fn arch_map(text: &str) -> Vec<ArchMapEntry> {
    let entry = |field: &str| {
        let mut names = words(field).into_iter().map(Spanned::bare);
        let architecture = names.next()?;
        Some(ArchMapEntry { architecture, sub_architectures: names.collect() })
    };
    text.split('\t').filter_map(entry).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod written;
