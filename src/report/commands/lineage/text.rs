//! For a terminal.

use super::intent;
use super::origin::{between, edits, edits_text, reasons_text, releases, verdict_text};
use crate::load::Loaded;
use crate::load::excerpt::visible;
use crate::origin::Candidate;
use crate::overlay::{Age, History, Lineage, Near, Since};
use crate::phrase::counted;
use crate::report::text::changes;
use std::fmt::Write;

/// How wide a line of prose may be.
const WIDTH: usize = 98;

/// What a profile came from, for a terminal, with colours or without.
pub fn lineage_text(mine: &Loaded, lineage: &Lineage, color: bool) -> String {
    let origin = &lineage.origin;
    let mut text = format!("{}\n\n{}\n", visible(&mine.source.name), verdict_text(origin));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", wrapped(&reasons_text(&origin.marks)));
    if let Some(Near { last, distance, .. }) = lineage.nearest {
        let _ = writeln!(text, "nearest in what it does is {last}: {}", distance_text(distance));
    }
    let Some((history, first)) = lineage.history.as_ref().zip(origin.first()) else { return text };
    let newest = history.newest;
    let _ = writeln!(text, "\norigin, and how far behind {newest} ({})", newest.date);
    let nearest = origin.nearest().len();
    for (at, (candidate, age)) in origin.candidates.iter().zip(&history.ages).enumerate() {
        if at == nearest {
            text += "it can also be one of these\n";
        }
        text += &line(candidate, *age);
    }
    let _ = writeln!(text, "\nhow it was made from {}, {}", first.state.name(), first.view);
    text += &or_nothing(edits(first).iter().map(|line| format!("  {line}\n")).collect());
    text + &since_then(mine, history, first, color)
}

fn since_then(mine: &Loaded, history: &History, first: &Candidate, color: bool) -> String {
    let newest = history.newest;
    let mut text = String::new();
    let _ = writeln!(text, "\nwhat it changes against {}", first.state.name());
    text += &or_nothing(changes(&intent(mine, history), color));
    let _ = writeln!(text, "\nblocked upstream since, up to {newest}, and still let through");
    text += &or_nothing(history.blocked_since.iter().map(since).collect());
    let _ = writeln!(text, "\nlet through upstream since, up to {newest}, and still blocked");
    text + &or_nothing(history.allowed_since.iter().map(since).collect())
}

fn line(candidate: &Candidate, age: Age) -> String {
    let Candidate { state, edits, .. } = candidate;
    let between = between(state);
    let behind = if between.is_empty() { behind(age) } else { between };
    let (releases, edits) = (releases(state), edits_text(*edits));
    format!("  {releases:<29}  {}  {edits:<9}  {behind}\n", state.date())
}

/// The distance of [`Near`] in words.
pub fn distance_text(distance: usize) -> String {
    match distance {
        0 => "the same function".to_owned(),
        count => counted(count, "change"),
    }
}

/// `5 years 6 months, 160 releases`
fn behind(age: Age) -> String {
    let releases = match age.releases {
        0 => return "the newest".to_owned(),
        count => counted(count, "release"),
    };
    // A month of 1461 / 48 days: four years with their leap day have 48.
    let months = age.days as usize * 48 / 1461;
    let time = match (months / 12, months % 12) {
        (0, 0) => counted(age.days as usize, "day"),
        (0, months) => counted(months, "month"),
        (years, 0) => counted(years, "year"),
        (years, months) => format!("{} {}", counted(years, "year"), counted(months, "month")),
    };
    format!("{time}, {releases}")
}

fn since(since: &Since) -> String {
    let Since { syscall, release } = since;
    format!("  {:<24} {release}, {}\n", syscall.name(), release.date)
}

fn or_nothing(lines: String) -> String {
    if lines.is_empty() { "  nothing\n".to_owned() } else { lines }
}

fn wrapped(prose: &str) -> String {
    let mut lines = vec![String::new()];
    for word in prose.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
