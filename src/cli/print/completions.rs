//! `sdiff completions`: for the shell.

use crate::cli::failure::Failure;
use crate::cli::help::completion;
use crate::cli::terminal::output;
use crate::syscall::nearest_of;
use std::process::ExitCode;

/// Print completions for a shell
///
/// They ask the program itself, which knows its built-in profiles, the calls, hosts, capabilities and lints.
/// Other values than these are files.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The shell: bash, zsh, fish, elvish, powershell
    #[arg(value_parser = shell)]
    shell: String,
}

fn shell(text: &str) -> Result<String, String> {
    let known = completion::shells();
    match known.contains(&text) {
        true => Ok(text.to_owned()),
        false => {
            let near = nearest_of(text, known.iter().copied());
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Err(format!("{near}known are {}", known.join(", ")))
        }
    }
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    output::to_stdout(&completion::function(&args.shell).unwrap_or_default())?;
    Ok(ExitCode::SUCCESS)
}
