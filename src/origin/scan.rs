//! The normal form by lines: all states are some megabytes, which a reader of JSON takes longer for.
//!
//! [`to_json`](crate::profile::to_json) writes each name on its own line and what a rule says after
//! its names, so that equal bodies are equal text. A test holds that this gives what the reader gives.

/// A rule of a text in the normal form.
pub(super) struct Scanned<'t> {
    /// Its names.
    pub names: Vec<&'t str>,
    /// Its other members, as written.
    pub body: &'t str,
}

/// What stands before the rules, and the rules.
pub(super) fn scan(text: &str) -> (&str, Vec<Scanned<'_>>) {
    let Some((head, rules)) = text.split_once("\t\"syscalls\": [\n") else {
        return (text, Vec::new());
    };
    let mut scanned = Vec::new();
    for rule in rules.split("\n\t\t}") {
        let Some((_, names)) = rule.split_once("\"names\": [\n") else { continue };
        let Some((names, body)) = names.split_once("\n\t\t\t]") else { continue };
        let names = names.lines().filter_map(|line| line.split('"').nth(1)).collect();
        scanned.push(Scanned { names, body: body.trim_start_matches(",\n") });
    }
    (head, scanned)
}
