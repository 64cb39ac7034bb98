//! One page for an auditor, with all that it needs in it.
//!
//! The page loads nothing: its policy (`Content-Security-Policy`) allows the one style and the one
//! script that are in it, by their hashes, and no more. Without the script everything can be read;
//! the script filters, folds and moves. The same account gives the same bytes.

mod excerpt;
mod finding;
mod markup;
mod table;
mod verdict;

use super::super::account::{Account, Item};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use finding::{Finding, Sides};
use markup::Markup;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// How many findings are open at first: with more, a reader wants the list.
const OPEN: usize = 12;

/// The names in the page that are not of findings.
const OWN: [&str; 12] = [
    "close", "count", "entry", "findings", "help", "keys", "kind", "leave", "open", "reset",
    "search", "theme",
];

/// The page.
pub fn html(account: &Account) -> String {
    let mut page = Markup::default();
    let [style, script, policy] = sealed(STYLE, SCRIPT);
    page.raw("<!DOCTYPE html>\n").open("html", &[("lang", "en")]).raw("\n").open("head", &[]);
    page.raw("\n<meta charset=\"utf-8\">\n");
    page.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    // Without one, a browser asks the server for it.
    page.raw("<link rel=\"icon\" href=\"data:,\">\n");
    page.open("title", &[]).text(&title(account)).close("title").raw("\n");
    page.open("style", &[]).own(&style).close("style").raw("\n");
    page.close("head").raw("\n").open("body", &[]).raw("\n");
    page.raw("<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n");
    top(&mut page, account);
    page.open("main", &[]).raw("\n");
    verdict::verdict(&mut page, account);
    if account.items().next().is_some() {
        controls(&mut page, account);
    }
    page.raw("<div id=\"findings\" tabindex=\"-1\">\n");
    let mut ids = Ids { has_many: account.entries.len() > 1, used: BTreeSet::new() };
    for at in 0..account.entries.len() {
        profile(&mut page, account, at, &mut ids);
    }
    page.raw("</div>\n").close("main").raw("\n");
    page.raw(include_str!("html/keys.html"));
    page.raw("<footer><p>Made by sdiff ").text(env!("CARGO_PKG_VERSION"));
    page.raw(". This page is whole: it loads nothing and sends nothing.</p></footer>\n");
    page.open("script", &[]).own(&script).close("script").raw("\n");
    page.close("body").raw("\n").close("html").raw("\n");
    page.finish()
}

fn title(account: &Account) -> String {
    let what = match (&account.range, &account.entries[..]) {
        (Some(range), _) => range.clone(),
        (None, [entry]) => entry.path.clone(),
        (None, entries) => format!("{} profiles", entries.len()),
    };
    format!("sdiff {}: {what}", account.command.name())
}

fn top(page: &mut Markup, account: &Account) {
    page.raw("<header class=\"top\"><div class=\"wide\"><p class=\"brand\"><b>sdiff</b> ");
    page.text(account.command.name()).raw("</p><div class=\"tools\" hidden>");
    page.raw("<button type=\"button\" id=\"theme\">Dark</button>");
    page.raw("<button type=\"button\" id=\"help\" aria-haspopup=\"dialog\">Keys <kbd>?</kbd>");
    page.raw("</button></div></div></header>\n");
}

/// Search and filters. They do nothing without the script, which shows them.
fn controls(page: &mut Markup, account: &Account) {
    page.raw("<search class=\"controls\" hidden>\n<div class=\"field grow\">");
    page.raw("<label for=\"search\">Search</label><input id=\"search\" type=\"search\" ");
    page.raw("autocomplete=\"off\" spellcheck=\"false\" ");
    page.raw("placeholder=\"a system call, words, a condition\"></div>\n");
    page.raw("<div class=\"field\" role=\"group\" aria-label=\"Levels\">");
    page.raw("<span class=\"label\">Level</span><div class=\"levels\">");
    for (level, count) in verdict::levels(account) {
        let name = level.name();
        page.open(
            "button",
            &[
                ("type", "button"),
                ("class", verdict::class(Some(level))),
                ("data-level", name),
                ("aria-pressed", "true"),
            ],
        );
        page.text(verdict::mark(Some(level))).raw(" ").text(name).raw(" ").number(count);
        page.close("button");
    }
    page.raw("</div></div>\n");
    page.raw("<div class=\"field\"><label for=\"kind\">Kind</label><select id=\"kind\">");
    page.raw("<option value=\"\">all</option>");
    for (rule, count) in verdict::kinds(account) {
        option(page, rule, &format!("{rule} ({count})"));
    }
    page.raw("</select></div>\n");
    if account.entries.len() > 1 {
        page.raw("<div class=\"field\"><label for=\"entry\">Profile</label>");
        page.raw("<select id=\"entry\"><option value=\"\">all</option>");
        for (at, entry) in account.entries.iter().enumerate() {
            option(page, &at.to_string(), &format!("{} ({})", entry.path, entry.items.len()));
        }
        page.raw("</select></div>\n");
    }
    page.raw("<div class=\"field folds\"><button type=\"button\" id=\"open\">Open all</button>");
    page.raw("<button type=\"button\" id=\"close\">Close all</button></div>\n");
    page.raw("<p id=\"count\" role=\"status\" aria-live=\"polite\"></p>\n</search>\n");
}

fn option(page: &mut Markup, value: &str, text: &str) {
    page.open("option", &[("value", value)]).text(text).close("option");
}

/// One profile with its findings.
fn profile(page: &mut Markup, account: &Account, at: usize, ids: &mut Ids) {
    let entry = &account.entries[at];
    let place = at.to_string();
    page.open("section", &[("class", "entry"), ("data-entry", &place)]).raw("\n");
    verdict::entry(page, account, entry);
    let sides = Sides::of(entry);
    let mut show = |page: &mut Markup, item: &Item, accepted: Option<&str>| {
        let is_open = ids.given() < OPEN && accepted.is_none();
        let id = ids.give(&place, &item.id);
        Finding { item, id, entry: &place, accepted, is_open }.show(page, &sides);
    };
    for item in &entry.items {
        show(page, item, None);
    }
    if !entry.accepted.is_empty() {
        page.raw("<details class=\"block\"><summary><h3>Accepted findings (");
        page.number(entry.accepted.len()).raw(")</h3></summary>\n");
        for accepted in &entry.accepted {
            show(page, &accepted.item, Some(&accepted.reason));
        }
        page.raw("</details>\n");
    }
    if let Some(table) = &entry.table {
        table::table(page, table);
    }
    page.close("section").raw("\n");
}

/// The names of the findings in the page, each given once.
struct Ids {
    has_many: bool,
    used: BTreeSet<String>,
}

impl Ids {
    fn given(&self) -> usize {
        self.used.len()
    }

    /// The finding's own id, as far as a name can have its characters.
    fn give(&mut self, entry: &str, id: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let plain: String = id.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        let first = if self.has_many { format!("{plain}--{entry}") } else { plain };
        let mut name = first.clone();
        let mut count = 1;
        while OWN.contains(&&*name) || !self.used.insert(name.clone()) {
            count += 1;
            name = format!("{first}--{count}");
        }
        name
    }
}

/// A style and a script as they stand in a page, and the policy that allows these two and nothing else.
pub(in crate::report) fn sealed(style: &str, script: &str) -> [String; 3] {
    // Browsers hash what they parsed, in which no line ends in CR LF.
    let [style, script] = [style, script].map(|text| text.replace('\r', ""));
    let [of_style, of_script] =
        [&style, &script].map(|text| STANDARD.encode(Sha256::digest(text.as_bytes())));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{of_style}'; script-src 'sha256-{of_script}'; \
         img-src data:; base-uri 'none'; form-action 'none'"
    );
    [style, script, policy]
}
