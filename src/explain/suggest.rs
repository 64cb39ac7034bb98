//! The smallest overlay that lets recorded calls through.

use super::{Condition, Harm, Recorded, Tuple, harm, is_mended_by_enosys};
use crate::decision::var::Group;
use crate::decision::words::Description;
use crate::decision::{Store, TooLarge};
use crate::profile::{ArgCmp, Op};
use crate::recording::Outcome;
use crate::semantics::Policy;
use crate::syscall::danger;
use crate::syscall::{Abi, Host, Syscall, enosys};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// An overlay, and what to think about before it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The overlay: rules that allow, and what they extend.
    pub json: Value,
    /// The calls in it that are known to be dangerous, with the reason.
    pub dangerous: Vec<(Syscall, &'static str)>,
    /// Calls whose arguments were not recorded, so that more is let through than was seen: none that
    /// is known to be dangerous.
    pub widened: Vec<Syscall>,
    /// Calls that it leaves stopped.
    pub left: Vec<(Syscall, Left)>,
}

/// Why a stopped call is not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Programs go on without it.
    Harmless(Harm),
    /// It gets `ENOSYS`, after which programs go on.
    Mended,
    /// It failed with `ENOSYS` whenever it was recorded, and does so again.
    Absent,
    /// It is dangerous, and these arguments, by which the profile tells, were not recorded.
    Unread(Abi, Vec<u8>),
    /// It passes in some environments, and which it was recorded in is not known.
    Environment(Abi, Box<Description>),
}

/// Suggests an overlay on `extends` for the recorded calls that `policy` stops on a host.
///
/// A call that the profile stops for all arguments is allowed by its name; a dangerous one for what was
/// recorded of the arguments by which it says what it does. Of one that it stops for some, only those are
/// added that were recorded, by the arguments that the profile looks at.
/// Calls that programs do without are left stopped, those after which they go on if told `ENOSYS` get
/// that, and a dangerous one with an argument that was not recorded is left as it is.
///
/// # Errors
/// A bound of the store.
pub fn suggest(
    store: &mut Store,
    policy: &Policy,
    host: Host,
    recorded: &[Recorded],
    extends: &str,
) -> Result<Suggestion, TooLarge> {
    let mut whole: BTreeSet<Syscall> = BTreeSet::new();
    let mut parts: BTreeMap<Syscall, BTreeSet<Tuple>> = BTreeMap::new();
    let mut widened = Vec::new();
    let mut left: Vec<(Syscall, Left)> = Vec::new();
    let mut mended: BTreeSet<Syscall> = BTreeSet::new();
    for Recorded { seen, tally, actions, open, passes_in, variants } in
        recorded.iter().filter(|recorded| !recorded.passes())
    {
        // Where it is stopped, there is a reason: `ptrace` before Linux 4.8.
        if let Some(when) = passes_in {
            leave(&mut left, seen.syscall, Left::Environment(seen.abi, Box::new(when.clone())));
            continue;
        }
        // One answer, whatever the arguments: what programs make of it is known.
        if let [action] = actions[..]
            && open.is_empty()
        {
            let harm = harm(seen.syscall, seen.abi, action);
            if harm < Harm::Fatal {
                leave(&mut left, seen.syscall, Left::Harmless(harm));
                continue;
            }
            if is_mended_by_enosys(seen.syscall, seen.abi, action) {
                mended.insert(seen.syscall);
                leave(&mut left, seen.syscall, Left::Mended);
                continue;
            }
        }
        // A kernel without the call said so while it was recorded, and the program went on.
        let unknown = Outcome::Failed(enosys());
        if !tally.outcomes.is_empty() && tally.outcomes.keys().all(|&outcome| outcome == unknown) {
            mended.insert(seen.syscall);
            leave(&mut left, seen.syscall, Left::Absent);
            continue;
        }
        let number = seen.syscall.number(seen.abi);
        let abi = policy.abi(host, seen.abi).filter(|abi| abi.in_filter);
        let Some((number, abi)) = number.zip(abi) else { continue };
        let decision = abi.decision(number);
        // Stopped whatever its arguments are: those count by which it says what it does.
        if !variants.is_empty() {
            for variant in variants {
                let known: Option<Vec<(u8, u64)>> =
                    variant.iter().map(|&(index, value)| Some((index, value?))).collect();
                match known {
                    Some(known) => {
                        parts.entry(seen.syscall).or_default().insert(tuple(&known));
                    }
                    None => {
                        let open = variant.iter().filter(|(_, value)| value.is_none());
                        let open = open.map(|(index, _)| *index).collect();
                        leave(&mut left, seen.syscall, Left::Unread(seen.abi, open));
                    }
                }
            }
            continue;
        }
        let asked: Vec<u8> =
            (0..6).filter(|&index| store.asks(decision, Group::Arg(index))).collect();
        let known: Option<Vec<(u8, u64)>> =
            asked.iter().map(|&index| Some((index, seen.args[usize::from(index)]?))).collect();
        match known {
            Some(known) if !known.is_empty() => {
                parts.entry(seen.syscall).or_default().insert(tuple(&known));
            }
            None if danger(seen.syscall).is_some() => {
                leave(&mut left, seen.syscall, Left::Unread(seen.abi, open.clone()));
            }
            known => {
                if known.is_none() && !widened.contains(&seen.syscall) {
                    widened.push(seen.syscall);
                }
                whole.insert(seen.syscall);
            }
        }
    }
    // A call that is let through for another program is not given ENOSYS.
    mended.retain(|syscall| !whole.contains(syscall) && !parts.contains_key(syscall));
    parts.retain(|syscall, _| !whole.contains(syscall));
    let mut rules = Vec::new();
    if !whole.is_empty() {
        let names: Vec<&str> = whole.iter().map(|syscall| syscall.name()).collect();
        rules.push(json!({ "names": names, "action": "SCMP_ACT_ALLOW" }));
    }
    if !mended.is_empty() {
        let names: Vec<&str> = mended.iter().map(|syscall| syscall.name()).collect();
        let errno = enosys();
        rules.push(json!({ "names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno }));
    }
    for (syscall, calls) in &parts {
        for call in calls {
            let args = call.iter().map(|condition| {
                let ArgCmp { index, value, value_two, op, .. } = condition.written();
                match op {
                    Op::Eq => json!({ "index": index, "value": value, "op": "SCMP_CMP_EQ" }),
                    _ => json!({
                        "index": index, "value": value, "valueTwo": value_two, "op": op.oci_name()
                    }),
                }
            });
            let args: Vec<Value> = args.collect();
            let name = syscall.name();
            rules.push(json!({ "names": [name], "action": "SCMP_ACT_ALLOW", "args": args }));
        }
    }
    let dangerous = whole.iter().chain(parts.keys());
    let dangerous = dangerous.filter_map(|&syscall| Some((syscall, danger(syscall)?))).collect();
    let json = json!({ "extends": extends, "syscalls": rules });
    Ok(Suggestion { json, dangerous, widened, left })
}

fn tuple(known: &[(u8, u64)]) -> Tuple {
    known.iter().map(|&(index, value)| Condition::of_value(index, value)).collect()
}

fn leave(left: &mut Vec<(Syscall, Left)>, syscall: Syscall, why: Left) {
    if !left.iter().any(|known| *known == (syscall, why.clone())) {
        left.push((syscall, why));
    }
}
