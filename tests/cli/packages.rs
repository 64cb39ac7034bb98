//! What is published: that the manifests, release/build and the documents speak of the same things.
//! What comes out of it is tried by release/try, and in part by `tests/real`'s test `action`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::Value;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn toml(name: &str) -> Value {
    toml::from_str(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Source, destination below `/`, and mode.
type Asset = (String, String, String);

fn assets(metadata: &Value, package: &str) -> Vec<Asset> {
    let assets = metadata[package]["assets"].as_array().expect("assets");
    let asset = |asset: &Value| {
        let of = |at: usize, name: &str| match asset.as_array() {
            Some(parts) => text(&parts[at]).to_owned(),
            None => text(&asset[name]).to_owned(),
        };
        let to = of(1, "dest").trim_start_matches('/').to_owned();
        (of(0, "source"), to, of(2, "mode"))
    };
    assets.iter().map(asset).collect()
}

/// What `beside` and `assets` of release/build put into target/assets.
fn made() -> BTreeSet<String> {
    let script = file("release/build");
    let mut made = BTreeSet::from(["target/assets/seccomp-sdiff".to_owned()]);
    let written = script.lines().filter_map(|line| line.split_once(">\"$at/"));
    made.extend(written.map(|(_, name)| format!("target/assets/{}", name.trim_end_matches('"'))));
    made
}

#[test]
fn packages_hold_what_is_built_and_no_name_of_another_package() {
    let manifest = toml("Cargo.toml");
    let metadata = &manifest["package"]["metadata"];
    let made = made();
    assert_eq!(made.len(), 5, "{made:?}");
    let mut programs = Vec::new();
    for package in ["deb", "generate-rpm"] {
        assert_eq!(text(&metadata[package]["name"]), "seccomp-sdiff");
        let assets = assets(metadata, package);
        for (source, to, mode) in &assets {
            let is_there = made.contains(source) || Path::new(source).is_file();
            assert!(is_there, "{package}: {source} is neither built nor here");
            let is_program = to.starts_with("usr/bin/");
            assert_eq!(mode == "755", is_program, "{package}: {to}");
        }
        for source in &made {
            let taken = assets.iter().any(|(asset, ..)| asset == source);
            assert!(taken, "{package} lacks {source}");
        }
        // GNU diffutils has the short name, in every folder.
        let is_short = |to: &str| {
            let name = Path::new(to).file_stem().and_then(|name| name.to_str());
            matches!(name, Some("sdiff" | "_sdiff"))
        };
        assert!(!assets.iter().any(|(_, to, _)| is_short(to)), "{package}: {assets:?}");
        programs.push(assets.into_iter().filter(|(_, to, _)| to.starts_with("usr/bin/")));
    }
    let programs: Vec<Vec<Asset>> = programs.into_iter().map(Iterator::collect).collect();
    assert_eq!(programs[0], programs[1]);
    assert_eq!(programs[0].len(), 1);
}

#[test]
fn the_wheel_is_of_the_same_package() {
    let (manifest, wheel) = (toml("Cargo.toml"), toml("pyproject.toml"));
    for name in ["name", "description", "readme", "license"] {
        assert_eq!(wheel["project"][name], manifest["package"][name], "{name}");
    }
    // It has no version of its own.
    assert!(wheel["project"].get("version").is_none());
    assert_eq!(text(&wheel["tool"]["maturin"]["bindings"]), "bin");
}

/// Files that a reader sees, with what stands in them of the repository.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec![root.join("README.md"), root.join("book.toml"), root.join("SECURITY.md")];
    let docs = fs::read_dir(root.join("docs")).expect("docs/");
    let docs = docs.map(|entry| entry.expect("an entry").path());
    all.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    all
}

#[test]
fn documents_have_the_address_of_the_manifest() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let short = repository.strip_prefix("https://github.com/").expect("an address");
    let mut seen = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).expect("a document");
        for (at, _) in text.match_indices("/sdiff") {
            let before = &text[..at];
            let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let owner = &before[start.map_or(0, |start| start + 1)..];
            let before = &before[..before.len() - owner.len()];
            let is_address = before.ends_with("https://github.com/") || before.ends_with("uses: ");
            if is_address && !owner.is_empty() {
                assert_eq!(format!("{owner}/sdiff"), short, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 8, "{seen}");
}
