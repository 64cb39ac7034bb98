//! Scripts of shells, and Makefiles.

use super::super::read::shell::{Here, Word, commands};
use super::super::read::{make as makefile, plain};
use super::super::{Found, Given, Runner, Switch, Use};
use super::kubernetes::kubelet;
use super::options;
use super::setting::setting;
use crate::profile::Span;
use std::collections::HashMap;

/// What a script starts that stands behind so many bytes.
pub(super) fn shell(text: &str, offset: usize, workload: &str, found: &mut Found) {
    let (commands, here) = super::super::read::shell::read(text, offset);
    let known = variables(&commands);
    let known = |name: &str| known.get(name).cloned().flatten();
    for command in &commands {
        let started = options::started(command, workload, &known);
        if started.is_empty() {
            aside(command, workload, found);
            kubelets(command, workload, found);
            daemon(command, workload, found);
            pods(command, workload, found);
            charts(command, workload, found);
        }
        found.uses.extend(started);
    }
    for one in here {
        let range = one.place.start as usize - offset..one.place.end as usize - offset;
        written(text.get(range).unwrap_or(""), &one, found);
    }
}

/// What a here-document says of uses, in a file that is called as the script says, or in objects.
fn written(text: &str, here: &Here, found: &mut Found) {
    // One in another one is passed over: a script that writes scripts has no end.
    let is_nested = text.match_indices("<<").any(|(at, _)| {
        let rest = text.get(at + 2..).unwrap_or("").trim_start_matches(['-', '~', ' ']);
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_'\"".contains(c))
    });
    if is_nested || !super::super::could_speak(text) {
        return;
    }
    let mut inner = Found::default();
    super::written(&here.target.to_ascii_lowercase(), &here.target, text, &mut inner);
    let by = here.place.start;
    let moved = |place: &mut Span| *place = span(place.start as usize, place.end as usize, by);
    inner.uses.iter_mut().for_each(|one| moved(&mut one.place));
    inner.guards.iter_mut().for_each(|one| moved(&mut one.place));
    found.uses.extend(inner.uses);
    found.guards.extend(inner.guards);
}

fn span(start: usize, end: usize, by: u32) -> Span {
    Span { start: start as u32 + by, end: end as u32 + by }
}

/// `kubectl run`, and what it says of its Pod.
fn pods(command: &[Word], workload: &str, found: &mut Found) {
    let Some(at) = command.iter().position(|word| matches!(&*word.text, "kubectl" | "oc")) else {
        return;
    };
    let rest = command.get(at + 1..).unwrap_or(&[]);
    let mut words = rest.iter().skip_while(|word| word.text != "run").skip(1);
    let Some(name) = words.clone().find(|word| !word.text.starts_with('-')) else { return };
    let mut one = Use::new(Runner::Kubernetes, workload, &name.text, name.place);
    while let Some(word) = words.next() {
        let (key, inline) = word.text.split_once('=').unwrap_or((&word.text, ""));
        match key {
            "--" => break,
            "--privileged" if inline != "false" => {
                (one.privileged, one.place) = (Switch::On, word.place);
            }
            "--overrides" => {
                let text = match inline {
                    "" => words.next().map_or("", |word| &*word.text),
                    inline => inline,
                };
                if word.is_open || super::super::could_speak(text) {
                    (one.given, one.place) = (Given::Open(text.to_owned()), word.place);
                    let mut inner = Found::default();
                    super::structured("overrides.json", "", text, &mut inner);
                    if let ([of, ..], false) = (&inner.uses[..], word.is_open) {
                        (one.given, one.privileged) = (of.given.clone(), of.privileged.clone());
                        (one.added, one.dropped) = (of.added.clone(), of.dropped.clone());
                        one.said = of.said;
                    }
                }
            }
            _ => {}
        }
    }
    found.uses.push(one);
}

/// `helm install --set podSecurityContext.seccompProfile.type=RuntimeDefault`
fn charts(command: &[Word], workload: &str, found: &mut Found) {
    if !command.iter().any(|word| word.text.rsplit('/').next() == Some("helm")) {
        return;
    }
    let mut words = command.iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.text.strip_prefix("--set") else { continue };
        let rest = rest.strip_prefix("-string").unwrap_or(rest);
        let (word, text) = match rest.strip_prefix('=') {
            Some(text) => (word, text),
            None if rest.is_empty() => match words.next() {
                Some(word) => (word, &*word.text),
                None => return,
            },
            None => continue,
        };
        for (path, said) in text.split(',').filter_map(|pair| pair.split_once('=')) {
            let node = plain(said, word.place);
            found.uses.extend(setting(workload, path, &node, word.place));
        }
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
