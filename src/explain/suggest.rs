//! The smallest overlay that lets recorded calls through.

use super::{Condition, Harm, Recorded, Tuple, harm, is_mended_by_enosys};
use crate::decision::Store;
use crate::decision::var::Group;
use crate::decision::words::Description;
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
pub fn suggest(
    store: &Store,
    policy: &Policy,
    host: Host,
    recorded: &[Recorded],
    extends: &str,
) -> Suggestion {
    let mut found = Found::default();
    for recorded in recorded.iter().filter(|recorded| !recorded.passes()) {
        if !found.leave_stopped(recorded) {
            found.let_through(store, policy, host, recorded);
        }
    }
    let Found { whole, mut parts, widened, left, mut mended } = found;
    // A call that is let through for another program is not given ENOSYS.
    mended.retain(|syscall| !whole.contains(syscall) && !parts.contains_key(syscall));
    parts.retain(|syscall, _| !whole.contains(syscall));
    let dangerous = whole.iter().chain(parts.keys());
    let dangerous = dangerous.filter_map(|&syscall| Some((syscall, danger(syscall)?))).collect();
    let json = json!({ "extends": extends, "syscalls": rules(&whole, &mended, &parts) });
    Suggestion { json, dangerous, widened, left }
}

/// What becomes of each call.
#[derive(Default)]
struct Found {
    /// Let through whatever its arguments are.
    whole: BTreeSet<Syscall>,
    /// Let through with these arguments.
    parts: BTreeMap<Syscall, BTreeSet<Tuple>>,
    /// Those of `whole` whose arguments were not recorded.
    widened: Vec<Syscall>,
    left: Vec<(Syscall, Left)>,
    /// Given `ENOSYS`.
    mended: BTreeSet<Syscall>,
}

impl Found {
    fn leave(&mut self, syscall: Syscall, why: Left) {
        if !self.left.iter().any(|known| *known == (syscall, why.clone())) {
            self.left.push((syscall, why));
        }
    }

    /// Whether the call stays as it is, or gets `ENOSYS`, for a reason that does not ask for its arguments.
    fn leave_stopped(&mut self, recorded: &Recorded) -> bool {
        let Recorded { seen, tally, actions, open, passes_in, .. } = recorded;
        // Where it is stopped, there is a reason: `ptrace` before Linux 4.8.
        if let Some(when) = passes_in {
            self.leave(seen.syscall, Left::Environment(seen.abi, Box::new(when.clone())));
            return true;
        }
        // One answer, whatever the arguments: what programs make of it is known.
        if let [action] = actions[..]
            && open.is_empty()
        {
            let harm = harm(seen.syscall, seen.abi, action);
            if harm < Harm::Fatal {
                self.leave(seen.syscall, Left::Harmless(harm));
                return true;
            }
            if is_mended_by_enosys(seen.syscall, seen.abi, action) {
                self.mended.insert(seen.syscall);
                self.leave(seen.syscall, Left::Mended);
                return true;
            }
        }
        // A kernel without the call said so while it was recorded, and the program went on.
        let unknown = Outcome::Failed(enosys());
        let is_absent =
            !tally.outcomes.is_empty() && tally.outcomes.keys().all(|&outcome| outcome == unknown);
        if is_absent {
            self.mended.insert(seen.syscall);
            self.leave(seen.syscall, Left::Absent);
        }
        is_absent
    }

    fn let_through(&mut self, store: &Store, policy: &Policy, host: Host, recorded: &Recorded) {
        let Recorded { seen, open, variants, .. } = recorded;
        let number = seen.syscall.number(seen.abi);
        let abi = policy.abi(host, seen.abi).filter(|abi| abi.in_filter);
        let Some((number, abi)) = number.zip(abi) else { return };
        // Stopped whatever its arguments are: those count by which it says what it does.
        for variant in variants {
            match known(variant.iter().copied()) {
                Some(known) => self.let_part(seen.syscall, &known),
                None => {
                    let open = variant.iter().filter(|(_, value)| value.is_none());
                    let open = open.map(|(index, _)| *index).collect();
                    self.leave(seen.syscall, Left::Unread(seen.abi, open));
                }
            }
        }
        if !variants.is_empty() {
            return;
        }
        let decision = abi.decision(number);
        let asked = (0..6).filter(|&index| store.asks(decision, Group::Arg(index)));
        match known(asked.map(|index| (index, seen.args[usize::from(index)]))) {
            Some(known) if !known.is_empty() => self.let_part(seen.syscall, &known),
            None if danger(seen.syscall).is_some() => {
                self.leave(seen.syscall, Left::Unread(seen.abi, open.clone()));
            }
            known => {
                if known.is_none() && !self.widened.contains(&seen.syscall) {
                    self.widened.push(seen.syscall);
                }
                self.whole.insert(seen.syscall);
            }
        }
    }

    fn let_part(&mut self, syscall: Syscall, known: &[(u8, u64)]) {
        let tuple = known.iter().map(|&(index, value)| Condition::of_value(index, value)).collect();
        self.parts.entry(syscall).or_default().insert(tuple);
    }
}

/// The arguments by their index, if all were recorded.
fn known(args: impl Iterator<Item = (u8, Option<u64>)>) -> Option<Vec<(u8, u64)>> {
    args.map(|(index, value)| Some((index, value?))).collect()
}

fn rules(
    whole: &BTreeSet<Syscall>,
    mended: &BTreeSet<Syscall>,
    parts: &BTreeMap<Syscall, BTreeSet<Tuple>>,
) -> Vec<Value> {
    let names =
        |of: &BTreeSet<Syscall>| of.iter().map(|syscall| syscall.name()).collect::<Vec<_>>();
    let mut rules = Vec::new();
    if !whole.is_empty() {
        rules.push(json!({ "names": names(whole), "action": "SCMP_ACT_ALLOW" }));
    }
    if !mended.is_empty() {
        let errno = enosys();
        rules
            .push(json!({ "names": names(mended), "action": "SCMP_ACT_ERRNO", "errnoRet": errno }));
    }
    for (syscall, calls) in parts {
        for call in calls {
            let args: Vec<Value> = call.iter().map(condition).collect();
            let name = syscall.name();
            rules.push(json!({ "names": [name], "action": "SCMP_ACT_ALLOW", "args": args }));
        }
    }
    rules
}

fn condition(condition: &Condition) -> Value {
    let ArgCmp { index, value, value_two, op, .. } = condition.written();
    match op {
        Op::Eq => json!({ "index": index, "value": value, "op": "SCMP_CMP_EQ" }),
        _ => json!({ "index": index, "value": value, "valueTwo": value_two, "op": op.oci_name() }),
    }
}
