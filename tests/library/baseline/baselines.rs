//! The built-in baselines against upstream's files.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sdiff::baseline::{self, Product, Release, UnknownRelease};
use sdiff::decision::Store;
use sdiff::load::{self, LoadOptions};
use sdiff::profile::{Profile, normalize, to_json};
use sdiff::semantics::{Engine, Policy, Settings};
use sha2::{Digest, Sha256};

fn version(spec: &str) -> String {
    baseline::find(spec).map_or_else(|error| format!("{error}"), ToString::to_string)
}

#[test]
fn specifications_find_their_release() {
    assert_eq!(version("docker@20.10.25"), "docker@20.10.25");
    assert_eq!(version("docker@20.10"), "docker@20.10.27");
    assert_eq!(version("docker@v1.13"), "docker@1.13.1");
    assert_eq!(version("podman@5.8"), "podman@5.8.3");
    assert_eq!(version("podman@0.60"), version("containers-common@0.60"));
    assert_eq!(version("podman@v0.60.2"), "containers-common@0.60.2");
    assert_eq!(version("kubernetes"), version("containerd"));
    assert_eq!(version("cri-o@1.33"), version("crio@1.33"));
    assert_eq!(version("default"), version("docker@latest"));
    assert_eq!(version("docker"), version("default"));
    let newest = baseline::list().iter().rfind(|release| release.product == Product::Docker);
    assert_eq!(version("default"), newest.expect("some").to_string());
}

#[test]
fn an_unknown_release_lists_the_near_ones() {
    let near = ["docker@20.10.26", "docker@20.10.27", "docker@23.0.0", "docker@23.0.1"];
    let near = near.map(str::to_owned).to_vec();
    let spec = "docker@20.11".to_owned();
    let unknown = UnknownRelease { spec, near, retracted: false };
    assert_eq!(baseline::find("docker@20.11"), Err(unknown));
    assert!(baseline::find("docker@newest").is_err());
    assert!(!baseline::is_spec("mine.json"));
    assert!(!baseline::is_spec("HEAD:docker@20.10"));
}

/// A commit by seven digits and more, a day by the newest state that was there.
#[test]
fn states_of_a_main_branch_are_found() {
    assert_eq!(version("docker@3c28324"), "docker@3c2832431472");
    assert_eq!(version("docker@3C2832431472"), "docker@3c2832431472");
    assert_eq!(version("docker@1124543ca8071074a537a15db251af46a5189907"), "docker@1124543ca807");
    // Digits alone are a commit as well.
    assert_eq!(version("docker@1124543"), "docker@1124543ca807");
    assert!(baseline::find("docker@3c2832").is_err());
    assert!(baseline::find("docker@fffffff").is_err_and(|error| error.near.len() == 2));
    assert_eq!(version("docker@2021-01-27"), "docker@54eff4354b17");
    assert_eq!(version("docker@2021-03-03"), "docker@54eff4354b17");
    assert_eq!(version("docker@2021-03-04"), "docker@d39b075302c2");
    assert_eq!(version("containers-common@2021-01-27"), "containers-common@5aaf1d537be2");
    assert!(baseline::find("docker@2016-01-03").is_err());
    assert!(baseline::find("podman@2021-01-27").is_err());
    for product in Product::ALL.into_iter().filter(|product| product.is_of_commits()) {
        assert!(baseline::releases(product).is_sorted_by_key(|state| state.date), "{product}");
    }
}

/// containers/common tagged v1.0.1 in 2022 only to retract it.
#[test]
fn a_retracted_version_is_no_release() {
    let releases = baseline::releases(Product::ContainersCommon);
    let near: Vec<String> = releases[releases.len() - 2..].iter().map(Release::to_string).collect();
    for spec in ["containers-common@1.0.1", "containers-common@1.0", "containers-common@v1"] {
        let near = near.clone();
        let unknown = UnknownRelease { spec: spec.to_owned(), near, retracted: true };
        assert_eq!(baseline::find(spec), Err(unknown));
    }
    // Podman's own.
    assert!(baseline::find("podman@1.0.1").is_err_and(|error| !error.retracted));
}

/// Backports come after newer lines; the newest of all does not.
#[test]
fn the_newest_version_came_out_last() {
    // Of containers-common the line of containers/common goes on beside container-libs'.
    for product in [Product::Docker, Product::Podman, Product::Containerd, Product::Profiles] {
        let newest = baseline::find(product.name()).expect("some");
        let own = baseline::releases(product);
        assert_eq!(own.iter().map(|release| release.date).max(), Some(newest.date), "{newest}");
        assert_eq!(own.last(), Some(newest));
        assert!(own.iter().all(|release| baseline::list().contains(release)));
    }
}

/// Backports come and go: 20.10.22 blocked `AF_VSOCK`, 20.10.23 took that back.
#[test]
fn each_release_has_the_content_that_it_shipped() {
    let content = |spec| baseline::find(spec).expect("known").content;
    assert_eq!(content("docker@20.10.21"), content("docker@20.10.23"));
    assert_ne!(content("docker@20.10.21"), content("docker@20.10.22"));
}

#[test]
fn every_baseline_loads_without_a_warning_and_is_in_normal_form() {
    for release in baseline::list() {
        let loaded = load::load(&release.to_string(), &LoadOptions::default()).expect("loads");
        assert_eq!(loaded.baseline, Some(release));
        assert_eq!(loaded.profile.format, release.product.format());
        assert_eq!(loaded.profile.generation, release.generation());
        // On its main branch moby once had a name with a typing error.
        if !release.product.is_of_commits() {
            assert!(loaded.warnings.is_empty(), "{release}: {:?}", loaded.warnings[0].message());
        }
        assert_eq!(to_json(&normalize(&loaded.profile)), release.text(), "{release}");
        let names = loaded.profile.rules.iter().all(|rule| rule.name.is_none());
        assert!(names, "{release} has a rule with a `name`");
    }
}

/// The folder of upstream's files grows; what is built in is in it, and says the same.
#[test]
fn every_baseline_says_what_its_upstream_file_says() {
    let Some(upstream) = upstream() else { return };
    let index = fs::read_to_string(upstream.join("INDEX.tsv")).expect("an index");
    let releases = fs::read_to_string(upstream.join("RELEASES.tsv")).expect("a list");
    for release in baseline::list() {
        // A file that is another's copy has a row of its own.
        let facts = [release.tag, release.commit, release.sha256];
        let has_facts = |row: &&str| facts.iter().all(|fact| row.split('\t').any(|f| f == *fact));
        let row = index.lines().find(has_facts).unwrap_or_else(|| panic!("{release}"));
        let row: Vec<&str> = row.split('\t').collect();
        let shipped = |line: &str| {
            let fields: Vec<&str> = line.split('\t').collect();
            let &[product, version, date, file] = fields.as_slice() else { panic!("{line}") };
            (product, version, date) == (release.product.key(), release.version, release.date)
                && index.lines().any(|row| row.starts_with(file) && row.contains(release.sha256))
        };
        // moby/profiles has tags of its own, which no list of releases has.
        let is_tag = release.product == Product::Profiles;
        assert!(is_tag || releases.lines().skip(1).any(shipped), "{release}");
        let Some(loaded) = upstreams(&upstream, row[0], release) else { continue };
        assert_eq!(to_json(&normalize(&loaded.profile)), release.text(), "{release}");
    }
}

/// The text above is compared in normal form, so this does not trust the normal form.
#[test]
fn every_baseline_does_what_its_upstream_file_does() {
    let Some(upstream) = upstream() else { return };
    let index = fs::read_to_string(upstream.join("INDEX.tsv")).expect("an index");
    let mut seen = BTreeSet::new();
    for row in index.lines().skip(1) {
        let row_has = |release: &&Release| row.split('\t').any(|field| field == release.sha256);
        let Some(release) = baseline::list().iter().find(row_has) else { continue };
        let file = row.split('\t').next().expect("a file");
        seen.insert(release.sha256);
        let Some(theirs) = upstreams(&upstream, file, release) else { continue };
        let options =
            LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
        let ours = load::parse(file, release.text().as_bytes(), &options).expect("loads");
        let engine = Engine::of_product(release.product);
        let fingerprint = |profile: &Profile| {
            let profile = Profile { generation: release.generation(), ..profile.clone() };
            let mut store = Store::default();
            let policy = Policy::build(&mut store, &profile, &Settings::new(engine));
            policy.expect("has a meaning").fingerprint(&store)
        };
        assert_eq!(fingerprint(&ours.profile), fingerprint(&theirs.profile), "{file}");
    }
    assert_eq!(seen, baseline::list().iter().map(|release| release.sha256).collect());
}

/// Upstream's file, which is the one that the release was made from; nothing of the one file that
/// holds numbers, which no engine reads.
fn upstreams(upstream: &Path, file: &str, release: &Release) -> Option<load::Loaded> {
    let bytes = fs::read(upstream.join(file)).expect("the file");
    let digest = Sha256::digest(&bytes);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sha256, release.sha256, "{release}");
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    match load::parse(file, &bytes, &options) {
        Err(_) if release.version == "d57816de0293" => None,
        loaded => Some(loaded.expect("loads")),
    }
}

/// Upstream's files, which are not part of the repository.
fn upstream() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/upstream");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "{} is missing", folder.display());
    eprintln!("skipped: {} is missing", folder.display());
    None
}
