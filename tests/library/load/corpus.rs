//! Every profile of the collection loads or says why not, and its normal form holds what it said.
//!
//! The collection is not part of the repository: `../shared`. Without it these tests say so and
//! pass, unless `SDIFF_REQUIRE_SHARED` is set.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use sdiff::load::{self, LoadErrorKind, LoadOptions};
use sdiff::profile::{Format, Profile, normalize, to_json};

/// The files below these folders of `../shared`.
fn files(folders: &[&str]) -> Vec<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.is_dir() {
        assert!(
            std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(),
            "{} is missing",
            shared.display()
        );
        eprintln!("skipped: {} is missing", shared.display());
        return Vec::new();
    }
    let list = |folder: &&str| fs::read_dir(shared.join(folder)).expect("a folder");
    let entries = folders.iter().flat_map(list).map(|entry| entry.expect("an entry").path());
    let profile =
        |path: &PathBuf| path.extension().is_some_and(|ext| ext == "json" || ext == "yaml");
    let mut files: Vec<PathBuf> = entries.filter(profile).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn all() -> Vec<PathBuf> {
    files(&[
        "corpus/json",
        "corpus/yaml",
        "corpus/broken",
        "corpus/changes",
        "upstream/docker",
        "upstream/podman",
    ])
}

/// Equal but for the file around it: `to_json` writes a bare profile.
fn bare(profile: &Profile) -> Profile {
    Profile { format: Format::Docker, ..profile.clone() }
}

/// What must hold for any profile that loads.
fn check_normal_form(profile: &Profile) {
    let normal = normalize(profile);
    assert_eq!(normalize(&normal), normal);
    let text = to_json(&normal);
    let again = load::parse("normal", text.as_bytes(), &LoadOptions::default());
    let again = again.unwrap_or_else(|error| panic!("{}\n{text}", error.render(false))).profile;
    assert_eq!(bare(&normalize(&again)), bare(&normal));
    assert_eq!(to_json(&again), text);
}

#[test]
fn every_file_loads_or_says_why() {
    // What is no profile at all, by a part of its name.
    let others = [
        ("corpus/broken/oskarirauta", "trailing commas"),
        ("macolima_therapod_audit", "not a seccomp profile: none of its fields"),
        ("antitree-seccomp-diff-seccomp_profiles", "Helm template"),
        (
            "antitree-seccompute-profile5-ptrace-conditional-pid-restriction.yaml",
            "no `kind: SeccompProfile`",
        ),
        ("-crd.yaml", "no SeccompProfile, but CustomResourceDefinition"),
        ("x-k8s.io_s.yaml", "no SeccompProfile, but CustomResourceDefinition"),
        ("namespace-operator.yaml", "the file holds 2 profiles"),
        ("openshift-dev.yaml", "the file holds 2 profiles"),
        ("static-resources.yaml", "the file holds 2 profiles"),
        ("profile_v1.yaml", "the file holds 2 profiles"),
    ];
    for path in all() {
        let name = path.to_string_lossy().into_owned();
        let reason = others.iter().find(|(part, _)| name.contains(part)).map(|(_, reason)| reason);
        match (load::load(&name, &LoadOptions::default()), reason) {
            (Ok(loaded), None) => check_normal_form(&loaded.profile),
            (Err(error), Some(reason)) => assert!(error.to_string().contains(reason), "{error}"),
            (Ok(_), Some(_)) => panic!("{name} loads"),
            // Of what came to the collection since: only what is no profile may fail.
            (Err(error), None) => {
                let text = fs::read(&path).expect("the file");
                let text = String::from_utf8_lossy(&text);
                // What stands on a base that is not here says nothing by itself.
                let lacks_base = matches!(
                    error.kind(),
                    LoadErrorKind::BaseNotFound { .. } | LoadErrorKind::BaseInRegistry(_)
                );
                let is_alone = !lacks_base || !text.contains("baseProfileName:");
                let is_profile = is_profile(&text) && is_alone;
                assert!(!is_profile, "{}", error.render(false));
                assert!(error.render(false).contains(&name), "{error}");
            }
        }
    }
}

/// Whether a text is what some engine takes for a profile, as others' parsers see it: JSON with a
/// profile's fields, or a `SeccompProfile` in YAML that is no template.
fn is_profile(text: &str) -> bool {
    let has = |value: &serde_json::Value, key: &str| {
        value.as_object().is_some_and(|map| map.keys().any(|k| k.eq_ignore_ascii_case(key)))
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => {
            let is_bare = ["defaultAction", "syscalls"].iter().any(|key| has(&value, key));
            // moby's own file of a few days in 2016 has numbers, which no engine ever read.
            let is_read = !value["syscalls"][0]["action"].is_number();
            is_bare && is_read
                || has(&value["linux"], "seccomp")
                || value["kind"] == "SeccompProfile"
        }
        Err(_) => text.lines().any(|line| line == "kind: SeccompProfile") && !text.contains("{{"),
    }
}

#[test]
fn every_position_is_where_the_text_says_it() {
    for path in files(&["corpus/json", "upstream/docker", "upstream/podman"]) {
        let Ok(loaded) = load::load(&path.to_string_lossy(), &LoadOptions::default()) else {
            continue;
        };
        for rule in &loaded.profile.rules {
            for name in rule.names.iter().chain(&rule.name) {
                let (start, end) = (name.span.start as usize, name.span.end as usize);
                assert_eq!(&loaded.source.text[start..end], format!("{:?}", name.value));
            }
        }
    }
}

/// Real profiles, a few of each kind, and fragments to put into them.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
        let small = |bytes: &Vec<u8>| bytes.len() < 12_000;
        let mut seeds: Vec<_> =
            all().iter().filter_map(|p| fs::read(p).ok()).filter(small).collect();
        seeds.push(sdiff::baseline::list()[0].text().as_bytes()[..4000].to_vec());
        seeds
    });
    &SEEDS
}

const FRAGMENTS: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"null",
    b"\\u",
    b"\\",
    b"/*",
    b"- ",
    b"&a ",
    b"*a",
    b"\xff",
    b"\xe2\x80\xae",
    b"1e999",
    b"18446744073709551616",
    b"\n",
    b"\"syscalls\":[",
    b"\"names\":null,",
    b"\"args\":[{}],",
    b"\"includes\":{},",
    b"---\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// The loader takes any bytes without a panic, its messages too.
    #[test]
    fn no_bytes_make_it_panic(
        seed in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), 0..12usize, any::<Index>()), 0..8),
    ) {
        let mut bytes = seed.get(seeds()).clone();
        for (at, removed, fragment) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, fragment.get(&FRAGMENTS).iter().copied());
        }
        match load::parse("mutated", &bytes, &LoadOptions::default()) {
            Ok(loaded) => {
                check_normal_form(&loaded.profile);
                loaded.warnings.iter().for_each(|w| { w.render(&loaded.source, true); });
            }
            Err(error) => { error.render(true); }
        }
    }
}
