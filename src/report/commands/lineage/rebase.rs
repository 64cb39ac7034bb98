//! What a rebase rests on: the origin, and what hangs on it. Described by `docs/rebase.schema.json`.

use super::origin::origin_json;
use crate::load::Loaded;
use crate::origin::Origin;
use crate::overlay::{Doubt, DoubtAbout, Given};
use crate::phrase::{action_text, counted, description_text};
use crate::profile::Action;
use crate::syscall::Host;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The version of the JSON of `rebase --report`: it changes with every change that a reader has to know of.
pub const REBASE_JSON_VERSION: u32 = 1;

/// What a rebase was told, found and did.
#[derive(Clone, Copy, Debug)]
pub struct RebaseReport<'a> {
    /// One's own profile.
    pub mine: &'a Loaded,
    /// What it is rebased onto.
    pub onto: Option<&'a str>,
    /// What it was made from: one that was given, or all that it can be.
    pub from: &'a [String],
    /// How that was found; `None` where it was given.
    pub origin: Option<&'a Origin>,
    /// Whether there is a result.
    pub outcome: Outcome,
    /// What both sides changed, in words.
    pub conflicts: &'a [String],
    /// What hangs on the origin.
    pub doubts: &'a [Doubt],
}

/// How a rebase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a result.
    Clean,
    /// Both sides changed the same.
    Conflicts,
    /// It is a copy of no known default, and nobody said what it was made from.
    NoOrigin,
}

/// As JSON.
pub fn rebase_json(report: &RebaseReport) -> String {
    let RebaseReport { mine, onto, from, origin, outcome, conflicts, doubts } = *report;
    let report = json!({
        "version": REBASE_JSON_VERSION,
        "tool": { "name": "sdiff", "version": env!("CARGO_PKG_VERSION") },
        "profile": &*mine.source.name,
        "onto": onto,
        "from": from,
        "origin": origin.map(origin_json),
        "outcome": match outcome {
            Outcome::Clean => "clean",
            Outcome::Conflicts => "conflicts",
            Outcome::NoOrigin => "no-origin",
        },
        "conflicts": conflicts,
        "hangs_on_origin": doubts.iter().map(|one| doubt(one, from)).collect::<Vec<Value>>(),
    });
    format!("{report:#}\n")
}

fn doubt(doubt: &Doubt, from: &[String]) -> Value {
    let place = |(host, abi): &(Host, crate::syscall::Abi)| json!({ "host": host.name(), "abi": abi.name() });
    let gives = from.iter().zip(&doubt.gives);
    let gives = gives.map(|(from, given)| json!({ "from": from, "answer": given_text(*given) }));
    let mut value = json!({
        "about": match doubt.about {
            DoubtAbout::Default => "default-action",
            DoubtAbout::Architectures => "abis",
            DoubtAbout::Calls { .. } => "calls",
        },
        "text": what(doubt),
        "places": doubt.places.iter().map(place).collect::<Vec<Value>>(),
        "gives": gives.collect::<Vec<Value>>(),
        "taken": given_text(doubt.taken),
    });
    if let DoubtAbout::Calls { syscall, .. } = doubt.about {
        value["syscall"] = syscall.name().into();
    }
    value
}

/// What hangs on the origin, for a terminal: nothing where all states give the same.
pub fn doubts_text(doubts: &[Doubt], from: &[String]) -> String {
    if doubts.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "{} on which of them it was made from; the strictest is taken, and --from decides\n",
        match doubts.len() {
            1 => "one thing hangs".to_owned(),
            count => format!("{} hang", counted(count, "thing")),
        }
    );
    for doubt in doubts {
        let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
        for (from, given) in from.iter().zip(&doubt.gives) {
            let given = given_text(*given);
            match answers.iter_mut().find(|(other, _)| *other == given) {
                Some((_, names)) => names.push(from),
                None => answers.push((given, vec![from])),
            }
        }
        let answers =
            answers.iter().map(|(given, names)| format!("{given} from {}", names.join(", ")));
        let answers: Vec<String> = answers.collect();
        text +=
            &format!("  {}: {} ({})\n", what(doubt), given_text(doubt.taken), answers.join("; "));
    }
    text
}

fn what(doubt: &Doubt) -> String {
    match &doubt.about {
        DoubtAbout::Default => "the default action".to_owned(),
        DoubtAbout::Architectures => {
            let abis: BTreeSet<&str> = doubt.places.iter().map(|(_, abi)| abi.name()).collect();
            let abis: Vec<&str> = abis.into_iter().collect();
            format!("programs of {}", abis.join(", "))
        }
        DoubtAbout::Calls { syscall, when } => {
            let abi = doubt.places.first().map_or(Host::Amd64.native(), |place| place.1);
            let when = description_text(when, *syscall, abi);
            format!("{} {when}", syscall.name()).trim_end().to_owned()
        }
    }
}

fn given_text(given: Given) -> String {
    match given {
        Given::Action(action) => answer(&action),
        Given::Conflict => "a conflict".to_owned(),
        Given::Listed(true) => "in the filter".to_owned(),
        Given::Listed(false) => "not in the filter".to_owned(),
    }
}

fn answer(action: &Action) -> String {
    action_text(*action)
}
