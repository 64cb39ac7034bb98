//! `open-flag`

use crate::decision::{Compare, Decision, TooLarge};
use crate::diff::Place;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::profile::{Op, Span};
use crate::semantics::Policy;
use crate::syscall::{Abi, Syscall, arg_name, constant_value};

pub(super) const LINT: Lint = Lint {
    id: "open-flag",
    severity: Severity::Warning,
    summary: "rules that keep some namespace flags out of `clone` or `unshare`, and leave others open",
    story: "\
A mask over the flags of `clone` has to name every namespace flag: one that it leaves out is open. The
classic mask of many copies, 2080505856 (0x7c020000), is from before `CLONE_NEWCGROUP`; Docker's is
2114060288 (0x7e020000) since 2017.

The lint looks at what the rules do: it fires where calls with some namespace flag are all stopped, and
calls with another one are let through, with the capabilities that Docker grants. It is a `warning`
where most of the flags are kept out, or where `CLONE_NEWUSER` is the one that is open: the kernel asks
for `CAP_SYS_ADMIN` for all others. Where only a few are kept out, that is taken for what is meant, and
it is an `info`. So is `CLONE_NEWTIME` (0x80, Linux 5.6) in `clone`: `unshare` and `clone3` take it, yet
to `clone` that bit is a part of the signal that the child sends (clone(2)), so that a mask without it
leaves nothing open there.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 2080505856, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 2114060416, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#,
    check: Some(check),
};

/// All that give a new namespace.
const FLAGS: [&str; 8] = [
    "CLONE_NEWNS",
    "CLONE_NEWCGROUP",
    "CLONE_NEWUTS",
    "CLONE_NEWIPC",
    "CLONE_NEWUSER",
    "CLONE_NEWPID",
    "CLONE_NEWNET",
    "CLONE_NEWTIME",
];

/// Its value, which is none of the flags of `clone`.
const NEW_TIME: u64 = 0x80;

/// From so many flags that are kept out on all of them are meant.
const MOST: usize = 4;

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for name in ["clone", "unshare"] {
        let Some(syscall) = Syscall::from_name(name) else { continue };
        if context.is_restricted(syscall) {
            findings.extend(of_call(context, syscall)?);
        }
    }
    Ok(findings)
}

/// What is said of a call, by the first programs of which there is something to say.
fn of_call(context: &mut Context, syscall: Syscall) -> Result<Option<Finding>, TooLarge> {
    for place in context.places() {
        let Some((index, flags)) = flags(syscall, place.abi) else { continue };
        let Some(decision) = Context::decision(&context.usual, place, syscall) else { continue };
        let stopped = stopped(context, decision, index, &flags)?;
        let (kept, open): (Vec<_>, Vec<_>) =
            flags.iter().copied().partition(|flag| stopped.contains(flag));
        let without = without(context, decision, index, &flags)?;
        let is_signal = |flag: &Flag| flag.1 == NEW_TIME && syscall.name() == "clone";
        if kept.iter().all(is_signal) || open.is_empty() || without.is_empty() {
            continue;
        }
        let origin = context
            .origin()
            .filter(|origin| Context::decision(&origin.usual, place, syscall) == Some(decision));
        let counted: Vec<Flag> = open.iter().copied().filter(|flag| !is_signal(flag)).collect();
        let opens_users = counted.iter().any(|flag| flag.0 == "CLONE_NEWUSER");
        let is_warning =
            origin.is_none() && !counted.is_empty() && (opens_users || kept.len() >= MOST);
        let first = counted.first().or(open.first()).copied();
        let proof = match first {
            Some(flag) => one(context, place, syscall, decision, (index, flag, &flags))?,
            None => None,
        };
        let names = |flags: &[Flag]| {
            let names: Vec<String> =
                flags.iter().map(|(name, value)| format!("{name} ({value:#x})")).collect();
            names.join(", ")
        };
        let mut message = format!(
            "the rules for `{syscall}` keep out {} of {} namespace flags, and leave open {}",
            kept.len(),
            flags.len(),
            names(&open)
        );
        if open.iter().any(is_signal) {
            message += "; CLONE_NEWTIME is none to `clone`, which takes that bit for the signal";
        }
        if let Some(origin) = origin {
            message += &format!("; so does {}", origin.release);
        }
        let mask = flags.iter().fold(0, |mask, flag| mask | flag.1);
        let help = format!("to keep out all of them, let the mask be {mask} ({mask:#x})");
        let span = condition(context, syscall, index).or(context.mention(syscall));
        let finding = Finding::new(syscall.name(), message, help).at_any(span).proved(proof);
        let severity = if is_warning { LINT.severity } else { Severity::Info };
        return Ok(Some(finding.with_severity(severity)));
    }
    Ok(None)
}

/// A name and its value.
type Flag = (&'static str, u64);

/// Which argument holds the flags, and what they are.
fn flags(syscall: Syscall, abi: Abi) -> Option<(u8, Vec<Flag>)> {
    let index = (0..6).find(|&index| {
        let name = arg_name(syscall, abi, index);
        name.is_some_and(|name| name.contains("flags"))
    })?;
    let value = |name: &'static str| match name {
        "CLONE_NEWTIME" => Some((name, NEW_TIME)),
        _ => Some((name, constant_value(syscall, abi, index, name)?)),
    };
    let flags: Vec<Flag> = FLAGS.into_iter().filter_map(value).collect();
    (flags.len() == FLAGS.len()).then_some((index, flags))
}

/// The calls that are let through and whose flags are these and no other ones.
fn with(
    context: &mut Context,
    decision: Decision,
    index: u8,
    (wanted, all): (u64, u64),
) -> Result<crate::decision::Set, TooLarge> {
    let open = context.open(decision)?;
    let these = context.store.compare_arg(index, 0, 64, all, Compare::Eq, wanted)?;
    context.store.and(open, these)
}

fn all(flags: &[Flag]) -> u64 {
    flags.iter().fold(0, |all, flag| all | flag.1)
}

/// The flags of which no call is let through, each by itself.
fn stopped(
    context: &mut Context,
    decision: Decision,
    index: u8,
    flags: &[Flag],
) -> Result<Vec<Flag>, TooLarge> {
    let mut stopped = Vec::new();
    for flag in flags {
        if with(context, decision, index, (flag.1, all(flags)))?.is_empty() {
            stopped.push(*flag);
        }
    }
    Ok(stopped)
}

/// The calls that are let through without any of them.
fn without(
    context: &mut Context,
    decision: Decision,
    index: u8,
    flags: &[Flag],
) -> Result<crate::decision::Set, TooLarge> {
    with(context, decision, index, (0, all(flags)))
}

/// A call with a flag.
fn one(
    context: &mut Context,
    place: Place,
    syscall: Syscall,
    decision: Decision,
    (index, flag, flags): (u8, Flag, &[Flag]),
) -> Result<Option<Proof>, TooLarge> {
    let set = with(context, decision, index, (flag.1, all(flags)))?;
    let policy: &Policy = &context.usual;
    Ok(context.proof(policy, set, decision, place, syscall))
}

/// Where the profile has a mask for the flags.
fn condition(context: &Context, syscall: Syscall, index: u8) -> Option<Span> {
    context.policy.mentions(syscall).iter().find_map(|mention| {
        let rule = context.profile.rules.get(mention.rule)?;
        let is_mask = |arg: &&crate::profile::ArgCmp| arg.index == index && arg.op == Op::MaskedEq;
        rule.args.iter().find(is_mask).map(|arg| arg.span)
    })
}
