//! The tables of a store: each node once, and what [`Store::choose`](super::Store::choose) has found.
//!
//! Most of the work of a store is to look here. So a key is hashed once for both, the look and the entry
//! after it, and nodes are not kept twice: hashbrown's tables take what they hold by a hash that is given.

use crate::decision::handle::{Decision, Node, Set};
use hashbrown::HashTable;

/// Three words as one hash, of which every bit hangs on every bit of them (a folded product, as in
/// wyhash).
fn hash(a: u32, b: u32, c: u32) -> u64 {
    let first = (u64::from(a) << 32 | u64::from(b)) ^ 0x9e37_79b9_7f4a_7c15;
    let second = u64::from(c) ^ 0xd6e8_feb8_6659_fd93;
    let product = u128::from(first) * u128::from(second);
    (product as u64) ^ (product >> 64) as u64
}

/// How much a full table of so many grows: small ones by more, so that little is put in anew.
const fn more(count: usize) -> usize {
    const SMALL: usize = 1 << 15;
    if count < SMALL { 3 * count } else { count }
}

/// Each node's place, by the node.
#[derive(Clone, Debug)]
pub(super) struct Unique(HashTable<Decision>);

impl Unique {
    pub fn with_capacity(capacity: usize) -> Unique {
        Unique(HashTable::with_capacity(capacity))
    }

    /// The place of a node; where it has none, it gets the next one.
    pub fn find_or<E>(
        &mut self,
        nodes: &mut Vec<Node>,
        node: Node,
        make_room: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<Decision, E> {
        let hash_of = |node: &Node| hash(node.lo.0, node.hi.0, node.var.into());
        let hash = hash_of(&node);
        let is_it = |place: &Decision| nodes.get(place.0 as usize) == Some(&node);
        if let Some(known) = self.0.find(hash, is_it) {
            return Ok(*known);
        }
        let count = nodes.len();
        make_room(count)?;
        let made = Decision(count as u32);
        nodes.push(node);
        let rehash = |place: &Decision| nodes.get(place.0 as usize).map_or(0, hash_of);
        if count == self.0.capacity() {
            self.0.reserve(more(count), rehash);
        }
        self.0.insert_unique(hash, made, rehash);
        Ok(made)
    }
}

/// What was asked of `choose`.
pub(super) type Question = (Set, Decision, Decision);

/// Results of `choose`.
#[derive(Clone, Debug)]
pub(super) struct Results(HashTable<(Question, Decision)>);

impl Results {
    pub fn with_capacity(capacity: usize) -> Results {
        Results(HashTable::with_capacity(capacity))
    }

    pub fn hash(&(set, then, otherwise): &Question) -> u64 {
        hash(set.0.0, then.0, otherwise.0)
    }

    pub fn get(&self, hash: u64, question: &Question) -> Option<Decision> {
        self.0.find(hash, |(known, _)| known == question).map(|&(_, result)| result)
    }

    /// A result that is not there.
    pub fn insert(&mut self, hash: u64, question: Question, result: Decision) {
        let rehash = |(known, _): &(Question, Decision)| Results::hash(known);
        if self.0.len() == self.0.capacity() {
            self.0.reserve(more(self.0.len()), rehash);
        }
        self.0.insert_unique(hash, (question, result), rehash);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
