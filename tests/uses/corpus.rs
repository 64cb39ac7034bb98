//! Real files, against what each means: a reading by hand, in the folder's own index.

use sdiff::uses::{Given, Runner, Use, find};
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/uses");
    let is_there = folder.join("INDEX.tsv").is_file();
    assert!(is_there || std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus of uses");
    is_there.then_some(folder)
}

/// Whether a use is what a reader says it is: `Unconfined`, `RuntimeDefault`, `engine default`, `not
/// given`, `Localhost PATH`, a path.
fn is(one: &Use, meaning: &str) -> bool {
    let meaning = meaning.to_ascii_lowercase();
    let path = |path: &str| meaning.contains(&path.to_ascii_lowercase());
    match &one.given {
        _ if meaning.starts_with("unconfined") || meaning.starts_with("privileged") => one.is_off(),
        Given::File(file) => path(file.trim_start_matches("./")),
        Given::Default => {
            meaning.starts_with("runtimedefault") || meaning.starts_with("engine default")
        }
        Given::Nothing if one.runner == Runner::Kubernetes => meaning.starts_with("not given"),
        Given::Nothing => meaning.starts_with("engine default") && !one.is_off(),
        Given::Unconfined => false,
        // What a value decides.
        Given::Open(_) => meaning.contains("value"),
    }
}

#[test]
fn files_mean_what_a_reader_says() {
    let Some(folder) = folder() else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("the index");
    let (mut right, mut wrong, mut open) = (0, Vec::new(), Vec::new());
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, _, path, _, _, kind, expected, ..] = fields[..] else { panic!("{line}") };
        if !kind.starts_with("file") {
            continue;
        }
        let text = std::fs::read_to_string(folder.join(file)).expect("a file");
        let found = find(path, &text);
        if expected.starts_with("no use") {
            match found.uses.is_empty() {
                true => right += 1,
                false => wrong.push(format!("{file}: {:?}", found.uses)),
            }
            continue;
        }
        for said in expected.split("; ") {
            let Some((names, meaning)) = said
                .split_once(": unconfined")
                .map_or_else(|| said.split_once('='), |(names, _)| Some((names, "unconfined")))
            else {
                continue;
            };
            // What is said of a profile's text, and of what says nothing.
            if names.contains("defines") || names.starts_with("all other") {
                continue;
            }
            let name = names.split(' ').next().unwrap_or(names).trim_start_matches('*');
            let is_it = |one: &&Use| {
                one.container == name
                    || one.workload.ends_with(name)
                    || one.name().contains(name)
                    || one.container.ends_with(&name.to_ascii_lowercase())
            };
            let mut candidates: Vec<&Use> = found.uses.iter().filter(is_it).collect();
            // A reader calls what has no name of its own by what it is for.
            if candidates.is_empty() {
                candidates = found.uses.iter().collect();
            }
            match candidates.iter().any(|one| is(one, meaning)) {
                true => right += 1,
                false
                    if candidates
                        .iter()
                        .all(|one| matches!(one.given, Given::Open(_)) || !one.open.is_empty()) =>
                {
                    open.push(format!("{file}: {said}"));
                }
                false => wrong.push(format!("{file}: {said}: {candidates:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right >= 9 * open.len() && right > 30, "{right} right, not judged: {open:#?}");
}
