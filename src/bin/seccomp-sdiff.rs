//! `seccomp-sdiff`: `sdiff` under a name that is its own.

fn main() -> std::process::ExitCode {
    sdiff::cli::run()
}
