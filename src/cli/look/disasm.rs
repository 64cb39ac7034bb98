//! `sdiff disasm`: the instructions of filters, in words.

use crate::cli::failure::Failure;
use crate::cli::inputs::filters::{self, FILTER_HELP, Filters};
use crate::cli::inputs::profiles;
use crate::cli::terminal::output;
use crate::cli::values::TextOrJson;
use crate::report;
use std::process::ExitCode;

/// Print the instructions of filters, in words
///
/// Each instruction with its number, what the kernel has of it (code, jt, jf, k), and what it does,
/// with the names of calls and architectures where it is certain that a number is one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = FILTER_HELP)]
pub(in crate::cli) struct Args {
    /// The filters
    #[arg(value_name = "FILTERS")]
    filters: String,

    /// What to print: text or json
    ///
    /// `json` is described by docs/disasm.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Filters { loaded, files, programs } = filters::required(&args.filters)?;
    let named: Vec<_> = files.iter().map(String::as_str).zip(&programs).collect();
    output::to_stdout(&match args.format {
        TextOrJson::Text => report::disasm_text(&named),
        TextOrJson::Json => report::disasm_json(&named),
    })?;
    profiles::tell(&loaded);
    Ok(ExitCode::SUCCESS)
}
