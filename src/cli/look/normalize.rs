//! `sdiff normalize`: a profile in its normal form.

use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::cli::inputs::filters::Filters;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::decision::Store;
use crate::filter::Filter;
use crate::load::SourceKind;
use crate::profile::{normalize, to_json};
use crate::report;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Print a profile in its normal form
///
/// Groups of names are expanded, sorted and regrouped, repetition is folded, comments are dropped.
/// What the profile does stays the same, and two profiles that differ in order and grouping alone
/// become the same text. For `git diff`, use it as `textconv`:
///
///   git config diff.seccomp.textconv 'sdiff normalize --textconv'
///   echo '*seccomp*.json diff=seccomp' >> .gitattributes
///
/// The old `name` becomes `names`, which Docker and Podman read alike; containerd reads `names`
/// alone, so that there the rule begins to count. A note says so.
///
/// Of filters (`bpf:`) the decisions are printed as rules: for each architecture the answers, each with
/// its condition and its calls. To get a profile of them, `sdiff recover`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profile
    profile: String,

    /// Replace the file itself
    #[arg(long, conflicts_with = "output")]
    write: bool,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print what is no profile as it is, and never fail: git shows no diff at all otherwise
    ///
    /// A profile that extends others is printed as its file says it, not as what it resolves to.
    #[arg(long, conflicts_with_all = ["write", "output"])]
    textconv: bool,

    #[command(flatten)]
    reading: Reading,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    if args.textconv {
        return textconv(args);
    }
    if let Some(filters) = crate::cli::inputs::filters::read(&args.profile) {
        return decisions(args, &filters?);
    }
    // Replacing an overlay by what it resolves to would lose the overlay.
    let loaded = match args.write {
        true => profiles::load_alone(&args.profile, &args.reading)?,
        false => profiles::load(&args.profile, &args.reading)?,
    };
    let text = to_json(&normalize(&loaded.profile));
    if args.write {
        // Of a config.json or a YAML file the profile is a part, and replacing it all would lose
        // the rest; `FILE#NAME` names no file.
        let is_whole = matches!(loaded.source.text.trim_start().as_bytes().first(), Some(b'{'))
            && !loaded.source.is_held()
            && !matches!(
                loaded.profile.format,
                crate::profile::Format::Oci | crate::profile::Format::Operator
            );
        let path = Path::new(&args.profile);
        if loaded.source.kind != SourceKind::File || !is_whole || !path.exists() {
            let name = args.profile.escape_debug();
            let message = format!("--write needs a file that holds one JSON profile, not `{name}`");
            return Err(Failure::Usage(message));
        }
        if *loaded.source.text != *text {
            output::to_file(path, &text)?;
        }
    } else {
        output::to(args.output.as_deref(), &text)?;
    }
    profiles::warn(&loaded, &args.reading, color);
    if loaded.profile.rules.iter().any(|rule| rule.name.is_some()) {
        let said = "each `name` became `names`: the same to Docker and Podman, while containerd \
                    ignores `name` and reads `names`";
        output::to_stderr(&format!("note: {said}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What filters answer.
fn decisions(args: &Args, filters: &Filters) -> Result<ExitCode, Failure> {
    if args.write {
        return Err(Failure::Usage("--write needs a file that holds one JSON profile".to_owned()));
    }
    let mut store = Store::default();
    let filter = filters.filter(&mut store)?;
    let text = report::decisions_text(&mut store, &filter).map_err(Failure::Compare)?;
    output::to(args.output.as_deref(), &text)?;
    profiles::tell(&filters.loaded);
    Ok(ExitCode::SUCCESS)
}

/// For git, which stops where a filter fails, and keeps no silence about what it says.
fn textconv(args: &Args) -> Result<ExitCode, Failure> {
    match profiles::load_alone(&args.profile, &args.reading) {
        Ok(loaded) => output::to_stdout(&to_json(&normalize(&loaded.profile)))?,
        Err(failure) => {
            let bytes = std::fs::read(&args.profile).map_err(|_| failure)?;
            if let Some(text) = of_filter(&bytes) {
                output::to_stdout(&text)?;
                return Ok(ExitCode::SUCCESS);
            }
            output::to_stdout(&String::from_utf8_lossy(&bytes))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The decisions of a filter's bytes, if they are one.
fn of_filter(bytes: &[u8]) -> Option<String> {
    let program = crate::filter::read(bytes).ok()?;
    let mut store = Store::default();
    let filter = Filter::new(&mut store, &[program]).ok()?;
    report::decisions_text(&mut store, &filter).ok()
}
