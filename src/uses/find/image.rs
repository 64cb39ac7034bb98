//! Dockerfiles: steps of a build that run without a filter (`RUN --security=insecure`).

use super::super::read::span;
use super::super::{Found, Given, Runner, Use};

pub(super) fn find(text: &str, found: &mut Found) {
    let mut stage = String::new();
    let mut at = 0;
    let mut open: Option<(usize, String)> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        if content.starts_with('#') || (content.is_empty() && open.is_none()) {
            continue;
        }
        let (from, mut whole) = open.take().unwrap_or((start, String::new()));
        whole.push_str(content.trim_end_matches('\\'));
        whole.push(' ');
        if content.ends_with('\\') {
            open = Some((from, whole));
            continue;
        }
        let words: Vec<&str> = whole.split_whitespace().collect();
        match words.first().map(|word| word.to_ascii_uppercase()).as_deref() {
            Some("FROM") => {
                let named = words.iter().position(|word| word.eq_ignore_ascii_case("as"));
                let name = named.and_then(|at| words.get(at + 1)).or(words.get(1));
                stage = (*name.unwrap_or(&"")).to_owned();
            }
            Some("RUN") => {
                let flags = words.iter().skip(1).take_while(|word| word.starts_with("--"));
                for flag in flags {
                    let Some(value) = flag.strip_prefix("--security=") else { continue };
                    let place = span(from, start + line.trim_end().len());
                    let mut one = Use::new(Runner::Docker, &format!("stage {stage}"), "RUN", place);
                    one.said = "RUN --security";
                    one.given = match value {
                        "insecure" => Given::Unconfined,
                        "sandbox" => Given::Default,
                        words => Given::Open(words.to_owned()),
                    };
                    found.uses.push(one);
                }
            }
            _ => {}
        }
    }
}
