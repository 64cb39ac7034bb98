//! The filters of real containers are the profiles that they were made from.
//!
//! The collection is not part of the repository: `../shared/filters`. Without it these tests say so
//! and pass, unless `SDIFF_REQUIRE_SHARED` is set.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use sdiff::decision::{Limits, Set, Store};
use sdiff::filter::{self, Filter, Program, SCRATCH_WORDS};
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{Engine, Given, Runtime, Settings};
use sdiff::syscall::{Host, Library};
use sdiff::verify::{Verified, verify};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/filters");
    if !folder.is_dir() {
        let required = std::env::var_os("SDIFF_REQUIRE_SHARED").is_some();
        assert!(!required, "{} is missing", folder.display());
        eprintln!("skipped: {} is missing", folder.display());
        return None;
    }
    Some(folder)
}

/// A filter of a container, as the collection's index has it.
struct Container {
    /// The filter's file.
    name: String,
    program: Program,
    /// The profiles that it came from: as given to the engine, and as given to the runtime.
    profiles: Vec<Loaded>,
    /// Who made it.
    engine: Engine,
    runtime: Runtime,
    library: Library,
    given: Given,
}

impl Container {
    /// The question to who made it; an OCI object is read by no engine.
    fn settings(&self, profile: &Loaded) -> Settings {
        let is_resolved = profile.source.name.ends_with(".oci.json");
        let engine = if is_resolved { Engine::Containerd } else { self.engine };
        let settings =
            Settings { hosts: vec![Host::Amd64], given: self.given, ..Settings::new(engine) };
        settings.with_runtime(self.runtime).with_library(self.library)
    }
}

fn containers() -> Vec<Container> {
    let Some(folder) = folder() else { return Vec::new() };
    let index = fs::read_to_string(folder.join("INDEX.tsv")).expect("an index");
    let mut lines = index.lines();
    let columns: Vec<&str> = lines.next().expect("a title").split('\t').collect();
    let mut found = Vec::new();
    for line in lines {
        let of: HashMap<&str, &str> = columns.iter().copied().zip(line.split('\t')).collect();
        if of["profile"] == "-" {
            continue;
        }
        let version = |program: &str| {
            let parts = of["version"].split([',', ';']).map(str::trim);
            parts.filter_map(|part| part.strip_prefix(program)?.strip_prefix(' ')).next()
        };
        let runtime = ["runc", "crun"]
            .into_iter()
            .find_map(|program| Runtime::parse(&format!("{program}@{}", version(program)?)).ok());
        let engine = match of["program"] {
            "Docker" => Engine::Docker,
            program if program.contains("Podman") => Engine::Podman,
            _ => Engine::Containerd,
        };
        let file = of["file"];
        let bytes = fs::read(folder.join(file)).expect("a filter");
        let profiles = of["profile"].split(' ').map(|name| {
            let bytes = fs::read(folder.join(name)).expect("a profile");
            load::parse(name, &bytes, &LoadOptions::default()).expect("loads")
        });
        found.push(Container {
            name: file.to_owned(),
            program: filter::read(&bytes).expect("a filter"),
            profiles: profiles.collect(),
            engine,
            runtime: runtime.expect("a known runtime"),
            library: version("libseccomp").and_then(Library::from_name).expect("a known library"),
            given: given(of["environment"]),
        });
    }
    assert!(found.len() >= 30, "{} filters with a profile", found.len());
    found
}

/// `amd64, kernel 6.18, bounding set: CHOWN,...`
fn given(environment: &str) -> Given {
    let kernel = environment.split("kernel ").nth(1).and_then(|rest| rest.split(',').next());
    let capability = |name: &str| Capability::from_name(&format!("CAP_{name}")).expect("known");
    let set = environment.split("bounding set:").nth(1).map(|names| match names.trim() {
        "40 of 41 (all but SYS_RESOURCE)" => {
            Given::all() & !(1 << capability("SYS_RESOURCE").bit())
        }
        names => {
            let names = names.split(',').filter(|name| !name.is_empty());
            names.fold(0, |set, name| set | 1 << capability(name).bit())
        }
    });
    Given { capabilities: set, kernel: kernel.and_then(KernelVersion::parse) }
}

fn verified(container: &Container, profile: &Loaded, settings: &Settings) -> Verified {
    let program = std::slice::from_ref(&container.program);
    verify(&profile.profile, program, settings)
        .unwrap_or_else(|e| panic!("{}: {e}", container.name))
}

#[test]
fn a_container_s_filter_is_its_profile_on_the_machine_that_made_it() {
    for container in containers() {
        for profile in &container.profiles {
            let found = verified(&container, profile, &container.settings(profile));
            let name = (&container.name, &*profile.source.name);
            assert_eq!(found.equal, Set::ALL, "{name:?}");
            let policy = found.profile.as_ref().expect("starts");
            let hashes = [policy, &found.filter].map(|policy| policy.fingerprint(&found.store));
            assert_eq!(hashes[0], hashes[1], "{name:?}");
        }
    }
}

/// With the other runtime it is not, where the two differ at all; and then the reason is the one
/// that made it.
#[test]
fn under_another_runtime_the_machine_that_made_it_is_named() {
    let mut named = 0;
    // All machines are tried for each of them.
    for container in containers().into_iter().step_by(2) {
        let profile = &container.profiles[0];
        let other = match container.runtime {
            Runtime::Runc(_) => Runtime::CRUN,
            _ => Runtime::RUNC,
        };
        let settings = container.settings(profile).with_runtime(other);
        let found = verified(&container, profile, &settings);
        if !found.equal.is_empty() {
            assert!(found.elsewhere.is_empty());
            continue;
        }
        named += 1;
        let own = container.runtime.program();
        let nearest = found.elsewhere.first().expect("the machine that made it");
        assert_eq!(nearest.machine.runtime.program(), own, "{}", container.name);
        assert_eq!(nearest.machine.engine, settings.machine.engine, "{}", container.name);
    }
    assert!(folder().is_none() || named >= 5, "{named} filters differ between runc and crun");
}

/// A profile with one rule less is another one, and no machine makes it the same.
#[test]
fn a_changed_profile_is_not_the_filter() {
    for container in containers().into_iter().step_by(4) {
        let mut profile = container.profiles[0].clone();
        let settings = container.settings(&profile);
        // The longest list of names, and of it one that the filter must speak of.
        let rules = &mut profile.profile.rules;
        let Some(rule) = rules.iter_mut().max_by_key(|rule| rule.names.len()) else { continue };
        let Some(at) = rule.names.iter().position(|name| name.value == "read") else { continue };
        rule.names.remove(at);
        if rules.iter().any(|rule| rule.names.iter().any(|name| name.value == "read")) {
            continue;
        }
        let found = verified(&container, &profile, &settings);
        assert!(found.equal.is_empty(), "{}", container.name);
        assert!(found.elsewhere.is_empty(), "{}", container.name);
        // On the machine that made it `read` alone is left, of each ABI.
        let nearest = found.nearest.expect("one is the nearest");
        assert!(nearest.places <= 3 && nearest.filter.is_none(), "{}", container.name);
        let own = container.runtime.program();
        assert_eq!(nearest.machine.runtime.program(), own, "{}", container.name);
    }
}

/// In a process with two filters the container's own one is found.
#[test]
fn of_a_stack_the_container_s_filter_is_found() {
    let Some(folder) = folder() else { return };
    let mut stacks = 0;
    for container in containers() {
        let Some(stack) = container.name.strip_suffix(".1.bpf") else { continue };
        let newer = fs::read(folder.join(format!("{stack}.0.bpf"))).expect("the newer filter");
        let newer = filter::read(&newer).expect("a filter");
        let profile = &container.profiles[0];
        let settings = container.settings(profile);
        let stack = [container.program.clone(), newer];
        let found = verify(&profile.profile, &stack, &settings).expect("an answer");
        assert!(found.equal.is_empty() && found.elsewhere.is_empty());
        let (at, fit) = found.alone.expect("one of them is the profile");
        assert_eq!((at, fit.environments), (0, Set::ALL));
        stacks += 1;
    }
    assert!(stacks > 0);
}

/// Bytes that have the form of instructions, with operands that the kernel often takes.
fn instructions() -> impl Strategy<Value = Vec<u8>> {
    let operand = prop_oneof![
        Just(0),
        0..SCRATCH_WORDS as u32,
        (0..17u32).prop_map(|word| word * 4),
        any::<u32>()
    ];
    let instruction = (0..0xb0u8, 0..5u8, 0..5u8, operand).prop_map(|(code, jt, jf, k)| {
        let mut raw = vec![code, 0, jt, jf];
        raw.extend(k.to_le_bytes());
        raw
    });
    let end =
        prop_oneof![Just([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]), Just([0x16, 0, 0, 0, 0, 0, 0, 0])];
    (prop::collection::vec(instruction, 0..12), end)
        .prop_map(|(body, end)| [body.concat(), end.to_vec()].concat())
}

proptest! {
    /// Whatever is in a file, it is an error or a program, and that is followed within the bounds.
    #[test]
    fn any_file_is_an_error_or_an_answer(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), instructions()],
    ) {
        if let Ok(program) = filter::read(&bytes) {
            let mut store = Store::new(Limits { work: 5_000_000, memory: 4 << 20 });
            let filter = Filter::new(&mut store, &[program]);
            // What 4 MiB hold.
            prop_assert!(store.node_count() <= 100_000);
            if let Ok(filter) = filter {
                prop_assert!(!filter.architectures().is_empty());
            }
        }
    }

    /// Nor does any text end otherwise.
    #[test]
    fn any_text_is_an_error_or_a_program(text in "([ 0-9a-fx:]{0,20}\n?){0,6}") {
        let _ = filter::read(text.as_bytes());
    }
}
