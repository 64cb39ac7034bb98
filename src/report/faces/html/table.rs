//! Every call in every place, what changed first.

use super::super::super::account::{Cell, Table, TableRow};
use super::super::super::place;
use super::text;
use crate::diff::Place;
use std::fmt::Write;

pub(super) fn table(page: &mut String, at: usize, table: &Table) {
    let is_changed = |row: &&TableRow| row.cells.iter().flatten().any(|cell| cell.is_changed);
    let (changed, same): (Vec<&TableRow>, Vec<&TableRow>) = table.rows.iter().partition(is_changed);
    // Writing to a String cannot fail.
    let _ = writeln!(page, "<h3>System calls across hosts</h3>");
    if changed.is_empty() {
        *page += "<p class=\"none\">No call fares otherwise.</p>\n";
    } else {
        let caption = format!("{} that change", count(changed.len()));
        rows(page, &format!("table-{at}"), &caption, &table.columns, &changed);
    }
    if !same.is_empty() {
        let caption = format!("{} that stay as they are", count(same.len()));
        let _ = writeln!(page, "<details class=\"same\"><summary>{caption}</summary>");
        rows(page, &format!("same-{at}"), &caption, &table.columns, &same);
        *page += "</details>\n";
    }
}

fn count(count: usize) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

fn rows(page: &mut String, id: &str, caption: &str, columns: &[Vec<Place>], rows: &[&TableRow]) {
    let _ = write!(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n\
         <table class=\"calls\" id=\"{id}\">\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\">call</th>"
    );
    for places in columns {
        let names: Vec<String> = places.iter().map(|&place| place::one(place)).collect();
        let first = names.first().map_or("", String::as_str);
        let rest = match names.len() {
            0 | 1 => String::new(),
            count => format!("<small>and {} more</small>", count - 1),
        };
        let all = text(&names.join(", "));
        let _ = write!(page, "<th scope=\"col\" title=\"{all}\">{} {rest}</th>", text(first));
    }
    *page += "</tr></thead>\n<tbody>\n";
    for row in rows {
        let _ = write!(page, "<tr><th scope=\"row\"><code>{}</code></th>", text(&row.syscall));
        for cell in &row.cells {
            *page += &match cell {
                None => "<td class=\"absent\">–</td>".to_owned(),
                Some(cell) => self::cell(cell),
            };
        }
        *page += "</tr>\n";
    }
    *page += "</tbody>\n</table>\n</div>\n";
}

fn cell(cell: &Cell) -> String {
    let word = |action: &Option<String>| text(action.as_deref().unwrap_or("–"));
    let (old, new) = (word(&cell.old), word(&cell.new));
    let class = match (cell.is_changed, cell.is_weaker) {
        (true, true) => "weaker",
        (true, false) => "stricter",
        (false, _) => return format!("<td>{new}</td>"),
    };
    match old == new {
        true => {
            format!("<td class=\"{class}\">{new}, <b>for other arguments or environments</b></td>")
        }
        false => format!("<td class=\"{class}\"><s>{old}</s> <b>{new}</b></td>"),
    }
}
