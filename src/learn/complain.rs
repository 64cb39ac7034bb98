//! The profile to record with: what a base stops by default is logged, and runs.

use crate::decision::{Store, TooLarge};
use crate::load::Loaded;
use crate::profile::{Action, ActionName, Profile, Spanned};
use crate::semantics::{self, Policy, SemanticsError, Settings};
use crate::starts;
use crate::syscall::Syscall;

/// Why there is no such profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum ComplainError {
    #[error("{0}")]
    Meaning(#[from] SemanticsError),
    #[error(transparent)]
    Bound(#[from] TooLarge),
    #[error("`{0}` would get another answer than the base's or `LOG`")]
    Other(Syscall),
    #[error("{0}")]
    NoStart(String),
}

/// A base with `LOG` as its default action; without a base every call is logged. Proved: each call
/// gets what the base gives it, or is logged where the base stops it; and a container starts.
///
/// # Errors
/// [`ComplainError`]
pub fn complain(base: Option<&Loaded>, settings: &Settings) -> Result<Profile, ComplainError> {
    let mut profile = match base {
        Some(base) => base.profile.clone(),
        None => {
            let abis = settings.hosts.iter().flat_map(|host| host.abis());
            let abis = abis.map(|abi| Spanned::bare(abi.oci_name().to_owned()));
            Profile { architectures: abis.collect(), ..Profile::default() }
        }
    };
    profile.default_action = Some(Spanned::bare(ActionName::Log));
    profile.default_errno_ret = None;
    profile.default_errno = None;
    let mut store = Store::default();
    let after = Policy::build(&mut store, &profile, settings)?;
    if let Some(base) = base {
        let before = Policy::build(&mut store, &base.profile, settings)?;
        for host in before.hosts() {
            for old in host.abis.iter().flatten() {
                let Some(new) = after.abi(host.host, old.abi) else { continue };
                for (number, syscall, was) in old.calls() {
                    let is = new.decision(number);
                    let is_other = store.zip(was, is, &|was, is| {
                        let [was, is] = [was, is].map(semantics::action);
                        let is_logged = is == Action::Log && !was.lets_through();
                        u32::from(was != is && !is_logged)
                    })?;
                    if store.leaves(is_other).contains(&1) {
                        return Err(ComplainError::Other(syscall));
                    }
                }
            }
        }
    }
    match starts::breaks(&store, &after) {
        Some(breaks) => Err(ComplainError::NoStart(breaks.sentence())),
        None => Ok(profile),
    }
}
