//! What one profile says but does not do, or does but does not say.
//!
//! A lint is one file below `rules/`: its id, what it says of itself, two profiles (one on which
//! it fires and its nearest neighbour on which it does not), and a function that looks. What a
//! lint claims of calls it has from the decision engine, never from the text.
//!
//! ```
//! use sdiff::lint;
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::semantics::{Engine, Settings};
//!
//! let text = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["chwon"], "action": "SCMP_ACT_ALLOW" } ] }"#;
//! let loaded = parse("mine.json", text.as_bytes(), &LoadOptions::default())?;
//! let findings = lint::check(&loaded, &Settings::new(Engine::Docker))?;
//! assert!(findings.iter().any(|f| f.lint == "unknown-syscall" && f.help.contains("chown")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod context;
mod defaults;
mod docs;
mod families;
mod finding;
mod mend;
mod origin;
mod program;
mod rules;
mod usual;

pub use crate::baseline::Date;
pub use crate::idle::{Idle, Reason, WithoutEffect, rules_without_effect};
pub use config::{
    Acceptance, Config, ConfigError, Defaults, Judged, OfProfiles, Paths, Requirement,
    SeverityOrOff, Subject, UNFINISHED,
};
pub use context::hosts_of;
#[doc(hidden)]
pub use docs::{catalogue, story};
pub use finding::{Finding, Proof, Severity};
pub use mend::{Mend, mends, mends_of_refusal};
pub use program::{Programs, check_programs};
pub use rules::ALL;
pub(crate) use rules::{requirement_broken, requirement_note};

use crate::baseline;
use crate::decision::{Limits, Meter, TooLarge};
use crate::load::{LoadError, LoadErrorKind, Loaded};
use crate::profile::Format;
use crate::semantics::{Engine, SemanticsError, Settings};
use context::Context;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A lint.
#[derive(Debug)]
pub struct Lint {
    /// Its name in reports, in `sdiff.toml` and on the page: `no-effect`.
    pub id: &'static str,
    /// How bad its findings usually are.
    pub severity: Severity,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// Its story: what happens, why it is easily overlooked, how to mend it, the source.
    pub story: &'static str,
    /// A profile on which it fires; of a lint of programs in the kernel the table of one.
    pub fires: &'static str,
    /// The nearest profile or program on which it does not.
    pub silent: &'static str,
    check: Check,
}

/// What looks for findings; those of `None` come from elsewhere than a loaded profile.
type Check = Option<fn(&mut Context) -> Result<Vec<Finding>, TooLarge>>;

/// Everything that the lints find in a profile, in the order of the file.
///
/// What the runtime refuses is a finding, too; the others are left out then.
///
/// # Errors
/// A bound of the decision engine.
pub fn check(loaded: &Loaded, settings: &Settings) -> Result<Vec<Finding>, SemanticsError> {
    check_metered(loaded, settings, &Arc::new(Meter::new(Limits::default())))
}

/// The same, charging a meter.
///
/// # Errors
/// As [`check`].
pub fn check_metered(
    loaded: &Loaded,
    settings: &Settings,
    meter: &Arc<Meter>,
) -> Result<Vec<Finding>, SemanticsError> {
    check_some(loaded, settings, meter, &|_| true)
}

/// Which lints are asked.
type Wanted<'a> = &'a dyn Fn(&Lint) -> bool;

/// What some of the lints find.
fn check_some(
    loaded: &Loaded,
    settings: &Settings,
    meter: &Arc<Meter>,
    wanted: Wanted,
) -> Result<Vec<Finding>, SemanticsError> {
    let mut context = match Context::new(loaded, settings, meter) {
        Ok(context) => context,
        Err(error) if error.is_bound() => return Err(error),
        Err(error) => return Ok(finished(vec![rules::does_not_load::refused(&error)])),
    };
    let mut findings = Vec::new();
    for lint in ALL.iter().filter(|lint| wanted(lint)) {
        let Some(check) = lint.check else { continue };
        let found = check(&mut context);
        let found = found.map_err(|bound| SemanticsError::too_large(bound, &loaded.profile))?;
        findings.extend(found.into_iter().map(|finding| filled(finding, lint)));
    }
    charge(&mut context, &mut findings)?;
    // What a lint could not build it passes over, and a bound is no reason to find nothing.
    let spent = context.store.meter().check();
    spent.map_err(|bound| SemanticsError::too_large(bound, &loaded.profile))?;
    Ok(finished(findings))
}

/// These see for themselves what a profile adds to the default that it comes from, or are about how
/// old that is.
const BY_CALL: [&str; 5] = ["dangerous-call", "multiplexed", "open-twin", "open-flag", "stale"];

/// What a default does is a fact, and not somebody's mistake: of a built-in one a warning is a note,
/// and of a profile that comes from one a warning that the default gets as well.
fn charge(context: &mut Context, findings: &mut [Finding]) -> Result<(), SemanticsError> {
    let counts = |finding: &Finding| {
        finding.severity == Severity::Warning && !BY_CALL.contains(&finding.lint)
    };
    if !findings.iter().any(counts) {
        return Ok(());
    }
    if context.loaded.baseline.is_some() {
        // Read by another engine it is no default.
        let is_own = Engine::of_loaded(context.loaded).reads_as(context.engine());
        for finding in findings.iter_mut().filter(|finding| is_own && counts(finding)) {
            finding.severity = Severity::Info;
        }
        return Ok(());
    }
    let Some(origin) = context.origin() else { return Ok(()) };
    let is_newest = baseline::find(origin.release.product.name())
        .is_ok_and(|newest| newest.content == origin.release.content);
    // That programs outgrow an old default is about its age.
    let is_of_age = |lint| ["newer-call", "no-start"].contains(&lint);
    let counts = |finding: &Finding| counts(finding) && (is_newest || !is_of_age(finding.lint));
    let Some(default) = defaults::default_of(origin.release, &context.settings) else {
        return Ok(());
    };
    let mut counted: Vec<&str> = findings.iter().filter(|f| counts(f)).map(|f| f.lint).collect();
    counted.sort_unstable();
    counted.dedup();
    let there = default.findings(&counted)?;
    for finding in findings.iter_mut().filter(|finding| counts(finding)) {
        let is_same = |known: &Finding| {
            (known.lint, &known.subject, &known.message)
                == (finding.lint, &finding.subject, &finding.message)
        };
        if there.iter().any(is_same) {
            finding.severity = Severity::Info;
            finding.message += &format!("; so it is in {}", origin.release);
        }
    }
    Ok(())
}

/// Who reads a profile that lies at a path, where nobody says so; in Kubernetes it can be either of
/// two. At least one.
pub fn readers(format: Format, path: &str) -> Vec<Engine> {
    let is_in_kubelet = path.split(['/', '\\']).any(|part| part == "kubelet");
    // What an object of the cluster holds is for its Pods: nothing else reads it there.
    let held = path.rsplit_once('#').map_or("", |(_, inside)| inside);
    let is_held = ["configmap/", "secret/", "machine/", "machineconfig/"]
        .iter()
        .any(|kind| held.starts_with(kind));
    match format {
        Format::Operator => vec![Engine::Containerd, Engine::Podman],
        _ if is_in_kubelet || is_held => vec![Engine::Containerd, Engine::Podman],
        format => vec![Engine::of(format)],
    }
}

/// Who reads this profile, which lies at that path, where nobody says so; at least one. Of a file that
/// holds it alone the path need not say where in it.
pub fn readers_of(loaded: &Loaded, path: &str) -> Vec<Engine> {
    if loaded.baseline.is_some() {
        return vec![Engine::of_loaded(loaded)];
    }
    let format = loaded.profile.format;
    if !loaded.source.is_held() || path.contains('#') {
        return readers(format, path);
    }
    let inside = crate::load::inside(&loaded.source.text).profiles;
    let name = inside.first().map_or("", |(name, _)| name);
    readers(format, &format!("{path}#{name}"))
}

/// The findings for each of several engines, those that several of them give once.
///
/// # Errors
/// As [`check`].
pub fn check_for(
    loaded: &Loaded,
    readers: &[Engine],
    settings: &dyn Fn(Engine) -> Settings,
) -> Result<Vec<Finding>, SemanticsError> {
    check_some_for(loaded, readers, settings, &|_| true)
}

fn check_some_for(
    loaded: &Loaded,
    readers: &[Engine],
    settings: &dyn Fn(Engine) -> Settings,
    wanted: Wanted,
) -> Result<Vec<Finding>, SemanticsError> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let meter = Arc::new(Meter::new(Limits::default()));
    for &engine in readers {
        let found = check_some(loaded, &settings(engine), &meter, wanted)?;
        findings.extend(found.into_iter().filter(|finding| known.insert(finding.id.clone())));
    }
    findings.sort_by_key(|finding| finding.span.map(|span| span.start));
    Ok(findings)
}

/// The lints that look at what a file says, whatever it extends.
const OF_TEXT: [&str; 9] = [
    "unknown-syscall",
    "absent-syscall",
    "unknown-capability",
    "unknown-host",
    "unknown-architecture",
    "unknown-field",
    "impossible-condition",
    "impossible-environment",
    "repeated-argument",
];

/// The findings in an overlay: what its own text gets wrong, and what the profile that it resolves to
/// does, all with places in the overlay: where it says it, or names the files that do.
///
/// # Errors
/// As [`check`].
pub fn check_overlay(
    own: &Loaded,
    whole: &Loaded,
    readers: &[Engine],
    settings: &dyn Fn(Engine) -> Settings,
) -> Result<Vec<Finding>, SemanticsError> {
    check_some_overlay(own, whole, readers, settings, &|_| true)
}

fn check_some_overlay(
    own: &Loaded,
    whole: &Loaded,
    readers: &[Engine],
    settings: &dyn Fn(Engine) -> Settings,
    wanted: Wanted,
) -> Result<Vec<Finding>, SemanticsError> {
    let is_of_text = |finding: &Finding| OF_TEXT.contains(&finding.lint);
    let own_file = own;
    let mut own = own.clone();
    if own.profile.default_action.is_none() {
        own.profile.default_action.clone_from(&whole.profile.default_action);
    }
    let mut findings = check_some_for(&own, readers, settings, wanted)?;
    findings.retain(is_of_text);
    let whole = whole.clone().placed_in(own_file);
    for finding in check_some_for(&whole, readers, settings, wanted)? {
        // A merged text is in no order of its own.
        if !is_of_text(&finding) && finding.lint != "not-normal" {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| finding.span.map(|span| span.start));
    Ok(findings)
}

/// Of the findings in a profile, or in an overlay that resolves to `whole`, those of some lints.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_either(
    own: &Loaded,
    whole: &Loaded,
    readers: &[Engine],
    settings: &dyn Fn(Engine) -> Settings,
    wanted: &dyn Fn(&Lint) -> bool,
) -> Result<Vec<Finding>, SemanticsError> {
    match own.profile.extends.is_empty() {
        true => check_some_for(own, readers, settings, wanted),
        false => check_some_overlay(own, whole, readers, settings, wanted),
    }
}

/// The finding for a file that does not load, if it is a profile that every runtime refuses; a
/// file that cannot be read is trouble and no finding.
pub fn refused(error: &LoadError) -> Option<Finding> {
    let is_profile = error.position().is_some()
        && !matches!(
            error.kind(),
            LoadErrorKind::NoSeccomp
                | LoadErrorKind::SeveralProfiles(_)
                | LoadErrorKind::NoSuchProfile { .. }
                | LoadErrorKind::NotAProfile(_)
                | LoadErrorKind::Template
                | LoadErrorKind::OtherFile { .. }
                // Not of the profile, or of what is not there to be read.
                | LoadErrorKind::OtherGroup(_)
                | LoadErrorKind::BaseNotFound { .. }
                | LoadErrorKind::SeveralBases { .. }
                | LoadErrorKind::BaseInRegistry(_)
                | LoadErrorKind::BaseCycle(_)
                | LoadErrorKind::BaseTooDeep(_)
                | LoadErrorKind::TooManyProfiles(_)
                | LoadErrorKind::TooManySiblings(_)
                | LoadErrorKind::ProfileByPath(_)
                | LoadErrorKind::UnknownCapability { .. }
                | LoadErrorKind::UnsupportedYaml(_)
        );
    is_profile.then(|| finished(vec![rules::does_not_load::unreadable(error)]).swap_remove(0))
}

/// The finding for one of several files that cannot be judged, while the others are.
pub fn trouble(why: &str) -> Finding {
    finished(vec![rules::does_not_load::trouble(why)]).swap_remove(0)
}

fn filled(mut finding: Finding, lint: &Lint) -> Finding {
    if !finding.is_adjusted {
        finding.severity = lint.severity;
    }
    finding.identify(lint.id);
    finding
}

/// Sorted, and with an id each.
fn finished(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| finding.span.map(|span| span.start);
        (place(a), std::cmp::Reverse(a.severity)).cmp(&(place(b), std::cmp::Reverse(b.severity)))
    });
    let mut seen: HashMap<String, u32> = HashMap::new();
    for finding in &mut findings {
        let count = seen.entry(finding.id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            finding.id = format!("{}-{count}", finding.id);
        }
    }
    findings
}
