//! `sdiff git-diff`: `git diff` says what a change of a profile lets through.

use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::decision::Store;
use crate::diff::{Kind, compare};
use crate::load::{self, LoadOptions, Loaded};
use crate::report::{self, Report, Side};
use crate::semantics::{Engine, Settings};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Show in `git diff` what a change of a profile lets through
///
/// git runs it as its external diff, with seven or nine arguments. What is new is compared with
/// Docker's default. What is no profile, does not load, or extends another file (whose old version
/// git does not hand over; `sdiff review` reads it) is shown line by line.
///
/// Two lines set it up:
///
///   git config diff.seccomp.command 'sdiff git-diff'
///   echo '*seccomp*.json diff=seccomp' >> .gitattributes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Args {
    /// The path in the repository
    path: String,
    /// The old text: a temporary file, or /dev/null
    #[arg(requires = "new_mode")]
    old: Option<PathBuf>,
    /// The old blob
    old_hex: Option<String>,
    /// The old mode
    old_mode: Option<String>,
    /// The new text
    new: Option<PathBuf>,
    /// The new blob
    new_hex: Option<String>,
    /// The new mode
    new_mode: Option<String>,
    /// The new path, after a rename
    new_path: Option<String>,
    /// What git says of the rename
    rename: Option<String>,
}

/// How git calls a side that is not there, on Windows as well.
const NOTHING: &str = "/dev/null";

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let said = match (&args.old, &args.new) {
        (Some(_), Some(new)) if new == Path::new(NOTHING) => "is deleted",
        (Some(old), Some(new)) => return compared(args, old, new, color),
        _ => "is not merged",
    };
    output::to_stdout(&format!("{} {said}\n", args.path.escape_debug()))?;
    Ok(ExitCode::SUCCESS)
}

fn compared(args: &Args, old: &Path, new: &Path, color: ColorChoice) -> Result<ExitCode, Failure> {
    // git's own pager shows colours, and git does not say whether they are wanted.
    let in_pager = std::env::var_os("GIT_PAGER_IN_USE").is_some()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let color_on = if color == ColorChoice::Auto && in_pager { true } else { color.on_stdout() };
    match report(args, old, new, color_on) {
        Ok(text) => output::to_stdout(&text)?,
        Err(why) => {
            output::to_stderr(&why);
            output::to_stdout(&lines(args, old, new, color_on)?)?;
        }
    }
    // git takes another status for a crash.
    Ok(ExitCode::SUCCESS)
}

/// The report, or why there is none.
fn report(args: &Args, old: &Path, new: &Path, color: bool) -> Result<String, String> {
    let name = args.path.as_str();
    let new_name = args.new_path.as_deref().unwrap_or(name);
    let is_new = old == Path::new(NOTHING);
    let old = match is_new {
        true => {
            load::load("default", &LoadOptions::default()).map_err(|error| error.render(false))?
        }
        false => read(&format!("a/{name}"), old)?,
    };
    let new = read(&format!("b/{new_name}"), new)?;
    let mut store = Store::default();
    let mut policy = |loaded: &Loaded, other: &Loaded| {
        let environment = loaded.environment.beside(&other.environment);
        let settings = Settings::new(Engine::of_loaded(loaded)).carrying(&environment);
        profiles::policy(&mut store, loaded, &settings).map_err(|failure| failure.render(false))
    };
    let (old_policy, new_policy) = (policy(&old, &new)?, policy(&new, &old)?);
    let comparison = compare(&mut store, &old_policy, &new_policy)
        .map_err(|bound| Failure::too_large(bound, &[&old, &new]).render(false))?;
    let report = Report {
        hints: None,
        accepted: &[],
        old: Side { loaded: &old, policy: &old_policy },
        new: Side { loaded: &new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
    };
    Ok(report::text(&report, color) + "\n")
}

fn read(name: &str, path: &Path) -> Result<Loaded, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}\n", path.display()))?;
    let loaded =
        load::parse(name, &bytes, &LoadOptions::default()).map_err(|error| error.render(false))?;
    match loaded.profile.extends.is_empty() {
        true => Ok(loaded),
        false => Err(format!("{} extends another profile\n", name.escape_debug())),
    }
}

/// git's own diff of lines, under the names in the repository.
fn lines(args: &Args, old: &Path, new: &Path, color: bool) -> Result<String, Failure> {
    let color = if color { "--color=always" } else { "--color=never" };
    // Its status says whether lines differ.
    let output = Command::new("git")
        .args(["diff", "--no-index", "--no-ext-diff", "--no-textconv", color, "--"])
        .args([old, new])
        .output()
        .map_err(|error| Failure::Overlay(format!("git diff: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Its own header speaks of temporary files.
    let is_header =
        |line: &&str| !line.trim_start_matches(['\x1b', '[', '3', '6', 'm']).starts_with("@@");
    let hunks: String = text.split_inclusive('\n').skip_while(is_header).collect();
    let name = args.path.escape_debug();
    let new_name = args.new_path.as_ref().unwrap_or(&args.path).escape_debug();
    Ok(match (hunks.is_empty(), text.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("a/{name} and b/{new_name} differ\n"),
        _ => format!("--- a/{name}\n+++ b/{new_name}\n{hunks}"),
    })
}
