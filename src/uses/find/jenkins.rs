//! Jenkins' pipelines: `docker { args '…' }`, `image.inside('…')`, Pods of its agents, and what `sh`
//! runs.

use super::super::read::shell::commands;
use super::super::read::{documents, span};
use super::super::{Found, Runner, Use};
use super::walk::Walker;
use super::{options, script};

/// Calls and settings whose text is for `docker run`.
const OPTIONS: [&str; 5] = ["args", "inside", "withRun", "run", "runArgs"];

pub(super) fn find(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut image = String::new();
    let mut containers = 0;
    while at < bytes.len() {
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| rest.starts_with(quote));
        let Some(quote) = quote else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let start = at + quote.len();
        let mut end = start;
        while end < bytes.len() && !text.get(end..).is_some_and(|rest| rest.starts_with(quote)) {
            end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
            while end < bytes.len() && !text.is_char_boundary(end) {
                end += 1;
            }
        }
        let end = end.min(text.len());
        let inner = text.get(start..end).unwrap_or("");
        at = (end + quote.len()).min(text.len());
        let before = text.get(..start - quote.len()).unwrap_or("");
        let head = before.trim_end().trim_end_matches(['(', ':', '=']).trim_end();
        let word: String =
            head.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let word: String = word.chars().rev().collect();
        let is_open = quote.starts_with('"') && inner.contains('$');
        if word == "image" {
            inner.clone_into(&mut image);
        }
        if OPTIONS.contains(&&*word) && !options::starts_container(inner) {
            if word == "run" && !options::has_options(inner) {
                continue;
            }
            containers += 1;
            let name =
                if image.is_empty() { format!("container {containers}") } else { image.clone() };
            let mut one = Use::new(Runner::Docker, "Jenkins", &name, span(start, end));
            options::apply(&commands(inner, start).concat(), &mut one);
            if !is_open {
                one.open.clear();
            }
            found.uses.push(one);
        } else if inner.contains('\n') && inner.contains("containers:") {
            // Pods of its Kubernetes agents.
            for tree in &documents::read(inner, start, &mut Vec::new()) {
                Walker::new("", "", text, found).document(tree);
            }
        } else if options::starts_container(inner) && word != "echo" && word != "description" {
            script::shell(inner, start, "Jenkins", found);
        }
    }
}
