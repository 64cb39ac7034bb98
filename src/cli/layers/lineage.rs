//! `sdiff lineage`: what a profile came from, and what happened there since.

use super::rebase::read_as;
use crate::cli::config::Configured;
use crate::cli::failure::Failure;
use crate::cli::options::Reading;
use crate::cli::output::{self, ColorChoice};
use crate::cli::profiles::{self, PROFILE_HELP};
use crate::cli::values::{self, TextOrJson};
use sdiff::decision::Store;
use sdiff::overlay;
use sdiff::report;
use sdiff::semantics::Engine;
use std::process::ExitCode;

/// Say which built-in profile a profile came from, and what happened there since
///
/// Which releases and commits of the defaults it can be a copy of, with the edits that lead from there
/// to it, or that it is no copy of any; what it changes against the nearest; and what upstream has
/// blocked or allowed since that the profile has not, each with the first release that did.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profile
    profile: String,

    /// What to print: text or json
    ///
    /// `json` is described by docs/lineage.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    /// Who reads the profile: docker, podman, containerd [default: by its format]
    ///
    /// Without this option a profile in Podman's dialect is Podman's, and one that can be either's
    /// is looked for among Docker's and Podman's.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine)]
    engine: Option<Engine>,

    #[command(flatten)]
    config: Configured,

    #[command(flatten)]
    reading: Reading,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let mine = profiles::load(&args.profile, &args.reading)?;
    let file = args.config.read()?;
    let said = file.of_profile(&args.config.path_of(&args.profile)).engine;
    let engine = args.engine.or(said).or(file.defaults().engine);
    let read = read_as(&mine, engine, None)?;
    let lineage = overlay::lineage(&mut Store::default(), &mine.profile, &read);
    let lineage = lineage.map_err(|error| Failure::of_profile(error, &mine))?;
    let text = match args.format {
        TextOrJson::Text => report::lineage_text(&mine, &lineage, color.on_stdout()),
        TextOrJson::Json => report::lineage_json(&mine, &lineage),
    };
    output::to_stdout(&text)?;
    profiles::warn(&mine, &args.reading, color);
    Ok(ExitCode::SUCCESS)
}
