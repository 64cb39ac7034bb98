//! A text as what differs from another one: the other way of `src/baseline/delta.rs`.

use sdiff::baseline::delta::{ADD, COPY, SKIP};
use similar::{Algorithm, ChangeTag, TextDiff};
use std::fmt::Write;

/// What makes the text of the base.
pub fn of(base: &str, text: &str) -> String {
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(base, text);
    let mut delta = String::new();
    let mut run = (COPY, 0);
    let flush = |delta: &mut String, run: &mut (char, usize), next: char| {
        if run.0 != next {
            if run.1 > 0 {
                let _ = writeln!(delta, "{}{}", run.0, run.1);
            }
            *run = (next, 0);
        }
    };
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                flush(&mut delta, &mut run, COPY);
                run.1 += 1;
            }
            ChangeTag::Delete => {
                flush(&mut delta, &mut run, SKIP);
                run.1 += 1;
            }
            ChangeTag::Insert => {
                flush(&mut delta, &mut run, ADD);
                let _ = writeln!(delta, "{ADD}{}", change.value().trim_end_matches('\n'));
            }
        }
    }
    // What is left of the base is left out.
    if run.0 == COPY {
        flush(&mut delta, &mut run, ADD);
    }
    delta
}
