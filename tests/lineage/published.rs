//! Published files: which are copies, of what, and what a rebase makes of them.
//!
//! The files are not part of the repository. `published.tsv` says by hand, with a reason, which of them
//! are copies of a default; a file that is not in it is held to the laws alone.

use crate::LINES;
use crate::rebases::{built_in, layer_of, own};
use sdiff::decision::{Decision, Store};
use sdiff::load::{LoadOptions, Loaded, load};
use sdiff::origin::{Origin, origin};
use sdiff::overlay::{Favor, Layer, Rebased, rebase_from_any};
use sdiff::semantics::{Engine, Policy, Runtime, Settings, action};
use sdiff::syscall::{Abi, Host, Syscall, numbers};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

const TABLE: &str = include_str!("published.tsv");

fn corpus() -> Option<PathBuf> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    let name = corpus.display();
    assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "{name} is missing");
    eprintln!("skipped: {name} is missing");
    None
}

/// Every file that is a profile, by its name in the corpus.
fn profiles() -> Vec<(String, Loaded)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let mut all = Vec::new();
    for folder in ["json", "yaml", "shapes", "changes"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(corpus.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let Ok(loaded) = load(file.to_str().unwrap(), &LoadOptions::default()) else {
                continue;
            };
            let name = format!("{folder}/{}", file.file_name().unwrap().to_str().unwrap());
            all.push((name, loaded));
        }
    }
    assert!(all.len() > 100);
    all
}

fn found(loaded: &Loaded) -> Origin {
    origin(&loaded.profile, &LINES)
}

#[test]
fn copies_have_an_origin_and_others_have_none() {
    let labels: BTreeMap<&str, (&str, &str)> = TABLE
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(fields.len() == 3 && fields[2].len() > 8, "{line}");
            (fields[0], (fields[1], fields[2]))
        })
        .collect();
    let (mut seen, mut faults) = ([0, 0], Vec::new());
    for (name, loaded) in profiles() {
        let Some((label, reason)) = labels.get(&*name) else { continue };
        let found = found(&loaded);
        let is_copy = *label == "copy";
        seen[usize::from(is_copy)] += 1;
        if found.candidates.is_empty() == is_copy {
            faults.push(format!("{name} is {label}: {reason}: {:?}", found.marks));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(corpus().is_none() || seen[0] > 35 && seen[1] > 30, "{seen:?}");
}

/// The day on which a file first stood in its repository.
#[test]
fn no_copy_is_older_than_its_origin() {
    let Some(corpus) = corpus() else { return };
    let first = fs::read_to_string(corpus.join("FIRST.tsv")).unwrap();
    let mut seen = 0;
    for line in first.lines().skip(1) {
        let (file, day) = line.split_once('\t').unwrap();
        let Ok(loaded) = load(corpus.join(file).to_str().unwrap(), &LoadOptions::default()) else {
            continue;
        };
        if let Some(first) = found(&loaded).first() {
            assert!(first.state.date() <= day, "{file} of {day}: {}", first.state.name());
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn known_copies_go_to_their_day() {
    let mut seen = 0;
    for (name, loaded) in profiles() {
        let file = name.rsplit('/').next().unwrap();
        let is_chrome = file == "natlas-chrome.json" || file == "zabbix-chrome_dp.json";
        if !is_chrome && !file.starts_with("redpwn") {
            continue;
        }
        let found = found(&loaded);
        let nearest = found.nearest();
        assert!(!nearest.is_empty(), "{name}");
        for one in nearest {
            match is_chrome {
                true => assert!(one.state.date().starts_with("2016-01"), "{name}"),
                false => {
                    assert!(!one.state.is_own_code(), "{name}");
                    let commit = one.state.commit().unwrap();
                    assert!(commit.version.starts_with("54eff435"), "{name}: {}", one.state.name());
                    assert_eq!(one.state.date(), "2021-01-27", "{name}");
                }
            }
        }
        seen += 1;
    }
    assert!(corpus().is_none() || seen >= 3, "{seen}");
}

/// Whichever side is favoured.
#[test]
fn no_rebase_opens_what_neither_side_lets_through() {
    let hosts = [Host::Amd64, Host::Arm64];
    let mut seen = 0;
    for (name, loaded) in profiles() {
        let found = found(&loaded);
        let Some(first) = found.first() else { continue };
        let line = first.state.line();
        let from: Vec<Layer> = found.likely().iter().map(|one| layer_of(one.state)).collect();
        let from: Vec<&Layer> = from.iter().collect();
        let (mine, onto) = (own(&loaded, line), built_in(line.name()));
        for favor in [None, Some(Favor::Mine), Some(Favor::Upstream)] {
            let mut store = Store::default();
            let result = rebase_from_any(&mut store, &from, [&mine, &onto], favor, &hosts);
            let Ok((Rebased::Clean(merged), _)) = result else { continue };
            let settings = Settings {
                hosts: merged.hosts.clone(),
                ..Settings::new(Engine::Docker).with_runtime(Runtime::None)
            };
            let mut policy = |profile| Policy::build(&mut store, profile, &settings).unwrap();
            let new = policy(&merged.profile);
            let old = [policy(mine.profile()), policy(onto.profile())];
            for (host, abi) in merged.hosts.iter().flat_map(|h| h.abis().iter().map(|a| (*h, *a))) {
                let opened = opened(&mut store, &new, &old, (host, abi));
                assert!(opened.is_empty(), "{name} {favor:?}: {opened:?} on {host} ({abi})");
            }
            seen += 1;
        }
    }
    assert!(corpus().is_none() || seen > 60, "{seen}");
}

/// The calls some of which the first lets through and none of the others.
fn opened(
    store: &mut Store,
    new: &Policy,
    policies: &[Policy; 2],
    (host, abi): (Host, Abi),
) -> Vec<&'static str> {
    let of = |policy: &Policy, (host, abi)| -> Vec<Decision> {
        let of = policy.abi(host, abi).filter(|of| of.in_filter);
        of.map(|of| of.bare_calls().collect()).unwrap_or_default()
    };
    let answers = |policy: &Policy| of(policy, (host, abi));
    let old = policies.each_ref().map(answers);
    let is_unlisted = old[0].is_empty();
    let mut open =
        |decision| store.set_where(decision, &|leaf| action(leaf).lets_through()).unwrap();
    let (mine, own) = (&policies[0], (host, host.native()));
    let native: BTreeSet<&str> = match is_unlisted {
        false => BTreeSet::new(),
        true => {
            let answers = of(mine, own).into_iter().zip(numbers(host.native()));
            let open = answers.filter(|(answer, _)| !open(*answer).is_empty());
            let open = open.map(|(_, (_, syscall))| syscall.name());
            open.collect()
        }
    };
    let mut found = Vec::new();
    for (at, (answer, (_, syscall))) in answers(new).into_iter().zip(numbers(abi)).enumerate() {
        let new = open(answer);
        let old = old.each_ref().map(|old| old.get(at).map(|old| open(*old)));
        found.push((new, old, syscall.name()));
    }
    // A file of 2016 lists x86's ABIs alone, and today's default 32-bit arm as well: programs that the file
    // killed may run now. A rule is for every ABI of the filter, so that they get what the file's
    // rules give it: the calls that it names, or lets the host's own programs make, and no other.
    let says = |name: &str| {
        let syscall = Syscall::from_name(name).unwrap();
        is_unlisted && (!mine.mentions(syscall).is_empty() || native.contains(name))
    };
    found.retain(|(new, old, name)| {
        if says(name) {
            return false;
        }
        let mut left = *new;
        for old in old.iter().flatten() {
            left = store.minus(left, *old).unwrap();
        }
        !left.is_empty()
    });
    found.into_iter().map(|(_, _, name)| name).collect()
}
