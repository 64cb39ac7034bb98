//! For a terminal.

use super::super::phrase::counted;
use super::super::text::changes;
use super::intent;
use crate::load::Loaded;
use crate::load::excerpt::visible;
use crate::overlay::{Age, Lineage, Near, Since};
use std::fmt::Write;

/// What a profile came from, for a terminal, with colours or without.
pub fn lineage_text(mine: &Loaded, lineage: &Lineage, color: bool) -> String {
    let newest = lineage.newest;
    let mut text = format!("{}\n", visible(&mine.source.name));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\nnearest, and how far behind {newest} ({})", newest.date);
    for near in &lineage.nearest {
        text += &nearest(near);
    }
    if let Some(near) = lineage.nearest.first() {
        let _ = writeln!(text, "\nwhat it changes against {}", near.last);
    }
    text += &or_nothing(changes(&intent(mine, lineage), color));
    let _ = writeln!(text, "\nblocked upstream since, up to {newest}, and still let through");
    text += &or_nothing(lineage.blocked_since.iter().map(since).collect());
    let _ = writeln!(text, "\nlet through upstream since, up to {newest}, and still blocked");
    text + &or_nothing(lineage.allowed_since.iter().map(since).collect())
}

fn nearest(near: &Near) -> String {
    let Near { release, last, distance, age } = near;
    let releases = match release == last {
        true => release.to_string(),
        false => format!("{release} to {}", last.version),
    };
    let differ = distance_text(*distance);
    format!("  {releases:<29}  {}  {differ:<17}  {}\n", release.date, behind(*age))
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
