//! Decisions that serve for more than one ABI or host: calls with one list of rules are decided once.

use super::added::Rules;
use super::groups::Groups;
use crate::decision::Decision;
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;

/// Which rules a host keeps, a bit each, and whether words are 32 bits wide.
pub(super) type Kept = (Vec<u64>, bool);

/// What was decided for each group of calls with the same rules, as far as it is.
pub(super) type Known = Vec<Option<Decision>>;

/// What is known of groups, by where it holds.
pub(super) struct Reuse {
    groups: Groups,
    /// Of each of `groups` whether every host that was asked for keeps all of its rules.
    is_everywhere: Vec<bool>,
    /// What was decided for these, by the width of words.
    everywhere: [Known; 2],
    /// What was decided for each of `groups` where the hosts keep the same rules, by these and the
    /// width of words.
    by_group: FxHashMap<Kept, Known>,
}

impl Reuse {
    pub fn new(rules: &Rules) -> Reuse {
        let groups = Groups::new(rules.direct(), |candidate| candidate.rule);
        let mut is_everywhere = vec![true; groups.count()];
        for (syscall, is_kept) in rules.kept_everywhere() {
            is_everywhere[groups.of(syscall)] = is_kept;
        }
        let everywhere = [false, true].map(|_| vec![None; groups.count()]);
        Reuse { groups, is_everywhere, everywhere, by_group: FxHashMap::default() }
    }

    /// The place of a call in what is [`Known`].
    pub fn group(&self, syscall: Syscall) -> usize {
        self.groups.of(syscall)
    }

    /// Takes out what is known where a host keeps such rules; of calls without a rule the default.
    pub fn take(&mut self, kept: &Kept, default: Decision) -> Known {
        self.by_group.remove(kept).unwrap_or_else(|| {
            let mut known = self.everywhere[usize::from(kept.1)].clone();
            known.push(Some(default));
            known
        })
    }

    /// Puts it back, with what was learnt.
    pub fn put(&mut self, kept: Kept, known: Known) {
        self.by_group.insert(kept, known);
    }

    /// What another host has taught meanwhile.
    pub fn shared(&self, group: usize, is_32bit: bool) -> Option<Decision> {
        self.everywhere[usize::from(is_32bit)].get(group).copied().flatten()
    }

    /// Keeps a decision for other hosts, if it holds there as well.
    pub fn share(&mut self, group: usize, is_32bit: bool, decision: Decision) {
        if self.is_everywhere[group] {
            self.everywhere[usize::from(is_32bit)][group] = Some(decision);
        }
    }
}
