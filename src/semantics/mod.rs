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
mod compile;
mod error;
mod filter_settings;
#[doc(hidden)]
pub mod libseccomp;
mod policy;
mod resolve;
mod settings;
pub mod words;

pub(crate) use code::UNMATCHED;
pub use code::{action, leaf};
pub(crate) use compile::added::{LeftOut, Named};
pub(crate) use compile::names::{Names, Reading};
pub use error::{Problem, SemanticsError};
pub use filter_settings::{FilterSettings, Flag};
pub(crate) use policy::elsewhere::Elsewhere;
pub use policy::fingerprint::Fingerprint;
pub(crate) use policy::numbered::{domain, unnamed};
pub(crate) use resolve::ignored::ignored;

pub use crate::machine::{
    CHANGES, Change, Engine, Machine, RUN, Runtime, RuntimeError, SHIPPED, Shipped, Version,
};
pub use policy::abi::{AbiPolicy, HostPolicy};
pub use policy::build::Policy;
pub use policy::mention::Mention;
pub use resolve::reader::Reader;
pub(crate) use resolve::rules::{Scope, filter_abis};
pub use settings::{Carried, Given, Settings};
