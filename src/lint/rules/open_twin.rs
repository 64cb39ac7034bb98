//! `open-twin`

use crate::decision::{Decision, Set, TooLarge};
use crate::diff::Place;
use crate::lint::context::Context;
use crate::lint::families::FAMILIES;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::syscall::Syscall;

pub(super) const LINT: Lint = Lint {
    id: "open-twin",
    severity: Severity::Warning,
    summary: "a call that a rule restricts, while another that does the same is open",
    story: "\
Linux has many calls twice: an old one and one `at` a directory, one with a flags argument, one with
64-bit times for 32-bit programs. A rule that blocks `chmod` and forgets `fchmodat` blocks nothing:
a library picks whichever there is. `clone3` has the flags of `clone` behind a pointer, so that a
filter for them on `clone` is worth something only where `clone3` is blocked (best with `ENOSYS`, on
which glibc falls back to `clone`). `io_uring` runs opens, connects and sends in the kernel, where
no filter sees them.

The lint looks at calls that a rule blocks by name or restricts to some arguments, and not at those
that an allow-list merely leaves out. It fires where such a call is blocked and its twin is let
through for all arguments in the same environment, with the capabilities that Docker grants. The
table of twins, with the manual page of each, is in `src/lint/families.rs`. Where the same is so in the
default that the profile comes from, it is an `info`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["chmod", "fchmod"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["chmod", "fchmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let places = context.places();
    let mut findings: Vec<Finding> = Vec::new();
    let mut said: Vec<(Syscall, Syscall)> = Vec::new();
    for family in FAMILIES {
        for blocked in family.blocked.iter().filter_map(|name| Syscall::from_name(name)) {
            if !context.is_restricted(blocked) {
                continue;
            }
            // Those that the profile adds to its default, and those that are open there, too.
            let mut open: [Vec<(&'static str, Option<Proof>)>; 2] = Default::default();
            for twin in family.twins.iter().filter_map(|name| Syscall::from_name(name)) {
                if twin == blocked || said.contains(&(blocked, twin)) {
                    continue;
                }
                if let Some((is_inherited, proof)) = open_at(context, &places, blocked, twin)? {
                    said.push((blocked, twin));
                    open[usize::from(is_inherited)].push((twin.name(), proof));
                }
            }
            for (is_inherited, open) in [false, true].into_iter().zip(&open) {
                let Some((_, proof)) = open.first() else { continue };
                let twins: Vec<&str> = open.iter().map(|(name, _)| *name).collect();
                let twins = twins.join("`, `");
                let what = family.what;
                let origin = context.origin().filter(|_| is_inherited);
                let there = origin.map_or(String::new(), |o| format!(", as in {}", o.release));
                let message = format!(
                    "`{blocked}` is restricted, but `{twins}` can be used to {what}{there}"
                );
                let help = format!("restrict `{twins}` as well ({})", family.source);
                let finding = Finding::new(blocked.name(), message, help);
                let span = restriction(context, blocked);
                let finding = finding.at_any(span).proved(*proof);
                findings.push(match is_inherited {
                    true => finding.with_severity(Severity::Info),
                    false => finding,
                });
            }
        }
    }
    Ok(findings)
}

/// Whether a twin is open where the other call is blocked: with whether that is so everywhere in the
/// default that the profile comes from, too, and a call.
fn open_at(
    context: &mut Context,
    places: &[Place],
    blocked: Syscall,
    twin: Syscall,
) -> Result<Option<(bool, Option<Proof>)>, TooLarge> {
    let mut inherited = None;
    for &place in places {
        let one = Context::decision(&context.usual, place, blocked);
        let other = Context::decision(&context.usual, place, twin);
        let (Some(one), Some(other)) = (one, other) else { continue };
        let set = way_round(context, one, other)?;
        if set.is_empty() {
            continue;
        }
        let there = context.origin().and_then(|origin| {
            let one = Context::decision(&origin.usual, place, blocked)?;
            Some((one, Context::decision(&origin.usual, place, twin)?))
        });
        let known = match there {
            Some((one, other)) => way_round(context, one, other)?,
            None => Set::EMPTY,
        };
        let added = context.store.minus(set, known)?;
        if !added.is_empty() {
            return Ok(Some((false, context.proof(&context.usual, added, other, place, twin))));
        }
        if inherited.is_none() {
            inherited = Some((true, context.proof(&context.usual, set, other, place, twin)));
        }
    }
    Ok(inherited)
}

/// The calls of the twin in environments where it is wholly open and the other is not.
fn way_round(context: &mut Context, one: Decision, other: Decision) -> Result<Set, TooLarge> {
    let stopped = closed(context, one)?;
    let twin_stopped = closed(context, other)?;
    context.store.minus(stopped, twin_stopped)
}

/// The environments in which a call is blocked for some arguments.
fn closed(context: &mut Context, decision: Decision) -> Result<Set, TooLarge> {
    let open = context.open(decision)?;
    let blocked = context.store.not(open)?;
    context.store.environments(blocked)
}

/// Where the profile restricts a call.
fn restriction(context: &Context, syscall: Syscall) -> Option<crate::profile::Span> {
    let mentions = context.policy.mentions(syscall);
    let restricts = mentions.iter().find(|mention| {
        let rule = context.profile.rules.get(mention.rule);
        !mention.action.lets_through() || rule.is_some_and(|rule| !rule.args.is_empty())
    });
    restricts.map(|mention| mention.span)
}
