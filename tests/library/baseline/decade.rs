//! A decade of real changes, as `sdiff` tells them: each content of a default profile against the
//! one before, and published commits. The snapshots were read against what upstream said of each
//! change; a new one is to be read before it is accepted (`INSTA_UPDATE=always`). What others wrote of their commits is in the shared index.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff::baseline::{self, Product, Release};
use std::path::Path;
use std::process::Command;

fn sdiff(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sdiff"))
        .args(arguments)
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{text}");
    text
}

/// The first release of each content, by version.
fn contents(product: Product) -> Vec<&'static Release> {
    let mut contents: Vec<&Release> = Vec::new();
    for release in baseline::releases(product) {
        if contents.iter().all(|known| known.content != release.content) {
            contents.push(release);
        }
    }
    contents
}

fn each_change(product: Product, options: &[&str]) -> String {
    let contents = contents(product);
    assert!(contents.len() > 15, "the baselines are built in");
    let pairs = contents.windows(2).map(|pair| {
        let [old, new] = [pair[0], pair[1]].map(ToString::to_string);
        format!(
            "$ sdiff {old} {new}\n{}\n",
            sdiff(&[&[old.as_str(), new.as_str()], options].concat())
        )
    });
    pairs.collect()
}

#[test]
fn dockers_defaults() {
    insta::assert_snapshot!(each_change(Product::Docker, &[]));
}

#[test]
fn podmans_defaults() {
    insta::assert_snapshot!(each_change(Product::ContainersCommon, &[]));
}

/// Of containerd, on one host: the others have the same changes.
#[test]
fn containerds_defaults() {
    insta::assert_snapshot!(each_change(Product::Containerd, &["--host", "amd64"]));
}

/// What moved from one engine to another means something else.
#[test]
fn dockers_default_under_containerd() {
    let options = ["--new-engine", "containerd", "--host", "amd64", "--caps", "docker-default"];
    insta::assert_snapshot!(sdiff(&[&["docker@29.4.3", "docker@29.4.3"], &options[..]].concat()));
}

/// What holds for every change, read by a person or not: what one way adds or weakens, the other
/// way removes or tightens, and nothing differs from itself.
fn a_change_and_its_reverse_mirror_each_other([old, new]: &[String; 2]) {
    let count = |old: &str, new: &str| {
        let told = sdiff(&["--host", "amd64", "--format", "json", old, new]);
        let report: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        let changes = report["findings"].as_array().expect("a list").clone();
        let of = |kind: &str| changes.iter().filter(|change| change["kind"] == kind).count();
        (of("added"), of("removed"), of("weakened") + of("tightened"), of("changed"))
    };
    let (added, removed, stronger, changed) = count(old, new);
    assert_eq!(count(new, old), (removed, added, stronger, changed), "{old}");
    for side in [old, new] {
        assert_eq!(count(side, side), (0, 0, 0, 0), "{side}");
    }
}

/// Those that the snapshot has were read; others are judged by laws.
#[test]
fn published_commits() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/changes");
    let Ok(index) = std::fs::read_to_string(format!("{root}/INDEX.tsv")) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "{root} is missing");
        println!("skipped: there is no {root}");
        return;
    };
    let read = include_str!("snapshots/library__baseline__decade__published_commits.snap");
    let mut text = String::new();
    for line in index.lines().skip(1) {
        let Some((pair, _)) = line.split_once('\t') else { panic!("{line}") };
        let name = |side: &str| format!("{root}/{pair}.{side}");
        let kind = if Path::new(&(name("old") + ".json")).exists() { "json" } else { "yaml" };
        let files = ["old", "new"].map(|side| format!("{}.{kind}", name(side)));
        if !read.lines().any(|line| line == pair) {
            a_change_and_its_reverse_mirror_each_other(&files);
            continue;
        }
        let told = sdiff(&["--host", "amd64", &files[0], &files[1]]);
        // Names without the folder, which is another on every machine.
        let told = told.replace(&format!("{root}/"), "").replace(&format!("{pair}."), "");
        let told: Vec<&str> = told.split_whitespace().collect();
        text += &format!("{pair}\n  {}\n\n", told.join(" "));
    }
    insta::assert_snapshot!(text);
}
