//! `sdiff baselines`: the built-in profiles.

use super::failure::Failure;
use super::output;
use sdiff::baseline;
use sdiff::load::{self, LoadOptions};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// List the built-in profiles, or print one
///
/// The list has a release a line: its name, its date, and the content that it ships, which is equal
/// for releases that ship the same profile. With a name it prints that profile as JSON that Docker
/// (or Podman) loads as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which to print: default, docker@29.4.3, podman@0.60, or a product to list
    #[arg(value_name = "NAME")]
    spec: Option<String>,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let text = match &args.spec {
        None => list(),
        // A path or a revision is not asked for, even if it is there.
        Some(spec) if baseline::is_spec(spec) => {
            load::load(spec, &LoadOptions::default())?.source.text.to_string()
        }
        Some(spec) => {
            let name = spec.escape_debug();
            let message = format!("no built-in baseline `{name}`: `sdiff baselines` lists them");
            return Err(Failure::Usage(message));
        }
    };
    output::to(args.output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    let mut text = String::new();
    for release in baseline::list() {
        let name = release.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<18} {:<11} {}", release.date, release.content);
    }
    text
}
