//! The rows of the table that the main crate holds (`src/starts/needs.tsv`).

use super::measure::{Answer, Blocked, Call, Needs};
use super::start::Case;
use std::fmt::Write;

/// A row a call that is needed in some case, and a row a group.
///
/// `runtime version call arguments EPERM ENOSYS KILL`: the last three have a sign a case, in the
/// order of [`Case::all`]: `!` no container starts, `?` not always one, `.` one does.
/// `runtime version any calls case`: one of the calls must not be blocked by an errno.
pub fn rows(runtime: &str, version: &str, needs: &Needs) -> String {
    let mut text = String::new();
    for (call, (example, answers)) in &needs.calls {
        let signs = |answer| {
            Case::all().map(|case| match answers.get(&(answer, case)) {
                Some(Blocked::Always) => '!',
                Some(Blocked::Sometimes) => '?',
                _ => '.',
            })
        };
        let columns = Answer::ALL.map(|answer| signs(answer).iter().collect::<String>());
        if columns.iter().all(|column| column.chars().all(|sign| sign == '.')) {
            continue;
        }
        let _ = writeln!(
            text,
            "{runtime}\t{version}\t{}\t{}\t{}",
            call.syscall.name(),
            arguments(example),
            columns.join("\t")
        );
    }
    for (case, group) in &needs.groups {
        let calls: Vec<String> = group.iter().map(|call| member(call, needs)).collect();
        let signs = Case::all()
            .map(|other| if other.no_new_privs == case.no_new_privs { '!' } else { '.' });
        let signs: String = signs.iter().collect();
        let _ = writeln!(text, "{runtime}\t{version}\tany\t{}\t{signs}", calls.join(" "));
    }
    text
}

fn arguments(values: &[u64; 6]) -> String {
    let last = values.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1);
    let words: Vec<String> = values[..last].iter().map(|value| format!("{value:#x}")).collect();
    if words.is_empty() { "-".into() } else { words.join(",") }
}

fn member(call: &Call, needs: &Needs) -> String {
    let example = needs.calls.get(call).map(|(example, _)| arguments(example));
    format!("{}({})", call.syscall.name(), example.unwrap_or_default())
}
