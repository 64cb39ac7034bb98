//! System calls with the same list of rules: what is decided for one of them is decided for all.

use crate::semantics::by_call::ByCall;
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;

/// The calls by their list of rules.
#[derive(Debug)]
pub(in crate::semantics) struct Groups {
    /// The group of each call, by [`Syscall::index`]; for one without rules the one behind all.
    of_call: Vec<u32>,
    count: u32,
}

impl Groups {
    /// `rule` is the place of the rule of an item: all that one call's item differs in from
    /// another's for the same rule.
    pub fn new<T>(rules: &ByCall<T>, rule: impl Fn(&T) -> u32) -> Groups {
        let (mut of_call, mut count) = (Vec::with_capacity(Syscall::count()), 0_u32);
        let mut known: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        // Nearly every call has one rule, and the call before it has the same.
        let mut single: Option<(u32, u32)> = None;
        for syscall in Syscall::all() {
            of_call.push(match (rules.get(syscall), single) {
                ([], _) => u32::MAX,
                ([only], Some((last, group))) if rule(only) == last => group,
                (list, _) => {
                    let key: Vec<u32> = list.iter().map(&rule).collect();
                    let first = key[0];
                    let group = *known.entry(key).or_insert_with(|| {
                        count += 1;
                        count - 1
                    });
                    if list.len() == 1 {
                        single = Some((first, group));
                    }
                    group
                }
            });
        }
        of_call.iter_mut().for_each(|group| *group = (*group).min(count));
        Groups { of_call, count }
    }

    /// The group of a call: [`Groups::count`] for one without rules.
    pub fn of(&self, syscall: Syscall) -> usize {
        self.of_call[syscall.index()] as usize
    }

    /// How many there are, without that of the calls that have no rules.
    pub fn count(&self) -> usize {
        self.count as usize
    }
}
