//! What is to be said of the uses of one file.

use super::super::{Side, Trouble, filled};
use super::compare::{Judge, Outcome};
use super::guard;
use super::pairs::{FilePairs, Pair};
use super::profile::{Filter, short};
use super::{Read, Uses};
use crate::load::{Source, SourceKind};
use crate::report::account::{Entry, Item, Level, Region, SeenUse, Status, bare};
use crate::uses::{Given, Guard, Runner, Switch, Use};
use sha2::{Digest, Sha256};

/// What becomes of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Weakened,
    Tightened,
    Changed,
    Unjudged,
    Added,
    Removed,
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Weakened => "weakened",
            Verdict::Tightened => "tightened",
            Verdict::Changed => "changed",
            Verdict::Unjudged => "not-judged",
            Verdict::Added => "added",
            Verdict::Removed => "removed",
        }
    }
}

/// What is said of a pair.
struct Said {
    verdict: Verdict,
    item: Option<Item>,
    /// The profiles that stand for names, for a note.
    taken: Vec<String>,
}

/// With more findings than this in one file the rest is counted.
const ITEMS: usize = 1000;

/// Judges a file's pairs.
pub(super) fn entry(judge: &mut Judge, file: FilePairs, uses: &mut Uses) -> Result<(), Trouble> {
    let Some(read) = file.new.or(file.old) else { return Ok(()) };
    let path = read.path.clone();
    let prefix = judge.profiles.repository.prefix(Side::Old).to_owned();
    let source = |read: Option<&Read>, prefix: &str| {
        read.map(|read| {
            Source::new(&format!("{prefix}{}", read.path), SourceKind::Memory, &read.text)
        })
    };
    let (old, new) = (source(file.old, &prefix), source(file.new, ""));
    let mut items = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for pair in &file.pairs {
        let said = said(judge, pair, &file)?;
        let place = |source: &Option<Source>, one: &Option<Use>| {
            Some(Region::of(source.as_ref()?, one.as_ref()?.place))
        };
        let of_new = pair.new.as_ref().filter(|_| pair.new.is_some());
        let at = place(&new, &pair.new);
        let was_at = if pair.moved_from.is_none() { place(&old, &pair.old) } else { None };
        if let Some(one) = of_new.or(pair.old.as_ref()) {
            let words = |one: &Option<Use>| one.as_ref().map(Use::words);
            uses.seen.push(SeenUse {
                path: path.clone(),
                workload: one.workload.clone(),
                container: one.container.clone(),
                runner: runner(one.runner),
                old: words(&pair.old),
                new: words(&pair.new),
                verdict: said.verdict.name(),
                why: said
                    .item
                    .as_ref()
                    .filter(|_| said.verdict == Verdict::Unjudged)
                    .map(|item| item.message.clone()),
                place: at,
                old_place: was_at,
            });
        }
        for name in said.taken {
            if !taken.contains(&name) {
                taken.push(name);
            }
        }
        if let Some(mut item) = said.item {
            item.place = at;
            item.old_place = was_at;
            items.push(filled(item));
        }
    }
    for (old_guard, new_guard) in &file.guards {
        if let Some(mut item) = guard::item(*old_guard, *new_guard) {
            let place = |source: &Option<Source>, guard: &Option<&Guard>| {
                Some(Region::of(source.as_ref()?, guard.as_ref()?.place))
            };
            (item.place, item.old_place) = (place(&new, new_guard), place(&old, old_guard));
            items.push(filled(item));
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.level));
    let notes: Vec<String> = taken;
    let status = match (&old, &new) {
        (None, _) => Status::Added,
        (_, None) => Status::Deleted,
        (Some(_), Some(_)) if file.old.map(|read| &read.path) != Some(&path) => Status::Renamed,
        _ => Status::Changed,
    };
    let against = file.old.map_or(String::new(), |read| format!("{prefix}{}", read.path));
    let mut entry = Entry {
        file: file.new.map(|read| read.path.clone()),
        path,
        status,
        against,
        sentence: items.first().map_or(String::new(), |item| item.message.clone()),
        items: Vec::new(),
        accepted: Vec::new(),
        notes,
        old,
        new,
        own: None,
        table: None,
        told: None,
    };
    super::super::judge::accept(&mut entry, items, judge.question);
    // What is accepted takes no room from what is not.
    if entry.items.len() > ITEMS {
        let left = entry.items.len() - ITEMS;
        uses.cut.extend(entry.items.drain(ITEMS..).map(|item| (item.level, item.rule)));
        entry.notes.push(format!("And {left} more of its uses are not what they were."));
    }
    uses.entries.push(entry);
    Ok(())
}

const fn runner(runner: Runner) -> &'static str {
    match runner {
        Runner::Kubernetes => "kubernetes",
        Runner::Docker => "docker",
        Runner::Podman => "podman",
        Runner::Nerdctl => "nerdctl",
    }
}

fn said(judge: &mut Judge, pair: &Pair, file: &FilePairs) -> Result<Said, Trouble> {
    let path = |read: Option<&Read>| read.map_or(String::new(), |read| read.path.clone());
    let old_path = pair.moved_from.clone().unwrap_or_else(|| path(file.old.or(file.new)));
    let new_path = path(file.new.or(file.old));
    let nothing = |verdict| Said { verdict, item: None, taken: Vec::new() };
    let (old, new) = match (&pair.old, &pair.new) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(new)) => return added(judge, new, &new_path),
        (Some(old), None) => return Ok(removed(old)),
        (None, None) => return Ok(nothing(Verdict::Same)),
    };
    let filters =
        [judge.filter(Side::Old, &old_path, old)?, judge.filter(Side::New, &new_path, new)?];
    let [was, is] = &filters;
    let taken = taken(pair, &filters);
    let sets = [judge.capabilities(old), judge.capabilities(new)];
    let name = new.name();
    let arrow = format!("{name}: {} → {}", short(&old.words()), short(&new.words()));
    let is_privileged = [old, new].map(|one| one.privileged == Switch::On);
    let is_alike =
        (&old.given, &old.privileged, &old.open) == (&new.given, &new.privileged, &new.open);
    let is_more = is_privileged == [false, true];
    let told = Told { old, new, name: &name, arrow: &arrow, taken: &taken, is_alike, is_more };
    let item = |verdict, message, outcome| told.item(verdict, message, outcome);
    Ok(match (was, is) {
        (Filter::Off, Filter::Off) if is_more => item(
            Verdict::Weakened,
            format!("{arrow}: it had no filter, and is privileged now"),
            None,
        ),
        (Filter::Off, Filter::Off) if is_privileged == [true, false] => item(
            Verdict::Tightened,
            format!("{arrow}: it is not privileged any more; there is no filter still"),
            None,
        ),
        (Filter::Off, Filter::Off) => {
            added_capabilities(old, new).map_or(nothing(Verdict::Same), |added| {
                item(
                    Verdict::Changed,
                    format!("{name}: capabilities added, without a filter: {added}"),
                    None,
                )
            })
        }
        (Filter::Unknown(_), Filter::Unknown(_)) if is_alike => {
            match added_capabilities(old, new) {
                Some(added) => {
                    item(Verdict::Changed, format!("{name}: capabilities added: {added}"), None)
                }
                None => nothing(Verdict::Same),
            }
        }
        (Filter::Unknown(_), Filter::Off) => {
            let now = if is_privileged[1] {
                "it is privileged now, and has no filter"
            } else {
                "it has no filter now, whatever that was"
            };
            item(Verdict::Weakened, format!("{arrow}: {now}"), None)
        }
        (Filter::Off, Filter::Unknown(why)) if !is_more => item(
            Verdict::Tightened,
            format!("{arrow}: it had no filter, so nothing can be weaker; {why}"),
            None,
        ),
        (Filter::Unknown(why), _) | (_, Filter::Unknown(why)) => {
            item(Verdict::Unjudged, format!("{arrow}: not judged: {why}"), None)
        }
        _ => {
            let outcome = judge.compare((was, sets[0]), (is, sets[1]));
            told.compared(was, is, &outcome)
        }
    })
}

/// A use before and after a change, and what is said of both in words.
struct Told<'a> {
    old: &'a Use,
    new: &'a Use,
    name: &'a str,
    /// `web: RuntimeDefault → Unconfined`
    arrow: &'a str,
    taken: &'a [String],
    /// Whether they ask for the same.
    is_alike: bool,
    /// Whether it is privileged now, and was not.
    is_more: bool,
}

impl Told<'_> {
    fn item(&self, verdict: Verdict, message: String, outcome: Option<&Outcome>) -> Said {
        Said {
            verdict,
            item: Some(item(verdict, self.new, &[self.old, self.new], message, outcome)),
            taken: self.taken.to_vec(),
        }
    }

    /// What is said where both have a filter that is known, or only one has none.
    fn compared(&self, was: &Filter, is: &Filter, outcome: &Outcome) -> Said {
        let Told { old, new, name, arrow, is_alike, is_more, .. } = *self;
        let nothing = |verdict| Said { verdict, item: None, taken: Vec::new() };
        let item = |verdict, message, outcome| self.item(verdict, message, outcome);
        if let Some(why) = &outcome.trouble {
            return item(Verdict::Unjudged, format!("{arrow}: not judged: {why}"), None);
        }
        let capabilities = added_capabilities(old, new);
        if matches!(is, Filter::Off) || !outcome.weaker.is_empty() {
            return self.weaker(is, outcome, capabilities.as_deref());
        }
        if is_more {
            item(
                Verdict::Weakened,
                format!("{arrow}: it is privileged now, under the filter that it has"),
                Some(outcome),
            )
        } else if let Some(added) = capabilities {
            let words =
                format!("{name}: capabilities added: {added}; the filter lets through what it did");
            item(Verdict::Changed, words, None)
        } else if let Some(gone) = added_capabilities(new, old).filter(|_| is_alike)
            && !outcome.stricter.is_empty()
        {
            let words = format!("{name}: {gone} is not added any more: it lets through less");
            item(
                Verdict::Tightened,
                format!("{words} ({})", counted(&outcome.stricter)),
                Some(outcome),
            )
        } else if is_alike && same_profile(was, is) {
            // Only what is dropped is new: the profile is what it was.
            nothing(Verdict::Same)
        } else if !outcome.stricter.is_empty() {
            item(
                Verdict::Tightened,
                format!("{arrow}: it lets through less ({})", counted(&outcome.stricter)),
                Some(outcome),
            )
        } else if outcome.other > 0 {
            item(
                Verdict::Changed,
                format!("{arrow}: calls fail in another way; none is weaker"),
                Some(outcome),
            )
        } else {
            nothing(Verdict::Same)
        }
    }

    /// That it lets through more, or has no filter any more.
    fn weaker(&self, is: &Filter, outcome: &Outcome, added: Option<&str>) -> Said {
        let what = match (is, added) {
            (Filter::Off, _) => "it has no filter now".to_owned(),
            (_, Some(added)) if self.is_alike => {
                format!("with {added} its filter lets through more")
            }
            _ => "it lets through more".to_owned(),
        };
        let arrow = match added {
            Some(added) if self.is_alike => {
                format!("{}: {} with {added} added", self.name, short(&self.new.words()))
            }
            _ => self.arrow.to_owned(),
        };
        let words = format!("{arrow}: {what} ({})", counted(&outcome.weaker));
        self.item(Verdict::Weakened, words, Some(outcome))
    }
}

fn same_profile(was: &Filter, is: &Filter) -> bool {
    matches!((was, is), (Filter::Known(was), Filter::Known(is)) if was.identity == is.identity)
}

/// A use that was not there: compared with the engine's default, where it says something by itself.
fn added(judge: &mut Judge, new: &Use, path: &str) -> Result<Said, Trouble> {
    let nothing = Said { verdict: Verdict::Added, item: None, taken: Vec::new() };
    let filter = judge.filter(Side::New, path, new)?;
    let words = format!("{} is new: {}", new.name(), short(&new.words()));
    let says = !new.said.is_empty() || new.privileged != Switch::Off || new.given != Given::Nothing;
    let made = |verdict, message: String, outcome: Option<&Outcome>| Item {
        ..item(verdict, new, &[new], message, outcome)
    };
    let default = Use {
        given: Given::Default,
        privileged: Switch::Off,
        said: "",
        added: Vec::new(),
        dropped: Vec::new(),
        open: Vec::new(),
        ..new.clone()
    };
    let base = judge.filter(Side::New, path, &default)?;
    let set = judge.capabilities(&default);
    let item = match &filter {
        _ if !says => return Ok(nothing),
        Filter::Off if new.is_example => {
            made(Verdict::Added, format!("{words}, in an example"), None)
        }
        Filter::Off => {
            let outcome = judge.compare((&base, set), (&filter, set));
            let mut item =
                made(Verdict::Weakened, format!("{words}: it has no filter"), Some(&outcome));
            item.rule = "use-unconfined";
            item.id = id("use-unconfined", new, &[new]);
            item
        }
        Filter::Unknown(why) => {
            made(Verdict::Unjudged, format!("{words}: not judged: {why}"), None)
        }
        Filter::Known(known) => {
            let outcome = judge.compare((&base, set), (&filter, judge.capabilities(new)));
            let than = match &base {
                Filter::Known(base) if base.identity != known.identity => {
                    format!(" than {}", base.name)
                }
                _ => String::new(),
            };
            match (outcome.weaker.is_empty(), than.is_empty()) {
                (false, false) if new.runner != Runner::Kubernetes => {
                    let words = format!(
                        "{words}: it lets through more{than} ({})",
                        counted(&outcome.weaker)
                    );
                    made(Verdict::Weakened, words, Some(&outcome))
                }
                (false, false) => {
                    let words = format!(
                        "{words}: it lets through more{than} ({})",
                        counted(&outcome.weaker)
                    );
                    Item { level: Level::Warning, ..made(Verdict::Added, words, Some(&outcome)) }
                }
                _ => made(Verdict::Added, words, None),
            }
        }
    };
    let verdict = match item.rule {
        "unjudged" => Verdict::Unjudged,
        _ => Verdict::Added,
    };
    Ok(Said { verdict, item: Some(item), taken: taken_of(new, &filter).into_iter().collect() })
}

fn removed(old: &Use) -> Said {
    let says = !old.said.is_empty() || old.privileged != Switch::Off;
    let verdict = if says && old.is_off() { Verdict::Tightened } else { Verdict::Removed };
    let message = format!("{} is gone, which had {}", old.name(), short(&old.words()));
    let item = says.then(|| item(verdict, old, &[old], message, None));
    Said { verdict, item, taken: Vec::new() }
}

/// `3 kinds of calls, keyctl for one`
fn counted(subjects: &[String]) -> String {
    match subjects {
        [] => "calls".to_owned(),
        [one] => one.clone(),
        [first, ..] => format!("{} kinds of calls, {first} for one", subjects.len()),
    }
}

/// Capabilities that the new use adds and the old one did not; nothing for one that has all.
fn added_capabilities(old: &Use, new: &Use) -> Option<String> {
    if old.privileged == Switch::On || old.added.iter().any(|name| name == "ALL") {
        return None;
    }
    let added: Vec<String> = new
        .added
        .iter()
        .filter(|name| !old.added.contains(name))
        .map(|name| format!("CAP_{name}"))
        .collect();
    (!added.is_empty()).then(|| added.join(", "))
}

fn item(
    verdict: Verdict,
    one: &Use,
    all: &[&Use],
    message: String,
    outcome: Option<&Outcome>,
) -> Item {
    let (rule, level, severity) = match verdict {
        Verdict::Weakened => ("use-weakened", Level::Error, "high"),
        Verdict::Tightened => ("use-tightened", Level::Note, "info"),
        Verdict::Changed => ("use-changed", Level::Warning, "low"),
        Verdict::Unjudged => ("unjudged", Level::Warning, "warning"),
        Verdict::Added | Verdict::Same => ("use-added", Level::Note, "info"),
        Verdict::Removed => ("use-removed", Level::Note, "info"),
    };
    let help = match (verdict, one.runner) {
        (Verdict::Weakened, Runner::Kubernetes) if one.is_off() && one.privileged != Switch::On => Some(
            "`seccompProfile: {type: RuntimeDefault}` in the securityContext gives it its engine's default".to_owned(),
        ),
        (Verdict::Unjudged, _) => Some(
            "look at it by hand; `--fail-on unjudged` lets nothing pass that is not judged".to_owned(),
        ),
        _ => None,
    };
    Item {
        subject: one.name(),
        message,
        proof: outcome.and_then(|outcome| outcome.proof.clone()),
        dangers: outcome
            .filter(|_| verdict == Verdict::Weakened)
            .map_or(Vec::new(), |outcome| outcome.dangers.clone()),
        help,
        ..bare(id(rule, one, all), rule, level, severity)
    }
}

/// The same for as long as the same container goes from the same to the same.
fn id(rule: &str, one: &Use, all: &[&Use]) -> String {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    };
    part(&one.workload);
    part(&one.container);
    for one in all {
        part(&one.words());
        part(&one.added.join(","));
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{rule}-{digits}")
}

/// Which profile a name was taken for.
fn taken(pair: &Pair, filters: &[Filter; 2]) -> Vec<String> {
    let sides = [&pair.old, &pair.new].into_iter().zip(filters);
    sides.filter_map(|(one, filter)| taken_of(one.as_ref()?, filter)).collect()
}

fn taken_of(one: &Use, filter: &Filter) -> Option<String> {
    let Filter::Known(known) = filter else { return None };
    let name = match (&one.given, one.runner) {
        (Given::Default | Given::Nothing, Runner::Kubernetes) => "RuntimeDefault",
        (Given::Default | Given::Nothing, _) => "The engine's default",
        (Given::File(path), _) if *path != known.name => {
            return Some(format!("{path} is taken as {}.", known.name));
        }
        _ => return None,
    };
    Some(format!("{name} is taken as that of {}.", known.name))
}
