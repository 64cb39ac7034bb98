//! The report for a terminal.

mod account;
mod block;
mod hint;
pub(super) mod machine;
mod note;
pub(super) mod summary;
mod verdict;

use super::{Report, witness};
use crate::diff::{Direction, Kind};
use crate::page::{Ink, Layout, Page, width};
use crate::semantics::Settings;
use crate::syscall::{HOST_COUNT, Host};
pub use account::account_text;
use block::{Block, Row};
pub(super) use block::{is_note, merged_rows, subject_text, told};
pub(super) use hint::reason;

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
    let blocks = block::blocks(report, &layout);
    let notes = note::notes(report);
    verdict::verdict(&mut page, report);
    if !blocks.is_empty() || !notes.is_empty() {
        header(&mut page, report);
        if layout.is_summary {
            summary::blocks(&mut page, &blocks, notes.len());
            return page.finish();
        }
        if report.new.policy.is_off() && !report.old.policy.is_off() {
            let [_, new] = report.names();
            page.go(2);
            page.put(Ink::Weaker, "!");
            page.wrap(Ink::Weaker, 4, &format!("{new} turns seccomp off: every call is allowed"));
            page.end();
        }
        findings(&mut page, &blocks, &notes);
    }
    for hint in hint::hints(report) {
        page.go(2);
        page.put(Ink::Other, "·");
        page.wrap(Ink::Plain, 4, &hint);
        page.end();
    }
    if page.is_long() {
        page.end();
        verdict::verdict(&mut page, report);
    }
    page.finish()
}

/// What differs and nothing else: no verdict, proofs or dangers. Empty where nothing does.
pub(super) fn changes(report: &Report, color: bool) -> String {
    let layout = color.into();
    let mut page = Page::new(&layout);
    let mut blocks = block::blocks(report, &layout);
    for block in &mut blocks {
        block.dangers.clear();
        block.needs.clear();
        for row in &mut block.rows {
            (row.needs, row.proof) = (None, None);
        }
    }
    findings(&mut page, &blocks, &note::notes(report));
    page.finish()
}

fn findings(page: &mut Page, blocks: &[Block], notes: &[note::Note]) {
    let columns = Columns::of(blocks, page.columns());
    for block in blocks {
        columns.show(page, block);
    }
    for note in notes {
        page.go(2);
        page.put(note.ink, note.marker);
        page.wrap(Ink::Plain, 4, &note.text);
        page.end();
    }
}

/// `yes`, or `no` with the proof.
pub fn within(report: &Report, layout: impl Into<Layout>) -> String {
    let mut page = Page::unbounded(&layout.into());
    verdict::within(&mut page, report);
    page.finish()
}

/// What is told in sentences: notes, and of one policy in two texts what does nothing.
pub(super) fn note_texts(report: &Report) -> Vec<String> {
    let notes = note::notes(report).into_iter().map(|note| note.text);
    notes.chain(hint::hints(report)).collect()
}

/// The verdict, in a sentence.
pub(super) fn sentence(report: &Report) -> String {
    verdict::sentence(report).1
}

fn header(page: &mut Page, report: &Report) {
    let scope = scope(report);
    let label = |side: &super::Side| side.label() + &machine::of_side(report, side);
    page.wrap(Ink::Bold, 0, &label(&report.old));
    let new = label(&report.new);
    if page.column() + 5 + width(&new) > page.columns() {
        page.end();
    }
    page.put(Ink::Plain, "  →  ");
    page.wrap(Ink::Bold, page.column(), &new);
    page.right(Ink::Dim, &scope);
    page.end();
    page.end();
}

/// For what the answer holds: `16 hosts, every capability set, every kernel`.
pub(super) fn scope(report: &Report) -> String {
    let [old, new] = [report.old, report.new].map(|side| side.policy.settings());
    if report.old.is_filter() && report.new.is_filter() {
        // Filters see nothing of the environment, and nobody reads them.
        return words_of_hosts(&report.comparison.hosts);
    }
    let mut words = words_of_scope(&report.comparison.hosts, new);
    if old.given.capabilities != new.given.capabilities {
        // Each side has what it carries.
        words = words.replace("capabilities: as in the ", "capabilities: as in each ");
    }
    let mut keys = old.by_config.clone();
    keys.extend(new.by_config.iter().filter(|key| !old.by_config.contains(key)));
    words + &machine::of_both(report) + &by_config(&keys)
}

/// The same of a question.
pub fn scope_of(settings: &Settings) -> String {
    words_of_scope(&settings.hosts, settings)
        + &machine::of_question(settings)
        + &by_config(&settings.by_config)
}

/// What of it nobody said on the command line.
fn by_config(keys: &[&str]) -> String {
    match keys {
        [] => String::new(),
        keys => format!(" (by sdiff.toml: {})", keys.join(", ")),
    }
}

fn words_of_hosts(hosts: &[Host]) -> String {
    let hosts: Vec<&str> = hosts.iter().map(|host| host.name()).collect();
    match hosts.len() {
        0 => "no host".to_owned(),
        1..=4 => hosts.join(", "),
        HOST_COUNT => format!("all {HOST_COUNT} hosts"),
        count => format!("{count} hosts"),
    }
}

fn words_of_scope(hosts: &[Host], settings: &Settings) -> String {
    let hosts = words_of_hosts(hosts);
    let capabilities = match settings.given.capabilities {
        _ if settings.carried.capabilities && settings.carried.of_process => {
            "capabilities: as in the process".to_owned()
        }
        _ if settings.carried.capabilities => "capabilities: as in the file".to_owned(),
        None => "every capability set".to_owned(),
        Some(set) => witness::capabilities(set),
    };
    let kernel = match settings.given.kernel {
        None => "every kernel".to_owned(),
        Some(version) => format!("kernel {version}"),
    };
    format!("{hosts}, {capabilities}, {kernel}")
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
