//! The importer: what is built in is what it writes, and a new release takes one file.

#![allow(clippy::expect_used)]

#[allow(dead_code)] // an import of a whole folder needs more of it
#[path = "../../../examples/import_baselines/add.rs"]
mod add;
#[path = "../../../examples/import_baselines/delta.rs"]
mod delta;
#[path = "../../../examples/import_baselines/numbers.rs"]
mod numbers;
#[path = "../../../examples/import_baselines/written.rs"]
mod written;

use add::{Added, add};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use written::Baselines;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the importer writes into an empty folder: each file's path and text.
fn files(baselines: &Baselines) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for of in ["baselines", "src/baseline"] {
        fs::create_dir_all(folder.path().join(of)).expect("a folder");
    }
    baselines.write(folder.path()).expect("written");
    assert_eq!(Baselines::read(folder.path()).expect("read again"), *baselines);
    under(folder.path())
}

fn under(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.join("baselines"), folder.join("src/baseline/contents.rs")];
    while let Some(path) = open.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.map(|entry| entry.expect("an entry").path())),
            Err(_) => {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    found
}

/// Nothing else is in the folder, and nothing of it was changed by hand.
#[test]
fn what_is_built_in_is_what_it_writes() {
    let (now, again) = (under(root()), files(&Baselines::read(root()).expect("read")));
    assert!(now.keys().eq(again.keys()));
    for (path, text) in now {
        assert!(again[&path] == text, "{path}: the importer writes another one");
    }
}

/// As `docs/baselines.md` says it, from the file alone.
#[test]
fn a_release_is_added_from_one_file() {
    let before = Baselines::read(root()).expect("read");
    let old = before.contents["docker/29.4.3"].replacen("\"accept4\",", "\"accept4\",\n\"zz\",", 1);
    let new = |release, bytes: &[u8]| {
        let mut baselines = Baselines::read(root()).expect("read");
        let added = Added {
            product: "docker",
            release,
            bytes,
            commit: COMMIT,
            date: "2026-12-01",
            tag: "docker-v30.0.0",
        };
        add(&mut baselines, &added).map(|()| baselines)
    };
    let after = new("30.0.0", old.as_bytes()).expect("added");
    let (then, now) = (files(&before), files(&after));
    let changed: Vec<&str> = now
        .iter()
        .filter(|(path, text)| then.get(*path) != Some(text))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "baselines/docker/30.0.0.delta",
            "baselines/files.tsv",
            "baselines/releases.tsv",
            "src/baseline/contents.rs"
        ]
    );
    let row = |path: &str, line: &str| now[path].lines().any(|other| other.starts_with(line));
    assert!(row("baselines/releases.tsv", "docker\t30.0.0\t2026-12-01\tdocker/30.0.0"));
    let facts =
        format!("docker/30.0.0\t\tdocker-v30.0.0\t{COMMIT}\t{}", add::sha256(old.as_bytes()));
    assert!(row("baselines/files.tsv", &facts));
    assert_eq!(after.contents["docker/30.0.0"].matches("\"zz\"").count(), 1);
    // What says the same is no content of its own.
    let same = new("30.0.0", before.contents["docker/29.4.3"].as_bytes()).expect("added");
    assert_eq!(same.contents, before.contents);

    let error = |release, bytes| new(release, bytes).expect_err("refused").to_string();
    assert!(error("29.4.3", old.as_bytes()).contains("built in already"));
    assert!(error("thirty", old.as_bytes()).contains("`thirty` is no version"));
    assert!(error("30.0.0", b"{\"defaultAction\": 1}").contains("defaultAction"));
}
