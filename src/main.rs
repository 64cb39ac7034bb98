//! `sdiff`: says exactly what a change of a container's seccomp profile lets through.
//!
//! The program is the library and its command line, [`sdiff::cli`], in which every command is a file.

fn main() -> std::process::ExitCode {
    sdiff::cli::run()
}
