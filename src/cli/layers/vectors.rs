//! `sdiff vectors A B --strategy stack`: calls by which an intersection of profiles can be tested.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output;
use crate::decision::Store;
use crate::load::Loaded;
use crate::overlay::{self, OverlayError};
use crate::report;
use crate::semantics::Engine;
use crate::syscall::Host;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print calls by which an intersection of profiles can be tested, with what each gets
///
/// Each call is at a boundary of a condition, a capability or a kernel version that one of the profiles asks
/// for, or stands for a system call that none of them says more of. The answers are those of the filters
/// alone, without what a runtime adds. Without --host they are for amd64.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profiles, the lower first
    #[arg(required = true, num_args = 2..)]
    profiles: Vec<String>,

    /// How they become one: stack, the strictest answer
    #[arg(long, value_name = "STRATEGY", value_parser = ["stack"], default_value = "stack")]
    #[arg(hide_possible_values = true)]
    strategy: String,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    pub question: Question,
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let load = |spec: &String| profiles::load(spec, &args.reading);
    let loaded: Vec<Loaded> = args.profiles.iter().map(load).collect::<Result<_, _>>()?;
    let mut layers = Vec::new();
    for loaded in &loaded {
        let engine = args.question.engine.unwrap_or(Engine::of_loaded(loaded));
        let mut settings = args.question.settings(engine);
        if args.question.hosts.is_empty() {
            settings.hosts = vec![Host::Amd64];
        }
        layers.push((loaded, settings));
    }
    let mut store = Store::default();
    let found = overlay::vectors(&mut store, &layers);
    let found = found.map_err(|error: OverlayError| Failure::of_layers(error, &loaded))?;
    if found.is_empty() {
        let message =
            "no container starts with all of these profiles on the hosts that are asked for";
        return Err(Failure::Usage(message.to_owned()));
    }
    args.question.tell();
    output::to(args.output.as_deref(), &report::vectors_json(&args.profiles, &found))?;
    Ok(ExitCode::SUCCESS)
}
