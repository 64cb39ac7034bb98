//! The answer for a terminal.

use super::{Shown, machine};
use crate::load::excerpt::visible;
use crate::phrase::counted;
use crate::report::Report;
use crate::report::text::changes;
use crate::semantics::Machine;

/// How many lines of what differs are shown.
const MOST_LINES: usize = 12;
/// How many further machines are named.
const MOST_MACHINES: usize = 3;

/// Yes with the machine and the environments; or no with what differs and why.
pub fn verify_text(shown: &Shown, color: bool) -> String {
    let verified = shown.verified;
    let (profile, filters) =
        (visible(&shown.profile.source.name), visible(&shown.filters.source.name));
    let hosts: Vec<&str> = verified.settings.hosts.iter().map(|host| host.name()).collect();
    let on = format!("on {}", hosts.join(", "));
    let asked = machine(verified.settings.machine);
    if !verified.equal.is_empty() {
        let mut text = format!("yes: {filters} is {profile} {on}, under {asked}\n");
        if !shown.environments.asked.is_empty() {
            text += &format!("  in containers {}\n", shown.environments.asked);
        }
        return text;
    }
    let mut text = format!("no: {filters} is not {profile} {on}, under {asked}\n");
    if let Err(error) = &verified.profile {
        text += &format!("  no container starts with it there: {error}\n");
    }
    if let Some(report) = shown.report() {
        text += &shortened(&report, &format!("`sdiff {profile} {filters}` shows all"), color);
        let first = report.comparison.changes.first();
        if let Some(effect) = first.and_then(|change| change.effects.first()) {
            text += &format!("proof: {}\n", crate::report::witness_text(&report, &effect.witness));
        }
    }
    text + &why(shown, &profile, color)
}

/// What differs, in a few lines.
fn shortened(report: &Report, rest: &str, color: bool) -> String {
    let changes = changes(report, color);
    let count = changes.lines().count();
    let mut text = String::new();
    for line in changes.lines().take(MOST_LINES) {
        text += &format!("{line}\n");
    }
    if count > MOST_LINES {
        text += &format!("  … {} more lines: {rest}\n", count - MOST_LINES);
    }
    text
}

fn why(shown: &Shown, profile: &str, color: bool) -> String {
    let verified = shown.verified;
    let within = |words: &str| match words {
        "" => String::new(),
        words => format!(", in containers {words}"),
    };
    let fits = verified.elsewhere.iter().zip(&shown.environments.elsewhere);
    if let Some((nearest, words)) = fits.clone().next() {
        let parts = changed(verified.settings.machine, nearest.machine);
        let mut text = format!("why: it is what {} makes of it{}\n", parts, within(words));
        for reason in shown.reasons(nearest.machine) {
            text += &format!("     {reason}\n");
        }
        for (fit, _) in fits.clone().skip(1).take(MOST_MACHINES) {
            text += &format!("     so does {}\n", machine(fit.machine));
        }
        let more = fits.len().saturating_sub(1 + MOST_MACHINES);
        if more > 0 {
            text += &format!("     and {more} more machines\n");
        }
        return text;
    }
    if let (Some((at, fit)), Some(words)) = (&verified.alone, &shown.environments.alone) {
        let file = shown.files.get(*at).map_or(String::new(), |file| visible(file));
        let mut text = format!("why: {}\n", shown.besides(*at).unwrap_or_default());
        text += &format!(
            "     without it {file} alone is {profile} under {}{}\n",
            machine(fit.machine),
            within(words)
        );
        for reason in shown.reasons(fit.machine) {
            text += &format!("     {reason}\n");
        }
        return text;
    }
    if shown.files.is_empty() {
        return "why: the process has no filter: it runs unconfined, or nothing was loaded for it\n"
            .to_owned();
    }
    let mut text =
        "why: no known engine, runtime and libseccomp make these filters of it\n".to_owned();
    if let Some(nearest) = &verified.nearest {
        let file = nearest.filter.and_then(|at| shown.files.get(at));
        let of = file.map_or(String::new(), |file| format!(" of {} alone", visible(file)));
        let places = counted(nearest.places, "place");
        text += &format!("nearest{of}: {}, {places} differ\n", machine(nearest.machine));
        for reason in shown.reasons(nearest.machine) {
            text += &format!("     {reason}\n");
        }
        if let Some(besides) = nearest.filter.and_then(|at| shown.besides(at)) {
            text += &format!("     {besides}\n");
        }
        if let Some(report) = shown.left() {
            text += "what is left:\n";
            text += &shortened(&report, "`--format json` has all of it", color);
        }
    }
    text
}

/// The parts of a machine that are not those of the one asked about; all where all are.
fn changed(asked: Machine, other: Machine) -> String {
    let mut parts = Vec::new();
    if asked.engine != other.engine {
        parts.push(other.engine.name().to_owned());
    }
    if asked.runtime != other.runtime {
        parts.push(other.runtime.to_string());
    }
    if asked.library != other.library {
        parts.push(format!("libseccomp {}", other.library));
    }
    parts.join(" with ")
}
