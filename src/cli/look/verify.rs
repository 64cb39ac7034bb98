//! `sdiff verify PROFILE FILTERS`: whether filters are what a profile says.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::filters::{self, FILTER_HELP};
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::TextOrJson;
use crate::diff::compare;
use crate::report::{self, Shown};
use crate::semantics::{Engine, Given, Settings};
use crate::verify::{self, VerifyError};
use std::process::ExitCode;

/// Say whether filters in the kernel are what a profile says, and if not, why
///
/// The answer is for every call, number and argument of every program on the filters' host. Where
/// they are not the profile, all known machines (engine, runtime, libseccomp) are tried: the one
/// that makes these filters of the profile is the reason. Without --caps and --kernel the answer
/// names the environments in which it holds.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("{EXIT}\n\n{PROFILE_HELP}\n\n{FILTER_HELP}"))]
pub(in crate::cli) struct Args {
    /// The profile
    profile: String,

    /// The filters: bpf:FILE[,FILE...], pid:N, container:NAME
    #[arg(value_name = "FILTERS")]
    filters: String,

    /// What to print: text or json
    ///
    /// `json` is described by docs/verify.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    pub question: Question,
}

const EXIT: &str = "Exit status: 0 they are, 1 they are not, 2 trouble.";

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let loaded = profiles::shown(&args.profile, &args.reading)?;
    let filters = filters::required(&args.filters)?;
    let question = args.question.of(&args.profile);
    let engine = question.engine.unwrap_or(Engine::of_loaded(&loaded));
    let hosts = filters.hosts(&question.hosts)?;
    let settings = Settings { hosts, ..question.settings(engine) };
    question.tell();
    // A process says what nobody asked for.
    let settings = settings.carrying(&filters.loaded.environment);
    let name = || filters.loaded.source.name.escape_debug().to_string();
    let mut verified = verify::verify(&loaded.profile, &filters.programs, &settings).map_err(
        |error| match error {
            VerifyError::TooLarge(bound) => Failure::too_large(bound, &[&loaded]),
            error => Failure::Usage(format!("{}: {error}", name())),
        },
    )?;
    // What differs is shown for one environment: a filter sees nothing of it.
    let point = verify::environment(&settings);
    let given = Given { capabilities: Some(point.capabilities), kernel: Some(point.kernel) };
    let settings = Settings { given, ..settings };
    let too_large = |bound| Failure::too_large(bound, &[&loaded]);
    let mut different = None;
    if verified.equal.is_empty() && verified.profile.is_ok() {
        let store = &mut verified.store;
        let policy = profiles::policy(store, &loaded, &settings)?;
        let found = compare(store, &policy, &verified.filter).map_err(too_large)?;
        different = Some((policy, found));
    }
    let mut left = None;
    if let Some(nearest) = &verified.nearest
        && (nearest.machine != settings.machine || nearest.filter.is_some())
    {
        let store = &mut verified.store;
        let settings = Settings { machine: nearest.machine, ..settings };
        let policy = profiles::policy(store, &loaded, &settings)?;
        let found = compare(store, &policy, &nearest.policy).map_err(too_large)?;
        left = Some((policy, found));
    }
    let environments = report::environments(&mut verified).map_err(too_large)?;
    let shown = Shown {
        verified: &verified,
        environments: &environments,
        profile: &loaded,
        filters: &filters.loaded,
        files: &filters.files,
        different: different.as_ref().map(|(policy, found)| (policy, found)),
        nearest: left.as_ref().map(|(policy, found)| (policy, found)),
    };
    let text = match args.format {
        TextOrJson::Text => report::verify_text(&shown, color.on_stdout()),
        TextOrJson::Json => report::verify_json(&shown),
    };
    output::in_form(args.format, None, &text)?;
    for loaded in [&loaded, &filters.loaded] {
        profiles::warn(loaded, &args.reading, color);
    }
    Ok(ExitCode::from(u8::from(verified.equal.is_empty())))
}
