//! System calls with the same list of rules: what is decided for one of them is decided for all.

use super::by_call::ByCall;
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;

/// The calls by their list of rules.
#[derive(Debug)]
pub(super) struct Groups {
    /// The group of each call, by [`Syscall::index`]; none for one without rules.
    of_call: Vec<Option<u32>>,
    count: usize,
}

impl Groups {
    /// `rule` is the place of the rule of an item: all that one call's item differs in from
    /// another's for the same rule.
    pub fn new<T>(rules: &ByCall<T>, rule: impl Fn(&T) -> u32) -> Groups {
        let (mut of_call, mut count) = (Vec::with_capacity(Syscall::count()), 0);
        let mut known: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        // Nearly every call has one rule, and the call before it has the same.
        let mut single: Option<(u32, u32)> = None;
        for syscall in Syscall::all() {
            of_call.push(match (rules.get(syscall), single) {
                ([], _) => None,
                ([only], Some((last, group))) if rule(only) == last => Some(group),
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
                    Some(group)
                }
            });
        }
        Groups { of_call, count: count as usize }
    }

    /// The group of a call; none for one without rules.
    pub fn of(&self, syscall: Syscall) -> Option<usize> {
        self.of_call[syscall.index()].map(|group| group as usize)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}
