//! Whether filters in the kernel are what a profile says, and if not, on which machine they would
//! be.
//!
//! A profile is a function of the machine that reads it: engine, runtime, libseccomp. [`verify`]
//! builds that function for the machine that is asked about and compares it with the filters' for
//! every call, number and argument. Where it is another one it tries all machines that are known,
//! and each filter of a stack by itself; where none is it, the nearest is named.

mod grid;
mod nearest;
mod reason;

pub use grid::machines;
pub use nearest::{Candidate, Finder, Nearest};
pub use reason::{Reason, reasons};

use crate::decision::{Assignment, Set, Store, TooLarge};
use crate::diff::agreement;
use crate::filter::{Filter, FilterError, Program};
use crate::profile::{KernelVersion, Profile};
use crate::semantics::{Given, Machine, Policy, SemanticsError, Settings};

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
    /// What comes nearest, where nothing fits.
    pub nearest: Option<NearestMachine>,
}

/// The machine that makes the fewest differences.
#[derive(Clone, Debug)]
pub struct NearestMachine {
    /// Which filter of the stack (0 is the oldest) it is about; `None`: all of them together.
    pub filter: Option<usize>,
    /// The machine.
    pub machine: Machine,
    /// In how many places it differs: calls with a name, and ranges of numbers without one, of each
    /// ABI.
    pub places: usize,
    /// The function of that filter, or of all.
    pub policy: Policy,
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
    let mut store = Store::default();
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
        nearest: None,
    };
    if !verified.equal.is_empty() {
        return Ok(verified);
    }
    let environment = environment(settings);
    let Verified { store, filter, .. } = &mut verified;
    let tried = grid::fits(store, profile, filter, settings, &environment, KEPT_NODES)?;
    let whole = verified.filter.clone();
    let of = |filter, policy: &Policy, (machine, places)| {
        let policy = policy.clone();
        NearestMachine { filter, machine, places, policy }
    };
    verified.elsewhere = tried.fits;
    verified.nearest = tried.nearest.map(|found| of(None, &whole, found));
    if verified.elsewhere.is_empty() && stack.len() > 1 {
        for (at, program) in stack.iter().enumerate() {
            let store = &mut verified.store;
            let one = Filter::new(store, std::slice::from_ref(program))?;
            let one = one.policy(store, settings)?;
            let tried = grid::fits(store, profile, &one, settings, &environment, KEPT_NODES)?;
            if let Some(fit) = tried.fits.first() {
                (verified.alone, verified.nearest) = (Some((at, *fit)), None);
                break;
            }
            let least = verified.nearest.as_ref().map_or(usize::MAX, |nearest| nearest.places);
            if let Some(found) = tried.nearest.filter(|(_, places)| *places < least) {
                verified.nearest = Some(of(Some(at), &one, found));
            }
        }
    }
    if let Some(nearest) = &mut verified.nearest {
        // The policies of filters were built again and again: theirs are those of the last store.
        let programs = match nearest.filter {
            Some(at) => stack.get(at..=at).unwrap_or_default(),
            None => stack,
        };
        let store = &mut verified.store;
        nearest.policy = Filter::new(store, programs)?.policy(store, settings)?;
    }
    Ok(verified)
}

/// The environment in which the nearest machine is sought: a filter sees none, and where nobody asked
/// for one it is that of a container that asks for nothing.
pub fn environment(settings: &Settings) -> Assignment {
    let given = settings.given;
    Assignment {
        capabilities: given.capabilities.unwrap_or(Given::docker_default()),
        kernel: given.kernel.unwrap_or(KERNEL),
        ..Assignment::default()
    }
}

/// What is taken where no kernel is given.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };
