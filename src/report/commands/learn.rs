//! What was learned from recordings: what the profile says beyond the recorded calls' names, and what
//! to think about before it is used.

use super::explain::lines_text;
use super::explain::recorded::{calls_are, likelier};
use crate::learn::{Detail, Learned, Left, Rule};
use crate::load::excerpt::visible;
use crate::phrase::{counted, description_text};
use crate::profile::to_json;
use crate::recording::{Ground, Recording};
use crate::syscall::{Abi, Host, Syscall, arg_name};
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of the format of [`learn_json`].
pub const LEARN_JSON_VERSION: u32 = 1;

/// How many names of a list are shown where not all are asked for.
const NAMES: usize = 20;

/// A learned profile and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct LearnReport<'a> {
    /// The recordings.
    pub recordings: &'a [String],
    /// The base's name; none for a whole profile.
    pub base: Option<&'a str>,
    /// The host.
    pub host: Host,
    /// Of which calls arguments were kept.
    pub detail: Detail,
    /// What was read.
    pub recording: &'a Recording,
    /// What was learned.
    pub learned: &'a Learned,
    /// Whether to show lists whole.
    pub is_whole: bool,
}

/// Notes and warnings, the gravest first.
pub fn learn_text(report: &LearnReport) -> String {
    let LearnReport { recording, learned, base, host, .. } = *report;
    let (warnings, notes): (Vec<_>, Vec<_>) =
        learned.plan.left.iter().partition(|(_, left)| left.is_lacking());
    let mut text = String::new();
    // Writing to a String cannot fail.
    if recording.lines.is_doubtful() {
        let lines = lines_text(recording);
        let _ = write!(
            text,
            "warning: much of it was not understood, so that calls may be missing: {lines}"
        );
    }
    for (name, count) in &recording.unknown {
        let name = visible(name);
        let _ = writeln!(
            text,
            "warning: no profile can name {name} ({}), which is no known system call",
            counted(*count, "time")
        );
    }
    for (syscall, left) in warnings {
        let _ = writeln!(text, "warning: {}", left_words(*syscall, left));
    }
    for (syscall, why) in learned.dangerous() {
        let for_some = match learned.plan.rules.get(&syscall) {
            Some(Rule::Parts(parts)) => format!(" for {}", counted(parts.len(), "kind")),
            _ => String::new(),
        };
        let _ =
            writeln!(text, "warning: `{syscall}` is let through{for_some}, and dangerous: {why}");
    }
    for (syscall, abi, open) in &learned.plan.widened {
        let names = arg_names(*syscall, *abi, open);
        let _ = writeln!(
            text,
            "note: more calls of `{syscall}` are let through than were recorded: {names} was not read, or has too many values"
        );
    }
    for (syscall, left) in notes {
        let _ = writeln!(text, "note: {}", left_words(*syscall, left));
    }
    if !learned.startup.calls.is_empty() {
        let names = list(learned.startup.calls.iter().copied(), true);
        let runtimes: Vec<String> =
            learned.startup.runtimes.iter().map(ToString::to_string).collect();
        let by = match runtimes.is_empty() {
            true => "that ends a program".to_owned(),
            false => format!("for {} to start a container, and to end it", runtimes.join(", ")),
        };
        let _ = writeln!(text, "note: let through without being recorded, {by}: {names}");
    }
    let usage = &learned.usage;
    if !usage.once.is_empty() && usage.once.len() < usage.counts.len() {
        let names = list(usage.once.iter().copied(), report.is_whole);
        let _ = writeln!(text, "note: recorded once only: {names}");
    }
    if let Some(base) = base.filter(|_| !usage.unused.is_empty()) {
        let names = list(usage.unused.iter().copied(), report.is_whole);
        let count = counted(usage.unused.len(), "call");
        let _ = writeln!(
            text,
            "note: {count} that {} lets through were not recorded: {names}",
            visible(base)
        );
    }
    if report.elsewhere() > 0 {
        let count = report.elsewhere();
        let _ = writeln!(
            text,
            "warning: {} of programs that no {host} machine runs: left out",
            calls_are(count)
        );
    }
    let _ = match recording.host.1 {
        Ground::Guessed => {
            writeln!(text, "note: no recording says on which host: {host} is guessed")
        }
        Ground::Usual => {
            writeln!(text, "note: no recording says on which host: {host}, by the settings")
        }
        Ground::Deduced => writeln!(text, "note: by the calls, it is of {host}"),
        Ground::Asked | Ground::Recorded => Ok(()),
    };
    text + &proof(report)
}

/// What was proved, and what to do with it.
fn proof(report: &LearnReport) -> String {
    let (host, calls) = (report.host, counted(report.learned.usage.counts.len(), "call"));
    match report.base {
        Some(base) => {
            let (base, rules) = (visible(base), report.learned.profile.rules.len());
            match rules {
                0 => format!(
                    "note: {base} lets all of it through on {host} ({calls}): the overlay is empty\n"
                ),
                _ => format!(
                    "note: proved on {host}: with it over {base} each of {calls} passes that is not named above, and \
                     nothing else that {base} stops; `sdiff merge` makes one profile of the two\n"
                ),
            }
        }
        None => format!(
            "note: proved on {host}: each of {calls} passes that is not named above, nothing else does, and a \
             container starts\n"
        ),
    }
}

impl LearnReport<'_> {
    /// Calls of programs that no kernel of the host runs.
    fn elsewhere(&self) -> u64 {
        let all: u64 = self.recording.calls.values().map(|tally| tally.count).sum();
        all.saturating_sub(self.learned.usage.counts.values().sum())
    }
}

fn list(calls: impl Iterator<Item = Syscall>, is_whole: bool) -> String {
    let names: Vec<&str> = calls.map(|call| call.name()).collect();
    match names.len() {
        count if count > NAMES + 1 && !is_whole => {
            format!("{}, and {} more (-v)", names[..NAMES].join(", "), count - NAMES)
        }
        _ => names.join(", "),
    }
}

fn arg_names(syscall: Syscall, abi: Abi, open: &[u8]) -> String {
    let name = |index: &u8| {
        arg_name(syscall, abi, *index)
            .map_or(format!("arg{index}"), |name| format!("arg{index} ({name})"))
    };
    match open {
        [] => "an argument".to_owned(),
        open => open.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// Why nothing more is done for a call, in a sentence.
fn left_words(syscall: Syscall, left: &Left) -> String {
    match left {
        Left::FallsBack(older) => format!(
            "`{syscall}` gets ENOSYS, after which programs make `{older}` instead: it stays stopped"
        ),
        Left::AsRecorded => {
            format!("`{syscall}` failed with ENOSYS in the recording, and does so again")
        }
        Left::Environment(abi, when) => format!(
            "`{syscall}` passes {}, and nothing is added: say with --kernel and --caps where it was recorded",
            description_text(when, syscall, *abi)
        ),
        Left::Unread(abi, open) => format!(
            "`{syscall}` is dangerous and stays stopped where {} was not recorded: record it with \
             `strace -f -X raw -e trace={syscall}`, or allow all of it with --detail names",
            arg_names(syscall, *abi, open)
        ),
        Left::TooMany(count) => format!(
            "`{syscall}` is dangerous and stays stopped: it was recorded with {count} kinds of arguments; \
             --detail names allows all of it"
        ),
        Left::NoAbi(abi) => format!(
            "`{syscall}` of {abi} stays stopped: the base kills every call of these programs, and an \
             overlay cannot add an architecture; --start scratch makes a whole profile"
        ),
        Left::Refused(count) => format!(
            "`{syscall}` is let through, and was refused with EPERM each time ({count}): by something else, \
             which no profile changes{}",
            likelier(syscall)
        ),
    }
}

fn left_word(left: &Left) -> &'static str {
    match left {
        Left::FallsBack(_) => "falls-back",
        Left::AsRecorded => "as-recorded",
        Left::Environment(..) => "environment",
        Left::Unread(..) => "unread",
        Left::TooMany(_) => "too-many",
        Left::NoAbi(_) => "no-abi",
        Left::Refused(_) => "refused",
    }
}

/// The same for programs.
pub fn learn_json(report: &LearnReport) -> String {
    let LearnReport { recording, learned, .. } = *report;
    let names = |calls: &[Syscall]| calls.iter().map(|call| call.name()).collect::<Vec<_>>();
    let profile: Value = serde_json::from_str(&to_json(&learned.profile)).unwrap_or_default();
    let calls = learned.usage.counts.iter().map(|(call, count)| {
        let rule = match learned.plan.rules.get(call) {
            Some(Rule::Whole) => Some("whole"),
            Some(Rule::Parts(_)) => Some("parts"),
            Some(Rule::Enosys) => Some("enosys"),
            None => None,
        };
        json!({ "syscall": call.name(), "count": count, "rule": rule })
    });
    let left = learned.plan.left.iter().map(|(call, left)| {
        json!({
            "syscall": call.name(),
            "why": left_word(left),
            "isLacking": left.is_lacking(),
            "text": left_words(*call, left),
        })
    });
    let widened = learned.plan.widened.iter();
    let widened = widened.map(|(call, _, open)| json!({ "syscall": call.name(), "args": open }));
    let dangerous = learned.dangerous();
    let dangerous = dangerous.map(|(call, why)| json!({ "syscall": call.name(), "why": why }));
    let lines = &recording.lines;
    let first = lines.first.iter().map(|(line, text)| json!({ "line": line, "text": text }));
    let startup: Vec<Syscall> = learned.startup.calls.iter().copied().collect();
    let json = json!({
        "version": LEARN_JSON_VERSION,
        "recordings": report.recordings,
        "base": report.base,
        "host": report.host.name(),
        "detail": match report.detail {
            Detail::Names => "names",
            Detail::Dangerous => "dangerous",
            Detail::All => "all",
        },
        "profile": profile,
        "calls": calls.collect::<Vec<Value>>(),
        "left": left.collect::<Vec<Value>>(),
        "widened": widened.collect::<Vec<Value>>(),
        "dangerous": dangerous.collect::<Vec<Value>>(),
        "startup": {
            "runtimes": learned.startup.runtimes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "calls": names(&startup),
        },
        "once": names(&learned.usage.once),
        "unused": names(&learned.usage.unused),
        "unknown": recording.unknown,
        "elsewhere": report.elsewhere(),
        "lines": {
            "calls": lines.calls,
            "continuations": lines.continuations,
            "none": lines.none,
            "notUnderstood": lines.not_understood,
            "first": first.collect::<Vec<Value>>(),
        },
    });
    format!("{json:#}\n")
}
