//! `sdiff fingerprint`: a hash of what a profile does.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::decision::Store;
use crate::semantics::Engine;
use std::process::ExitCode;

/// Print a hash of what a profile does
///
/// Two profiles have one fingerprint exactly when no call in any of the environments that are asked
/// for gets another action, whatever their text. It is the same on every machine, and changes with
/// the engine, the hosts and all else that is asked.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profile
    profile: String,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    pub question: Question,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let taken = profiles::take(&args.profile, &args.reading)?;
    let loaded = taken.loaded();
    let question = args.question.of(&args.profile);
    let engine = question.engine.unwrap_or(Engine::of_loaded(loaded));
    let mut store = Store::default();
    let settings = question.settings(engine).carrying(&loaded.environment);
    let policy = taken.policy(&mut store, &settings, &question.hosts)?;
    question.tell();
    output::to_stdout(&format!("{}\n", policy.fingerprint(&store)))?;
    profiles::warn(loaded, &args.reading, color);
    Ok(ExitCode::SUCCESS)
}
