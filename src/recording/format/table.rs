//! Tables with a line of titles: Inspektor Gadget's `audit seccomp` and `traceloop`; and
//! amicontained's list of blocked calls.
//!
//! Source: Inspektor Gadget's `gadgets/audit_seccomp/gadget.yaml`, `gadgets/traceloop/gadget.yaml`;
//! amicontained's `main.go`.

use crate::recording::context::{Context, Kind, Section};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    amicontained(text, context).or_else(|| table(text, context))
}

fn amicontained(text: &str, context: &mut Context) -> Option<Kind> {
    let trimmed = text.trim();
    if trimmed.starts_with("Blocked Syscalls (") || trimmed.starts_with("Blocked syscalls (") {
        context.section = Section::Blocked;
        return Some(Kind::None);
    }
    if context.section == Section::Blocked {
        let calls: Option<Vec<_>> = trimmed.split_ascii_whitespace().map(words::call).collect();
        if let Some(calls) = calls.filter(|calls| !calls.is_empty()) {
            for (which, abi) in calls {
                let outcome = Outcome::Seccomp(Answer::Blocked);
                context.emit(Entry { abi, outcome, ..Entry::new(which) });
            }
            return Some(Kind::Calls);
        }
    }
    const TITLES: [&str; 11] = [
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
        "User Namespace",
    ];
    TITLES.iter().any(|title| trimmed.starts_with(title)).then(|| {
        context.section = Section::None;
        Kind::None
    })
}

fn table(text: &str, context: &mut Context) -> Option<Kind> {
    let words = places(text);
    let is_title = |word: &str| {
        word.len() > 1
            && word.bytes().all(|b| b.is_ascii_uppercase() || b"._0123456789".contains(&b))
    };
    let has = |name: &str| words.iter().any(|(word, _)| *word == name);
    let is_head = words.len() >= 2
        && words.iter().all(|(word, _)| is_title(word))
        && (has("SYSCALL") && (has("CODE") || has("PID") || has("COMM") || has("COUNT"))
            // traceloop before Inspektor Gadget 0.21.
            || has("NAME") && has("PARAMS") && has("PID"));
    if is_head {
        let titles = words.iter().map(|&(word, at)| (word.to_owned(), at)).collect();
        context.section = Section::Table(titles);
        return Some(Kind::None);
    }
    let Section::Table(titles) = &context.section else { return None };
    let has_title = |name: &str| titles.iter().any(|(title, _)| title == name);
    let of_calls = if has_title("SYSCALL") { "SYSCALL" } else { "NAME" };
    let is_whole = words.len() == titles.len();
    // A place tells only where the words before it stand in their columns, too.
    let last = titles.iter().find(|(title, _)| title == of_calls)?.1;
    let is_placed = words
        .iter()
        .filter(|(_, at)| *at <= last)
        .all(|(_, at)| titles.iter().any(|(_, start)| start == at));
    if !is_whole && !is_placed {
        return None;
    }
    let cell = |name: &str| {
        let place = titles.iter().position(|(title, _)| title == name)?;
        if is_whole {
            return words.get(place).map(|(word, _)| *word);
        }
        // A cell can be empty: then its place tells.
        let at = titles[place].1;
        words.iter().find(|(_, start)| *start == at).map(|(word, _)| *word)
    };
    let name = cell(of_calls)?;
    let number = || Some((Which::Number(name.parse().ok()?), AbiHint::Unknown));
    let (which, abi) = words::call(name).or_else(|| number().filter(|_| is_whole))?;
    let answer = cell("CODE").and_then(Answer::of_name);
    let outcome = match (answer, cell("RET").and_then(words::outcome)) {
        (Some(answer), _) => Outcome::Seccomp(answer),
        (None, Some(outcome)) => outcome,
        (None, None) => Outcome::Unknown,
    };
    let pid = cell("PID").and_then(|pid| pid.parse().ok());
    let command = cell("COMM").map(Into::into);
    let count = cell("COUNT").and_then(|count| count.parse().ok()).unwrap_or(1);
    Some(context.emit(Entry { abi, outcome, pid, command, count, ..Entry::new(which) }))
}

/// The words of a line and where they begin.
fn places(text: &str) -> Vec<(&str, usize)> {
    let start = text.as_ptr() as usize;
    text.split_ascii_whitespace().map(|word| (word, word.as_ptr() as usize - start)).collect()
}
