//! `sdiff machines`: the engines, runtimes and libraries that are known.

use crate::cli::failure::Failure;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::TextOrJson;
use crate::report;
use std::process::ExitCode;

/// List the engines, runtimes and libraries that are known
///
/// With what each changes, and who ships it, with a source. One profile means different things to different machines. Every command takes the machine as
/// part of the question: `--engine`, `--runtime`, `--libseccomp`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The form: text, json
    #[arg(short, long, value_name = "FORM", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let text = match args.format {
        TextOrJson::Text => report::machines_text(color.on_stdout()),
        TextOrJson::Json => report::machines_json(),
    };
    output::in_form(args.format, None, &text)?;
    Ok(ExitCode::SUCCESS)
}
