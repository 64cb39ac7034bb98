//! What becomes of every system call, place by place.

use super::super::super::account::{Cell, Table, TableRow};
use super::finding::direction;
use super::markup::Markup;
use crate::diff::Place;
use crate::syscall::Host;

/// How many names the head of a column has; all of them are below the table.
const NAMES: usize = 3;

/// The table: rows with a change come first.
pub(super) fn table(page: &mut Markup, table: &Table) {
    let worst = |row: &TableRow| row.cells.iter().flatten().filter_map(|cell| cell.direction).min();
    let mut rows: Vec<&TableRow> = table.rows.iter().collect();
    rows.sort_by_key(|row| worst(row).map_or(3, |direction| direction as u8));
    let changed = rows.iter().filter(|row| worst(row).is_some()).count();
    let is_compared =
        table.rows.iter().flat_map(|row| &row.cells).flatten().any(|c| c.old.is_some());
    let open: &[(&str, &str)] = if changed > 0 { &[("open", "")] } else { &[] };
    page.open("details", &[&[("class", "block calls")], open].concat());
    page.raw("<summary><h3>System calls across hosts</h3><span class=\"kind\">");
    if is_compared {
        page.number(changed).raw(" of ").number(rows.len()).raw(" differ");
    } else {
        page.number(rows.len()).raw(" calls");
    }
    page.raw("</span></summary>\n<div class=\"body\">\n");
    legend(page, is_compared);
    if changed > 0 {
        page.raw(
            "<p class=\"all\" hidden><button type=\"button\" aria-pressed=\"false\">Show all ",
        );
        page.number(rows.len()).raw(" calls</button></p>\n");
    }
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" ");
    page.raw("aria-label=\"System calls across hosts\">\n<table><thead><tr>");
    page.raw("<th scope=\"col\">call</th>");
    let names: Vec<Vec<String>> = table.columns.iter().map(|places| names(places)).collect();
    for (at, names) in names.iter().enumerate() {
        page.raw("<th scope=\"col\"><span class=\"column\">").number(at + 1);
        page.raw("</span> ").text(&names[..names.len().min(NAMES)].join(", "));
        if names.len() > NAMES {
            page.raw(" <i>and ").number(names.len() - NAMES).raw(" more</i>");
        }
        page.raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for row in rows {
        page.raw(if worst(row).is_some() { "<tr class=\"changed\">" } else { "<tr>" });
        page.raw("<th scope=\"row\">").text(&row.syscall).raw("</th>");
        for cell in &row.cells {
            show_cell(page, cell.as_ref());
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    if names.iter().any(|names| names.len() > NAMES) {
        page.raw("<details class=\"places\"><summary>The places of each column</summary><ol>");
        for names in &names {
            page.raw("<li>").text(&names.join(", ")).raw("</li>");
        }
        page.raw("</ol></details>\n");
    }
    page.raw("</div></details>\n");
}

fn legend(page: &mut Markup, is_compared: bool) {
    page.raw("<p class=\"legend\">");
    if is_compared {
        page.raw("<b>old → new</b> where they differ: <span class=\"weaker\">▲ some call is ");
        page.raw("weaker</span>, <span class=\"stricter\">▼ stricter</span>, ");
        page.raw("<span class=\"other\">◆ neither</span>. ");
    }
    page.raw("<b>A or B</b>: arguments, capabilities or the kernel decide. <b>no start</b>: no ");
    page.raw(
        "container starts there. <b>–</b>: there is no such call. The places of a column fare ",
    );
    page.raw("alike in every call that they have.</p>\n");
}

fn show_cell(page: &mut Markup, cell: Option<&Cell>) {
    let Some(cell) = cell else {
        page.raw("<td class=\"absent\">–</td>");
        return;
    };
    let [old, new] = [&cell.old, &cell.new].map(|word| word.as_deref().unwrap_or("–"));
    match cell.direction {
        Some(way) => {
            let (sign, word) = direction(way);
            page.open("td", &[("class", word)]).raw("<span class=\"way\" title=\"").raw(word);
            page.raw("\">").raw(sign).raw("</span> ");
            match old == new {
                true => page.raw("<b>").text(new).raw("</b> <i>for other calls</i>"),
                false => page.text(old).raw(" → <b>").text(new).raw("</b>"),
            };
            page.raw("</td>");
        }
        None => {
            page.raw("<td>").text(new).raw("</td>");
        }
    }
}

/// The places in words: a host's name for all of its programs, or with those that are meant.
fn names(places: &[Place]) -> Vec<String> {
    let hosts = Host::ALL.into_iter().filter_map(|host| {
        let here: Vec<&str> = places
            .iter()
            .filter(|place| place.host == host)
            .map(|place| place.abi.name())
            .collect();
        match here.len() {
            0 => None,
            count if count == host.abis().len() => Some(host.name().to_owned()),
            _ => Some(format!("{} ({})", host.name(), here.join(", "))),
        }
    });
    hosts.collect()
}
