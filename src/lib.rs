//! Says exactly what a change of a container's seccomp profile lets through.
//!
//! A profile, read by an engine, is a function: for every host, ABI, set of capabilities, kernel,
//! system call and six arguments it yields one action. This crate builds that function
//! ([`semantics::Policy`]) and compares functions ([`diff::compare`]), never text.
//!
//! # The common question
//!
//! [`diff()`] compares two profiles, prints the answer as text or JSON, and says whether the new one is within
//! the old one:
//!
//! ```
//! use sdiff::diff::Kind;
//! use sdiff::load::{LoadOptions, parse};
//!
//! let old = br#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["read"], "action": "SCMP_ACT_ALLOW" } ] }"#;
//! let new = br#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
//!     { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
//!       "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 40 }] } ] }"#;
//! let old = parse("old.json", old, &LoadOptions::default())?;
//! let new = parse("new.json", new, &LoadOptions::default())?;
//!
//! let diff = sdiff::diff(&old, &new, &sdiff::Question::default())?;
//! let change = &diff.comparison().changes[0];
//! assert_eq!(change.kind, Kind::Added);
//! let proof = &change.effects[0].witness;
//! assert_eq!(proof.syscall.map(|call| call.name()), Some("socket"));
//! assert_eq!(proof.point.args[0], 40); // AF_VSOCK
//! assert!(!diff.is_within());
//! assert!(diff.json().starts_with('{'));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A gate in an admission controller
//!
//! A profile of a `Localhost` Pod may let through nothing that containerd's own default does not. What cannot be
//! read or decided is refused, with the reason:
//!
//! ```
//! use sdiff::load::{LoadOptions, load, parse};
//! use sdiff::semantics::{Engine, Given};
//! use sdiff::{Question, syscall::Host};
//!
//! /// Why a Pod is refused; nothing where it is admitted.
//! fn refused(profile: &[u8]) -> Result<(), String> {
//!     let base = load("kubernetes", &LoadOptions::default()).map_err(|error| error.to_string())?;
//!     let theirs = parse("profile.json", profile, &LoadOptions::default());
//!     let theirs = theirs.map_err(|error| error.to_string())?;
//!     let question = Question {
//!         engine: Some(Engine::Containerd),
//!         hosts: vec![Host::Amd64, Host::Arm64], // the nodes of this cluster
//!         given: Given { capabilities: Some(Given::docker_default()), kernel: None },
//!         ..Question::default()
//!     };
//!     let diff = sdiff::diff(&base, &theirs, &question).map_err(|error| error.to_string())?;
//!     match diff.is_within() {
//!         true => Ok(()),
//!         false => Err(diff.text()), // each call more, with a proof
//!     }
//! }
//!
//! let rule = |name| format!(
//!     r#"{{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
//!          "syscalls": [{{ "names": ["{name}"], "action": "SCMP_ACT_ALLOW" }}] }}"#);
//! let why = refused(rule("bpf").as_bytes()).unwrap_err();
//! assert!(why.contains("bpf"));
//! assert!(refused(b"{ \"defaultAction\": ").is_err());
//! assert_eq!(refused(rule("read").as_bytes()), Ok(()));
//! ```
//!
//! # A fleet in memory
//!
//! Rows are a map over files, and the report a reduce over rows: on threads, or on many machines.
//!
//! ```
//! use sdiff::fleet::{File, Fleet, Judge, Options};
//! use sdiff::load::Surroundings;
//! use sdiff::report::fleet::fleet_text;
//! use sdiff::semantics::{Engine, Settings};
//!
//! let judge = Judge::new(Options {
//!     engine: None,
//!     settings: Settings::new(Engine::Docker),
//!     questions: Vec::new(),
//!     format: None,
//!     plan: false,
//!     team: None,
//! });
//! let of = |names: &str| format!(
//!     r#"{{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{{ "names": [{names}], "action": "SCMP_ACT_ALLOW" }}] }}"#);
//! let files = [
//!     ("a.json", of(r#""read", "write""#)),
//!     ("b.json", of(r#""write", "read""#)),
//!     ("c.json", of(r#""read", "bpf""#)),
//! ];
//!
//! let mut fleet = Fleet::default();
//! for (name, text) in &files {
//!     let file = File { name, path: None, bytes: text.as_bytes(), is_named: true };
//!     for row in judge.file(file, &Surroundings::within_repository()) {
//!         fleet.add(row);
//!     }
//! }
//! let fleet = fleet.finished();
//! assert_eq!(fleet.profiles(), 3);
//! assert_eq!(fleet.groups().len(), 2); // two texts are one function
//! println!("{}", fleet_text(&fleet, false));
//! ```
//!
//! # A merge
//!
//! What two layers are together, as one profile that is proved to be it before it is returned:
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::load::{LoadOptions, load, parse};
//! use sdiff::diff::Subject;
//! use sdiff::overlay::{Strategy, merge_loaded};
//! use sdiff::profile::to_json;
//! use sdiff::syscall::{Host, Syscall};
//!
//! let base = load("docker@28.2", &LoadOptions::default())?;
//! let team = br#"{ "syscalls": [{ "names": ["keyctl"], "action": "SCMP_ACT_ALLOW" }] }"#;
//! let team = parse("team.json", team, &LoadOptions::default())?;
//! let (layers, hosts) = ([base.clone(), team], [Host::Amd64]);
//! let merged = merge_loaded(&mut Store::default(), &layers, None, Strategy::Override, &hosts)?;
//! let text = to_json(&merged.profile);
//!
//! // Nothing but keyctl is more than before.
//! let whole = parse("merged.json", text.as_bytes(), &LoadOptions::default())?;
//! let question = sdiff::Question { hosts: vec![Host::Amd64], ..sdiff::Question::default() };
//! let diff = sdiff::diff(&base, &whole, &question)?;
//! let changed: Vec<Subject> = diff.comparison().changes.iter().map(|c| c.subject).collect();
//! assert_eq!(changed, [Subject::Syscall(Syscall::from_name("keyctl").unwrap())]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # An explanation
//!
//! What happens to one call, and which rule decides:
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::explain::{Call, Decided, explain};
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::profile::Action;
//! use sdiff::report::{Explained, explain_text};
//! use sdiff::semantics::{Engine, Policy, Settings};
//! use sdiff::syscall::{Abi, Host};
//!
//! let text = br#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
//!       "args": [{ "index": 0, "op": "SCMP_CMP_NE", "value": 40 }] } ] }"#;
//! let loaded = parse("mine.json", text, &LoadOptions::default())?;
//! let mut store = Store::default();
//! let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
//! let policy = Policy::build(&mut store, &loaded.profile, &settings)?;
//! let call = Call::parse("socket(AF_INET, 1, 0)", Abi::X86_64)?;
//! let answers = explain(&mut store, &loaded.profile, &policy, &call)?;
//! let native = answers.iter().find(|answer| answer.places[0].abi == Abi::X86_64).unwrap();
//! assert_eq!(native.action, Action::Allow);
//! assert!(matches!(native.decided, Decided::Rule(0)));
//!
//! let explained = Explained { source: &loaded.source, policy: &policy, answers: &answers, stack: &[] };
//! println!("{}", explain_text(&explained, &call, false));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rooms
//!
//! The way of the data is the order in which to read: [`load`] turns bytes into a
//! [`profile::Profile`] that knows its places in the file, [`semantics`] gives it the meaning that
//! Docker, Podman or containerd, runc and libseccomp give it, with the environment left open,
//! [`decision`] holds the result in a form in which equality is exact, and [`mod@diff`] says what
//! differs, with one concrete call as proof. [`syscall`] knows the kernel's numbers and names,
//! [`baseline`] the defaults that engines ship, [`starts`] what a runtime needs of a filter
//! to start a container. [`lint`] and [`explain`] look at one profile: what it says but does not do,
//! and what happens to one call; [`call`] is how a person writes calls. [`recording`] reads the calls
//! that tools recorded, and [`learn`] makes a profile of them. [`filter`] reads what the kernel holds in the end, classic BPF, as one
//! more way to write a policy, and [`verify`] says whether that is a profile's. [`live`] takes it from
//! running processes. [`fleet`] judges thousands of profiles and tells of them in one report.

// So that the command line can name the library as anybody else does.
#[cfg(feature = "cli")]
extern crate self as sdiff;

// What is hidden here serves the program, and changes with it: no other program should build on it.

pub mod baseline;
pub mod call;
// The command line, once for the two programs: it is no part of the library.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
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
#[doc(hidden)]
pub mod origin;
pub mod overlay;
mod page;
// Words for messages of the program: they change with it.
#[doc(hidden)]
pub mod phrase;
pub mod profile;
mod question;
pub mod recording;
pub mod report;
#[doc(hidden)]
pub mod require;
#[doc(hidden)]
pub mod review;
pub mod schema;
pub mod semantics;
pub mod starts;
pub mod syscall;
#[doc(hidden)]
pub mod uses;
pub mod verify;

pub use question::{Diff, DiffError, Question, diff};
