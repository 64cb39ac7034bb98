//! `stale`

use crate::baseline::{self, Release};
use crate::decision::{Decision, Store, TooLarge};
use crate::lint::context::Context;
use crate::lint::origin::{build, calls};
use crate::lint::usual::usual;
use crate::lint::{Finding, Lint, Severity};
use crate::semantics::action;

pub(super) const LINT: Lint = Lint {
    id: "stale",
    severity: Severity::Info,
    summary: "a profile that follows a default which has moved on",
    story: "\
Most custom profiles are a default with a few changes, of the day when they were made. Upstream
has since blocked calls that turned out to be dangerous (`AF_VSOCK` and `AF_ALG` sockets, `io_uring`) and
allowed calls that newer libraries need. The lint finds the release or the commit of a default that the
profile is a copy of, as `sdiff lineage` does, and says what has happened since then (to native programs of
one host with Docker's capabilities) that the profile does not follow. It is silent about a profile that is no
copy.

It is a `warning` where a call that upstream has blocked since is still open.",
    fires: r#"docker@18.09"#,
    silent: r#"default"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let Some(&host) = context.settings.hosts.first() else { return Ok(Vec::new()) };
    let Some(own) = calls(&context.usual, host) else { return Ok(Vec::new()) };
    // The newest default of a product has missed nothing.
    let is_newest = |own: &Release| {
        baseline::find(own.product.name()).is_ok_and(|newest| newest.content == own.content)
    };
    if context.loaded.baseline.is_some_and(is_newest) {
        return Ok(Vec::new());
    }
    let origin = context.text_origin();
    let Some(first) = origin.first() else { return Ok(Vec::new()) };
    let (state, release) = (first.state, first.state.release());
    let newest = baseline::find(state.line().name()).ok();
    let Some(newest) = newest.filter(|newest| newest.content != release.content) else {
        return Ok(Vec::new());
    };
    let settings = usual(&context.settings);
    let build = |store: &mut Store, release| build(store, &settings, release, host);
    let Some(then) = build(&mut context.store, release) else { return Ok(Vec::new()) };
    let Some(now) = build(&mut context.store, newest) else { return Ok(Vec::new()) };
    let (mut blocked, mut allowed) = (Vec::new(), Vec::new());
    for ((&(syscall, own), &(_, then)), &(_, now)) in own.iter().zip(&then).zip(&now) {
        if then == now || own == now {
            continue;
        }
        if lets_more(&mut context.store, then, now)? && lets_more(&mut context.store, own, now)? {
            blocked.push(syscall.name());
        }
        if lets_more(&mut context.store, now, then)? && lets_more(&mut context.store, now, own)? {
            allowed.push(syscall.name());
        }
    }
    if blocked.is_empty() && allowed.is_empty() {
        return Ok(Vec::new());
    }
    let edits = match first.edits {
        0 => String::new(),
        1 => " with 1 edit".to_owned(),
        count => format!(" with {count} edits"),
    };
    let mut message = format!("it is a copy of {} ({}){edits}", state.name(), state.date());
    for (names, what) in
        [(&blocked, "has blocked what it lets through"), (&allowed, "has allowed what it blocks")]
    {
        if !names.is_empty() {
            message += &format!("; {newest} {what} of {}", listed(names));
        }
    }
    let help = format!("compare it: `sdiff FILE {newest}`");
    let severity = if blocked.is_empty() { LINT.severity } else { Severity::Warning };
    Ok(vec![Finding::new("profile", message, help).with_severity(severity)])
}

fn listed(names: &[&str]) -> String {
    match names.len() {
        0..=5 => format!("`{}`", names.join("`, `")),
        count => format!("`{}` and {} more", names[..4].join("`, `"), count - 4),
    }
}

/// Whether the first lets a call through that the second stops.
fn lets_more(store: &mut Store, first: Decision, second: Decision) -> Result<bool, TooLarge> {
    let open = |leaf| action(leaf).lets_through();
    let more = store.zip(first, second, &|a, b| u32::from(open(a) && !open(b)))?;
    Ok(more != Decision::leaf(0))
}
