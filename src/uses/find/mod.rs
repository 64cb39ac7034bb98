//! Uses in a file, by what it is: told by its name where that says it, else by its shape.

mod engine;
mod hcl;
mod image;
mod jenkins;
mod kubernetes;
mod options;
mod script;
mod setting;
mod units;
mod walk;

use super::read::{self, documents};
use super::{Found, Given, MAX_USES, Runner, Unread, Use};
use walk::Walker;

/// What a file says of uses. The path tells what it is, where its text does not; nothing else is read.
pub fn find(path: &str, text: &str) -> Found {
    let mut found = Found::default();
    let lower = path.to_ascii_lowercase();
    // A template is named for what it is made into.
    let ends = [".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".gotmpl", ".erb", ".in"];
    let stem = ends.iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(&lower);
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let first = text.lines().next().unwrap_or("");
    if is(&[".md", ".markdown", ".rst", ".adoc"]) {
        markdown(text, &mut found);
    } else if is(&[".tf", ".hcl", ".nomad", ".tofu"])
        || (is(&[".job"]) && first.starts_with("job "))
        || (is(&[".job"]) && text.contains("\njob "))
    {
        hcl::find(text, &mut found);
    } else if name == "containerfile"
        || name.starts_with("dockerfile")
        || is(&[".dockerfile", ".containerfile"])
    {
        image::find(text, &mut found);
    } else if name.starts_with("jenkinsfile") || is(&[".groovy", ".jenkinsfile", ".jenkins"]) {
        jenkins::find(text, &mut found);
    } else if name.starts_with("makefile")
        || name.starts_with("gnumakefile")
        || is(&[".mk", ".makefile", ".mak"])
    {
        script::make(text, &mut found);
    } else if is_unit(name, &lower) {
        units::find(name, &lower, text, &mut found);
    } else if is(&[".sh", ".bash", ".zsh", ".ksh", ".fish", ".bats", ".command", ".envrc"])
        || (first.starts_with("#!")
            && !first.contains("python")
            && !first.contains("node")
            && !first.contains("perl")
            && !first.contains("ruby"))
    {
        script::shell(text, 0, "", &mut found);
    } else if name == "justfile" || is(&[".just"]) {
        script::shell(text, 0, "just", &mut found);
    } else if is(&[".yaml", ".yml", ".json", ".jsonc", ".kubeconfig"])
        || (lower != stem && (text.contains("kind:") || text.trim_start().starts_with(['{', '['])))
        || text.contains("\napiVersion:")
        || text.starts_with("apiVersion:")
        || (stem != lower && text.lines().take(200).any(|line| line.trim_end().ends_with(':')))
    {
        structured(name, path, text, &mut found);
    }
    illegible(text, &mut found);
    finish(found)
}

/// Whether a file is a unit, a quadlet or a setting of lines, by its name and path in lower case.
fn is_unit(name: &str, path: &str) -> bool {
    const ENDS: [&str; 10] = [
        ".container",
        ".pod",
        ".kube",
        ".build",
        ".service",
        ".conf",
        ".toml",
        ".socket",
        ".timer",
        ".env",
    ];
    ENDS.iter().any(|end| name.ends_with(end))
        || path.contains("/etc/default/")
        || path.contains("/sysconfig/")
}

/// A text that cannot be read, and in which nothing is found though it speaks of profiles: its words stand
/// for a use that nobody knows, so that it does not look like a text without one.
fn illegible(text: &str, found: &mut Found) {
    let Some(unread) = found.unread.first() else { return };
    if !found.uses.is_empty() || !found.guards.is_empty() {
        return;
    }
    let words = profile_words(text);
    if !words.is_empty() {
        let name = "a text that cannot be read";
        let mut one = Use::new(Runner::Kubernetes, "", name, unread.place);
        one.given = Given::Open(words);
        // What stood there before is not known of it either.
        (one.is_default, one.is_patch) = (true, true);
        found.uses.push(one);
    }
}

/// The lines that speak of profiles, or of what decides like one.
fn profile_words(text: &str) -> String {
    let is_said = [
        "seccomp",
        "runtimedefault",
        "unconfined",
        "localhost",
        "validationfailureaction",
        "privileged",
    ];
    let lines = text.lines().map(str::trim).filter(|line| {
        let lower = line.to_ascii_lowercase();
        !lower.starts_with('#') && is_said.iter().any(|word| lower.contains(word))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A file that a script writes, by its path in lower case and as it is written.
fn written(lower: &str, path: &str, text: &str, found: &mut Found) {
    let name = lower.rsplit('/').next().unwrap_or("");
    match is_unit(name, lower) {
        true => units::find(name, lower, text, found),
        false if text.contains(':') => structured(name, path, text, found),
        false => {}
    }
}

/// YAML and JSON.
fn structured(name: &str, path: &str, text: &str, found: &mut Found) {
    let trees = documents::read(text, 0, &mut found.unread);
    for tree in &trees {
        Walker::new(name, path, text, found).document(tree);
        if found.uses.len() > MAX_USES {
            break;
        }
    }
}

/// What stands in fences as YAML: examples, which start nothing.
fn markdown(text: &str, found: &mut Found) {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        let content = line.trim_start();
        match (start, content.strip_prefix("```")) {
            (None, Some(kind)) => {
                let kind = kind.trim();
                let is_data =
                    kind.starts_with("yaml") || kind.starts_with("yml") || kind.starts_with("json");
                start = Some((next, is_data));
            }
            (Some((from, is_data)), Some(_)) => {
                start = None;
                let inner = text.get(from..at).unwrap_or("");
                if is_data && inner.contains("seccomp") {
                    let trees = documents::read(inner, from, &mut Vec::new());
                    for tree in &trees {
                        Walker::new("example", "", text, found).document(tree);
                    }
                }
            }
            _ => {}
        }
        at = next;
    }
    for found in &mut found.uses {
        found.is_example = true;
    }
}

/// Names that stand for several uses get a number; too many are left out.
fn finish(mut found: Found) -> Found {
    if let Some(beyond) = found.uses.get(MAX_USES) {
        let place = beyond.place;
        let why = format!("more than {MAX_USES} containers: the rest is not read");
        found.unread.push(Unread { why, place });
        found.uses.truncate(MAX_USES);
    }
    let mut counts = std::collections::HashMap::new();
    for one in &mut found.uses {
        one.added.sort();
        one.added.dedup();
        one.dropped.sort();
        one.dropped.dedup();
        let count = counts.entry((one.workload.clone(), one.container.clone())).or_insert(0_usize);
        *count += 1;
        if *count > 1 {
            one.container = format!("{} #{count}", one.container).trim_start().to_owned();
        }
    }
    found
}

/// A capability's name without its prefix.
fn capability(name: &str) -> String {
    let upper = name.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

/// A member by any of these names; the last one counts.
fn member<'n>(node: &'n read::Tree, names: &[&str]) -> Option<&'n crate::load::Member<'static>> {
    node.members().iter().rev().find(|member| names.contains(&&*member.key))
}

/// A value by any of these names.
fn value<'n>(node: &'n read::Tree, names: &[&str]) -> Option<&'n read::Tree> {
    member(node, names).map(|member| &member.value)
}

/// The text of a scalar.
fn text_of(node: &read::Tree) -> Option<&str> {
    use crate::load::Value;
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => None,
    }
}

/// The items of a list; a scalar is a list of one.
fn items(node: &read::Tree) -> &[read::Tree] {
    use crate::load::Value;
    match &node.value {
        Value::Array(items) => items,
        Value::Null | Value::Object(_) => &[],
        _ => std::slice::from_ref(node),
    }
}

/// The strings of a list.
fn strings(node: Option<&read::Tree>) -> Vec<String> {
    let all = node.map_or(&[][..], items).iter();
    all.filter_map(text_of).map(str::to_owned).collect()
}
