//! The page about the lints, and what `--explain` prints: one text.

use super::{Lint, rules};
use std::fmt::Write;

/// The story of a lint, for a terminal.
pub fn story(lint: &Lint) -> String {
    let mut text = format!("{} ({})\n{}\n\n{}\n", lint.id, lint.severity, lint.summary, lint.story);
    for (example, what) in examples(lint) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{what}:\n\n{}\n", indented(example));
    }
    text
}

/// The page, in Markdown: `docs/lints.md`.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# Lints\n\nWhat `sdiff check` looks for. The texts are those of `sdiff check --explain ID`; \
         this page is\nwritten from them by `SDIFF_WRITE_DOCS=1 cargo test --test library lint::rules`.\n\n\
         | lint | severity | finds |\n|---|---|---|\n",
    );
    for lint in rules::ALL {
        let _ =
            writeln!(text, "| [`{0}`](#{0}) | {1} | {2} |", lint.id, lint.severity, lint.summary);
    }
    for lint in rules::ALL {
        let _ = write!(
            text,
            "\n## {}\n\n*{}*: {}.\n\n{}\n",
            lint.id, lint.severity, lint.summary, lint.story
        );
        for (example, what) in examples(lint) {
            let language = if example.starts_with("0000:") { "text" } else { "json" };
            let _ = write!(text, "\n{what}:\n\n```{language}\n{example}\n```\n");
        }
    }
    text
}

fn examples(lint: &Lint) -> impl Iterator<Item = (&'static str, &'static str)> {
    let both = [(lint.fires, "It fires on"), (lint.silent, "It does not fire on")];
    both.into_iter()
        .map(|(example, what)| (example.trim_end(), what))
        .filter(|(text, _)| !text.is_empty())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
