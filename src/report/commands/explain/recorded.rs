//! What a profile would stop of a recording, and what of the recording was read.

use super::EXPLAIN_JSON_VERSION;
use crate::explain::{Harm, Recorded, harm};
use crate::load::excerpt::visible;
use crate::phrase::{action_text, counted, description_text, open_call_text};
use crate::recording::{FORMATS, Ground, Lines, Recording};
use crate::syscall::{Abi, Host, Syscall, arg_name, danger, refusal};
use serde_json::{Value, json};
use std::fmt::Write;

/// A recording, judged by a profile.
#[derive(Clone, Copy, Debug)]
pub struct TraceReport<'a> {
    /// The profile's name.
    pub name: &'a str,
    /// On which host.
    pub host: Host,
    /// What was read.
    pub recording: &'a Recording,
    /// What becomes of it.
    pub recorded: &'a [Recorded],
}

impl TraceReport<'_> {
    fn total(&self) -> u64 {
        self.recorded.iter().map(|recorded| recorded.tally.count).sum()
    }

    /// Calls of programs that no kernel of the host runs.
    fn elsewhere(&self) -> u64 {
        let all: u64 = self.recording.calls.values().map(|tally| tally.count).sum();
        all - self.total()
    }
}

/// The lines that were read, and the first that were not: `3 lines: 1 call, 1 of none, 1 not
/// understood`.
pub fn lines_text(recording: &Recording) -> String {
    let lines = &recording.lines;
    let mut text = format!(
        "{}: {} with calls, {} that end or go on with one, {} with none, {} not understood\n",
        counted(lines.total(), "line"),
        lines.calls,
        lines.continuations,
        lines.none,
        lines.not_understood
    );
    for (number, line) in &lines.first {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  line {number}: {}", visible(line));
    }
    text
}

/// What to say where nothing was understood.
pub fn nothing_read_text(name: &str, lines: &Lines) -> String {
    let mut text = match lines.total() {
        0 => format!("{} is empty", visible(name)),
        total => {
            format!("no call was found in the {} of {}", counted(total, "line"), visible(name))
        }
    };
    if let Some((number, line)) = lines.first.first() {
        let _ = write!(text, "; line {number} is not understood: {}", visible(line));
    }
    let _ = write!(text, "\n  read are: {FORMATS}");
    text
}

fn call_words(syscall: Syscall, abi: Abi, args: &[Option<u64>; 6]) -> String {
    let known = args.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    open_call_text(syscall, abi, &args[..known])
}

/// Of which programs, if not of the host's own.
fn of_abi(abi: Abi, host: Host) -> String {
    if abi == host.native() { String::new() } else { format!(" of {abi} programs") }
}

/// What a profile would stop of a recording, the most frequent first.
pub fn trace_text(report: &TraceReport) -> String {
    let TraceReport { recording, recorded, .. } = *report;
    let mut text = String::new();
    if recording.lines.is_doubtful() {
        text += "Much of the recording was not understood, so that calls may be missing here: ";
        text += &lines_text(recording);
        text += "\n";
    }
    let mut stopped: Vec<&Recorded> =
        recorded.iter().filter(|recorded| !recorded.passes()).collect();
    // What is fatal first.
    stopped.sort_by_key(|recorded| {
        (std::cmp::Reverse((harm_of(recorded), recorded.tally.count)), recorded.seen)
    });
    for recorded in &stopped {
        text += &stopped_text(recorded, report.host);
    }
    let count: u64 = stopped.iter().map(|recorded| recorded.tally.count).sum();
    let (name, host) = (visible(report.name), report.host);
    let total = report.total();
    let calls = if total == 1 { "call" } else { "calls" };
    let _ = writeln!(text, "{name} stops {count} of {total} recorded {calls} on {host}");
    for recorded in recorded.iter().filter(|recorded| recorded.denied_by_others() > 0) {
        let _ = writeln!(
            text,
            "  not seccomp: {} failed with EPERM {}, and the profile lets it through{}",
            call_words(recorded.seen.syscall, recorded.seen.abi, &recorded.seen.args)
                + &of_abi(recorded.seen.abi, report.host),
            counted(recorded.denied_by_others(), "time"),
            likelier(recorded.seen.syscall)
        );
    }
    for recorded in recorded.iter().filter(|recorded| recorded.stopped_by_others() > 0) {
        let _ = writeln!(
            text,
            "  another filter: {} was stopped {} in the recording, and the profile lets it through: another \
             profile was in force, or a filter of the program's own",
            call_words(recorded.seen.syscall, recorded.seen.abi, &recorded.seen.args)
                + &of_abi(recorded.seen.abi, report.host),
            counted(recorded.stopped_by_others(), "time"),
        );
    }
    for (name, count) in &recording.unknown {
        let _ =
            writeln!(text, "  not a system call: {} ({})", visible(name), counted(*count, "time"));
    }
    if report.elsewhere() > 0 {
        let _ = writeln!(
            text,
            "  {} of programs that no {host} machine runs: give theirs with --host",
            calls_are(report.elsewhere())
        );
    }
    text += &ground_text(recording);
    if !recording.lines.is_doubtful() {
        text += "  ";
        text += &lines_text(recording).replace("\n  line", "\n    line");
    }
    text
}

/// A call that is stopped, and what is known of it.
fn stopped_text(recorded: &Recorded, host: Host) -> String {
    let mut text = String::new();
    let seen = &recorded.seen;
    let actions: Vec<String> = recorded.actions.iter().map(|action| action_text(*action)).collect();
    let _ = writeln!(
        text,
        "{:>7}  {:<10} {}{}",
        recorded.tally.count,
        actions.join(" or "),
        call_words(seen.syscall, seen.abi, &seen.args),
        of_abi(seen.abi, host)
    );
    if let Some(why) = danger(seen.syscall) {
        let _ = writeln!(text, "         ! {why}");
    }
    if harm_of(recorded) < Harm::Fatal {
        let _ = writeln!(text, "         {}", harm_of(recorded).words());
    }
    if let Some(when) = &recorded.passes_in {
        let when = description_text(when, seen.syscall, seen.abi);
        let _ = writeln!(text, "         passes {when}: --kernel and --caps say which it is");
    } else if !recorded.is_stopped() {
        let names = recorded.open.iter().map(|&index| {
            let name = arg_name(seen.syscall, seen.abi, index);
            name.map_or(format!("arg{index}"), |name| format!("arg{index} ({name})"))
        });
        let names: Vec<String> = names.collect();
        let _ = writeln!(
            text,
            "         stopped for some values of {}, which was not recorded: `strace -f` records it",
            names.join(", ")
        );
    }
    if recorded.ran_all_the_same() > 0 {
        let _ = writeln!(
            text,
            "         it ran {} in the recording, which was not made under this profile",
            counted(recorded.ran_all_the_same(), "time")
        );
    }
    text
}

/// Where the host comes from, unless it was asked for or recorded.
fn ground_text(recording: &Recording) -> String {
    let (host, ground) = recording.host;
    let silent = "  the recording does not say on which host:";
    match ground {
        Ground::Guessed => format!("{silent} {host} is guessed\n"),
        Ground::Usual => format!("{silent} {host}, by the settings\n"),
        Ground::Deduced => format!("  by the calls, it is of {host}\n"),
        Ground::Asked | Ground::Recorded => String::new(),
    }
}

/// `1 call is`, `2 calls are`.
pub(in crate::report) fn calls_are(count: u64) -> String {
    let is = if count == 1 { "is" } else { "are" };
    format!("{} {is}", counted(count, "call"))
}

/// What likelier said no, where the manual says so: `; the kernel does so without CAP_CHOWN (chown(2))`.
pub(in crate::report) fn likelier(syscall: Syscall) -> String {
    match refusal(syscall) {
        Some((capability, page)) => format!("; the kernel does so without {capability} ({page})"),
        None => String::new(),
    }
}

/// What its worst answer does to programs.
fn harm_of(recorded: &Recorded) -> Harm {
    let stops = recorded.actions.iter().filter(|action| !action.lets_through());
    let harms = stops.map(|&action| harm(recorded.seen.syscall, recorded.seen.abi, action));
    harms.max().unwrap_or(Harm::Fatal)
}

/// The same for programs.
pub fn trace_json(report: &TraceReport) -> String {
    let TraceReport { recording, recorded, .. } = *report;
    let calls = recorded.iter().map(|recorded| {
        json!({
            "syscall": recorded.seen.syscall.name(),
            "abi": recorded.seen.abi.name(),
            "args": recorded.seen.args,
            "count": recorded.tally.count,
            "actions": recorded.actions.iter().map(|a| action_text(*a)).collect::<Vec<String>>(),
            "passes": recorded.passes(),
            "passesWhen": recorded.passes_in.as_ref().map(|when| {
                description_text(when, recorded.seen.syscall, recorded.seen.abi)
            }),
            "danger": danger(recorded.seen.syscall),
            "notSeccomp": recorded.denied_by_others(),
            "otherFilter": recorded.stopped_by_others(),
        })
    });
    let stopped = recorded.iter().filter(|recorded| !recorded.passes());
    let lines = &recording.lines;
    let first = lines.first.iter().map(|(line, text)| json!({ "line": line, "text": text }));
    let json = json!({
        "version": EXPLAIN_JSON_VERSION,
        "profile": report.name,
        "host": report.host.name(),
        "recorded": report.total(),
        "stopped": stopped.map(|recorded| recorded.tally.count).sum::<u64>(),
        "calls": calls.collect::<Vec<Value>>(),
        "unknown": recording.unknown,
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
