//! What the page is told.

use crate::question::{Ask, Question};
use sdiff::decision::Store;
use sdiff::diff::{Kind, compare, hints};
use sdiff::load::Loaded;
use sdiff::overlay::{self, Strategy};
use sdiff::profile::to_json;
use sdiff::report::account::{self, Account};
use sdiff::report::{self, Checked, Report, Side, faces};
use sdiff::semantics::{Engine, Policy};
use sdiff::syscall::{Host, Library};
use sdiff::{baseline, lint};
use serde_json::{Value, json};

/// The answer. `html` is the report as a page, `json` as the program prints it, `verdict` one
/// sentence, `warnings` what engines pass over without a word.
///
/// # Errors
/// A text for the user, as the program prints it.
pub fn to(question: &Question) -> Result<Value, String> {
    match question.ask {
        Ask::Lists => Ok(lists()),
        Ask::Diff => diff(question),
        Ask::Check => check(question),
        Ask::Merge => merge(question),
    }
}

fn lists() -> Value {
    let builtin = baseline::list()
        .iter()
        .map(|release| json!({ "name": release.to_string(), "date": release.date }));
    json!({
        "version": version(),
        "builtin": builtin.collect::<Vec<_>>(),
        "hosts": Host::ALL.iter().map(|host| host.name()).collect::<Vec<_>>(),
        "libraries": Library::ALL.map(Library::name),
    })
}

/// That of the library, and not of this package around it.
fn version() -> &'static str {
    let manifest = include_str!("../../../Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    line.map_or("", |version| version.trim_matches('"'))
}

fn diff(question: &Question) -> Result<Value, String> {
    let [old, new] = sides(question)?;
    let engines = match question.engine()? {
        Some(engine) => [engine; 2],
        None => Engine::of_both(&old, &new),
    };
    let mut store = Store::default();
    let old_settings =
        question.settings(engines[0])?.carrying(&old.environment.beside(&new.environment));
    let new_settings =
        question.settings(engines[1])?.carrying(&new.environment.beside(&old.environment));
    let policy = |store: &mut Store, loaded: &Loaded, settings| {
        Policy::build(store, &loaded.profile, settings)
            .map_err(|error| report::trouble(&error, &loaded.source, false))
    };
    let old_policy = policy(&mut store, &old, &old_settings)?;
    let new_policy = policy(&mut store, &new, &new_settings)?;
    let comparison =
        compare(&mut store, &old_policy, &new_policy).map_err(|bound| bound.to_string())?;
    let settings = (old_policy.settings(), new_policy.settings());
    let hints = match comparison.is_same_policy() && old.profile != new.profile {
        true => hints((&old.profile, settings.0), (&new.profile, settings.1)).ok(),
        false => None,
    };
    let report = Report {
        hints: hints.as_ref(),
        old: Side { loaded: &old, policy: &old_policy },
        new: Side { loaded: &new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
        accepted: &[],
    };
    let fails = report.is_different();
    let mut account = account::diff_account(&report, fails);
    let table = account::table(&mut store, Some(&old_policy), &new_policy);
    account.entries[0].table = Some(table.map_err(|bound| bound.to_string())?);
    Ok(told(&account, &report::json(&report), &[&old, &new]))
}

fn check(question: &Question) -> Result<Value, String> {
    let side = question
        .new
        .as_ref()
        .ok_or("error: no profile to look at: choose one, or put its text in")?;
    let loaded = side.load()?;
    let readers = match question.engine()? {
        Some(engine) => vec![engine],
        None if loaded.baseline.is_some() => vec![Engine::of_loaded(&loaded)],
        None => lint::readers(loaded.profile.format, &loaded.source.name),
    };
    let asked = question.settings(Engine::Docker)?;
    let settings = |engine| {
        let mut settings = question.settings(engine).unwrap_or_else(|_| asked.clone());
        settings = settings.carrying(&loaded.environment);
        if !question.has_hosts() && !settings.carried.hosts {
            settings.hosts = lint::hosts_of(&loaded.profile, engine);
        }
        settings
    };
    let findings = lint::check_for(&loaded, &readers, &settings)
        .map_err(|error| report::trouble(&error, &loaded.source, false))?;
    let checked = [Checked {
        name: &loaded.source.name,
        source: Some(&loaded.source),
        findings: &findings,
        accepted: &[],
    }];
    let fails = findings.iter().any(|finding| finding.severity >= lint::Severity::Warning);
    let account = account::check_account(&checked, fails);
    Ok(told(&account, &report::check_json(&checked), &[]))
}

fn merge(question: &Question) -> Result<Value, String> {
    let layers = sides(question)?;
    let mut store = Store::default();
    let hosts = question.settings(Engine::Docker)?.hosts;
    let engine = question.engine()?;
    let strategy = Strategy::default();
    let merged = overlay::merge_loaded(&mut store, &layers, engine, strategy, &hosts)
        .map_err(|error| error.to_string())?;
    Ok(
        json!({ "merged": to_json(&merged.profile), "warnings": warnings(&[&layers[0], &layers[1]]) }),
    )
}

fn sides(question: &Question) -> Result<[Loaded; 2], String> {
    let side = |side: &Option<_>| match side {
        Some(side) => crate::question::Side::load(side),
        None => {
            Err("error: two profiles are needed: choose them, or put their texts in".to_owned())
        }
    };
    Ok([side(&question.old)?, side(&question.new)?])
}

fn told(account: &Account, json: &str, loaded: &[&Loaded]) -> Value {
    json!({
        "verdict": account.verdict.sentence,
        "html": faces::html(account),
        "json": serde_json::from_str::<Value>(json).unwrap_or(Value::Null),
        "warnings": warnings(loaded),
    })
}

fn warnings(loaded: &[&Loaded]) -> Vec<String> {
    let of = |loaded: &&Loaded| {
        loaded
            .warnings
            .iter()
            .map(|warning| warning.render(&loaded.source, false))
            .collect::<Vec<_>>()
    };
    loaded.iter().flat_map(of).collect()
}
