//! Says exactly what a change of a container's seccomp profile lets through.

pub mod baseline;
pub mod decision;
pub mod diff;
pub mod load;
pub mod profile;
pub mod report;
pub mod semantics;
pub mod syscall;
