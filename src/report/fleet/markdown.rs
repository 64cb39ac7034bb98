//! GitHub's Markdown: for a job's summary, or an issue about what is to be done.

use super::{counted, sentences, summary, title};
use crate::fleet::{Confinement, Fleet, Level};
use crate::load::excerpt::visible;

/// GitHub takes no longer text.
const LIMIT: usize = 65_536;
/// Kept for what is said of what is left out.
const RESERVE: usize = 512;
/// Members of a group that are named.
const MEMBERS: usize = 20;

/// The report, cut between groups where it would be too long. No text of a file is markup.
pub fn fleet_markdown(fleet: &Fleet) -> String {
    let mut text = String::from("### sdiff fleet\n\n");
    for line in summary(fleet) {
        text += &format!("- {}\n", words(&line));
    }
    let mut parts = Vec::new();
    for group in fleet.groups() {
        let mark = match group.level() {
            Level::Error => "❌",
            Level::Warning => "⚠️",
            Level::Info => "ℹ️",
        };
        let mut part = format!("\n#### {mark} {}\n\n", words(&title(group)));
        for sentence in sentences(group) {
            part += &match sentence.strip_prefix("  ") {
                Some(inner) => format!("  - {}\n", words(inner)),
                None => format!("- {}\n", words(&sentence)),
            };
        }
        if group.members.len() > 1 {
            let count = counted(group.members.len(), "file");
            part += &format!("\n<details><summary>{count}</summary>\n\n");
            for one in group.members.iter().take(MEMBERS) {
                part += &format!("- {}\n", words(&one.name));
            }
            if group.members.len() > MEMBERS {
                part += &format!("- and {} more\n", group.members.len() - MEMBERS);
            }
            part += "\n</details>\n";
        }
        part += &format!("\n<sub>{}</sub>\n", group.fingerprint);
        parts.push(part);
    }
    for unread in fleet.unread() {
        let line = unread.line.map_or(String::new(), |line| format!(":{line}"));
        parts.push(format!("\n- ❌ {}{line}: {}\n", words(&unread.name), words(&unread.why)));
    }
    for one in fleet.uses().iter().filter(|one| one.confinement == Confinement::Unconfined) {
        let (name, line) = (words(&one.name), one.line);
        parts.push(format!(
            "\n- ⚠️ {name}:{line}: {}: {}\n",
            words(&one.container),
            words(&one.says)
        ));
    }
    for left in fleet.left() {
        parts.push(format!(
            "\n- not looked into: {} {}\n",
            left.count,
            left.kind.words(left.count)
        ));
    }
    let mut cut = 0;
    for part in parts {
        let is_room = text.encode_utf16().count() + part.encode_utf16().count() < LIMIT - RESERVE;
        match is_room && cut == 0 {
            true => text += &part,
            false => cut += 1,
        }
    }
    if cut > 0 {
        text += &format!("\n**{cut} more parts are left out here**, for want of room.\n");
    }
    let scopes: Vec<String> = fleet.scopes().map(|scope| words(&scope.scope)).collect();
    text + &format!("\n<sub>sdiff · {}</sub>\n", scopes.join("; "))
}

/// Text in which nothing is markup, a link or a mention; names between backticks stay code.
fn words(text: &str) -> String {
    let mut out = String::new();
    let shown = visible(text);
    let is_code = shown.matches('`').count().is_multiple_of(2);
    let mut within = false;
    for c in shown.chars() {
        match c {
            '`' if is_code => {
                within = !within;
                out.push('`');
            }
            _ if within => out.push(c),
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '@' => out += "@\u{200b}",
            '#' => out += "&#35;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '(' | ')' | '!' | '|' | '~' | '$' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    // A bare address is a link without any markup.
    out.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.")
}
