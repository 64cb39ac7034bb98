//! The table of sums (`-c`, `-C`, any columns of `-U`): strace's count.c, `call_summary_pers`.

use super::mode_of;
use crate::recording::context::{Columns, Context, Kind, Section, Tool};
use crate::recording::entry::{AbiHint, Entry};
use crate::recording::words;

/// The titles that count.c has.
const TITLES: [&str; 12] = [
    "% time",
    "seconds",
    "usecs/call",
    "shortest",
    "longest",
    "wall-total",
    "wall-min",
    "wall-max",
    "wall-avg",
    "calls",
    "errors",
    "syscall",
];

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    // `System call usage summary for 32 bit mode:`
    let mode = text.strip_prefix("System call usage summary for ");
    if let Some(mode) = mode.and_then(|rest| rest.strip_suffix(" mode:")) {
        context.section = Section::StraceCount(mode_of(mode), Columns::default());
        return Some(Kind::None);
    }
    if let Some(columns) = columns(text) {
        let mode = match context.section {
            Section::StraceCount(mode, _) => mode,
            _ => AbiHint::Unknown,
        };
        context.section = Section::StraceCount(mode, columns);
        return Some(Kind::None);
    }
    let Section::StraceCount(mode, columns) = context.section else { return None };
    if text.starts_with("---") && text.bytes().all(|b| b == b'-' || b == b' ') {
        return Some(Kind::None);
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    // A row of no error lacks that cell; the sum of all may lack the time of one call, too.
    let lacks = usize::from(columns.count).checked_sub(words.len())?;
    let is_figure = |word: &&str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let place = usize::from(columns.name).min(words.len().checked_sub(1)?);
    let before = columns.errors.is_some_and(|errors| errors < columns.name);
    let place = if before && place + lacks > usize::from(columns.name) {
        usize::from(columns.name) - lacks
    } else {
        place
    };
    let name = *words.get(place)?;
    let are_figures = words.iter().enumerate().all(|(at, word)| at == place || is_figure(word));
    if !are_figures {
        return None;
    }
    if name == "total" && lacks <= 2 {
        context.section = Section::None;
        context.uncount(Tool::Strace);
        return Some(Kind::None);
    }
    if lacks > usize::from(columns.errors.is_some()) {
        return None;
    }
    let (which, abi) = words::call(name)?;
    let abi = if abi == AbiHint::Unknown { mode } else { abi };
    let cell = |column: Option<u8>| {
        let column = column?;
        let at = match columns.errors {
            Some(errors) if errors < column => usize::from(column) - lacks,
            _ => usize::from(column),
        };
        words.get(at)?.parse::<u64>().ok()
    };
    let errors = if lacks == 0 { cell(columns.errors).unwrap_or(0) } else { 0 };
    // Without the column of calls each is one that was made.
    let count = cell(columns.calls).unwrap_or_else(|| errors.max(1));
    let may_be_inner = true;
    Some(context.sum(Tool::Strace, Entry { count, errors, abi, may_be_inner, ..Entry::new(which) }))
}

/// The columns of a line of titles; only one with the name says anything of calls.
fn columns(text: &str) -> Option<Columns> {
    if !text.contains("syscall") || text.len() > 200 {
        return None;
    }
    let mut columns = Columns::default();
    let mut rest = text;
    let mut is_named = false;
    while !rest.is_empty() {
        let title = TITLES.into_iter().find(|title| rest.starts_with(title))?;
        match title {
            "calls" => columns.calls = Some(columns.count),
            "errors" => columns.errors = Some(columns.count),
            "syscall" => {
                columns.name = columns.count;
                is_named = true;
            }
            _ => {}
        }
        columns.count = columns.count.checked_add(1)?;
        rest = &rest[title.len()..];
        if !(rest.is_empty() || rest.starts_with(' ')) {
            return None;
        }
        rest = rest.trim_start();
    }
    // One word alone is a list's title.
    (is_named && columns.count > 1).then_some(columns)
}
