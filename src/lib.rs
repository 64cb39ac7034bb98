//! Says exactly what a change of a container's seccomp profile lets through.

pub mod profile;
pub mod syscall;
