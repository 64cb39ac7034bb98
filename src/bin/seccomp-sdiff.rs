//! `seccomp-sdiff`: `sdiff` under a name that is its own.

#[path = "../cli/mod.rs"]
mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
