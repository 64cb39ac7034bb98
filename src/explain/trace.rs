//! What a profile does to the calls of a recording.

use super::conditions::selectors;
use super::{CLAUSES, Call};
use crate::decision::var::Group;
use crate::decision::words::{Description, describe};
use crate::decision::{Store, TooLarge};
use crate::profile::Action;
use crate::recording::{Answer, Outcome, Recording, Seen, Tally};
use crate::semantics::{self, Policy};
use crate::syscall::{Host, danger};
use std::collections::{BTreeMap, BTreeSet};

/// A recorded call and what a profile does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The call, with those of its arguments that the profile looks at.
    pub seen: Seen,
    /// How often, and what became of it.
    pub tally: Tally,
    /// What it gets: several actions where that hangs on what was not recorded.
    pub actions: Vec<Action>,
    /// The arguments that the profile looks at and that were not recorded.
    pub open: Vec<u8>,
    /// In which environments it passes, where it hangs on them alone.
    pub passes_in: Option<Description>,
    /// Of a dangerous call that is stopped whatever its arguments are: what was recorded of those by
    /// which it says what it does.
    pub variants: BTreeSet<Vec<(u8, Option<u64>)>>,
}

impl Recorded {
    /// Whether the profile lets it through, whatever was not recorded.
    pub fn passes(&self) -> bool {
        self.actions.iter().all(|action| action.lets_through())
    }

    /// Whether it stops the call, whatever was not recorded.
    pub fn is_stopped(&self) -> bool {
        self.actions.iter().all(|action| !action.lets_through())
    }

    /// How often the call failed with `EPERM` though this profile lets it through: then it was
    /// something else that said no.
    pub fn denied_by_others(&self) -> u64 {
        if !self.passes() {
            return 0;
        }
        self.tally.outcomes.get(&Outcome::Failed(1)).copied().unwrap_or(0)
    }

    /// How often a filter stopped the call though this profile lets it through: then another one was
    /// in force.
    pub fn stopped_by_others(&self) -> u64 {
        if !self.passes() {
            return 0;
        }
        let stopped = |outcome: &Outcome| match outcome {
            Outcome::Seccomp(answer) => {
                !matches!(answer, Answer::Allow | Answer::Log | Answer::Notify)
            }
            Outcome::Unknown | Outcome::Returned(_) | Outcome::Failed(_) => false,
        };
        self.tally.outcomes.iter().filter(|(end, _)| stopped(end)).map(|(_, count)| count).sum()
    }

    /// How often the call ran though this profile stops it: then it was not recorded under it.
    pub fn ran_all_the_same(&self) -> u64 {
        if !self.is_stopped() {
            return 0;
        }
        let ran = |outcome: &Outcome| match outcome {
            Outcome::Returned(_) => true,
            Outcome::Seccomp(answer) => *answer == Answer::Allow,
            Outcome::Unknown | Outcome::Failed(_) => false,
        };
        self.tally.outcomes.iter().filter(|(outcome, _)| ran(outcome)).map(|(_, count)| count).sum()
    }
}

/// What a policy does to the recorded calls on a host. Calls of programs that no kernel of this host
/// runs are left out.
///
/// # Errors
/// A bound of the store.
pub fn judge(
    store: &mut Store,
    policy: &Policy,
    host: Host,
    recording: &Recording,
) -> Result<Vec<Recorded>, TooLarge> {
    let mut recorded: BTreeMap<Seen, Recorded> = BTreeMap::new();
    for (&seen, tally) in &recording.calls {
        let Some(number) = seen.syscall.number(seen.abi) else { continue };
        let Some(abi) = policy.abi(host, seen.abi) else { continue };
        let decision = abi.decision(number);
        // Calls that differ in what the profile does not look at are one.
        let mut args = [None; 6];
        let mut open = Vec::new();
        for (index, arg) in (0..).zip(&mut args) {
            if store.asks(decision, Group::Arg(index)) {
                *arg = seen.args[usize::from(index)];
                if arg.is_none() {
                    open.push(index);
                }
            }
        }
        let is_looked_at = (0..6).any(|index| store.asks(decision, Group::Arg(index)));
        let mut variant = Vec::new();
        if !is_looked_at && danger(seen.syscall).is_some() {
            let named = selectors(seen.syscall, seen.abi);
            variant = named.map(|index| (index, seen.args[usize::from(index)])).collect();
        }
        let seen = Seen { args, ..seen };
        let call = Call::of(seen.syscall, args);
        let fixed = call.fix(store, decision)?;
        let actions: Vec<Action> = store.leaves(fixed).into_iter().map(semantics::action).collect();
        let lets_through = |action: &Action| action.lets_through();
        let is_open = actions.iter().any(lets_through) && !actions.iter().all(lets_through);
        let passes_in = match is_open && !store.asks_arguments(fixed) {
            true => {
                let set = store.set_where(fixed, &|leaf| semantics::action(leaf).lets_through())?;
                Some(describe(store, set, 64, CLAUSES)?)
            }
            false => None,
        };
        let of = recorded.entry(seen).or_insert_with(|| {
            let (tally, variants) = (Tally::default(), BTreeSet::new());
            Recorded { seen, tally, actions, open, passes_in, variants }
        });
        of.tally.join(tally);
        if !variant.is_empty() && of.is_stopped() {
            of.variants.insert(variant);
        }
    }
    Ok(recorded.into_values().collect())
}
