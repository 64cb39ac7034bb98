//! Programs for lists of rules, each compiled once, and on what they rely.

use super::lists::{ListId, Lists};
use crate::decision::{Decision, Leaf, Meter, Part, Store, TooLarge};
use crate::semantics::code;
use crate::semantics::libseccomp::{self, BlockId, Blocks, Failure, LibRule, Program, Target};
use crate::semantics::resolve::rules::LibRules;
use crate::syscall::Library;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// What libseccomp makes of lists of rules.
pub(super) struct Programs {
    library: Library,
    default: Leaf,
    pub lists: Lists,
    compiled: FxHashMap<(ListId, bool), Result<Program, Failure>>,
    pub blocks: Blocks,
    decided: FxHashMap<BlockId, Decision>,
    /// Programs of which it is not known yet on what they rely: nobody asks where all are plain.
    unsettled: Vec<BlockId>,
    has_contested: bool,
    relying: FxHashMap<BlockId, Vec<BlockId>>,
    /// One of the programs that reach a block which relies on another.
    owners: FxHashMap<BlockId, BlockId>,
    /// Blocks that relied on a word which another way to them does not leave.
    contested: FxHashSet<BlockId>,
    /// Blocks in more than one program.
    shared: FxHashSet<BlockId>,
    disputed: FxHashSet<BlockId>,
}

impl Programs {
    pub fn new(meter: &Arc<Meter>, library: Library, default: Leaf) -> Programs {
        Programs {
            library,
            default,
            lists: Lists::new(meter),
            compiled: FxHashMap::default(),
            blocks: Blocks::new(meter),
            decided: FxHashMap::default(),
            unsettled: Vec::new(),
            has_contested: false,
            relying: FxHashMap::default(),
            owners: FxHashMap::default(),
            contested: FxHashSet::default(),
            shared: FxHashSet::default(),
            disputed: FxHashSet::default(),
        }
    }

    /// The program for a list of rules.
    pub fn compiled(
        &mut self,
        store: &Store,
        rules: &LibRules,
        list: ListId,
        is_32bit: bool,
    ) -> Result<Program, Failure> {
        let key = (list, is_32bit);
        if let Some(known) = self.compiled.get(&key) {
            return *known;
        }
        let ids = self.lists.rules(list);
        store.meter().charge(Part::Rules, ids.len())?;
        let list: Vec<&LibRule> = ids.iter().map(|&id| rules.get(id)).collect();
        let ration = store.meter().rationed();
        let result = libseccomp::compile(
            &mut self.blocks,
            ration.as_ref().unwrap_or(store.meter()),
            &list,
            self.library,
            is_32bit,
            self.default,
        );
        if let Some(ration) = &ration {
            store.meter().settle(ration);
            store.meter().check()?;
        }
        self.compiled.insert(key, result);
        result
    }

    /// The decision of a program that shares no disputed block with another.
    pub fn decided(&mut self, store: &mut Store, program: Program) -> Result<Decision, TooLarge> {
        let first = match program.first {
            Target::Action(code) => return Ok(Decision::leaf(code::kernel_leaf(code))),
            Target::Block(first) => first,
        };
        if let Some(&known) = self.decided.get(&first) {
            return Ok(known);
        }
        let decision = match self.blocks.is_plain(first) {
            true => self.blocks.decide_plain(store, first, &code::kernel_leaf)?,
            false => {
                self.has_contested = true;
                let loads = self.blocks.loads(store.meter(), [first]);
                self.blocks.decide(store, program.first, &loads, &code::kernel_leaf)?
            }
        };
        self.decided.insert(first, decision);
        self.unsettled.push(first);
        Ok(decision)
    }

    /// Whether some program that was decided finds something else held than what it relies on.
    pub fn has_contested(&self) -> bool {
        self.has_contested
    }

    /// Finds out on what the programs so far rely, if that can matter.
    pub fn settle(&mut self, store: &Store) {
        if !self.has_contested {
            return;
        }
        for first in std::mem::take(&mut self.unsettled) {
            let relying = self.blocks.relying(store.meter(), first);
            self.contested.extend(&relying.contested);
            for &block in &relying.all {
                if *self.owners.entry(block).or_insert(first) != first {
                    self.shared.insert(block);
                }
            }
            for block in relying.all.iter().chain(&relying.contested) {
                if self.shared.contains(block) && self.contested.contains(block) {
                    self.disputed.insert(*block);
                }
            }
            self.relying.insert(first, relying.all);
        }
    }

    /// The blocks of which more than one program hangs on how the library comes upon them.
    pub fn disputed(&self) -> &FxHashSet<BlockId> {
        &self.disputed
    }

    /// The blocks of a program that rely on what another has loaded.
    pub fn relying(&self, first: BlockId) -> &[BlockId] {
        self.relying.get(&first).map_or(&[], Vec::as_slice)
    }
}
