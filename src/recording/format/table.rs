//! Tables with a line of titles: Inspektor Gadget's `audit seccomp` and `traceloop`, Tracee's; and
//! amicontained's lists of calls.
//!
//! Source: Inspektor Gadget's `gadgets/audit_seccomp/gadget.yaml`, `gadgets/traceloop/gadget.yaml`;
//! amicontained's `main.go`.

use crate::recording::context::{Context, Kind, Section};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::{errors, words};

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    amicontained(text, context).or_else(|| table(text, context))
}

fn amicontained(text: &str, context: &mut Context) -> Option<Kind> {
    let trimmed = text.trim();
    if trimmed.starts_with("Blocked Syscalls (") || trimmed.starts_with("Blocked syscalls (") {
        context.section = Section::Probed(Answer::Blocked);
        return Some(Kind::None);
    }
    // With `--debug`.
    if trimmed.starts_with("Allowed Syscalls (") {
        context.section = Section::Probed(Answer::Allow);
        return Some(Kind::None);
    }
    if let Section::Probed(answer) = context.section {
        let calls: Option<Vec<_>> = trimmed.split_ascii_whitespace().map(words::call).collect();
        if let Some(calls) = calls.filter(|calls| !calls.is_empty()) {
            for (which, abi) in calls {
                let outcome = Outcome::Seccomp(answer);
                context.emit(Entry { abi, outcome, ..Entry::new(which) });
            }
            return Some(Kind::Calls);
        }
    }
    const TITLES: [&str; 16] = [
        "Container Runtime:",
        "Has Namespaces:",
        "AppArmor Profile:",
        "Capabilities:",
        "Chroot (",
        "Seccomp:",
        "Looking for Docker.sock",
        "pid: ",
        "user: ",
        "BOUNDING -> ",
        "EFFECTIVE -> ",
        "PERMITTED -> ",
        "INHERITABLE -> ",
        "INHERITED -> ",
        "AMBIENT -> ",
        "User Namespace",
    ];
    let is_mapping = trimmed.starts_with("Container -> ") && trimmed.contains("Range -> ");
    let is_socket = trimmed.contains("Docker Socket: ") || trimmed.starts_with("[-] Checking Sock");
    let is_known = is_mapping || is_socket || TITLES.iter().any(|title| trimmed.starts_with(title));
    is_known.then(|| {
        context.section = Section::None;
        Kind::None
    })
}

/// The titles that hold the name of a call: Inspektor Gadget's, its traceloop's before 0.30, Tracee's.
const OF_CALLS: [&str; 3] = ["SYSCALL", "EVENT", "NAME"];

fn table(text: &str, context: &mut Context) -> Option<Kind> {
    let words = places(text);
    let is_title = |word: &str| {
        word.chars().count() > 1
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "._…".contains(c))
    };
    let has = |name: &str| words.iter().any(|(word, _)| *word == name);
    let is_head = words.len() >= 2
        && words.iter().all(|(word, _)| is_title(word))
        && (has("SYSCALL") && (has("CODE") || has("PID") || has("COMM") || has("COUNT"))
            || has("EVENT") && has("RET") && has("ARGS")
            || has("NAME") && has("PARAMS") && has("PID"));
    if is_head {
        let titles = words.iter().map(|&(word, at)| (word.to_owned(), at)).collect();
        context.section = Section::Table(titles);
        return Some(Kind::None);
    }
    let Section::Table(titles) = &context.section else { return None };
    let place = |name: &str| titles.iter().position(|(title, _)| title == name);
    let title = OF_CALLS.into_iter().find(|name| place(name).is_some())?;
    let of_calls = place(title)?;
    let row = Row { words: &words, titles };
    let found = row.call(of_calls);
    let Some((at, which, abi)) = found else {
        // Tracee's events that are no calls; they stand in a row as calls do.
        let is_event = title == "EVENT" && row.cell(place("PID")?)?.parse::<u32>().is_ok();
        return is_event.then_some(Kind::None);
    };
    let cell = |name: &str| {
        let place = place(name)?;
        // Behind the call only what stands in its column, before it what is the same count away.
        if place > of_calls {
            row.behind(place, of_calls, at)
        } else {
            row.before(place, of_calls, at)
        }
    };
    let mut entry = Entry { abi, ..Entry::new(which) };
    entry.pid = cell("PID").and_then(|pid| pid.parse().ok());
    entry.command = cell("COMM").map(Into::into);
    entry.count = cell("COUNT").and_then(|count| count.parse().ok()).unwrap_or(1);
    let answer = cell("CODE").and_then(Answer::of_cell);
    let returned = cell("RET").and_then(words::outcome);
    let word = words[at].0;
    let rest = &text[word.as_ptr() as usize - text.as_ptr() as usize + word.len()..];
    let has_parameters =
        place("PARAMETERS").or(place("PARAMS")).is_some_and(|place| place > of_calls);
    entry.outcome = match answer {
        Some(answer) => Outcome::Seccomp(answer),
        None if title == "EVENT" => returned.unwrap_or(Outcome::Unknown),
        None if has_parameters && place("RET").is_some() => {
            let (arguments, ended) = end(rest);
            super::json::parameters(arguments, &mut entry, context);
            errors::outcome(ended)
        }
        None => Outcome::Unknown,
    };
    if title == "EVENT" {
        let pairs = rest.split(", ").map(|part| part.trim().split_once(": ").unwrap_or((part, "")));
        super::tracepoint::by_name(pairs, AbiHint::Native, &mut entry, context);
    }
    Some(context.emit(entry))
}

/// A line below titles.
struct Row<'a> {
    words: &'a [(&'a str, usize)],
    titles: &'a [(String, usize)],
}

impl<'a> Row<'a> {
    /// The word that is the call. Columns are padded and cut to their width, so that it stands below its
    /// title, or in its turn: a command may have spaces, and a container no name.
    fn call(&self, title: usize) -> Option<(usize, Which, AbiHint)> {
        let of = |at: usize| {
            let word = self.words.get(at)?.0;
            let (which, abi) = words::call(word).or_else(|| words::cut_call(word))?;
            Some((at, which, abi))
        };
        let start = self.titles[title].1;
        let below = self.words.iter().position(|&(_, at)| at == start);
        let is_full = self.words.len() == self.titles.len();
        if let Some(at) = below
            && (is_full || self.is_below(start))
        {
            let number =
                |word: &str| Some((at, Which::Number(word.parse().ok()?), AbiHint::Unknown));
            return of(at).or_else(|| number(self.words[at].0).filter(|_| is_full));
        }
        let pid = self.titles.iter().position(|(title, _)| title == "PID")?;
        let is_process = |at: usize| self.words.get(at)?.0.parse::<u32>().ok();
        let number =
            |word: &str| Some((title, Which::Number(word.parse().ok()?), AbiHint::Unknown));
        if is_full || pid < title && is_process(pid).is_some() {
            if let Some(found) = of(title) {
                return Some(found);
            }
            if is_full {
                return number(self.words.get(title)?.0);
            }
        }
        // Behind a command with spaces: what its parameters follow.
        is_process(pid)?;
        (title + 1..self.words.len().checked_sub(1)?)
            .take(4)
            .filter(|&at| self.words[at + 1].0.contains('='))
            .find_map(of)
    }

    /// Whether every word up to a place begins where a title does, or ends there.
    fn is_below(&self, last: usize) -> bool {
        self.words.iter().filter(|(_, at)| *at <= last).all(|(word, at)| {
            let end = at + word.chars().count();
            self.titles
                .iter()
                .any(|(title, start)| start == at || start + title.chars().count() == end)
        })
    }

    fn cell(&self, title: usize) -> Option<&'a str> {
        let start = self.titles.get(title)?.1;
        let below = self.words.iter().find(|(_, at)| *at == start);
        below.or_else(|| self.words.get(title)).map(|(word, _)| *word)
    }

    /// A cell behind the call, in its column or in its turn.
    fn behind(&self, title: usize, of_calls: usize, at: usize) -> Option<&'a str> {
        self.words.get(at + title - of_calls).map(|(word, _)| *word)
    }

    /// A cell before the call: the column's, or as many words before as there are titles between.
    fn before(&self, title: usize, of_calls: usize, at: usize) -> Option<&'a str> {
        let (name, start) = self.titles.get(title)?;
        let end = start + name.chars().count();
        let fits = |&&(word, at): &&(&str, usize)| at == *start || at + word.chars().count() == end;
        let turn = || self.words.get((at + title).checked_sub(of_calls)?);
        self.words[..at].iter().find(fits).or_else(turn).map(|(word, _)| *word)
    }
}

/// The parameters and the result behind them, which may have spaces: `-1 (permission denied)`.
fn end(rest: &str) -> (&str, &str) {
    let rest = rest.trim();
    if let Some(at) = rest.rfind("-1 (")
        && (rest.ends_with(')') || rest.ends_with('…'))
        && (at == 0 || rest.as_bytes()[at - 1] == b' ')
    {
        return (rest[..at].trim_end(), &rest[at..]);
    }
    match rest.rsplit_once(' ') {
        Some((arguments, last)) => (arguments.trim_end(), last),
        None => ("", rest),
    }
}

/// The words of a line and where they begin, in characters.
fn places(text: &str) -> Vec<(&str, usize)> {
    let start = text.as_ptr() as usize;
    let (mut column, mut counted) = (0, 0);
    text.split_ascii_whitespace()
        .map(|word| {
            let at = word.as_ptr() as usize - start;
            column += text[counted..at].chars().count();
            counted = at;
            (word, column)
        })
        .collect()
}
