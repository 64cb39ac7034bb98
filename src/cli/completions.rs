//! `sdiff completions`: for the shell.

use super::failure::Failure;
use super::{name, output};
use clap_complete::Shell;
use std::process::ExitCode;

/// Print completions for a shell
///
/// For bash: `sdiff completions bash > ~/.local/share/bash-completion/completions/sdiff`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::named(), name::called(), &mut script);
    output::to_stdout(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
