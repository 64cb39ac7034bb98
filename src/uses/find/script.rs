//! Scripts of shells, and Makefiles.

use super::super::read::shell::{Word, commands};
use super::super::read::{make as makefile, plain};
use super::super::{Found, Runner, Use};
use super::kubernetes::kubelet;
use super::options;
use std::collections::HashMap;

/// What a script starts that stands behind so many bytes.
pub(super) fn shell(text: &str, offset: usize, workload: &str, found: &mut Found) {
    let commands = commands(text, offset);
    let known = variables(&commands);
    let known = |name: &str| known.get(name).cloned().flatten();
    for command in &commands {
        let started = options::started(command, workload, &known);
        if started.is_empty() {
            aside(command, workload, found);
            kubelets(command, workload, found);
            daemon(command, workload, found);
        }
        found.uses.extend(started);
    }
}

/// Variables that are set once, to plain text; the others are known to be there.
fn variables(commands: &[Vec<Word>]) -> HashMap<String, Option<String>> {
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    for word in commands.iter().flatten() {
        let Some((name, value)) = word.text.split_once('=') else { continue };
        let bare = name.trim_end_matches('+');
        if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let value = (!word.is_open && bare == name && !value.is_empty()).then(|| value.to_owned());
        match known.get_mut(bare) {
            Some(known) => *known = None,
            None => drop(known.insert(bare.to_owned(), value)),
        }
    }
    known
}

/// Options that are put aside in a variable or a list, for a command that stands elsewhere.
fn aside(command: &[Word], workload: &str, found: &mut Found) {
    let Some(first) = command.first() else { return };
    let is_option = |word: &&Word| {
        word.text.starts_with("--privileged")
            || word.text.contains("seccomp=")
            || word.text.contains("seccomp:")
    };
    let (name, words) = match first.text.split_once('=') {
        Some((name, value)) if options::has_options(value) && !options::starts_container(value) => {
            (name.trim_end_matches('+').to_owned(), commands(value, 0).concat())
        }
        _ if first.text.starts_with("--") && command.iter().any(|word| is_option(&word)) => {
            ("options".to_owned(), command.to_vec())
        }
        _ => return,
    };
    let mut one = Use::new(Runner::Docker, workload, &format!("options in {name}"), first.place);
    options::apply(&words, &mut one);
    one.place = first.place;
    (one.is_default, one.is_patch) = (true, true);
    if one.given != super::super::Given::Nothing || one.privileged != super::super::Switch::Off {
        found.uses.push(one);
    }
}

/// `kubelet --seccomp-default`, and what is kept for its command line.
fn kubelets(command: &[Word], workload: &str, found: &mut Found) {
    for word in command {
        let Some(at) = word.text.find("--seccomp-default") else { continue };
        let rest = word.text.get(at..).unwrap_or("").split_whitespace().next().unwrap_or("");
        if let Some(said) = kubelet::said(rest) {
            let node = plain(said, word.place);
            found.uses.push(kubelet::default_of(workload, "--seccomp-default", &node, word.place));
        }
    }
}

/// `dockerd --seccomp-profile=FILE`: what its containers have that say nothing.
fn daemon(command: &[Word], workload: &str, found: &mut Found) {
    if !command.iter().any(|word| word.text.ends_with("dockerd")) {
        return;
    }
    for (at, word) in command.iter().enumerate() {
        let value = match word.text.strip_prefix("--seccomp-profile") {
            Some("") => command.get(at + 1),
            Some(value) if value.starts_with('=') => Some(word),
            _ => None,
        };
        let Some(value) = value else { continue };
        let text = value.text.trim_start_matches("--seccomp-profile=");
        let mut one =
            Use::new(Runner::Docker, workload, "containers without a profile", word.place);
        options::security_option(&format!("seccomp={text}"), value.is_open, &mut one);
        (one.is_default, one.said) = (true, "--seccomp-profile");
        found.uses.push(one);
    }
}

/// What the recipes of a Makefile start.
pub(super) fn make(text: &str, found: &mut Found) {
    for recipe in makefile::recipes(text) {
        if !options::starts_container(&recipe.text) {
            continue;
        }
        let before = found.uses.len();
        shell(&recipe.text, 0, &format!("make {}", recipe.target), found);
        for one in found.uses.iter_mut().skip(before) {
            one.place = recipe.place;
        }
    }
}
