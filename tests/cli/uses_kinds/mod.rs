//! Each kind of file that says which profile a container gets, before and after, in one repository: what
//! becomes of the use, in the JSON and in every face.

mod commands;
mod engines;
mod infrastructure;
mod kubernetes;
mod pipelines;

use super::repository::Repository;
use serde_json::Value;
use std::collections::HashMap;

/// What a file says before and after, and what becomes of its uses: one of several words where a later
/// version may judge what this one does not.
type Case = (&'static str, &'static str, &'static str, &'static str);

/// What the findings of a file come to.
fn verdict(kinds: &[&str], uses: &[&str]) -> &'static str {
    let has = |word: &str| kinds.contains(&word);
    match () {
        () if has("use-weakened") || has("use-unconfined") => "weakened",
        () if has("unjudged") => "not-judged",
        () if uses.contains(&"tightened") => "tightened",
        () if has("use-changed") => "changed",
        () => "same",
    }
}

fn judged(cases: &[Case]) {
    let repository = Repository::new();
    let path = |at: usize, path: &str| format!("{at:02}/{path}");
    for (at, (file, old, ..)) in cases.iter().enumerate() {
        repository.write(&path(at, file), old);
    }
    repository.commit();
    repository.branch("pr");
    for (at, (file, _, new, _)) in cases.iter().enumerate() {
        repository.write(&path(at, file), new);
    }
    repository.commit();
    let ran = repository.review("--host amd64 --format json --fail-on never").status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let list = |name: &str| value[name].as_array().expect("a list").clone();
    let mut kinds: HashMap<String, Vec<String>> = HashMap::new();
    for profile in list("profiles") {
        let found = profile["findings"].as_array().expect("findings").iter();
        let found =
            found.map(|one| one["kind"].as_str().or(one["rule"].as_str()).unwrap_or("").to_owned());
        kinds
            .entry(profile["path"].as_str().expect("a path").to_owned())
            .or_default()
            .extend(found);
    }
    let mut told = Vec::new();
    for (at, (file, _, _, expected)) in cases.iter().enumerate() {
        let path = path(at, file);
        let found: Vec<&str> =
            kinds.get(&path).map_or(Vec::new(), |kinds| kinds.iter().map(String::as_str).collect());
        let uses = list("uses");
        let uses: Vec<&str> = uses
            .iter()
            .filter(|seen| seen["path"] == path)
            .filter_map(|seen| seen["verdict"].as_str())
            .collect();
        let is = verdict(&found, &uses);
        assert!(expected.split('|').any(|word| word == is), "{path}: {is}, and not {expected}");
        if is != "same" {
            told.push(path);
        }
    }
    // Who reads another face is told of the same files. (GitHub shows ten annotations of a step, and those
    // of one file are in `held.rs` and `uses.rs`.)
    for face in ["text", "markdown", "sarif", "gitlab", "junit", "html"] {
        let ran =
            repository.review(&format!("--host amd64 --format {face} --fail-on never")).status(0);
        for path in &told {
            assert!(ran.stdout.contains(path.as_str()), "{face} says nothing of {path}");
        }
    }
}
