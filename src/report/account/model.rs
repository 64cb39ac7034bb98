//! The form itself.

use super::data::Document;
use super::origin::Origin;
use super::region::Region;
use super::told::{Note, Tone};
use super::uses::SeenUse;
use crate::diff::{Direction, Place};
use crate::load::Source;
use serde::Serialize;

/// The command that gave an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// Two profiles compared.
    Diff,
    /// Profiles looked at, each for itself.
    Check,
    /// The profiles that a git range changes.
    Review,
}

/// How much a reviewer has to care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// To be looked at.
    Warning,
    /// Not to be merged unseen: calls run that were stopped, or no container starts.
    Error,
}

/// All that a run found.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who gave it.
    pub command: Command,
    /// For what the answer holds: `all 16 hosts, every capability set, every kernel`.
    pub scope: String,
    /// The git range, as it was resolved.
    pub range: Option<String>,
    /// The one answer.
    pub verdict: Verdict,
    /// A profile each, in the order of their paths or as they were given.
    pub entries: Vec<Entry>,
    /// What is to be said of the run as a whole: sentences.
    pub notes: Vec<String>,
    /// Every use of a profile in the files that a review looked at.
    pub uses: Vec<SeenUse>,
}

/// The one answer of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The worst of what is not accepted; none where there is nothing.
    pub level: Option<Level>,
    /// In a sentence: `2 profiles let through calls that were blocked.`
    pub sentence: String,
    /// Whether the gate fails: the exit status is 1.
    pub fails: bool,
}

/// What became of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was not there.
    Added,
    /// Its text differs.
    Changed,
    /// It has another path, and perhaps another text.
    Renamed,
    /// It is gone.
    Deleted,
    /// Its text is the same; what it extends is not.
    BaseChanged,
    /// `diff`: compared with another one, as the user said.
    Compared,
    /// `check`: looked at for itself.
    Checked,
}

/// One profile.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path in the repository, or what the user called it. With `#NAME` for one of several in
    /// a file.
    pub path: String,
    /// The file alone, if it is one that an annotation can point into.
    pub file: Option<String>,
    /// What became of it.
    pub status: Status,
    /// What it is compared with, in words: `main:seccomp/mine.json`, `docker@29.4.3, the nearest
    /// baseline`. Empty for `check`.
    pub against: String,
    /// Its own answer, in a sentence.
    pub sentence: String,
    /// What was found, the worst first; what is accepted is not among them.
    pub items: Vec<Item>,
    /// What was found and somebody has accepted.
    pub accepted: Vec<Accepted>,
    /// What is to be said besides: sentences.
    pub notes: Vec<String>,
    /// The text that it is compared with.
    pub old: Option<Source>,
    /// Its text; of a profile that extends others, what it resolves to.
    pub new: Option<Source>,
    /// The text of the file where that is another one: places are in it, lines of effects in `new`.
    pub own: Option<Source>,
    /// What becomes of each system call on each host; only where a face asks for it.
    pub table: Option<Table>,
    /// Of a comparison: what else text and JSON tell of it.
    #[doc(hidden)]
    pub told: Option<Box<Told>>,
}

/// What text and JSON tell of a comparison besides its findings.
#[derive(Clone, Debug)]
pub struct Told {
    /// How the answer sounds.
    pub tone: Tone,
    /// `2 added, 1 removed`
    pub counts: String,
    /// The two with their releases, and by whom they are read.
    pub labels: [String; 2],
    /// What they are called where a line of theirs is named.
    pub short_names: [String; 2],
    /// For what the answer holds.
    pub scope: String,
    /// Which of them turns seccomp off.
    pub is_off: [bool; 2],
    /// That the new one turns it off and the old one does not, in a sentence.
    pub turns_off: Option<String>,
    /// That no container starts any more, in a sentence.
    pub breaks: Option<String>,
    /// What is told in a sentence.
    pub notes: Vec<Note>,
    /// Of one function in two texts: what does nothing, a sentence each.
    pub hints: Vec<String>,
    /// The changes that notes tell of; none where only text is made.
    pub asides: Vec<Item>,
    /// What a JSON report says of it besides; none where only text is made.
    pub document: Option<Box<Document>>,
}

/// A finding that does not count.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The finding.
    pub item: Item,
    /// Why it is accepted.
    pub reason: String,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Item {
    /// Names it for as long as it says the same of the same.
    pub id: String,
    /// Which rule it is a case of: `weakened`, `no-effect`, `does-not-load`.
    pub rule: &'static str,
    /// How much a reviewer has to care.
    pub level: Level,
    /// How bad it is in the words of what found it: `high`, `warning`.
    pub severity: &'static str,
    /// What it is about: a system call, `x32 programs`, `default action`.
    pub subject: String,
    /// In a sentence, without place or proof.
    pub message: String,
    /// What happens to which calls; none for a lint.
    pub effects: Vec<Effect>,
    /// One call in one environment that shows it, with the action or the two actions.
    pub proof: Option<String>,
    /// Why that is bad, if it is known: sentences.
    pub dangers: Vec<String>,
    /// Which programs ask for the call first, and what becomes of them: sentences.
    pub needs: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Where the new profile says it.
    pub place: Option<Region>,
    /// Where the old profile says it.
    pub old_place: Option<Region>,
    /// The whole of it for programs, as in the JSON report of `diff` or `check`; null where only text is
    /// made.
    pub data: serde_json::Value,
    /// What it is of.
    #[doc(hidden)]
    pub origin: Origin,
}

impl Item {
    /// Of a finding about a use of a profile: what is said of it, behind its name.
    pub(in crate::report) fn of_use(&self) -> Option<&str> {
        let is_use = self.rule.starts_with("use-") || self.rule == "unjudged";
        let said = self.message.strip_prefix(&*self.subject)?.strip_prefix(": ")?;
        (is_use && !self.subject.is_empty()).then_some(said)
    }
}

/// Calls that went from one action to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Whether that is weaker, stricter, or neither.
    pub direction: Direction,
    /// `EPERM → ALLOW`
    pub actions: String,
    /// Under which conditions and where; empty for always and everywhere.
    pub words: String,
    /// A capability that is needed and rarely there, in words.
    pub needs: Option<String>,
    /// One of the calls, for what is weaker.
    pub proof: Option<String>,
    /// The lines of the old profile that speak of it.
    pub old_lines: Vec<u32>,
    /// The lines of the new profile that speak of it.
    pub new_lines: Vec<u32>,
}

/// What becomes of system calls, place by place, in the old and in the new profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns: places in which all calls fare alike are one.
    pub columns: Vec<Vec<Place>>,
    /// The rows: system calls, by name.
    pub rows: Vec<TableRow>,
}

/// What becomes of one system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Its name.
    pub syscall: String,
    /// A cell for each column: none where the call does not exist there.
    pub cells: Vec<Option<Cell>>,
}

/// What becomes of one system call in one place: `ALLOW`, and `ALLOW or EPERM` where arguments,
/// capabilities or the kernel decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// In the old profile, if there is one.
    pub old: Option<String>,
    /// In the new profile, if there is one.
    pub new: Option<String>,
    /// The worst that happens to any of its calls; none where each gets what it got.
    pub direction: Option<Direction>,
}

impl Account {
    /// The findings of all profiles that are not accepted.
    pub fn items(&self) -> impl Iterator<Item = (&Entry, &Item)> {
        self.entries.iter().flat_map(|entry| entry.items.iter().map(move |item| (entry, item)))
    }

    /// How many findings are accepted.
    pub fn accepted(&self) -> usize {
        self.entries.iter().map(|entry| entry.accepted.len()).sum()
    }
}

impl Entry {
    /// The worst of what is not accepted.
    pub fn level(&self) -> Option<Level> {
        self.items.iter().map(|item| item.level).max()
    }

    /// The findings, those together that say the same of several uses, or of several calls of which nobody
    /// has to take care.
    pub fn groups(&self) -> Vec<Vec<&Item>> {
        let mut groups: Vec<Vec<&Item>> = Vec::new();
        for item in &self.items {
            let of_use = item.of_use();
            let is_like = |group: &&mut Vec<&Item>| {
                group.first().is_some_and(|first| {
                    (first.level, first.rule, &first.dangers, first.of_use())
                        == (item.level, item.rule, &item.dangers, of_use)
                        && (of_use.is_none()
                            || (&first.proof, &first.help) == (&item.proof, &item.help))
                        && first.effects.len() == item.effects.len()
                        && first.effects.iter().zip(&item.effects).all(|(a, b)| {
                            (&a.actions, &a.words, &a.needs) == (&b.actions, &b.words, &b.needs)
                        })
                })
            };
            let is_foldable =
                of_use.is_some() || (item.level == Level::Note && !item.effects.is_empty());
            match groups.iter_mut().find(is_like).filter(|_| is_foldable) {
                Some(group) => group.push(item),
                None => groups.push(vec![item]),
            }
        }
        groups
    }

    /// What programs need of a group's calls, as far as it is shown.
    pub(in crate::report) fn needs_of(group: &[&Item]) -> Vec<String> {
        const SHOWN: usize = 3;
        let mut needs: Vec<String> = Vec::new();
        for need in group.iter().flat_map(|item| &item.needs) {
            if !needs.contains(need) {
                needs.push(need.clone());
            }
        }
        if needs.len() > SHOWN {
            let left = needs.len() - (SHOWN - 1);
            needs.truncate(SHOWN - 1);
            needs.push(format!("and {left} more that programs ask for first"));
        }
        needs
    }

    /// Puts aside the findings for which there is a reason to accept them.
    pub fn accept(&mut self, reason: impl Fn(&Item) -> Option<String>) {
        for item in std::mem::take(&mut self.items) {
            match reason(&item) {
                Some(reason) => self.accepted.push(Accepted { item, reason }),
                None => self.items.push(item),
            }
        }
    }
}

impl Command {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Command::Diff => "diff",
            Command::Check => "check",
            Command::Review => "review",
        }
    }
}

impl Level {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl Status {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Added => "added",
            Status::Changed => "changed",
            Status::Renamed => "renamed",
            Status::Deleted => "deleted",
            Status::BaseChanged => "base changed",
            Status::Compared => "compared",
            Status::Checked => "checked",
        }
    }
}
