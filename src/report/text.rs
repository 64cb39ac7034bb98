//! The report for a terminal.

mod account;
mod block;
mod hint;
pub(super) mod machine;
mod note;
mod page;
mod verdict;

use super::paint::Ink;
use super::{Report, witness};
use crate::diff::{Direction, Kind};
use crate::semantics::Settings;
use crate::syscall::{HOST_COUNT, Host};
pub use account::account_text;
use block::{Block, Row};
pub(super) use block::{is_note, merged_rows, subject_text, told};
pub(super) use hint::reason;
use page::{Page, WIDTH, width};

/// The column of the subject: behind the marker and the kind.
const SUBJECT: usize = 15;
/// The column of what is said besides: set in from the subject, and left of the actions, for it
/// is long.
const DETAIL: usize = SUBJECT + 2;
/// A longer subject does not push the columns of all others.
const MOST_SUBJECT: usize = 20;
const MOST_ACTIONS: usize = 24;

/// The report for a terminal, with colours or without.
pub fn text(report: &Report, color: bool) -> String {
    let mut page = Page::new(color);
    let blocks = block::blocks(report);
    let notes = note::notes(report);
    if !blocks.is_empty() || !notes.is_empty() {
        header(&mut page, report);
        if report.new.policy.is_off() && !report.old.policy.is_off() {
            let [_, new] = report.names();
            page.go(2);
            page.put(Ink::Weaker, "!");
            page.wrap(Ink::Weaker, 4, &format!("{new} turns seccomp off: every call is allowed"));
            page.end();
        }
        findings(&mut page, &blocks, &notes);
        page.end();
    }
    verdict::verdict(&mut page, report);
    for hint in hint::hints(report) {
        page.go(2);
        page.put(Ink::Other, "·");
        page.wrap(Ink::Plain, 4, &hint);
        page.end();
    }
    page.finish()
}

/// What differs and nothing else: no verdict, proofs or dangers. Empty where nothing does.
pub(super) fn changes(report: &Report, color: bool) -> String {
    let mut page = Page::new(color);
    let mut blocks = block::blocks(report);
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
    let columns = Columns::of(blocks);
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
pub fn within(report: &Report, color: bool) -> String {
    let mut page = Page::new(color);
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
    page.put(Ink::Bold, &label(&report.old));
    let new = label(&report.new);
    if page.column() + 5 + width(&new) > WIDTH {
        page.end();
    }
    page.put(Ink::Plain, "  →  ");
    page.put(Ink::Bold, &new);
    let column = WIDTH.saturating_sub(width(&scope));
    match page.column() + 3 <= column {
        true => page.go(column),
        false => page.go(2.min(column)),
    }
    page.put(Ink::Dim, &scope);
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
    fn of(blocks: &[Block]) -> Columns {
        let single = blocks.iter().filter(|block| block.names.len() == 1);
        let subjects = single.map(|block| width(&block.names[0]));
        let rows = || blocks.iter().flat_map(|block| &block.rows);
        let widest = |widths: &mut dyn Iterator<Item = usize>, most: usize| {
            widths.filter(|&width| width <= most).max().unwrap_or(0)
        };
        let actions = SUBJECT + widest(&mut subjects.into_iter(), MOST_SUBJECT).max(6) + 2;
        let words = actions + widest(&mut rows().map(|row| width(&row.actions)), MOST_ACTIONS) + 2;
        let room = WIDTH - rows().map(|row| width(&row.source)).max().unwrap_or(0).min(40);
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
            page.put(Ink::Bold, &block.names[0]);
        } else {
            let of_calls = block.names.iter().all(|name| !name.contains(' '));
            let calls = if of_calls { &format!(" ({}\u{a0}calls)", block.names.len()) } else { "" };
            let names = block.names.join(", ") + calls;
            page.wrap(Ink::Bold, SUBJECT, &names);
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
    }

    fn row(&self, page: &mut Page, row: &Row) {
        let ink = match row.direction {
            Direction::Weaker => Ink::Weaker,
            Direction::Stricter => Ink::Stricter,
            Direction::Other => Ink::Other,
        };
        page.go(self.actions);
        page.put(ink, &row.actions);
        if !row.words.is_empty() {
            // Behind an action that is too long for its column, words go on the next line.
            page.wrap(Ink::Plain, self.words, &row.words);
        }
        if !row.source.is_empty() {
            let is_near = page.column() + 2 <= self.source;
            let column = if is_near { self.source } else { page.column() + 2 };
            match column + width(&row.source) <= WIDTH || page.column() <= self.actions {
                true => page.go(column),
                false => page.go(self.words),
            }
            page.put(Ink::Dim, &row.source);
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
        page.go(DETAIL);
        page.put(Ink::Dim, title);
        page.wrap(Ink::Dim, page.column(), text);
        page.end();
    }
}

/// How a kind is marked.
fn marker(kind: Kind) -> (&'static str, Ink) {
    match kind {
        Kind::Added => ("+", Ink::Weaker),
        Kind::Weakened => ("!", Ink::Weaker),
        Kind::Removed => ("-", Ink::Stricter),
        Kind::Tightened => ("~", Ink::Stricter),
        Kind::Changed => ("·", Ink::Other),
    }
}
