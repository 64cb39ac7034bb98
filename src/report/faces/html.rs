//! One page for an auditor, without anything from elsewhere.
//!
//! The page carries its style and its script, and a policy that lets the browser take nothing
//! else: texts of a profile cannot load, run or send anything. Without the script all of it is
//! there to read; the script adds the filter, the search and the keys.

mod lines;
mod table;

use super::super::account::{Account, Entry, Item, Level, Status};
use super::{LEVELS, more};
use crate::diff::Direction;
use crate::load::excerpt::visible;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The account as a page.
pub fn html(account: &Account) -> String {
    let mut page = String::with_capacity(64 << 10);
    head(&mut page, account);
    verdict(&mut page, account);
    controls(&mut page, account);
    page += "<main id=\"main\" tabindex=\"-1\">\n";
    for (at, entry) in account.entries.iter().enumerate() {
        profile(&mut page, at, entry);
    }
    if account.entries.is_empty() {
        page += "<p class=\"none\">There is nothing to show.</p>\n";
    }
    list(&mut page, "Notes", &account.notes);
    page += "</main>\n";
    page += KEYS;
    let _ = write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

const KEYS: &str = "<dialog id=\"keys\" aria-labelledby=\"keys-title\">\n\
<h2 id=\"keys-title\">Keys</h2>\n<dl>\n\
<dt><kbd>/</kbd></dt><dd>search</dd>\n\
<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous finding</dd>\n\
<dt><kbd>o</kbd></dt><dd>show or hide the lines of a finding</dd>\n\
<dt><kbd>t</kbd></dt><dd>light or dark</dd>\n\
<dt><kbd>Esc</kbd></dt><dd>clear the search</dd>\n\
<dt><kbd>?</kbd></dt><dd>this list</dd>\n</dl>\n\
<form method=\"dialog\"><button>Close</button></form>\n</dialog>\n";

fn head(page: &mut String, account: &Account) {
    let title = format!("sdiff {}: {}", account.command.name(), account.verdict.sentence);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the findings</a>\n",
        text(&title)
    );
}

fn verdict(page: &mut String, account: &Account) {
    let (class, word) = match (account.verdict.fails, account.verdict.level) {
        (true, _) => ("fails", "Fails"),
        (false, Some(Level::Error | Level::Warning)) => ("warns", "Look at it"),
        _ => ("holds", "Passes"),
    };
    let _ = write!(
        page,
        "<header class=\"verdict {class}\">\n<p class=\"word\">{word}</p>\n<h1>{}</h1>\n<p class=\"scope\">",
        text(&account.verdict.sentence)
    );
    if let Some(range) = &account.range {
        let _ = write!(page, "<code>{}</code> ", text(range));
    }
    let _ = write!(page, "{}</p>\n</header>\n", text(&account.scope));
}

fn controls(page: &mut String, account: &Account) {
    *page += "<nav class=\"controls\" aria-label=\"Filter\" hidden>\n\
              <label class=\"search\"><span>Search</span> <input id=\"search\" type=\"search\" \
              placeholder=\"call, condition, file …\" autocomplete=\"off\" spellcheck=\"false\"></label>\n\
              <div role=\"group\" aria-label=\"Levels\">\n";
    for level in LEVELS {
        let count = account.items().filter(|(_, item)| item.level == level).count();
        let _ = writeln!(
            page,
            "<button type=\"button\" class=\"level {0}\" data-level=\"{0}\" aria-pressed=\"true\">\
             {1} <b>{count}</b></button>",
            level.name(),
            plural(level)
        );
    }
    *page += "</div>\n<p id=\"count\" role=\"status\" aria-live=\"polite\"></p>\n\
              <button type=\"button\" id=\"theme\">Light or dark</button>\n\
              <button type=\"button\" id=\"help\" aria-label=\"Keys\">?</button>\n</nav>\n";
}

const fn plural(level: Level) -> &'static str {
    match level {
        Level::Error => "errors",
        Level::Warning => "warnings",
        Level::Note => "notes",
    }
}

fn profile(page: &mut String, at: usize, entry: &Entry) {
    let status = match entry.status {
        Status::Compared | Status::Checked => String::new(),
        status => format!(" <span class=\"status\">{}</span>", status.name()),
    };
    let _ = write!(
        page,
        "<section class=\"profile\" aria-labelledby=\"profile-{at}\">\n\
         <h2 id=\"profile-{at}\"><span class=\"path\">{}</span>{status}</h2>\n",
        text(&entry.path)
    );
    if !entry.against.is_empty() {
        let _ = writeln!(
            page,
            "<p class=\"against\">against <code>{}</code></p>",
            text(&entry.against)
        );
    }
    if entry.items.first().is_none_or(|item| item.message != entry.sentence) {
        let _ = writeln!(page, "<p class=\"sentence\">{}</p>", text(&entry.sentence));
    }
    for (number, item) in entry.items.iter().enumerate() {
        finding(page, &format!("finding-{at}-{number}"), entry, item);
    }
    if !entry.accepted.is_empty() {
        let count = more(entry.accepted.len(), "finding is accepted", "findings are accepted");
        let _ = write!(page, "<details class=\"accepted\"><summary>{count}</summary>\n<ul>\n");
        for accepted in &entry.accepted {
            let _ = writeln!(
                page,
                "<li>{} <em>because: {}</em></li>",
                text(&accepted.item.message),
                text(&accepted.reason)
            );
        }
        *page += "</ul>\n</details>\n";
    }
    list(page, "Notes", &entry.notes);
    if let Some(table) = &entry.table {
        table::table(page, at, table);
    }
    *page += "</section>\n";
}

fn list(page: &mut String, title: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    let _ = write!(page, "<h3>{title}</h3>\n<ul class=\"notes\">\n");
    for line in texts {
        let _ = writeln!(page, "<li>{}</li>", text(line));
    }
    *page += "</ul>\n";
}

fn finding(page: &mut String, name: &str, entry: &Entry, item: &Item) {
    let _ = write!(
        page,
        "<article class=\"finding {0}\" id=\"{name}\" data-level=\"{0}\" tabindex=\"-1\">\n\
         <h3><span class=\"badge {0}\">{1}</span> <code>{2}</code></h3>\n",
        item.level.name(),
        text(item.rule),
        text(&item.subject)
    );
    if item.effects.is_empty() {
        let _ = writeln!(page, "<p>{}</p>", text(&item.message));
    } else {
        *page += "<table class=\"effects\">\n";
        for effect in &item.effects {
            let class = match effect.direction {
                Direction::Weaker => "weaker",
                Direction::Stricter => "stricter",
                Direction::Other => "other",
            };
            let words = if effect.words.is_empty() { "always" } else { &effect.words };
            let _ = write!(
                page,
                "<tr class=\"{class}\"><th scope=\"row\">{}</th><td>{}",
                text(&effect.actions),
                text(words)
            );
            if let Some(needs) = &effect.needs {
                let _ = write!(page, "<br><small>{}</small>", text(needs));
            }
            if let Some(proof) = &effect.proof {
                let _ = write!(
                    page,
                    "<br><span class=\"proof\">proof</span> <code>{}</code>",
                    text(proof)
                );
            }
            *page += "</td></tr>\n";
        }
        *page += "</table>\n";
    }
    if let (Some(proof), true) = (&item.proof, item.effects.is_empty()) {
        let _ = writeln!(
            page,
            "<p><span class=\"proof\">proof</span> <code>{}</code></p>",
            text(proof)
        );
    }
    for danger in &item.dangers {
        let _ = writeln!(page, "<p class=\"danger\"><b>Danger:</b> {}</p>", text(danger));
    }
    if let Some(help) = &item.help {
        let _ = writeln!(page, "<p class=\"help\"><b>Mend:</b> {}</p>", text(help));
    }
    lines::sides(page, entry, item);
    let _ = write!(page, "<p class=\"id\">{}</p>\n</article>\n", text(&item.id));
}

/// A text that is shown as it is: no markup, and nothing that could turn a line around.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// SHA-256 in base64, as a content security policy names what it allows.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(44);
    for three in Sha256::digest(text).chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * place) & 63) as usize).copied();
            let is_there = place <= three.len();
            out.push(digit.filter(|_| is_there).map_or('=', char::from));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of `printf abc | openssl dgst -sha256 -binary | base64`.
    #[test]
    fn a_hash_is_that_of_openssl() {
        assert_eq!(hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}
