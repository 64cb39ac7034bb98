//! Faces of an [`Account`](super::account::Account): a file each. Every text of a profile is
//! escaped here, for its format.

mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
pub(super) mod sarif;

pub use self::sarif::sarif;
pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub(super) use html::sealed;
pub use json::{REVIEW_JSON_VERSION, account_json};
pub use junit::junit;
pub use markdown::{MARKDOWN_LIMIT, markdown};

use super::account::{Effect, Entry, Item, Level};
use crate::load::excerpt::visible;

/// `3 more`, where some are left out.
fn more(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// A fingerprint that stays as long as the same is said of the same profile.
fn fingerprint(entry: &Entry, item: &Item) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in [&*forward(&entry.path), item.rule, &*item.id] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The longest text of one field: a hostile name must not crowd out the findings.
const FIELD: usize = 1000;

/// How many effects or dangers of one finding are told.
const EFFECTS: usize = 8;

/// A text in one line that can be seen, and not too long.
fn seen(text: &str) -> String {
    cut(&visible(text), FIELD)
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// A path with the same signs between folders on every host.
fn forward(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

/// The path of a file as the web writes it, from the root of the repository.
fn slashed(path: &str) -> String {
    let path = forward(path);
    let mut rest = path.as_str();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    rest.to_owned()
}

/// What is told of a finding behind its message: a sentence a line, none of them empty.
fn details(item: &Item) -> Vec<String> {
    let mut lines = Vec::new();
    if item.effects.len() > 1 {
        let effect = |e: &Effect| seen(format!("{} {}", e.actions, e.words).trim_end());
        lines.extend(item.effects.iter().take(EFFECTS).map(effect));
        if item.effects.len() > EFFECTS {
            lines.push(format!("and {} more", item.effects.len() - EFFECTS));
        }
    }
    lines.extend(item.effects.iter().filter_map(|e| e.needs.as_deref()).take(1).map(seen));
    lines.extend(item.proof.iter().map(|proof| format!("Proof: {}", seen(proof))));
    lines.extend(item.dangers.iter().take(EFFECTS).map(|d| format!("Danger: {}", seen(d))));
    lines.extend(item.needs.iter().map(|need| format!("Needs: {}", seen(need))));
    lines.extend(item.help.iter().map(|help| format!("Help: {}", seen(help))));
    lines
}

/// `3 errors, 1 warning` of these findings; empty for none.
fn counted<'a>(items: impl IntoIterator<Item = &'a Item>) -> String {
    let mut counts = [0_usize; 3];
    for item in items {
        counts[item.level as usize] += 1;
    }
    let words = LEVELS.into_iter().filter_map(|level| {
        let count = counts[level as usize];
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", level.name()))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Findings from the worst on, each with its profile.
fn by_level(entries: &[Entry]) -> Vec<(&Entry, &Item)> {
    let items = entries.iter().flat_map(|entry| entry.items.iter().map(move |item| (entry, item)));
    let mut items: Vec<(&Entry, &Item)> = items.collect();
    items.sort_by_key(|(_, item)| std::cmp::Reverse(item.level));
    items
}

/// JSON in which what a terminal could obey is escaped as well; it stands in strings alone.
fn json_text(value: &serde_json::Value) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for c in format!("{value:#}\n").chars() {
        match c == '\n'
            || matches!(c, ' '..='~')
            || visible(c.encode_utf8(&mut [0; 4])).starts_with(c)
        {
            true => out.push(c),
            false => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

const LEVELS: [Level; 3] = [Level::Error, Level::Warning, Level::Note];
