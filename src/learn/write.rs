//! A plan as a profile.

use super::plan::{Plan, Rule as Planned};
use super::startup::Startup;
use super::{Condition, Question};
use crate::profile::{ActionName, Profile, Rule, Span, Spanned};
use crate::recording::Recording;
use crate::syscall::{Abi, Syscall, enosys};
use std::collections::BTreeSet;

const EPERM: u64 = 1;

pub(super) fn profile(
    question: &Question,
    recording: &Recording,
    plan: &Plan,
    startup: &Startup,
) -> Profile {
    let mut profile = Profile::default();
    match &question.base {
        Some(base) => profile.extends = vec![Spanned::bare(base.name.to_owned())],
        None => {
            profile.default_action = Some(Spanned::bare(ActionName::Errno));
            profile.default_errno_ret = Some(Spanned::bare(EPERM));
            profile.architectures = abis(question, recording)
                .into_iter()
                .map(|abi| Spanned::bare(abi.oci_name().to_owned()))
                .collect();
        }
    }
    let of = |wanted: &Planned| {
        let calls = plan.rules.iter().filter(|(_, rule)| *rule == wanted);
        calls.map(|(&syscall, _)| syscall).collect::<Vec<Syscall>>()
    };
    let mut add = |names: Vec<Syscall>, errno, args: &[Condition], comment: Option<String>| {
        if !names.is_empty() {
            profile.rules.push(rule(&names, errno, args, comment));
        }
    };
    add(of(&Planned::Whole), None, &[], None);
    for (&syscall, planned) in &plan.rules {
        if let Planned::Parts(parts) = planned
            && !startup.calls.contains(&syscall)
        {
            for tuple in parts {
                add(vec![syscall], None, tuple, None);
            }
        }
    }
    let runtimes: Vec<String> = startup.runtimes.iter().map(ToString::to_string).collect();
    let comment = match &runtimes[..] {
        [] => "what ends a program".to_owned(),
        runtimes => format!("what starts a container under {}, and ends it", runtimes.join(", ")),
    };
    add(startup.calls.iter().copied().collect(), None, &[], Some(comment));
    add(of(&Planned::Enosys), Some(u64::from(enosys())), &[], None);
    profile
}

/// The ABIs that were recorded, and the host's own, with which its runtime starts.
fn abis(question: &Question, recording: &Recording) -> Vec<Abi> {
    let seen: BTreeSet<Abi> = recording.calls.keys().map(|seen| seen.abi).collect();
    let host = question.host();
    let is_in = |abi: &Abi| *abi == host.native() || seen.contains(abi);
    host.abis().iter().copied().filter(is_in).collect()
}

fn rule(
    calls: &[Syscall],
    errno: Option<u64>,
    args: &[Condition],
    comment: Option<String>,
) -> Rule {
    let mut names: Vec<&str> = calls.iter().map(|call| call.name()).collect();
    names.sort_unstable();
    let action = if errno.is_some() { ActionName::Errno } else { ActionName::Allow };
    Rule {
        span: Span::default(),
        name: None,
        names: names.into_iter().map(|name| Spanned::bare(name.to_owned())).collect(),
        action: Spanned::bare(action),
        errno_ret: errno.map(Spanned::bare),
        errno: None,
        args: args.iter().map(|condition| condition.written()).collect(),
        comment,
        includes: Default::default(),
        excludes: Default::default(),
    }
}
