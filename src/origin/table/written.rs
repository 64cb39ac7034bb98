//! Writes `states.tsv` of the texts of all defaults, and holds it against them.

use super::{OPEN, TABLE};
use crate::baseline::{self, Release};
use crate::load::{LoadOptions, parse};
use crate::origin::entry::{Answer, Body, Condition, Terms, entries};
use crate::origin::known::KNOWN;
use crate::origin::state::{Grouped, Known, State, common, count, ones};
use crate::profile::{ArchMapEntry, Profile, normalize};
use crate::syscall::{Abi, Syscall};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{LazyLock, OnceLock};

/// What a release ships, in the normal form, with whose it is.
struct Read {
    releases: Vec<&'static Release>,
    profile: Profile,
}

fn profile(release: &Release) -> Profile {
    let format = Some(release.product.format());
    let options = LoadOptions { format, ..LoadOptions::default() };
    let loaded = parse("state", release.text().as_bytes(), &options).expect("a profile");
    normalize(&loaded.profile)
}

/// Each content, in the order of the states.
static ALL: LazyLock<Vec<Read>> = LazyLock::new(all);

fn all() -> Vec<Read> {
    let mut by_content: BTreeMap<&str, Vec<&'static Release>> = BTreeMap::new();
    let mut contents = Vec::new();
    for release in baseline::list() {
        let of_it = by_content.entry(release.content).or_default();
        if of_it.is_empty() {
            contents.push(release.content);
        }
        of_it.push(release);
    }
    let read = contents.iter().map(|content| {
        let releases = by_content[content].clone();
        let profile = profile(releases[0]);
        Read { releases, profile }
    });
    let mut read: Vec<Read> = read.collect();
    read.sort_by_key(|Read { releases, .. }| {
        let state = State {
            releases: releases.clone(),
            rules: Grouped::new(),
            default: None,
            arch_map: 0,
            open: Vec::new(),
            flat: OnceLock::new(),
            size: [0; 2],
        };
        (state.line(), state.is_own_code(), state.date())
    });
    read
}

fn place<T: PartialEq>(of: &[T], wanted: &T) -> usize {
    of.iter().position(|one| one == wanted).expect("it is there")
}

fn answer(answer: &Answer) -> String {
    format!("{} {}", answer.name.oci_name(), answer.value)
}

fn terms(terms: &Terms) -> String {
    let kernel = terms.min_kernel.as_deref().unwrap_or_default();
    format!("\t{}\t{}\t{kernel}", terms.arches.join(" "), terms.caps.join(" "))
}

fn abis(map: &[ArchMapEntry]) -> String {
    let entry = |entry: &ArchMapEntry| {
        let others = entry.sub_architectures.iter().map(|abi| format!(" {}", abi.value));
        format!("{}{}", entry.architecture.value, others.collect::<String>())
    };
    map.iter().map(entry).collect::<Vec<_>>().join("\t")
}

/// Numbers as ` 3 5-9`.
fn ranges(numbers: &BTreeSet<usize>) -> String {
    let numbers: Vec<usize> = numbers.iter().copied().collect();
    let mut text = String::new();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        let _ = match run {
            [one] => write!(text, " {one}"),
            [from, .., to] => write!(text, " {from}-{to}"),
            [] => Ok(()),
        };
    }
    text
}

/// The table of what is built in.
fn text() -> String {
    let read = &*ALL;
    let rules = || read.iter().flat_map(|read| entries(&read.profile));
    let bodies: BTreeSet<Body> = rules().map(|(_, rule)| Body::of(rule)).collect();
    let conditions: BTreeSet<Condition> = rules().map(|(_, rule)| Condition::of(rule)).collect();
    let bodies: Vec<Body> = bodies.into_iter().collect();
    let conditions: Vec<Condition> = conditions
        .into_iter()
        .chain([Condition::default()])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut maps: Vec<Vec<ArchMapEntry>> = Vec::new();
    for read in read {
        if !maps.contains(&read.profile.arch_map) {
            maps.push(read.profile.arch_map.clone());
        }
    }
    let mut names: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (name, rule) in rules() {
        names.entry(name).or_default().insert(place(&bodies, &Body::of(rule)));
    }
    let known: Vec<&str> = names.keys().copied().collect();
    let of_name = |(name, of): (&&str, &BTreeSet<usize>)| {
        of.iter().map(|body| (name.to_string(), *body)).collect::<Vec<_>>()
    };
    let ids: BTreeMap<(String, usize), usize> =
        names.iter().flat_map(of_name).enumerate().map(|(id, entry)| (entry, id)).collect();

    let mut text = String::from(
        "# What every default said, by `SDIFF_WRITE_TABLES=1 cargo test --lib origin`; `table.rs` says how.\n",
    );
    for body in &bodies {
        let _ = write!(text, "body\t{}", answer(&body.action));
        for (index, op, value, two) in &body.args {
            let _ = write!(text, "\t{index} {} {value} {two}", op.oci_name());
        }
        text.push('\n');
    }
    for condition in &conditions {
        let _ =
            writeln!(text, "condition{}{}", terms(&condition.includes), terms(&condition.excludes));
    }
    for map in &maps {
        let _ = writeln!(text, "abis\t{}", abis(map));
    }
    for (name, of) in &names {
        let of: Vec<String> = of.iter().map(usize::to_string).collect();
        let _ = writeln!(text, "name\t{name}\t{}", of.join(" "));
    }
    let is_amd64 =
        |name: &str| Syscall::from_name(name).is_none_or(|call| call.number(Abi::X86_64).is_some());
    let mut last: BTreeMap<Option<usize>, BTreeSet<usize>> = BTreeMap::new();
    for Read { releases, profile } in read {
        // None is what is let through.
        let mut own: BTreeMap<Option<usize>, BTreeSet<usize>> = BTreeMap::new();
        let mut size = [BTreeSet::new(), BTreeSet::new()];
        for (name, rule) in entries(profile) {
            let (body, condition) = (Body::of(rule), Condition::of(rule));
            let id = ids[&(name.to_owned(), place(&bodies, &body))];
            let condition = place(&conditions, &condition);
            own.entry(Some(condition)).or_default().insert(id);
            size[0].insert((condition, id));
            if is_amd64(name) {
                size[1].insert((condition, id));
            }
            if body.lets_through() {
                own.entry(None).or_default().insert(place(&known, &name));
            }
        }
        let default = Answer::of_profile(profile).as_ref().map(answer).unwrap_or_default();
        let map = place(&maps, &profile.arch_map);
        let (content, [all, amd64]) = (releases[0].content, size.map(|size| size.len()));
        let _ = write!(text, "state\t{content}\t{default}\t{map}\t{all}\t{amd64}\t");
        let groups: BTreeSet<Option<usize>> = last.keys().chain(own.keys()).copied().collect();
        let mut parts = Vec::new();
        for group in groups {
            let none = BTreeSet::new();
            let (before, now) =
                (last.get(&group).unwrap_or(&none), own.get(&group).unwrap_or(&none));
            let changed: BTreeSet<usize> = before.symmetric_difference(now).copied().collect();
            if !changed.is_empty() {
                let head = group.map_or(OPEN.to_owned(), |condition| format!("#{condition}"));
                parts.push(head + &ranges(&changed));
            }
        }
        text += &parts.join(" ");
        text.push('\n');
        last = own;
    }
    text
}

#[test]
fn the_table_is_that_of_the_defaults() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/origin/states.tsv");
    let text = text();
    if std::env::var_os("SDIFF_WRITE_TABLES").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    let is_written = std::fs::read_to_string(&path).expect("a text") == text;
    assert!(is_written, "{} is another one: SDIFF_WRITE_TABLES=1 writes it", path.display());
    assert_eq!(
        TABLE.lines().filter(|line| line.starts_with("state\t")).count(),
        KNOWN.states.len()
    );
}

#[test]
fn states_are_what_their_files_say() {
    let Known { universe, states } = &*KNOWN;
    let read = &*ALL;
    assert_eq!(read.len(), states.len());
    for (Read { releases, profile }, state) in read.iter().zip(states) {
        let release = state.release();
        assert_eq!(*releases, state.releases, "{release}");
        let (rules, foreign) = universe.read(profile);
        assert!(foreign.is_empty(), "{release}");
        assert_eq!(rules, state.rules, "{release}");
        assert_eq!(Answer::of_profile(profile), state.default, "{release}");
        assert_eq!(profile.arch_map, universe.arch_maps[state.arch_map], "{release}");
        let sizes: [usize; 2] = [
            rules.iter().map(|(_, bits)| count(bits)).sum(),
            rules.iter().map(|(_, bits)| common(bits, &universe.amd64)).sum(),
        ];
        assert_eq!(sizes, state.size, "{release}");
        let open = entries(profile).filter(|(_, rule)| Body::of(rule).lets_through());
        let open: BTreeSet<&str> = open.map(|(name, _)| name).collect();
        let names: BTreeSet<&str> = ones(&state.open).map(|name| universe.names[name]).collect();
        assert_eq!(names, open, "{release}");
    }
    let all: usize = states.iter().map(|state| state.releases.len()).sum();
    assert_eq!(all, baseline::list().len());
}
