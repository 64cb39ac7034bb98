//! For a terminal.

use super::{Beyond, Found, Judged};
use crate::live::{Container, Group, Member, Survey};
use crate::load::excerpt::visible;
use crate::page::{Ink, Paint};
use crate::report::account::words::witness;
use crate::semantics::{Given, Machine};
use std::fmt::Write;

/// How many processes of one place are named.
const MOST_PROCESSES: usize = 4;
/// How many places of one group are named.
const MOST_PLACES: usize = 12;
/// How many calls are named.
const MOST_CALLS: usize = 12;
/// How wide a line is.
const WIDTH: usize = 98;

/// Unconfined containers first, then each group with what it is, then who could not be read.
pub fn ps_text(found: &Found, color: bool) -> String {
    let paint = Paint { color };
    let survey = &found.survey;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let bare: Vec<&Member> = survey.unconfined().collect();
    if !bare.is_empty() {
        let title = format!("! in a container without a filter: {}", processes(bare.len()));
        paint.put(&mut text, Ink::Weaker, &title);
        text.push('\n');
        places(&mut text, paint, survey, &bare);
        text.push('\n');
    }
    for (group, judged) in found.filtered() {
        paint.put(&mut text, Ink::Bold, &title(group, judged));
        let _ = writeln!(text, ": {}", processes(group.members.len()));
        places(&mut text, paint, survey, &group.members.iter().collect::<Vec<_>>());
        held(&mut text, group);
        beyond(&mut text, paint, judged.beyond.as_ref());
        text.push('\n');
    }
    if !survey.unread.is_empty() {
        let count = survey.unread.len();
        let _ = writeln!(text, "not read: {}", processes(count));
        for (member, error) in survey.unread.iter().take(MOST_PROCESSES) {
            let _ =
                writeln!(text, "  {} {}: {}", member.id, member.name, visible(&error.to_string()));
        }
        if count > MOST_PROCESSES {
            let _ = writeln!(text, "  … and {} more", count - MOST_PROCESSES);
        }
        text.push('\n');
    }
    let stacks = found.filtered().count();
    let filtered: usize = found.filtered().map(|(group, _)| group.members.len()).sum();
    let containers = survey.containers.len();
    let _ = write!(
        text,
        "{}: {filtered} with filters ({stacks} different); ",
        processes(survey.processes)
    );
    let _ = match containers {
        0 => writeln!(text, "no container"),
        count => writeln!(
            text,
            "{count} container{}, {} in them without a filter",
            plural(count),
            processes(bare.len())
        ),
    };
    text
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn processes(count: usize) -> String {
    match count {
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    }
}

/// What filters are.
fn title(group: &Group, judged: &Judged) -> String {
    let count = group.stack.len();
    let stack = if count > 1 { format!("{count} filters, ") } else { String::new() };
    let Some((name, nearest)) = &judged.nearest else {
        return stack + "of no known profile";
    };
    let name = visible(name);
    let which = match nearest.alone {
        None => String::new(),
        Some(0) => "the oldest of them ".to_owned(),
        Some(at) => format!("filter {} of them ", at + 1),
    };
    let Machine { runtime, library, .. } = nearest.machine;
    match nearest.differs {
        0 if nearest.machine == Machine::newest(nearest.machine.engine) => {
            format!("{stack}{which}{name}")
        }
        0 => format!("{stack}{which}{name} as {runtime} with libseccomp {library} makes it"),
        1 => format!("{stack}{which}nearest to {name}: at least 1 call differs"),
        differs => format!("{stack}{which}nearest to {name}: {differs} calls differ"),
    }
}

/// Where processes are: a line a container, and one for those in none.
fn places(text: &mut String, paint: Paint, survey: &Survey, members: &[&Member]) {
    let mut by_place: Vec<(Option<usize>, Vec<&Member>)> = Vec::new();
    for member in members {
        match by_place.iter_mut().find(|(place, _)| *place == member.container) {
            Some((_, members)) => members.push(member),
            None => by_place.push((member.container, vec![member])),
        }
    }
    for (place, members) in by_place.iter().take(MOST_PLACES) {
        let place = place.and_then(|place| survey.containers.get(place));
        let name = place.map_or("in no container".to_owned(), container);
        let shown = members.iter().take(MOST_PROCESSES);
        let mut names: Vec<String> =
            shown.map(|member| format!("{} {}", member.id, visible(&member.name))).collect();
        if members.len() > MOST_PROCESSES {
            names.push(format!("… {} more", members.len() - MOST_PROCESSES));
        }
        text.push_str("    ");
        paint.put(text, Ink::Plain, &name);
        paint.put(text, Ink::Dim, &format!(": {}", names.join(", ")));
        text.push('\n');
    }
    if by_place.len() > MOST_PLACES {
        let _ = writeln!(text, "    … and {} more places", by_place.len() - MOST_PLACES);
    }
}

/// `web (docker, nginx:1.29)`.
fn container(container: &Container) -> String {
    let short = container.id.get(..12).filter(|_| container.id.len() == 64);
    let name = container.name.as_deref().unwrap_or(short.unwrap_or(&container.id));
    let manager = container.manager.name();
    match &container.image {
        Some(image) => format!("{} ({manager}, {})", visible(name), visible(image)),
        None => format!("{} ({manager})", visible(name)),
    }
}

/// With which capabilities a container's filters count, where they are not Docker's usual ones.
fn held(text: &mut String, group: &Group) {
    let contained = group.members.iter().filter(|member| member.container.is_some());
    let mut sets: Vec<u64> =
        contained.filter_map(|member| member.environment.capabilities).collect();
    sets.sort_unstable();
    sets.dedup();
    let usual = Given::docker_default();
    match sets[..] {
        [set] if set & usual == usual && set != usual => {
            let count = (set & !usual).count_ones();
            let words = match count {
                1..=3 => witness::capabilities(set),
                count => format!("Docker's default capabilities and {count} more"),
            };
            let _ = writeln!(text, "  with {words}");
        }
        _ => {}
    }
}

/// What today's default does not let through.
fn beyond(text: &mut String, paint: Paint, beyond: Option<&Beyond>) {
    let Some(Beyond { profile, subjects }) = beyond else { return };
    let profile = visible(profile);
    if subjects.is_empty() {
        let _ = writeln!(text, "  lets nothing through beyond {profile}");
        return;
    }
    text.push_str("  ");
    paint.put(text, Ink::Weaker, &format!("lets through beyond {profile}:"));
    let mut column = 2 + "lets through beyond :".len() + profile.chars().count();
    let names = subjects.iter().take(MOST_CALLS).map(|(subject, _)| subject.as_str());
    let more = subjects.len().saturating_sub(MOST_CALLS);
    let more = (more > 0).then(|| format!("… {more} more"));
    let names: Vec<&str> = names.chain(more.as_deref()).collect();
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        if column + 2 + name.len() > WIDTH {
            text.push_str("\n   ");
            column = 3;
        }
        let _ = write!(text, " {name}{comma}");
        column += 1 + name.len() + comma.len();
    }
    text.push('\n');
}
