//! Faces of a [`Fleet`]: one a file, and the phrases that they share.

mod csv;
mod html;
mod json;
mod markdown;
mod sarif;
mod text;

pub use csv::fleet_csv;
pub use html::fleet_html;
pub use json::{FLEET_JSON_VERSION, fleet_json};
pub use markdown::fleet_markdown;
pub use sarif::fleet_sarif;
pub use text::fleet_text;

use crate::fleet::{Breach, Confinement, Fleet, Group, Level};
use crate::lint;

/// Names of calls that one line shows.
const CALLS: usize = 12;

/// The group in a sentence: `same policy in 214 files`.
fn title(group: &Group) -> String {
    match &group.members[..] {
        [one] => one.name.clone(),
        members => format!("same policy in {} files", members.len()),
    }
}

/// The numbers of the whole, a sentence each.
fn summary(fleet: &Fleet) -> Vec<String> {
    let (profiles, groups) = (fleet.profiles(), fleet.groups().len());
    let mut lines = Vec::new();
    if profiles > 0 {
        lines.push(format!(
            "{} in {}",
            counted(profiles, "profile"),
            counted(groups, "different function")
        ));
    }
    let [unconfined, open, own, default] = Confinement::ALL.map(|one| fleet.containers(one));
    let containers = unconfined + open + own + default;
    if containers > 0 {
        let open = if open > 0 { format!(", {open} not told by the files") } else { String::new() };
        lines.push(format!(
            "{}: {unconfined} unconfined, {default} with the engine's default, {own} with a profile of their own{open}",
            counted(containers, "container")
        ));
    }
    if !fleet.unread().is_empty() {
        lines.push(format!("{} cannot be judged", counted(fleet.unread().len(), "file")));
    }
    let broken = fleet.groups().into_iter().flat_map(|group| &group.members);
    let broken = broken.filter(|member| !member.broken.is_empty()).count();
    if broken > 0 {
        lines.push(format!("{} not as required", counted(broken, "profile")));
    }
    for asked in fleet.asked() {
        let (mut direct, mut groups, mut indirect) = (0, 0, 0);
        for group in fleet.groups() {
            let mut ways = group.facts.answers.iter().filter(|way| way.question == asked.question);
            match (ways.clone().any(|way| !way.indirect), ways.next().is_some()) {
                (true, _) => (direct, groups) = (direct + group.members.len(), groups + 1),
                (false, true) => indirect += group.members.len(),
                (false, false) => {}
            }
        }
        let question = &asked.question;
        let (none, some) = match is_lint(question) {
            true => ("has it", "found in"),
            false => ("lets it through", "let through by"),
        };
        let mut line = match direct {
            0 => format!("{question}: none of {} {none}", counted(profiles, "profile")),
            _ => format!(
                "{question}: {some} {} of {profiles}, in {}",
                counted(direct, "profile"),
                counted(groups, "group")
            ),
        };
        if indirect > 0 {
            line +=
                &format!("; by {} more only by way of another call", counted(indirect, "profile"));
        }
        lines.push(line);
    }
    lines
}

/// Whether a question is about a finding of `check`, and not about calls.
fn is_lint(question: &str) -> bool {
    lint::ALL.iter().any(|lint| lint.id == question)
}

/// What is found, a line a kind: how many profiles it is about.
fn kinds(fleet: &Fleet) -> Vec<(Level, String)> {
    let groups = fleet.groups();
    let profiles = |is: &dyn Fn(&Group) -> bool| -> usize {
        groups.iter().filter(|group| is(group)).map(|group| group.members.len()).sum()
    };
    let broken: usize = groups
        .iter()
        .flat_map(|group| &group.members)
        .filter(|member| !member.broken.is_empty())
        .count();
    let behind: usize = groups
        .iter()
        .flat_map(|group| &group.members)
        .filter(|member| member.origin.as_ref().is_some_and(|origin| origin.days_behind > 0))
        .count();
    let beyond = |group: &Group| !group.facts.beyond.calls.is_empty() || group.facts.beyond.unnamed;
    let asked = profiles(&|group| group.is_direct());
    let all = [
        (Level::Error, asked, "profile", "found by what was asked"),
        (Level::Error, broken, "profile", "not as required"),
        (Level::Error, profiles(&|group| group.facts.unconfined), "profile", "without a filter"),
        (
            Level::Error,
            profiles(&|group| group.facts.no_start.is_some()),
            "profile",
            "with which no container starts",
        ),
        (
            Level::Warning,
            profiles(&|group| group.dangerous() > 0 && !group.facts.unconfined),
            "profile",
            "with dangerous calls beyond the newest default",
        ),
        (
            Level::Info,
            profiles(&|group| beyond(group) && group.dangerous() == 0 && !group.facts.unconfined),
            "profile",
            "with other calls beyond the newest default",
        ),
        (Level::Info, behind, "copy", "of a default that is not the newest"),
        (
            Level::Warning,
            fleet.containers(Confinement::Unconfined),
            "container",
            "without a filter",
        ),
        (
            Level::Info,
            fleet.containers(Confinement::Open),
            "container",
            "of which the files do not tell it",
        ),
        (Level::Error, fleet.unread().len(), "file", "that cannot be judged"),
    ];
    let all = all.into_iter().filter(|(_, count, ..)| *count > 0);
    let mut lines: Vec<(Level, String)> = all
        .map(|(level, count, what, words)| {
            let line = format!("{} {words}", counted(count, what));
            (level, line.replace("copys", "copies"))
        })
        .collect();
    lines.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    lines
}

/// What members of a group break, each once, with how many do.
fn breaches(group: &Group) -> Vec<(&Breach, usize)> {
    let mut found: Vec<(&Breach, usize)> = Vec::new();
    for breach in group.members.iter().flat_map(|member| &member.broken) {
        match found.iter_mut().find(|(known, _)| known.says == breach.says) {
            Some((_, count)) => *count += 1,
            None => found.push((breach, 1)),
        }
    }
    found
}

/// A JSON text in which lines can end between values.
fn spaced(json: &str) -> String {
    let (mut spaced, mut is_text, mut is_escaped) = (String::new(), false, false);
    for c in json.chars() {
        spaced.push(c);
        is_text ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        if c == ',' && !is_text {
            spaced.push(' ');
        }
    }
    spaced
}

fn counted(count: usize, what: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {what}{}", if count == 1 { "" } else { "s" })
}

/// What is to be said of a group, the gravest first: sentences.
fn sentences(group: &Group) -> Vec<String> {
    let facts = &group.facts;
    let mut said = Vec::new();
    answers(group, &mut said);
    broken(group, &mut said);
    plans(group, &mut said);
    if facts.unconfined {
        said.push("there is no filter: everything is let through".to_owned());
    }
    said.extend(facts.no_start.clone());
    if !facts.refused_on.is_empty() {
        said.push(format!("no container starts on {}", facts.refused_on.join(", ")));
    }
    if !facts.unconfined && (!facts.beyond.calls.is_empty() || facts.beyond.unnamed) {
        beyond(group, &mut said);
    }
    copies(group, &mut said);
    said
}

/// Of how many of a group something holds; nothing for one alone.
fn whose(count: usize, group: &Group) -> String {
    match (count, group.members.len()) {
        (_, 1) => String::new(),
        (count, all) if count == all => "all of them: ".to_owned(),
        (count, _) => format!("{count} of them: "),
    }
}

/// What of the calls that were asked about is let through.
fn answers(group: &Group, said: &mut Vec<String>) {
    for way in &group.facts.answers {
        let by = match way.indirect {
            true => format!("{} by way of `{}`", way.question, way.call),
            false if way.question.starts_with(&way.call) => way.question.clone(),
            false => format!("{}: `{}`", way.question, way.call),
        };
        let words = [&way.when, &way.places];
        let words: Vec<&str> =
            words.into_iter().map(String::as_str).filter(|words| !words.is_empty()).collect();
        said.push(match (is_lint(&way.question), words.is_empty()) {
            (true, true) => by,
            (true, false) => format!("{by}: {}", words.join(", ")),
            (false, true) => format!("{by}: let through, always"),
            (false, false) => format!("{by}: let through, {}", words.join(", ")),
        });
        if !way.proof.is_empty() {
            said.push(format!("  proof: {}", way.proof));
        }
    }
}

/// What a team requires and is not so.
fn broken(group: &Group, said: &mut Vec<String>) {
    for (breach, count) in breaches(group) {
        said.push(format!("{}{}", whose(count, group), breach.says));
        if !breach.proof.is_empty() {
            said.push(format!("  proof: {}", breach.proof));
        }
    }
}

/// What would close what was asked about.
fn plans(group: &Group, said: &mut Vec<String>) {
    for plan in &group.facts.plans {
        let Some(rules) = &plan.rules else {
            let why = plan.note.as_deref().unwrap_or("none was found");
            said.push(format!("no plan for {}: {why}", plan.question));
            continue;
        };
        let member = group.members.first().map_or("", |member| &member.name);
        let extends = serde_json::Value::from(format!("./{member}"));
        let closes = if plan.closes_all { "every way" } else { "the call itself" };
        said.push(format!(
            "plan for {}, proved to close {closes}: {{\"extends\": {extends}, \"syscalls\": {}}}",
            plan.question,
            spaced(rules)
        ));
        said.push(match &plan.stops[..] {
            [] => "  it stops nothing else".to_owned(),
            // A lint is about no set of calls: what is closed is told with the rest.
            stops if is_lint(&plan.question) => format!("  it stops {}", stops.join("; ")),
            stops => format!("  it also stops {}", stops.join("; ")),
        });
    }
}

/// What the newest default does not let through.
fn beyond(group: &Group, said: &mut Vec<String>) {
    let (facts, beyond) = (&group.facts, &group.facts.beyond);
    let is_known = |call: &&String| facts.open.contains(*call) || facts.partly.contains(*call);
    let dangerous: Vec<&String> = beyond.calls.iter().filter(is_known).collect();
    let shown =
        if dangerous.is_empty() { beyond.calls.iter().collect() } else { dangerous.clone() };
    let mut names: Vec<String> = shown.iter().take(CALLS).map(|name| format!("`{name}`")).collect();
    if shown.len() > CALLS {
        names.push(format!("{} more", shown.len() - CALLS));
    }
    if beyond.unnamed {
        names.push("numbers without a name".to_owned());
    }
    let which = match dangerous.len() {
        0 => String::new(),
        count if count == beyond.calls.len() => " (all known to be dangerous)".to_owned(),
        count => format!(" ({count} known to be dangerous)"),
    };
    said.push(format!(
        "beyond {} it lets through {}{which}: {}",
        beyond.default,
        counted(beyond.calls.len(), "call"),
        names.join(", ")
    ));
    for proof in beyond.proofs.iter().take(1) {
        said.push(format!("  proof: {}", proof.proof));
    }
}

/// Of which defaults they are copies, and how old those are.
fn copies(group: &Group, said: &mut Vec<String>) {
    for (state, count, days, later) in group.origins() {
        let behind = match days {
            0 => "the newest".to_owned(),
            days => format!(
                "{} and {} behind the newest",
                counted(days as usize, "day"),
                counted(later, "release")
            ),
        };
        said.push(format!("{}a copy of {state}, {behind}", whose(count, group)));
    }
}
