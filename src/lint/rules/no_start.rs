//! `no-start`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::semantics::Version;
use crate::starts::{self, Breaks, Cases};
use crate::syscall::Host;

pub(super) const LINT: Lint = Lint {
    id: "no-start",
    severity: Severity::Error,
    summary: "a call is blocked without which no container starts",
    story: "\
The runtime loads the filter before it has done its own work: with `no_new_privs` as the last thing
before the program starts, without it (the default of Docker) before it drops capabilities and changes
the user. What it still has to do the filter must let it do, or the container does not start, with a
message that seldom names seccomp. Which calls those are has grown: a profile that was written for the
runc of 2020 can lack what the runc of an update of Docker needs.

The table was measured on amd64 with runc 1.0.0-rc93, 1.1.5, 1.1.15 and 1.3.6 and with crun 0.17,
1.8.1, 1.21 and 1.28: each call that the runtime makes under the filter was blocked, by `EPERM`, by
`ENOSYS` and by killing, with and without `no_new_privs`, as root and as another user, with and without
a terminal, under a program that makes no call at all. Where the one call is only needed because
another one is blocked, that was found by allowing ever fewer. The tests start such containers again.
A version in between is taken to need what the nearest measured one below it needs; releases newer
than the newest that was measured can need more. What the program itself needs comes on top.

A call that is needed only without (or only with) `no_new_privs` is a `warning`, as is one that only
a newer runtime than the one in question needs; one that only older ones need is an `info`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["execveat"], "action": "SCMP_ACT_ERRNO"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let runtime = context.settings.machine.runtime;
    let asked = starts::breaks(&context.store, &context.policy);
    let Some(measured) = starts::nearest(runtime).map(|needs| needs.version) else {
        return Ok(Vec::new());
    };
    if !context.settings.hosts.contains(&Host::Amd64) {
        return Ok(Vec::new());
    }
    // Where a bound stops the look at other versions, what is asked is answered all the same.
    let settings = context.settings.clone();
    let versions =
        starts::by_version(&mut context.store, context.profile, &settings, &context.policy);
    let mut versions = versions.unwrap_or_default();
    match versions.iter_mut().find(|(version, _)| *version == measured) {
        Some((_, breaks)) => breaks.clone_from(&asked),
        None => versions.push((measured, asked.clone())),
    }
    let known = asked.map_or(Cases::NONE, |breaks| breaks.cases);
    let mut findings = Vec::new();
    for run in runs(&versions) {
        let Some((newest, Some(breaks))) = run.last() else { continue };
        let is_asked = run.iter().any(|(version, _)| *version == measured);
        if !is_asked && breaks.cases.but(known).is_empty() {
            continue; // said of what is asked
        }
        let severity = match () {
            () if is_asked && breaks.cases == Cases::ALL => LINT.severity,
            () if is_asked || *newest > measured => Severity::Warning,
            () => Severity::Info,
        };
        let which = which(&versions, run).map_or(String::new(), |range| format!(" {range}"));
        let message = format!(
            "no container starts with {}{which}{}: it needs {} once the filter is loaded",
            runtime.program(),
            breaks.cases.words(),
            breaks.call_words()
        );
        let first = breaks.calls.first().map(|blocked| blocked.syscall);
        let subject = first.map_or("defaultAction", |call| call.name());
        let help = format!("allow {}", breaks.call_words());
        let place = first.and_then(|call| context.mention(call));
        findings.push(Finding::new(subject, message, help).at_any(place).with_severity(severity));
    }
    Ok(findings)
}

type OfVersion = (Version, Option<Breaks>);

/// Neighbours that break in the same cases.
fn runs(versions: &[OfVersion]) -> impl Iterator<Item = &[OfVersion]> {
    let cases = |(_, breaks): &OfVersion| breaks.as_ref().map(|breaks| breaks.cases);
    versions.chunk_by(move |a, b| cases(a) == cases(b))
}

/// `≥ 1.3.6`, `≤ 1.1.5`, `1.1.5 to 1.1.15`; none for all that were measured.
fn which(versions: &[OfVersion], run: &[OfVersion]) -> Option<String> {
    let (first, last) = (run.first()?.0, run.last()?.0);
    let is_oldest = versions.first()?.0 == first;
    let is_newest = versions.last()?.0 == last;
    match (is_oldest, is_newest) {
        (true, true) => None,
        (false, true) => Some(format!("≥ {first}")),
        (true, false) => Some(format!("≤ {last}")),
        (false, false) if first == last => Some(first.to_string()),
        (false, false) => Some(format!("{first} to {last}")),
    }
}
