//! `sdiff learn RECORDING...`: a profile from recordings.

use crate::cli::arguments::options::{Question as Asked, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::inputs::recordings;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::TextOrJson;
use crate::decision::{Store, TooLarge};
use crate::learn::{self, Base, Detail, Question};
use crate::lint;
use crate::load::{Loaded, SourceKind};
use crate::profile::to_json;
use crate::recording::Recording;
use crate::report;
use crate::semantics::{Engine, Given, Settings};
use crate::syscall::Host;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

/// Make the smallest profile that lets recorded calls through
///
/// The result is an overlay on a base or, with --start scratch, a whole profile with what the runtime
/// needs to start a container and for the ABIs that were recorded. It is proved before it is written:
/// every recorded call passes that is not named on standard error, nothing else does beyond the base,
/// and a container starts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXIT)]
pub(in crate::cli) struct Args {
    /// Recordings of any tool that `explain --trace` reads, which are joined; - for standard input
    ///
    /// One that never ends can be ended with Ctrl-C: what was read is learned.
    #[arg(value_name = "RECORDING", required_unless_present = "complain")]
    recordings: Vec<PathBuf>,

    /// The profile to lay the result on [default: default]
    #[arg(long, value_name = "PROFILE", conflicts_with = "start")]
    base: Option<String>,

    /// Begin with nothing (scratch), for a whole profile
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    start: Option<Start>,

    /// Of which calls to keep arguments: names (none), dangerous, or all [default: dangerous]
    ///
    /// `dangerous` keeps those by which dangerous calls say what they do, such as the domain of
    /// `socket`, and those by which the base tells; `names` lets calls through whatever their arguments.
    #[arg(long, value_name = "WHICH", value_enum, hide_possible_values = true)]
    detail: Option<DetailWord>,

    /// Print the profile to record with: the base, with LOG as its default action
    #[arg(long, conflicts_with_all = ["recordings", "detail", "format"])]
    complain: bool,

    /// Exit with status 2, and write nothing, if more than a tenth of a recording was not understood
    #[arg(long)]
    strict: bool,

    /// What to print: text (the profile), or json (a report with the profile)
    ///
    /// `json` is described by docs/learn.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    /// Write the profile to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pub question: Asked,

    #[command(flatten)]
    reading: Reading,
}

const EXIT: &str = "\
Exit status: 0 a profile, 1 a profile and recorded calls that no profile lets through alone (named on
standard error), 2 trouble.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Start {
    /// Nothing
    Scratch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum DetailWord {
    /// None
    Names,
    /// Of dangerous calls
    Dangerous,
    /// Of all that have an argument with named values
    All,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    args.question.tell();
    let name = args.base.as_deref().unwrap_or("default");
    let base = match args.start {
        Some(Start::Scratch) => None,
        None if name == "-" => {
            let message = "a base needs a name, by which the overlay extends it";
            return Err(Failure::Usage(message.to_owned()));
        }
        None => Some(profiles::load(name, &args.reading)?),
    };
    if args.complain {
        return complain(args, base.as_ref(), color);
    }
    let (recording, names) = read(args)?;
    let settings = args.settings(base.as_ref(), recording.host.0);
    let mut store = Store::default();
    let policy = match &base {
        Some(base) => Some(profiles::policy(&mut store, base, &settings)?),
        None => None,
    };
    let of = base.as_ref().zip(policy.as_ref());
    let extends = base.as_ref().map_or(name.to_owned(), |base| from_output(args, base, name));
    let question = Question {
        base: of.map(|(loaded, policy)| Base { loaded, name: &extends, policy }),
        settings: &settings,
        detail: match args.detail {
            Some(DetailWord::Names) => Detail::Names,
            Some(DetailWord::Dangerous) | None => Detail::Dangerous,
            Some(DetailWord::All) => Detail::All,
        },
    };
    let loaded: Vec<&Loaded> = base.iter().collect();
    let bound = |bound: TooLarge| Failure::too_large(bound, &loaded);
    let learned = learn::learn(&mut store, &question, &recording).map_err(bound)?;
    learn::prove(&question, &recording, &learned).map_err(|why| {
        Failure::Overlay(format!("no profile could be proved to let the recording through: {why}"))
    })?;
    let report = report::LearnReport {
        recordings: &names,
        base: base.is_some().then_some(name),
        host: question.host(),
        detail: question.detail,
        recording: &recording,
        learned: &learned,
        is_whole: args.reading.verbose,
    };
    let text = to_json(&learned.profile);
    match (args.format, &args.output) {
        (TextOrJson::Text, output) => output::to(output.as_deref(), &text)?,
        (TextOrJson::Json, output) => {
            if let Some(path) = output {
                output::to(Some(path), &text)?;
            }
            output::to_stdout(&report::learn_json(&report))?;
        }
    }
    output::to_stderr(&report::learn_text(&report));
    Ok(ExitCode::from(u8::from(learned.lacks_something(&recording))))
}

/// The recordings together, with their names.
fn read(args: &Args) -> Result<(Recording, Vec<String>), Failure> {
    let recording = recordings::read_all(&args.recordings, &args.question)?;
    if let ([_, _, ..], []) = (&recording.named[..], &args.question.hosts[..]) {
        let names: Vec<&str> = recording.named.iter().map(|host| host.name()).collect();
        let message = format!(
            "these are recordings of several machines ({}): a profile is learned for one, which --host says",
            names.join(", ")
        );
        return Err(Failure::Usage(message));
    }
    if args.strict && recording.lines.is_doubtful() {
        let lines = report::lines_text(&recording);
        return Err(Failure::Usage(format!("more than a tenth was not understood: {lines}")));
    }
    let names = args.recordings.iter().map(|path| path.display().to_string());
    Ok((recording, names.collect()))
}

/// The profile to record with.
fn complain(args: &Args, base: Option<&Loaded>, color: ColorChoice) -> Result<ExitCode, Failure> {
    let usual = base.map_or(Engine::Docker, Engine::of_loaded);
    let mut settings = args.question.settings(args.question.engine.unwrap_or(usual));
    if args.question.hosts.is_empty() {
        settings.hosts = match base {
            Some(base) => lint::hosts_of(&base.profile, settings.machine.engine),
            None => vec![Host::Amd64],
        };
    }
    let profile = learn::complain(base, &settings)
        .map_err(|why| Failure::Overlay(format!("no profile to record with: {why}")))?;
    output::to(args.output.as_deref(), &to_json(&profile))?;
    if let Some(base) = base {
        profiles::warn(base, &args.reading, color);
    }
    Ok(ExitCode::SUCCESS)
}

/// The name of the base as the file that is written means it: relative to its own folder.
fn from_output(args: &Args, base: &Loaded, name: &str) -> String {
    let folder = args.output.as_deref().and_then(Path::parent).filter(|f| *f != Path::new(""));
    let Some(folder) = folder.filter(|_| base.source.kind == SourceKind::File) else {
        return name.to_owned();
    };
    let path = Path::new(name);
    let (Ok(folder), Ok(file)) = (folder.canonicalize(), path.canonicalize()) else {
        return name.to_owned();
    };
    let (folder, parts): (Vec<_>, Vec<_>) =
        (folder.components().collect(), file.components().collect());
    let common = folder.iter().zip(&parts).take_while(|(a, b)| a == b).count();
    let up = folder[common..].iter().map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(parts[common..].iter().copied()).collect();
    relative.display().to_string()
}

impl Args {
    /// The machine and the environment of the recordings.
    fn settings(&self, base: Option<&Loaded>, host: Host) -> Settings {
        let usual = base.map_or(Engine::Docker, Engine::of_loaded);
        let engine = self.question.engine.unwrap_or(usual);
        let mut settings = self.question.settings(engine);
        if let Some(base) = base {
            settings = settings.carrying(&base.environment);
        }
        settings.hosts = vec![host];
        if settings.given.capabilities.is_none() {
            settings.given.capabilities = Some(match engine {
                Engine::Podman => Given::podman_default(),
                _ => Given::docker_default(),
            });
        }
        settings
    }
}
