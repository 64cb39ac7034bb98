//! The real parts that judge `sdiff`, and plain restatements of what the engines and runtimes do
//! around them.
//!
//! ```text
//! Case (JSON, engine, machine, host, capabilities, kernel)  cases  made from a seed
//!   ─▶ resolve   ─▶ Oci                                  resolve   moby's, Podman's stage 2
//!   ─▶ reference ─▶ the library ─▶ Program               reference what runc and crun ask of it
//!   ─▶ stub      ─▶ the answer before the program        stub      runc's ENOSYS
//!   ─▶ bpf       ─▶ Action                               bpf       a machine for the program
//! ```
//! Beside that way stand the parts that check it: [`container`] takes the program that a real
//! runc or crun hands to the kernel, and [`kernel`] asks the kernel itself. [`subject`] judges
//! whatever claims to know better, and [`main_crate`] is the main crate in that role. [`pair`] holds
//! what it says of two profiles against what the oracles say of each; [`mutate`] makes the pairs.
//!
//! [`programs`] makes filters by themselves.
//!
//! [`browser`] shows the HTML report to a real Chromium.
//!
//! Nothing here shares code with the semantics under judgement. System call numbers come from
//! libseccomp, and everything is concrete: one host, one set of capabilities, one kernel.

pub mod arch;
pub mod bpf;
pub mod browser;
pub mod callers;
pub mod calls;
pub mod cases;
pub mod container;
pub mod docker;
pub mod edges;
pub mod endless;
pub mod held;
pub mod hold;
pub mod kernel;
pub mod knobs;
pub mod library;
pub mod loads;
pub mod machine;
pub mod main_crate;
pub mod mutate;
pub mod names;
pub mod oci;
pub mod pair;
pub mod podman;
pub mod programs;
pub mod published;
pub mod readback;
pub mod reference;
pub mod resolve;
pub mod rng;
pub mod roots;
pub mod shipped;
pub mod stacked;
pub mod starts;
pub mod stub;
pub mod subject;
pub mod wide;
