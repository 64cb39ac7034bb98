//! What is wanted of a profile, call by call.

use crate::decision::{Leaf, Store};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Cell, Filters};
use crate::overlay::layers::source::Source;
use crate::overlay::layers::target;
use crate::profile::Profile;
use crate::syscall::{Multiplexer, Syscall};
use std::collections::BTreeMap;

/// What is wanted.
pub(in crate::overlay) struct Goal<'a> {
    /// The profile that is edited; names are in `names`, never in `name`.
    pub base: Profile,
    pub default: Leaf,
    pub filters: Filters,
    /// The wanted matches by [`Syscall::index`]; an empty row keeps what the base says.
    pub rows: Vec<Option<Vec<Cell>>>,
    /// Whether it matters if a call has a match with the default action, or none.
    pub exact: bool,
    /// Where rules can come from. The first are the base's own.
    pub sources: &'a [Source<'a>],
    /// Names that nothing is known of, with the source that has them last.
    pub unknown: BTreeMap<String, usize>,
    /// Who asks for a change of a call.
    pub by: &'a dyn Fn(&str) -> String,
}

impl Goal<'_> {
    /// What is wanted of a call; `None` to keep what the base says.
    pub fn row(&self, syscall: Syscall) -> Option<&[Cell]> {
        self.rows.get(syscall.index())?.as_deref()
    }

    /// What is wanted of a call, or what the base says.
    pub fn wanted(&self, syscall: Syscall) -> Option<&[Cell]> {
        let base = || self.sources.first()?.grid.get(syscall.index()).map(Vec::as_slice);
        self.row(syscall).or_else(base)
    }
}

/// The first cell in which a row is not what was wanted.
pub(in crate::overlay) fn first_difference(
    store: &mut Store,
    goal: &Goal,
    wanted: &[Cell],
    found: &[Cell],
) -> Result<Option<Cell>, OverlayError> {
    if wanted == found {
        return Ok(None);
    }
    let (mut a, mut b) = (wanted.to_vec(), found.to_vec());
    if !goal.exact {
        target::with_default(store, &mut a, goal.default)?;
        target::with_default(store, &mut b, goal.default)?;
    }
    Ok(a.iter().zip(&b).find(|(a, b)| a != b).map(|(a, _)| *a))
}

/// `socketcall` and `ipc`.
pub(in crate::overlay) fn multiplexer(syscall: Syscall) -> Option<Multiplexer> {
    [Multiplexer::Socketcall, Multiplexer::Ipc].into_iter().find(|m| m.syscall() == Some(syscall))
}
