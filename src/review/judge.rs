//! What is to be said of one profile that a change touches.

use super::find::{Pair, Version};
use super::required;
use super::side::View;
use super::{CONFIG, Repository, Side, Trouble, filled};
use crate::baseline::Product;
use crate::decision::Store;
use crate::diff::{Comparison, Kind, compare};
use crate::lint::{self, Config, Date, Finding, Lint, Subject};
use crate::load::{LoadErrorKind, LoadOptions, Loaded, Source, load};
use crate::origin::origin;
use crate::overlay;
use crate::profile::Environment;
use crate::report::account::{
    self, Accepted, Entry, Item, Level, Region, Status, bare, compared, finding_item, load_item,
};
use crate::report::{Report, Side as ReportSide};
use crate::semantics::{Engine, Policy, SemanticsError, Settings};
use std::collections::{HashMap, HashSet};

/// What is asked of every profile.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who reads the profiles, if that is not to be told by their formats and paths.
    pub engine: Option<Engine>,
    /// On which hosts and in which environments; the engine in it counts for nothing.
    pub settings: Settings,
    /// Which findings are accepted.
    pub config: Config,
    /// The day, for acceptances that expire.
    pub today: Date,
    /// Whether the table of all calls is wanted.
    pub with_table: bool,
    /// Whether somebody asked for the engine, so that what the settings say of a profile does not count.
    pub engine_is_asked: bool,
    /// The same of the capabilities.
    pub capabilities_are_asked: bool,
}

impl Question {
    /// The question to one profile, of which the settings may say more.
    pub fn of(&self, path: &str) -> Question {
        let mut question = self.clone();
        let said = self.config.of_profile(path);
        let mut says = |key| {
            if !question.settings.by_config.contains(&key) {
                question.settings.by_config.push(key);
            }
        };
        if let (Some(engine), false) = (said.engine, self.engine_is_asked) {
            question.engine = Some(engine);
            says("engine");
        }
        if let (Some(capabilities), false) = (said.capabilities, self.capabilities_are_asked) {
            question.settings.given.capabilities = Some(capabilities);
            says("caps");
        }
        question
    }
}

/// A profile of one side.
pub(super) struct Profile {
    /// As its file says it.
    pub own: Loaded,
    /// With all that it extends.
    pub whole: Loaded,
}

/// Why there is no profile.
struct Unreadable {
    item: Item,
    source: Option<Source>,
}

/// What a pair comes to; none where a profile over a changed base does what it did.
///
/// # Errors
/// [`Trouble`] with the repository.
pub fn judge(
    repository: &dyn Repository,
    pair: &Pair,
    question: &Question,
) -> Result<Option<Entry>, Trouble> {
    let Some(version) = pair.version() else { return Ok(None) };
    let question = &question.of(&version.path());
    let mut entry = Entry {
        path: version.path(),
        file: pair.new.as_ref().map(|new| new.file.path.clone()),
        status: pair.status,
        against: pair
            .old
            .as_ref()
            .map_or(String::new(), |old| format!("{}{}", repository.prefix(Side::Old), old.path())),
        sentence: String::new(),
        items: Vec::new(),
        accepted: Vec::new(),
        notes: Vec::new(),
        old: None,
        new: None,
        own: None,
        table: None,
        told: None,
    };
    let old = pair.old.as_ref().map(|old| read(repository, Side::Old, old)).transpose()?;
    let Some(new) = &pair.new else {
        entry.old = old.and_then(Result::ok).map(|old| old.own.source);
        delete(&mut entry);
        return Ok(Some(entry));
    };
    let old = match old {
        Some(Err(unreadable)) => {
            entry.notes.push(format!(
                "The old version cannot be read ({}): it is compared with a default.",
                unreadable.item.message
            ));
            None
        }
        Some(Ok(old)) => Some(old),
        None => None,
    };
    match read(repository, Side::New, new)? {
        Ok(new) => {
            let said = question.config.of_profile(&entry.path);
            entry.notes.extend(said.purpose.map(|purpose| format!("It is for: {purpose}.")));
            if said.capabilities.is_some() && !question.capabilities_are_asked {
                entry.notes.push(format!("Its containers' capabilities are those of {CONFIG}."));
            }
            let required = question.config.required_of(&entry.path);
            let questions = |profile: &Profile| -> Vec<Settings> {
                let readers = asked_readers(profile, &entry.path, question);
                readers.iter().map(|&engine| asked(profile, question, engine)).collect()
            };
            let was = old.as_ref().map(|old| (&old.whole, questions(old)));
            let is = (&new.whole, questions(&new));
            let items = required::items(repository, &required, was, is)?;
            judge_loaded(&mut entry, old, &new, question);
            accept(&mut entry, items, question);
        }
        Err(unreadable) => {
            entry.old = old.map(|old| old.own.source);
            entry.new = unreadable.source;
            refuse(&mut entry, unreadable.item);
        }
    }
    entry.items.sort_by_key(|item| std::cmp::Reverse(item.level));
    let is_silent = entry.items.is_empty() && entry.accepted.is_empty();
    Ok((pair.status != Status::BaseChanged || !is_silent).then_some(entry))
}

/// A profile with what it extends.
fn read(
    repository: &dyn Repository,
    side: Side,
    version: &Version,
) -> Result<Result<Profile, Unreadable>, Trouble> {
    let view = View::new(repository, side);
    let own = match view.checked(view.load(&version.file, version.document.as_deref()))? {
        Ok(own) => own,
        Err(error) => {
            let source = error.source().cloned();
            let item = match error.kind() {
                // What it prints is not known here, and need not be wrong.
                LoadErrorKind::Template => Item {
                    rule: "unjudged",
                    level: Level::Warning,
                    severity: "warning",
                    message: "not judged: a template's values are part of it".to_owned(),
                    ..load_item(&error)
                },
                _ => load_item(&error),
            };
            return Ok(Err(Unreadable { item, source }));
        }
    };
    let whole = view.checked(overlay::resolve(own.clone(), &view))?;
    let placed = |whole: Loaded| match own.profile.extends.is_empty() {
        true => whole,
        false => whole.placed_in(&own),
    };
    Ok(whole.map(|whole| Profile { own: own.clone(), whole: placed(whole) }).map_err(|error| {
        let here = error.place().filter(|(source, _)| source.name == own.source.name);
        // Of another file the message has to say the place.
        let is_elsewhere = error.place().is_some() && here.is_none();
        let item = Item {
            message: if is_elsewhere { error.to_string() } else { error.message() },
            help: error.help(),
            place: here.map(|(source, span)| Region::of(source, span)).or_else(|| extends(&own)),
            ..bare("unreadable".to_owned(), "unreadable", Level::Error, "error")
        };
        Unreadable { item, source: Some(own.source) }
    }))
}

/// Where a profile says what it extends.
fn extends(own: &Loaded) -> Option<Region> {
    own.profile.extends.first().map(|name| Region::of(&own.source, name.span))
}

fn delete(entry: &mut Entry) {
    let item = bare("unconfined".to_owned(), "unconfined", Level::Error, "high");
    refuse(
        entry,
        Item {
            message: format!("{} is gone: what was confined by it is not any more", entry.path),
            help: Some(
                "containers that name it no longer start, or run with the engine's default; \
                 Kubernetes' own default is Unconfined"
                    .to_owned(),
            ),
            ..item
        },
    );
}

/// Puts down why there is nothing to compare.
fn refuse(entry: &mut Entry, item: Item) {
    entry.sentence.clone_from(&item.message);
    entry.items.push(filled(item));
}

fn judge_loaded(entry: &mut Entry, old: Option<Profile>, new: &Profile, question: &Question) {
    entry.new = Some(new.whole.source.clone());
    if !new.own.source.is_file() {
        // An annotation would point to a line of another text.
        entry.file = None;
    }
    let is_overlay = !new.own.profile.extends.is_empty();
    if is_overlay {
        entry.own = Some(new.own.source.clone());
        entry.notes.push("It is an overlay: compared is what it resolves to.".to_owned());
    }
    let mut store = Store::default();
    let carried = &new.whole.environment;
    let other = old.as_ref().map_or(carried, |old| &old.whole.environment).clone();
    let settings = |loaded: &Loaded, environment: Environment| {
        let engine = question.engine.unwrap_or(lint::readers_of(loaded, &entry.path)[0]);
        question.settings.clone().read_by(engine).carrying(&environment)
    };
    let new_settings = settings(&new.whole, carried.beside(&other));
    if new_settings.carried.capabilities {
        entry.notes.push("Capabilities: as in the file.".to_owned());
    }
    entry.notes.extend(new.whole.notes.iter().map(|note| format!("{note}.")));
    let new_policy = match Policy::build(&mut store, &new.whole.profile, &new_settings) {
        Ok(policy) => policy,
        Err(error) => {
            entry.old = old.map(|old| old.whole.source);
            let place = error.span.map(|span| Region::of(&new.whole.source, span));
            let item = Item {
                message: error.to_string(),
                help: error.help().map(str::to_owned),
                place: if is_overlay { extends(&new.own) } else { place },
                ..bare("does-not-load".to_owned(), "does-not-load", Level::Error, "error")
            };
            return refuse(entry, item);
        }
    };
    // The old version, or where there is none that means anything, a default.
    let mut was = None;
    if let Some(old) = old {
        let old_settings = settings(&old.whole, other.beside(carried));
        match Policy::build(&mut store, &old.whole.profile, &old_settings) {
            Ok(policy) => was = Some((old, policy)),
            Err(error) => entry.notes.push(format!(
                "The old version does not load ({error}): it is compared with a default."
            )),
        }
    }
    let is_new = was.is_none();
    if is_new {
        let said = question.config.of_profile(&entry.path).base;
        let loaded = said.and_then(|base| load(&base, &LoadOptions::default()).ok());
        let loaded = loaded.unwrap_or_else(|| default_for(&new.whole));
        let policy = Policy::build(
            &mut store,
            &loaded.profile,
            &question
                .settings
                .clone()
                .read_by(Engine::of_loaded(&loaded))
                .carrying(&carried.beside(&other)),
        );
        if let Ok(policy) = policy {
            entry.against = loaded.baseline.map_or("default".to_owned(), ToString::to_string);
            was = Some((Profile { own: loaded.clone(), whole: loaded }, policy));
        }
    }
    let Some((old, old_policy)) = was else { return };
    entry.old = Some(old.whole.source.clone());
    let comparison = match compare(&mut store, &old_policy, &new_policy) {
        Ok(comparison) => comparison,
        Err(bound) => {
            let profiles = [&old.whole, &new.whole];
            let most = profiles.into_iter().max_by_key(|loaded| loaded.profile.rules.len());
            let error = SemanticsError::too_large(bound, &most.unwrap_or(&new.whole).profile);
            let is_new = most.is_some_and(|most| std::ptr::eq(most, &new.whole));
            let span = error.span.filter(|_| is_new && !is_overlay);
            let item = Item {
                message: error.to_string(),
                help: error.help().map(str::to_owned),
                place: span.map(|span| Region::of(&new.whole.source, span)),
                ..bare("unreadable".to_owned(), "unreadable", Level::Error, "error")
            };
            return refuse(entry, item);
        }
    };
    let mut items = changes(entry, (&old, &old_policy), (new, &new_policy), &comparison);
    if question.with_table {
        // Only a help: where it cannot be had, the findings stand all the same.
        entry.table = account::table(&mut store, Some(&old_policy), &new_policy).ok();
    }
    drop(store);
    match news(&old, new, &entry.path, question) {
        Ok(findings) => {
            let source = Some(&new.whole.source);
            for finding in question.config.adjusted(findings) {
                let mut item = finding_item(source, &finding);
                if is_overlay && item.place.is_none() {
                    item.place = mention(&new.own, &item.subject);
                }
                items.push(item);
            }
        }
        Err(error) => entry.notes.push(format!("The lints give no answer: {error}.")),
    }
    if is_overlay {
        for item in &mut items {
            item.place = mention(&new.own, &item.subject);
        }
    }
    accept(entry, items, question);
}

pub(super) fn accept(entry: &mut Entry, items: Vec<Item>, question: &Question) {
    let mut used = Vec::new();
    let Question { config, today, .. } = question;
    for item in items {
        let what = Subject { rule: item.rule, id: &item.id, syscall: &item.subject };
        match config.acceptance(what, &entry.path, *today, &mut used) {
            Some(acceptance) => {
                let reason = acceptance.reason().to_owned();
                entry.accepted.push(Accepted { item, reason });
            }
            None => entry.items.push(item),
        }
    }
    for acceptance in config.expired(&used, *today) {
        let (line, rule) = (acceptance.line(), acceptance.rule());
        entry.notes.push(format!("The acceptance of {rule} in {CONFIG}:{line} has expired."));
    }
}

/// What is to be said of acceptances that nothing needs.
pub fn unneeded(config: &Config, entries: &[&Entry], today: Date) -> Vec<String> {
    let mut used = Vec::new();
    for entry in entries {
        for item in entry.items.iter().chain(entry.accepted.iter().map(|a| &a.item)) {
            let what = Subject { rule: item.rule, id: &item.id, syscall: &item.subject };
            config.acceptance(what, &entry.path, today, &mut used);
        }
    }
    let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let unneeded = config.unneeded_changes(&used, &paths).into_iter().map(|acceptance| {
        let (line, rule) = (acceptance.line(), acceptance.rule());
        format!("Nothing here needs the acceptance of {rule} in {CONFIG}:{line}.")
    });
    unneeded.collect()
}

/// What differs.
fn changes(
    entry: &mut Entry,
    old: (&Profile, &Policy),
    new: (&Profile, &Policy),
    comparison: &Comparison,
) -> Vec<Item> {
    let report = Report {
        old: ReportSide { loaded: &old.0.whole, policy: old.1 },
        new: ReportSide { loaded: &new.0.whole, policy: new.1 },
        comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    let compared = compared(&report);
    // One path on both sides is long to say and says nothing.
    let [was, is] = report.names();
    entry.sentence = match entry.status {
        Status::Changed | Status::BaseChanged => {
            compared.sentence.replacen(&was, "the old version", 1).replacen(&is, "it", 1)
        }
        _ => compared.sentence,
    };
    entry.notes.extend(compared.notes);
    compared.items
}

/// The findings of the lints that the old version does not have.
fn news(
    old: &Profile,
    new: &Profile,
    path: &str,
    question: &Question,
) -> Result<Vec<Finding>, SemanticsError> {
    let found = findings(new, path, question, &|_| true)?;
    if found.is_empty() {
        return Ok(found);
    }
    // A lint that finds nothing finds nothing new. Where the old version gives no answer, all is new.
    let is_told = |lint: &Lint| found.iter().any(|finding| finding.lint == lint.id);
    let known = findings(old, path, question, &is_told).unwrap_or_default();
    let ids: HashSet<&str> = known.iter().map(|finding| finding.id.as_str()).collect();
    // What says something a little else of the same is no news, unless there is more of it.
    let [there, before] = [&found, &known].map(|findings| counts(findings));
    let is_news = |finding: &&Finding| {
        let of = (finding.lint, finding.subject.as_str());
        !ids.contains(finding.id.as_str()) && there.get(&of) > before.get(&of)
    };
    Ok(found.iter().filter(is_news).cloned().collect())
}

/// How often each lint found something of each subject.
fn counts(findings: &[Finding]) -> HashMap<(&str, &str), usize> {
    let mut counts = HashMap::new();
    for finding in findings {
        *counts.entry((finding.lint, finding.subject.as_str())).or_insert(0) += 1;
    }
    counts
}

fn findings(
    profile: &Profile,
    path: &str,
    question: &Question,
    wanted: &dyn Fn(&Lint) -> bool,
) -> Result<Vec<Finding>, SemanticsError> {
    let readers = asked_readers(profile, path, question);
    let settings = |engine| asked(profile, question, engine);
    lint::check_either(&profile.own, &profile.whole, &readers, &settings, wanted)
}

/// Who reads a profile, as it is asked; at least one.
fn asked_readers(profile: &Profile, path: &str, question: &Question) -> Vec<Engine> {
    match question.engine {
        Some(engine) => vec![engine],
        None => lint::readers_of(&profile.whole, path),
    }
}

/// The question to one of them, on the hosts that the profile is for.
fn asked(profile: &Profile, question: &Question, engine: Engine) -> Settings {
    let hosts = &question.settings.hosts;
    let hosts = match hosts.len() == crate::syscall::HOST_COUNT {
        true => lint::hosts_of(&profile.whole.profile, engine),
        false => hosts.clone(),
    };
    let settings = Settings { hosts, ..question.settings.clone() }.read_by(engine);
    settings.carrying(&profile.whole.environment)
}

/// What a new profile came from, as far as can be told: the default that it is a copy of, or the newest.
fn default_for(new: &Loaded) -> Loaded {
    let engine = Engine::of_loaded(new);
    let product = match engine.is_containers_common() {
        true => Product::ContainersCommon,
        false => Product::Docker,
    };
    let origin = origin(&new.profile, &[product]);
    let name = origin.first().map_or_else(|| product.name().to_owned(), |one| one.state.name());
    let loaded = load(&name, &LoadOptions::default());
    // A test holds that built-in profiles load.
    loaded.unwrap_or_else(|_| new.clone())
}

/// Where an overlay itself speaks of something, or says what it extends.
fn mention(own: &Loaded, subject: &str) -> Option<Region> {
    let rules = own.profile.rules.iter();
    let mut names = rules.flat_map(|rule| rule.name.iter().chain(&rule.names));
    let name = names.find(|name| name.value == subject);
    name.map(|name| Region::of(&own.source, name.span)).or_else(|| extends(own))
}
