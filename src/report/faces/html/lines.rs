//! The lines of both profiles that a finding rests on, side by side.

use super::super::super::account::{Entry, Item};
use super::text;
use crate::load::Source;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Lines shown before and behind one that counts.
const AROUND: u32 = 2;
/// How many lines of one profile count.
const MOST: usize = 24;

pub(super) fn sides(page: &mut String, entry: &Entry, item: &Item) {
    let effects = || item.effects.iter();
    let mut old: BTreeSet<u32> = effects().flat_map(|e| e.old_lines.iter().copied()).collect();
    let mut new: BTreeSet<u32> = effects().flat_map(|e| e.new_lines.iter().copied()).collect();
    if item.effects.is_empty() {
        new.extend(item.place.map(|place| place.line));
        old.extend(item.old_place.map(|place| place.line));
    }
    if old.is_empty() && new.is_empty() {
        return;
    }
    *page += "<details class=\"lines\"><summary>Lines of the profiles</summary>\n<div class=\"sides\">\n";
    side(page, "old", entry.old.as_ref(), &old);
    side(page, "new", entry.new.as_ref(), &new);
    *page += "</div>\n</details>\n";
}

fn side(page: &mut String, title: &str, source: Option<&Source>, marked: &BTreeSet<u32>) {
    let Some(source) = source else { return };
    // Writing to a String cannot fail.
    let _ = writeln!(page, "<figure><figcaption>{title}: {}</figcaption>", text(&source.name));
    if marked.is_empty() {
        *page += "<p class=\"none\">no rule speaks of it</p>\n</figure>\n";
        return;
    }
    let mut shown: BTreeSet<u32> = BTreeSet::new();
    for line in marked.iter().take(MOST) {
        shown.extend(line.saturating_sub(AROUND).max(1)..=line + AROUND);
    }
    *page += "<pre>";
    let mut last = 0;
    for (at, line) in source.text.lines().enumerate() {
        let number = at as u32 + 1;
        if !shown.contains(&number) {
            continue;
        }
        if last > 0 && number > last + 1 {
            *page += "<span class=\"gap\">⋯</span>\n";
        }
        last = number;
        // A long line is no help to a reader.
        let cut: String = line.replace('\t', "  ").chars().take(200).collect();
        let (open, close) = match marked.contains(&number) {
            true => ("<mark>", "</mark>"),
            false => ("", ""),
        };
        let _ =
            writeln!(page, "{open}<span class=\"number\">{number:>5}</span> {}{close}", text(&cut));
    }
    *page += "</pre>\n";
    if marked.len() > MOST {
        let _ = writeln!(page, "<p class=\"none\">and {} more lines</p>", marked.len() - MOST);
    }
    *page += "</figure>\n";
}
