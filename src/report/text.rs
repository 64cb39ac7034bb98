//! The report for a terminal.

mod account;
mod block;
pub(super) mod summary;

use super::account::compared;
use super::account::told::{Note, Of, Tone};
use super::account::{Entry, Told};
use super::sides::Report;
use crate::diff::{Direction, Kind};
use crate::page::{Ink, Layout, Page, width};
pub use account::account_text;
use block::{Block, Row};

/// The column of the subject: behind the marker and the kind.
const SUBJECT: usize = 15;
/// The column of what is said besides: set in from the subject, and left of the actions, for it
/// is long.
const DETAIL: usize = SUBJECT + 2;
/// A longer subject does not push the columns of all others.
const MOST_SUBJECT: usize = 20;
const MOST_ACTIONS: usize = 24;
/// Conditions have at least so many columns, or are on lines of their own.
const LEAST_WORDS: usize = 24;
/// On how many lines names that share a change are told.
const NAME_LINES: usize = 3;

/// The report for a terminal: the verdict, what it is about, and each finding with its evidence.
pub fn text(report: &Report, layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let mut page = Page::new(&layout);
    let entry = compared::plainly(report);
    let Some(told) = entry.told.as_deref() else { return String::new() };
    let blocks = block::blocks(&entry, told, layout.is_verbose);
    verdict(&mut page, &entry, told);
    if !blocks.is_empty() || !told.notes.is_empty() {
        header(&mut page, told);
        if layout.is_summary {
            summary::blocks(&mut page, &blocks, told.notes.len());
            return page.finish();
        }
        if let Some(sentence) = &told.turns_off {
            page.go(2);
            page.put(Ink::Weaker, "!");
            page.wrap(Ink::Weaker, 4, sentence);
            page.end();
        }
        findings(&mut page, &blocks, &told.notes);
    }
    for hint in &told.hints {
        marked(&mut page, Ink::Other, "·", hint);
    }
    if page.is_long() {
        page.end();
        verdict(&mut page, &entry, told);
    }
    page.finish()
}

/// What differs and nothing else: no verdict, proofs or dangers. Empty where nothing does.
pub(super) fn changes(report: &Report, color: bool) -> String {
    let layout = color.into();
    let mut page = Page::new(&layout);
    let entry = compared::plainly(report);
    let Some(told) = entry.told.as_deref() else { return String::new() };
    let mut blocks = block::blocks(&entry, told, layout.is_verbose);
    for block in &mut blocks {
        block.dangers.clear();
        block.needs.clear();
        for row in &mut block.rows {
            (row.needs, row.proof) = (None, None);
        }
    }
    findings(&mut page, &blocks, &told.notes);
    page.finish()
}

fn findings(page: &mut Page, blocks: &[Block], notes: &[Note]) {
    let columns = Columns::of(blocks, page.columns());
    for block in blocks {
        columns.show(page, block);
    }
    for note in notes {
        match note.of {
            Of::Change => marked(page, Ink::Other, "·", &note.text),
            Of::Host => marked(page, Ink::Bold, "?", &note.text),
            Of::Acceptance => marked(page, Ink::Dim, "·", &note.text),
        }
    }
}

fn marked(page: &mut Page, ink: Ink, marker: &str, text: &str) {
    page.go(2);
    page.put(ink, marker);
    page.wrap(Ink::Plain, 4, text);
    page.end();
}

/// `yes`, or `no` with the proof.
pub fn within(report: &Report, layout: impl Into<Layout>) -> String {
    let mut page = Page::unbounded(&layout.into());
    let within = compared::within(report);
    match within.is_within {
        true => page.put(Ink::Stricter, "yes"),
        false => page.put(Ink::Weaker, "no"),
    }
    page.wrap(Ink::Plain, page.column(), &within.readings);
    page.end();
    if !within.is_within {
        page.wrap(Ink::Plain, 0, &within.why);
        page.end();
    }
    breaks(&mut page, within.breaks.as_deref());
    page.finish()
}

/// The first line, and of a long report the last one.
fn verdict(page: &mut Page, entry: &Entry, told: &Told) {
    let ink = match told.tone {
        Tone::Weaker => Ink::Weaker,
        Tone::Stricter => Ink::Stricter,
        Tone::Plain => Ink::Plain,
    };
    page.wrap(ink, 0, &entry.sentence);
    if !told.counts.is_empty() {
        page.right(Ink::Plain, &told.counts);
    }
    page.end();
    breaks(page, told.breaks.as_deref());
}

/// `breaks: no container starts with …`, where that is new.
fn breaks(page: &mut Page, breaks: Option<&str>) {
    if let Some(breaks) = breaks {
        page.wrap(Ink::Weaker, 0, breaks);
        page.end();
    }
}

fn header(page: &mut Page, told: &Told) {
    let [old, new] = &told.labels;
    page.wrap(Ink::Bold, 0, old);
    if page.column() + 5 + width(new) > page.columns() {
        page.end();
    }
    page.put(Ink::Plain, "  →  ");
    page.wrap(Ink::Bold, page.column(), new);
    page.right(Ink::Dim, &told.scope);
    page.end();
    page.end();
}

/// Where the columns of the findings begin.
struct Columns {
    actions: usize,
    words: usize,
    source: usize,
}

impl Columns {
    fn of(blocks: &[Block], columns: usize) -> Columns {
        let single = blocks.iter().filter(|block| block.names.len() == 1);
        let subjects = single.map(|block| width(&block.names[0]));
        let rows = || blocks.iter().flat_map(|block| &block.rows);
        let widest = |widths: &mut dyn Iterator<Item = usize>, most: usize| {
            widths.filter(|&width| width <= most).max().unwrap_or(0)
        };
        let actions = SUBJECT + widest(&mut subjects.into_iter(), MOST_SUBJECT).max(6) + 2;
        let wide = widest(&mut rows().map(|row| width(&row.actions)), MOST_ACTIONS);
        // Where there is no room beside it, what belongs to a subject is below it.
        let actions = if actions + wide > columns { DETAIL } else { actions };
        let words = actions + wide + 2;
        let words = if words + LEAST_WORDS > columns { DETAIL } else { words };
        let room = columns - rows().map(|row| width(&row.source)).max().unwrap_or(0).min(40);
        let most = room.saturating_sub(words + 2);
        let source = words + widest(&mut rows().map(|row| width(&row.words)), most);
        Columns { actions, words, source: source + if source > words { 2 } else { 0 } }
    }

    fn show(&self, page: &mut Page, block: &Block) {
        let (marker, ink) = marker(block.kind);
        page.go(2);
        page.put(ink, marker);
        page.put(Ink::Plain, " ");
        page.put(ink, block.kind.name());
        if block.names.len() == 1 {
            page.go(SUBJECT);
            page.wrap(Ink::Bold, SUBJECT, &block.names[0]);
        } else {
            let of_calls = block.names.iter().all(|name| !name.contains(' '));
            let calls = if of_calls { &format!(" ({}\u{a0}calls)", block.names.len()) } else { "" };
            page.names(Ink::Bold, SUBJECT, &block.names, NAME_LINES, calls);
            page.end();
        }
        for row in &block.rows {
            self.row(page, row);
        }
        for danger in &block.dangers {
            self.detail(page, "danger: ", danger);
        }
        for need in &block.needs {
            self.detail(page, "needs: ", need);
        }
        if page.layout().is_verbose {
            self.ids(page, block);
        }
    }

    fn row(&self, page: &mut Page, row: &Row) {
        let ink = match row.direction {
            Direction::Weaker => Ink::Weaker,
            Direction::Stricter => Ink::Stricter,
            Direction::Other => Ink::Other,
        };
        page.wrap(ink, self.actions, &row.actions);
        if !row.words.is_empty() {
            // Behind an action that is too long for its column, words go on the next line.
            page.wrap(Ink::Plain, self.words, &row.words);
        }
        if !row.source.is_empty() {
            let is_near = page.column() + 2 <= self.source;
            let column = if is_near { self.source } else { page.column() + 2 };
            match column + width(&row.source) <= page.columns() {
                true => page.go(column),
                // At least as far left as it takes to have room.
                false => page.go(self.words.min(page.columns().saturating_sub(width(&row.source)))),
            }
            page.place(row.path.as_deref(), &row.source);
        }
        page.end();
        if let Some(needs) = &row.needs {
            self.detail(page, "", needs);
        }
        if let Some(proof) = &row.proof {
            self.detail(page, "proof: ", proof);
        }
    }

    fn detail(&self, page: &mut Page, title: &str, text: &str) {
        Columns::detail_at(page, DETAIL, title, text);
    }

    fn detail_at(page: &mut Page, column: usize, title: &str, text: &str) {
        page.go(column);
        page.put(Ink::Plain, title);
        page.wrap(Ink::Plain, page.column(), text);
        page.end();
    }

    /// What an acceptance calls the changes.
    fn ids(&self, page: &mut Page, block: &Block) {
        // An id is one word, and on a narrow page a long one.
        let longest = block.ids.iter().map(|id| width(id)).max().unwrap_or(0);
        let column = page.leaving("id: ".len() + longest, DETAIL);
        if let [id] = &block.ids[..] {
            Columns::detail_at(page, column, "id: ", id);
        } else {
            for (id, name) in block.ids.iter().zip(&block.names) {
                Columns::detail_at(page, column, "id: ", &format!("{id} ({name})"));
            }
        }
    }
}

/// How a kind is marked.
pub(super) fn marker(kind: Kind) -> (&'static str, Ink) {
    match kind {
        Kind::Added => ("+", Ink::Weaker),
        Kind::Weakened => ("!", Ink::Weaker),
        Kind::Removed => ("-", Ink::Stricter),
        Kind::Tightened => ("~", Ink::Stricter),
        Kind::Changed => ("·", Ink::Other),
    }
}
