//! What SARIF is told of the rules.

use super::super::super::account::{Level, Rule, rules};
use serde_json::{Map, Value, json};

/// Every rule, in one order.
pub(super) struct Catalogue {
    rules: Vec<Rule>,
}

impl Catalogue {
    pub fn new() -> Catalogue {
        Catalogue { rules: rules().collect() }
    }

    pub fn index(&self, id: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.id == id)
    }

    pub fn values(&self) -> Vec<Value> {
        self.rules.iter().map(value).collect()
    }
}

fn value(rule: &Rule) -> Value {
    let story = if rule.story.is_empty() { rule.summary } else { rule.story };
    let level = match rule.level {
        _ if matches!(rule.id, "removed" | "tightened" | "changed") => "none",
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut properties = Map::new();
    match security(rule.id) {
        Some(severity) => {
            properties.insert("tags".into(), json!(["security", "seccomp"]));
            properties.insert("security-severity".into(), severity.into());
        }
        None => {
            properties.insert("tags".into(), json!(["correctness", "seccomp"]));
        }
    }
    // What it claims comes from the exact function, not from a pattern in the text.
    properties.insert("precision".into(), "very-high".into());
    // Text is shown as it is where Markdown is not.
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": { "text": sentence(rule.summary) },
        "fullDescription": { "text": sentence(rule.summary) },
        "help": { "text": story, "markdown": story },
        "defaultConfiguration": { "level": level },
        "properties": properties,
    })
}

/// How grave, as code scanning counts it: above 9 critical, from 7 high, from 4 medium. Only of
/// what lets calls through.
fn security(id: &str) -> Option<&'static str> {
    Some(match id {
        "unconfined" | "use-unconfined" => "9.5",
        "added" | "weakened" | "use-weakened" => "8.0",
        "unreadable" => "7.0",
        "host-opens" | "dangerous-call" | "open-twin" | "multiplexed" | "default-allows" => "6.0",
        "config-changed" => "5.0",
        _ => return None,
    })
}

fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if summary.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
