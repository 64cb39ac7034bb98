//! Says exactly what a change of a container's seccomp profile lets through.
//!
//! A profile, read by an engine, is a function: for every host, ABI, set of capabilities, kernel,
//! system call and six arguments it yields one action. This crate builds that function
//! ([`semantics::Policy`]) and compares functions ([`diff::compare`]), never text.
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::diff::{Kind, compare};
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::semantics::{Engine, Policy, Settings};
//!
//! let old = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["read"], "action": "SCMP_ACT_ALLOW" } ] }"#;
//! let new = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
//!     { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
//!       "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 40 }] } ] }"#;
//! let old = parse("old.json", old.as_bytes(), &LoadOptions::default())?;
//! let new = parse("new.json", new.as_bytes(), &LoadOptions::default())?;
//!
//! // Both policies live in one store, in which equal functions have equal handles.
//! let mut store = Store::default();
//! let settings = Settings::new(Engine::Docker);
//! let old = Policy::build(&mut store, &old.profile, &settings)?;
//! let new = Policy::build(&mut store, &new.profile, &settings)?;
//!
//! let comparison = compare(&mut store, &old, &new)?;
//! let change = &comparison.changes[0];
//! assert_eq!(change.kind, Kind::Added);
//! let proof = &change.effects[0].witness;
//! assert_eq!(proof.syscall.map(|call| call.name()), Some("socket"));
//! assert_eq!(proof.point.args[0], 40); // AF_VSOCK
//! assert!(!comparison.is_within());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The way of the data is the order in which to read: [`load`] turns bytes into a
//! [`profile::Profile`] that knows its places in the file, [`semantics`] gives it the meaning that
//! Docker, Podman or containerd, runc and libseccomp give it, with the environment left open,
//! [`decision`] holds the result in a form in which equality is exact, and [`diff`] says what
//! differs, with one concrete call as proof. [`syscall`] knows the kernel's numbers and names,
//! [`baseline`] the defaults that engines ship, [`starts`] what a runtime needs of a filter
//! to start a container. [`lint`] and [`explain`] look at one profile: what it says but does not do,
//! and what happens to one call; [`call`] is how a person writes calls. [`recording`] reads the calls
//! that tools recorded, and [`learn`] makes a profile of them. [`filter`] reads what the kernel holds in the end, classic BPF, as one
//! more way to write a policy, and [`verify`] says whether that is a profile's. [`live`] takes it from
//! running processes. [`fleet`] judges thousands of profiles and tells of them in one report.

pub mod baseline;
pub mod call;
pub mod decision;
pub mod diff;
pub mod explain;
pub mod filter;
pub mod fleet;
mod idle;
pub mod learn;
pub mod lint;
pub mod live;
pub mod load;
mod machine;
pub mod origin;
pub mod overlay;
mod page;
pub mod phrase;
pub mod profile;
pub mod recording;
pub mod report;
pub mod require;
pub mod review;
pub mod schema;
pub mod semantics;
pub mod starts;
pub mod syscall;
pub mod uses;
pub mod verify;
