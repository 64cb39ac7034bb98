//! `sdiff`: says exactly what a change of a container's seccomp profile lets through.
//!
//! The program is the library `sdiff` and a command line: every command is a file in [`cli`].

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
