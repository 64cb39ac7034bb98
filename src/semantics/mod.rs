//! What a profile means: from a [`Profile`](crate::profile::Profile) to a [`Policy`].
//!
//! 1. *resolve*: what an [`Engine`] makes of `archMap`, `includes` and `excludes`; capabilities
//!    and kernels stay open, each rule carries the set of environments that keep it.
//! 2. *filter*: the rules of each system call on each ABI, as runc adds them, and the decision
//!    that libseccomp's program takes with them ([`libseccomp`]).
//! 3. *stub*: runc's `ENOSYS` for numbers above all that the profile names.
//!
//! What is not modelled: the kernel's bound of 4,096 instructions a filter, filters that other
//! programs add later.

mod by_call;
mod code;
mod error;
mod filter;
mod filter_settings;
mod fingerprint;
mod groups;
mod ignored;
pub mod libseccomp;
mod lists;
mod names;
mod numbered;
mod of_numbers;
mod policy;
mod reader;
mod resolve;
mod settings;
mod sharing;
mod stacked;
mod stub;
mod unloaded;

pub(crate) use code::UNMATCHED;
pub use code::{action, leaf};
pub use error::{Problem, SemanticsError};
pub(crate) use filter::{LeftOut, Named};
pub use filter_settings::{FilterSettings, Flag};
pub use fingerprint::Fingerprint;
pub(crate) use ignored::ignored;
pub(crate) use names::{Names, Reading};
pub(crate) use numbered::{domain, unnamed};

pub use crate::machine::{
    CHANGES, Change, Engine, Machine, RUN, Runtime, RuntimeError, SHIPPED, Shipped, Version,
};
pub use policy::{AbiPolicy, HostPolicy, Mention, Policy};
pub use reader::Reader;
pub(crate) use resolve::{Scope, filter_abis};
pub use settings::{Carried, Given, Settings};
