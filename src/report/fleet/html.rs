//! One page that stays usable with ten thousand profiles: search, groups, and a table of calls against
//! groups.
//!
//! The report lies in the page as JSON, which no browser takes for markup or script, and the page's own
//! script shows as much of it as a reader asks for. The page loads nothing: its policy allows the one
//! style and the one script that are in it, by their hashes.

use super::{sentences, summary, title};
use crate::fleet::{Confinement, Fleet};
use crate::load::excerpt::visible;
use crate::report::faces::sealed;
use serde_json::{Value, json};

const STYLE: &str = include_str!("html/fleet.css");
const SCRIPT: &str = include_str!("html/fleet.js");

/// The page.
pub fn fleet_html(fleet: &Fleet) -> String {
    let [style, script, policy] = sealed(STYLE, SCRIPT);
    let lines: String =
        summary(fleet).iter().map(|line| format!("<li>{}</li>\n", escaped(line))).collect();
    let scopes: Vec<String> = fleet.scopes().map(|scope| escaped(&scope.scope)).collect();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>sdiff fleet</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <header><h1>sdiff fleet</h1>\n<ul id=\"summary\">\n{lines}</ul>\n<p>for {scopes}</p></header>\n\
         {body}\n\
         <footer><p>Made by sdiff {version}. This page is whole: it loads nothing and sends nothing.</p></footer>\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>{script}</script>\n</body>\n</html>\n",
        scopes = scopes.join("; "),
        body = include_str!("html/fleet.html"),
        data = data(fleet).to_string().replace('<', "\\u003c"),
    )
}

/// What the script shows. Texts are put into the page as text, never as markup.
fn data(fleet: &Fleet) -> Value {
    let groups: Vec<Value> = fleet
        .groups()
        .into_iter()
        .map(|group| {
            let members: Vec<String> =
                group.members.iter().map(|one| visible(&one.name).to_string()).collect();
            let said: Vec<String> =
                sentences(group).iter().map(|line| visible(line).to_string()).collect();
            json!({
                "id": group.fingerprint,
                "title": visible(&title(group)).to_string(),
                "level": group.level().name(),
                "said": said,
                "open": group.facts.open,
                "partly": group.facts.partly,
                "members": members,
            })
        })
        .collect();
    let unread: Vec<Value> = fleet
        .unread()
        .iter()
        .map(|one| {
            let line = one.line.map_or(String::new(), |line| format!(":{line}"));
            json!([format!("{}{line}", visible(&one.name)), visible(&one.why).to_string()])
        })
        .collect();
    let uses: Vec<Value> = fleet
        .uses()
        .iter()
        .filter(|one| one.confinement != Confinement::Default)
        .map(|one| {
            json!([
                one.confinement.name(),
                format!("{}:{}", visible(&one.name), one.line),
                visible(&one.container).to_string(),
                visible(&one.says).to_string(),
            ])
        })
        .collect();
    let left: Vec<String> = fleet
        .left()
        .map(|left| format!("{} {}", left.count, left.kind.words(left.count)))
        .collect();
    json!({ "groups": groups, "unread": unread, "uses": uses, "left": left })
}

fn escaped(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
