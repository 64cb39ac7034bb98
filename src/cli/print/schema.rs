//! `sdiff schema`: JSON Schemas of what the program reads and writes.

use crate::cli::failure::Failure;
use crate::cli::terminal::output;
use crate::schema::{self, Schema};
use crate::syscall::nearest_of;
use std::process::ExitCode;

/// Print a JSON Schema of what the program reads or writes, or list them
///
/// `sdiff schema profile` is for editors: with it they complete and underline the names of system calls,
/// actions, operators and capabilities in a profile.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which; without it all are listed
    name: Option<String>,
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let text = match &args.name {
        None => {
            let line = |Schema { name, of, .. }: Schema| format!("{name:<11} {of}\n");
            schema::all().map(line).collect()
        }
        Some(wanted) => match schema::all().find(|schema| schema.name == wanted) {
            Some(schema) => schema.text,
            None => {
                let known: Vec<&str> = schema::all().map(|schema| schema.name).collect();
                let near = nearest_of(wanted, known.iter().copied());
                return Err(Failure::Usage(format!(
                    "there is no schema `{}`: {}known are {}",
                    wanted.escape_debug(),
                    near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default(),
                    known.join(", ")
                )));
            }
        },
    };
    output::to_stdout(&text)?;
    Ok(ExitCode::SUCCESS)
}
