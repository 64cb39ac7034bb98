//! System calls that share blocks of libseccomp's program.
//!
//! Whether a block loads the word that it tests can hang on the way by which the library comes
//! upon it first ([`libseccomp`](crate::semantics::libseccomp)), and that way can be another system call's,
//! which has a rule that ends alike. Then the calls are decided together, in the library's order.

use super::classes::{CLASS_LIMIT, Way};
use super::compiler::Compiler;
use super::entries::Entry;
use crate::decision::{Bound, Decision, Part, Set, Store, TooLarge};
use crate::semantics::code;
use crate::semantics::error::SemanticsError;
use crate::semantics::libseccomp::{BlockId, Target};
use crate::syscall::{Abi, Host, numbers};
use rustc_hash::FxHashMap;

/// Decides anew what was decided call by call, where calls depend on each other. `calls` holds
/// the decisions for each of [`numbers`] of each ABI of the filter, in its order.
pub(in crate::semantics) fn adjust(
    store: &mut Store,
    compiler: &mut Compiler,
    host: Host,
    calls: &mut [(Abi, Vec<Decision>)],
) -> Result<(), SemanticsError> {
    compiler.settle(store);
    if compiler.disputed().is_empty() {
        return Ok(());
    }
    let mut members = Vec::new();
    for (order, (abi, _)) in calls.iter().enumerate() {
        for entry in compiler.entries(store, host, *abi) {
            let ways = compiler.ways(&entry);
            members.extend(ways.map(|ways| Member { entry, order, ways }));
        }
    }
    let filter: Vec<Abi> = calls.iter().map(|&(abi, _)| abi).collect();
    let mut adjust = || -> Result<(), TooLarge> {
        for group in groups(store, compiler, &members)? {
            let names = compiler.names(host);
            let mut together = Together {
                store,
                compiler,
                members: group.iter().map(|&at| &members[at]).collect(),
                filter: &filter,
                decisions: vec![None; group.len()],
                chosen: Vec::new(),
                names,
                classes: 0,
            };
            together.split(Set::ALL)?;
            for (member, decision) in together.members.iter().zip(&together.decisions) {
                let (abi, calls) = &mut calls[member.order];
                let at = numbers(*abi).binary_search_by_key(&member.number(), |&(n, _)| n);
                if let (Some(call), Some(decision)) =
                    (at.ok().and_then(|at| calls.get_mut(at)), decision)
                {
                    *call = *decision;
                }
            }
        }
        Ok(())
    };
    adjust().map_err(SemanticsError::whole)
}

/// A system call of an ABI with rules that have conditions.
struct Member {
    entry: Entry,
    /// The place of the ABI in the filter.
    order: usize,
    /// Its programs, by environments.
    ways: Vec<Way>,
}

impl Member {
    fn number(&self) -> u32 {
        self.entry.number.unwrap_or_default()
    }
}

/// The members that share a disputed block in some environment, by their places.
fn groups(
    store: &mut Store,
    compiler: &Compiler,
    members: &[Member],
) -> Result<Vec<Vec<usize>>, TooLarge> {
    let mut users: FxHashMap<BlockId, Vec<(usize, Set, BlockId)>> = FxHashMap::default();
    for (at, member) in members.iter().enumerate() {
        for way in &member.ways {
            let Target::Block(first) = way.program.first else { continue };
            for &block in compiler.relying(first) {
                if compiler.disputed().contains(&block) {
                    users.entry(block).or_default().push((at, way.class, first));
                }
            }
        }
    }
    let mut group: Vec<usize> = (0..members.len()).collect();
    fn root(group: &[usize], mut at: usize) -> usize {
        while group[at] != at {
            at = group[at];
        }
        at
    }
    for users in users.values() {
        for (place, &(a, class_a, first_a)) in users.iter().enumerate() {
            store.meter().charge(Part::Rules, place)?;
            for &(b, class_b, first_b) in &users[..place] {
                if first_a != first_b && a != b && !store.and(class_a, class_b)?.is_empty() {
                    let (a, b) = (root(&group, a), root(&group, b));
                    group[a.max(b)] = a.min(b);
                }
            }
        }
    }
    let mut gathered: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for at in 0..members.len() {
        gathered.entry(root(&group, at)).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> =
        gathered.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    Ok(groups)
}

struct Together<'a, 'b> {
    store: &'a mut Store,
    compiler: &'a mut Compiler<'b>,
    members: Vec<&'a Member>,
    /// The ABIs of the filter.
    filter: &'a [Abi],
    decisions: Vec<Option<Decision>>,
    /// The program of each member in the present class.
    chosen: Vec<Way>,
    names: Vec<(Set, usize)>,
    classes: usize,
}

impl Together<'_, '_> {
    fn split(&mut self, class: Set) -> Result<(), TooLarge> {
        let Some(&member) = self.members.get(self.chosen.len()) else {
            return self.count(class, 0, 0);
        };
        for way in &member.ways {
            let class = self.store.and(class, way.class)?;
            if !class.is_empty() {
                self.chosen.push(*way);
                self.split(class)?;
                self.chosen.pop();
            }
        }
        Ok(())
    }

    /// Counts the names that a class keeps, and splits it where that hangs on more.
    fn count(&mut self, mut class: Set, from: usize, names: usize) -> Result<(), TooLarge> {
        let mut names = names;
        for at in from..self.names.len() {
            self.store.meter().charge(Part::Rules, 1)?;
            if names > self.compiler.linear_names() {
                break;
            }
            let (kept, count) = self.names[at];
            let with = self.store.and(class, kept)?;
            if with.is_empty() {
                continue;
            }
            if with != class {
                let without = self.store.minus(class, kept)?;
                self.count(without, at + 1, names)?;
                class = with;
            }
            names += count;
        }
        self.finish(class, names > self.compiler.linear_names())
    }

    fn finish(&mut self, class: Set, by_number: bool) -> Result<(), TooLarge> {
        self.classes += 1;
        self.store.meter().charge(Part::Environments, 1)?;
        if self.classes > CLASS_LIMIT {
            return Err(self.store.meter().error(Bound::Environments(CLASS_LIMIT as u32)));
        }
        // The library comes upon the blocks from the end of the filter.
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        let with_x32 = |abi: Abi| if abi == Abi::X32 { Abi::X86_64 } else { abi };
        let place = |member: &Member| {
            let abi = with_x32(member.entry.abi);
            self.filter.iter().position(|&of| with_x32(of) == abi)
        };
        order.sort_by_cached_key(|&at| {
            let member = self.members[at];
            let tests = if by_number { 0 } else { self.chosen[at].program.tests };
            let (order, number) = (member.order, member.number());
            let last = if by_number { (0, u32::MAX - number) } else { (order, number) };
            (place(member), tests, last)
        });
        let firsts = order.iter().rev().filter_map(|&at| match self.chosen[at].program.first {
            Target::Block(first) => Some(first),
            Target::Action(_) => None,
        });
        let loads = self.compiler.blocks().loads(self.store.meter(), firsts);
        for (way, decision) in self.chosen.iter().zip(&mut self.decisions) {
            let first = way.program.first;
            let leaf = &code::kernel_leaf;
            let decided = self.compiler.blocks().decide(self.store, first, &loads, leaf)?;
            let before = decision.unwrap_or(decided);
            *decision = Some(self.store.choose(class, decided, before)?);
        }
        Ok(())
    }
}
