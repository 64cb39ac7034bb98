//! `sdiff recover FILTERS`: a profile with the function of filters.

use crate::cli::arguments::options::Question;
use crate::cli::failure::Failure;
use crate::cli::inputs::filters::{self, FILTER_HELP};
use crate::cli::inputs::profiles;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::terminal::screen;
use crate::decision::Store;
use crate::diff::{Kind, compare};
use crate::filter::Answer;
use crate::load::{LoadOptions, Loaded, parse};
use crate::overlay::{Recovered, recover};
use crate::profile::{Action, Format, to_json};
use crate::report::{self, Report, Side};
use crate::semantics::{Engine, Policy};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a profile that does what filters in the kernel do
///
/// The result is a profile that Docker loads, with the same function on the filters' host: it is built
/// again and proved equal, for every call, number and argument, before it is written. What no profile
/// can say is named on standard error, with what the profile says instead; then the exit status is 1.
///
/// runc answers ENOSYS above the highest number that a profile names, and crun does not: where the
/// function can be had under one of them alone, that is said.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("{EXIT}\n\n{FILTER_HELP}"))]
pub(in crate::cli) struct Args {
    /// The filters
    #[arg(value_name = "FILTERS")]
    filters: String,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pub question: Question,
}

const EXIT: &str = "\
Exit status: 0 the profile does the same, 1 all of it but what is named, 2 trouble.";

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let filters = filters::required(&args.filters)?;
    let mut store = Store::default();
    args.question.tell();
    let settings = args.question.settings(args.question.engine.unwrap_or(Engine::Docker));
    let settings = settings.carrying(&filters.loaded.environment);
    let filter = filters.filter(&mut store)?;
    let wanted = filters.policy(&mut store, &settings, &args.question.hosts)?;
    let found = recover(&mut store, &wanted, &settings)
        .map_err(|error| Failure::Overlay(error.to_string()))?;
    output::to(args.output.as_deref(), &to_json(&found.profile))?;
    let mut notes = told(&mut store, &filters.loaded, &wanted, &found, color)?;
    notes += &beside(&filter.answers(&store));
    output::to_stderr(&notes);
    profiles::tell(&filters.loaded);
    Ok(ExitCode::from(u8::from(!found.is_equal)))
}

/// How many reasons are told, and how many lines of what differs.
const MOST_REASONS: usize = 5;
const MOST_LINES: usize = 40;

/// Whether the profile is the function, and if not, why and where it is not.
pub(in crate::cli) fn told(
    store: &mut Store,
    loaded: &Loaded,
    wanted: &Policy,
    found: &Recovered,
    color: ColorChoice,
) -> Result<String, Failure> {
    let hosts: Vec<&str> = wanted.hosts().iter().map(|on| on.host.name()).collect();
    let (hosts, machine) = (hosts.join(", "), report::machine_words(found.settings.machine));
    if found.is_equal {
        return Ok(format!(
            "note: proved equal on {hosts} under {machine}, for every call, number and argument\n"
        ));
    }
    let mut text = String::new();
    for (_, why) in found.unsaid.iter().take(MOST_REASONS) {
        text += &format!("warning: {why}\n");
    }
    let more = found.unsaid.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        text += &format!("warning: {more} more calls are said by no profile\n");
    }
    text += &format!("warning: under {machine} the profile is not the same in all:\n");
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let profile = parse("the profile", to_json(&found.profile).as_bytes(), &options)?;
    let comparison = compare(store, wanted, &found.policy).map_err(Failure::Compare)?;
    let report = Report {
        old: Side { loaded, policy: wanted },
        new: Side { loaded: &profile, policy: &found.policy },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    let differences = report::text(&report, screen::on_stderr(color));
    let count = differences.lines().count();
    for line in differences.lines().take(MOST_LINES) {
        text += &format!("{line}\n");
    }
    if count > MOST_LINES {
        let (name, more) = (loaded.source.name.escape_debug(), count - MOST_LINES);
        text += &format!("  … {more} more lines: compare the profile with {name} for all\n");
    }
    Ok(text)
}

/// What a filter can tell a program besides an action.
fn beside(answers: &[Answer]) -> String {
    let has_data = |answer: &&Answer| answer.action() == Action::Trap && answer.data() != 0;
    let data: Vec<String> = answers.iter().filter(has_data).map(Answer::to_string).collect();
    let mut text = String::new();
    if !data.is_empty() {
        text += &format!(
            "note: of {} a profile keeps the signal, and not the number that goes with it\n",
            data.join(", ")
        );
    }
    if answers.iter().any(|answer| answer.unknown().is_some()) {
        text += "note: an answer that the kernel does not know is KILL_PROCESS in the profile\n";
    }
    text
}
