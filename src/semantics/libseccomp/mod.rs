//! What libseccomp makes of the rules of one system call, as measured with 2.5.1, 2.5.4, 2.6.0 and
//! 2.6.1.
//!
//! One would expect the union of the rules. The library gives that for most sets of rules and
//! something else for the rest: it sorts the tests of all rules into one tree, drops
//! what it takes for redundant, refuses what it takes for a contradiction, and writes a
//! program whose blocks now and then find another word in the accumulator than they
//! were written for. The answer here is the answer of that program.

mod chain;
mod program;
mod tree;

pub use chain::{Condition, LibRule};
pub use program::{BlockId, Blocks, Relying, Target};
pub use tree::Refused;

use crate::decision::{Leaf, Meter, Stage, TooLarge};
use crate::syscall::Library;
use tree::Tree;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The library refuses a rule, so that no container starts.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A bound was reached.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// Whether a release writes the action of a narrower test where it belongs: all that programs hang on the
/// release for. (Commit 700b140, GHSA-4q85-33p6-j5g6.)
pub(crate) const fn is_mended(library: Library) -> bool {
    library as u8 >= Library::V2_6_1 as u8
}

/// What the library makes of the rules of one system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its first block, or the action where it needs none. [`Blocks::decide`] gives the decision.
    pub first: Target,
    /// The library's count of the tests; none for an unconditional rule. It looks for the calls
    /// with fewer tests first.
    pub tests: i64,
}

/// The program for one system call: `rules` in the order in which they are added, `default` where
/// none matches. `is_32bit` is [`crate::syscall::Abi::is_32bit`].
///
/// # Errors
/// What the library refuses, and the bounds.
pub fn compile(
    blocks: &mut Blocks,
    meter: &Meter,
    rules: &[&LibRule],
    library: Library,
    is_32bit: bool,
    default: Leaf,
) -> Result<Program, Failure> {
    let last = rules.len().saturating_sub(1);
    let is_flat = rules.len() > 1 && rules.iter().all(|rule| rule.has_one_condition());
    let flat = match is_flat {
        true => Tree::flat(library, meter, rules, is_32bit)?,
        false => None,
    };
    let tree = match flat {
        Some(tree) => tree,
        None => one_by_one(meter, rules, library, is_32bit)?,
    };
    let first = program::write(blocks, meter, &tree, last, default)?;
    Ok(Program { first, tests: tree.tests })
}

/// The tree as the library makes it.
fn one_by_one<'m>(
    meter: &'m Meter,
    rules: &[&LibRule],
    library: Library,
    is_32bit: bool,
) -> Result<Tree<'m>, Failure> {
    let mut tree = Tree::new(library, meter);
    for (position, rule) in rules.iter().enumerate() {
        meter.set_progress(Stage::Tree, position, rules.len());
        tree.add(rule, is_32bit).map_err(|problem| problem.at(position))?;
    }
    Ok(tree)
}

#[cfg(test)]
mod tests;
