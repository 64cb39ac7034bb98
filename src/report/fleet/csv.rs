//! Comma-separated values (RFC 4180): a profile a line.

use crate::fleet::Fleet;

const COLUMNS: [&str; 16] = [
    "name",
    "group",
    "group_size",
    "level",
    "engine",
    "origin",
    "edits",
    "days_behind",
    "releases_behind",
    "unconfined",
    "no_start",
    "beyond_default",
    "beyond_calls",
    "answers",
    "broken",
    "error",
];

/// A profile a line, those of the first groups first; what cannot be judged at the end.
pub fn fleet_csv(fleet: &Fleet) -> String {
    let mut text = COLUMNS.join(",") + "\r\n";
    let mut line = |cells: [String; COLUMNS.len()]| {
        text += &cells.map(|cell| quoted(&cell)).join(",");
        text += "\r\n";
    };
    for group in fleet.groups() {
        let facts = &group.facts;
        let answers: Vec<String> =
            facts.answers.iter().map(|way| format!("{} ({})", way.question, way.call)).collect();
        for member in &group.members {
            let origin = member.origin.as_ref();
            let number = |value: Option<String>| value.unwrap_or_default();
            line([
                member.name.clone(),
                group.fingerprint.clone(),
                group.members.len().to_string(),
                group.level().name().to_owned(),
                member.engine.clone(),
                number(origin.map(|origin| origin.state.clone())),
                number(origin.map(|origin| origin.edits.to_string())),
                number(origin.map(|origin| origin.days_behind.to_string())),
                number(origin.map(|origin| origin.releases_behind.to_string())),
                facts.unconfined.to_string(),
                facts.no_start.clone().unwrap_or_default(),
                facts.beyond.default.clone(),
                facts.beyond.calls.join(" "),
                answers.join("; "),
                member.broken.iter().map(|one| one.says.as_str()).collect::<Vec<_>>().join("; "),
                String::new(),
            ]);
        }
    }
    for unread in fleet.unread() {
        let mut cells: [String; COLUMNS.len()] = Default::default();
        cells[0].clone_from(&unread.name);
        cells[3] = "error".to_owned();
        cells[15].clone_from(&unread.why);
        line(cells);
    }
    text
}

/// In quotes where it has to be. What a spreadsheet would take for a formula is kept from it.
fn quoted(cell: &str) -> String {
    let cell = match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match cell.contains(['"', ',', '\n', '\r', '\'']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}
