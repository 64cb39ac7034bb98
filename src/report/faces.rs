//! Faces of an [`Account`](super::account::Account): a file each. Every text of a profile is
//! escaped here, for its format.

mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;

pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::{REVIEW_JSON_VERSION, account_json};
pub use junit::junit;
pub use markdown::{MARKDOWN_LIMIT, markdown};
pub use sarif::sarif;

use super::account::{Entry, Item, Level};
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
    for part in [&*entry.path, item.rule, &*item.id] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// All that one finding says, in sentences without markup.
fn plain(item: &Item) -> String {
    let mut text = item.message.clone();
    let mut add = |title: &str, more: &str| {
        text.push('\n');
        text.push_str(title);
        text.push_str(more);
    };
    for effect in item.effects.iter().skip(1) {
        add("", format!("{} {}", effect.actions, effect.words).trim_end());
    }
    if let Some(proof) = &item.proof {
        add("Proof: ", proof);
    }
    item.dangers.iter().for_each(|danger| add("Danger: ", danger));
    if let Some(help) = &item.help {
        add("Help: ", help);
    }
    text
}

/// Findings from the worst on, each with its profile.
fn by_level(entries: &[Entry]) -> Vec<(&Entry, &Item)> {
    let items = entries.iter().flat_map(|entry| entry.items.iter().map(move |item| (entry, item)));
    let mut items: Vec<(&Entry, &Item)> = items.collect();
    items.sort_by_key(|(_, item)| std::cmp::Reverse(item.level));
    items
}

/// The file that an annotation points into: the profile's, or where nothing is left of it, none.
fn file(entry: &Entry) -> Option<&str> {
    entry.file.as_deref()
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
