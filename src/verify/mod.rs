//! Whether filters in the kernel are what a profile says, and if not, on which machine they would
//! be.
//!
//! A profile is a function of the machine that reads it: engine, runtime, libseccomp. [`verify`]
//! builds that function for the machine that is asked about and compares it with the filters' for
//! every call, number and argument. Where it is another one it tries all machines that are known,
//! and each filter of a stack by itself.

mod grid;
mod nearest;

pub use grid::machines;
pub use nearest::{Candidate, Finder, Nearest};

use crate::decision::{Limits, Set, Store, TooLarge};
use crate::diff::agreement;
use crate::filter::{Filter, FilterError, Program};
use crate::profile::Profile;
use crate::semantics::{Machine, Policy, SemanticsError, Settings};

/// What came of it. The sets and policies live in [`Verified::store`].
#[derive(Clone, Debug)]
pub struct Verified {
    /// Where all of it lives.
    pub store: Store,
    /// What was asked; the hosts are those of the filters.
    pub settings: Settings,
    /// The function of the filters.
    pub filter: Policy,
    /// What the machine that is asked about makes of the profile; or why nothing starts there.
    pub profile: Result<Policy, SemanticsError>,
    /// In which environments (capabilities and kernels) the filters are the profile.
    pub equal: Set,
    /// Other machines on which they are, the nearest to the one that is asked about first. Empty
    /// where that one fits.
    pub elsewhere: Vec<Fit>,
    /// The filter of the stack (0 is the oldest) that is the profile by itself, and on which
    /// machine, where all of them together are on none.
    pub alone: Option<(usize, Fit)>,
}

/// A machine on which the filters are the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The machine.
    pub machine: Machine,
    /// In which environments.
    pub environments: Set,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The filters have no function that can be told.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A bound was reached.
    #[error("too complex to compare: {0}")]
    TooLarge(#[from] TooLarge),
}

/// All machines together may take so much more than one profile.
const LIMITS: Limits = Limits { nodes: 3_000_000, steps: 60_000_000 };

/// More nodes than these are left behind before the next machine is tried.
const KEPT_NODES: usize = 500_000;

/// Holds filters, the oldest first, against a profile.
///
/// # Errors
/// [`VerifyError`], where a bound is reached. A profile that does not start on the machine is an
/// answer.
pub fn verify(
    profile: &Profile,
    stack: &[Program],
    settings: &Settings,
) -> Result<Verified, VerifyError> {
    let mut store = Store::new(LIMITS);
    let filter = Filter::new(&mut store, stack)?.policy(&mut store, settings)?;
    let asked = Policy::build(&mut store, profile, settings);
    let equal = match &asked {
        Ok(policy) => agreement(&mut store, policy, &filter)?,
        Err(_) => Set::EMPTY,
    };
    let mut verified = Verified {
        store,
        settings: settings.clone(),
        filter,
        profile: asked,
        equal,
        elsewhere: Vec::new(),
        alone: None,
    };
    if !verified.equal.is_empty() {
        return Ok(verified);
    }
    let Verified { store, filter, .. } = &mut verified;
    let elsewhere = grid::fits(store, profile, filter, settings, KEPT_NODES)?;
    verified.elsewhere = elsewhere;
    if verified.elsewhere.is_empty() && stack.len() > 1 {
        verified.alone = alone(&mut verified.store, profile, stack, settings)?;
    }
    Ok(verified)
}

/// The oldest filter that is the profile by itself.
fn alone(
    store: &mut Store,
    profile: &Profile,
    stack: &[Program],
    settings: &Settings,
) -> Result<Option<(usize, Fit)>, VerifyError> {
    for (at, program) in stack.iter().enumerate() {
        let filter = Filter::new(store, std::slice::from_ref(program))?.policy(store, settings)?;
        if let Some(fit) = grid::fits(store, profile, &filter, settings, KEPT_NODES)?.first() {
            return Ok(Some((at, *fit)));
        }
    }
    Ok(None)
}
