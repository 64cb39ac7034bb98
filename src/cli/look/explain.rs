//! `sdiff explain PROFILE CALL`: what happens to one call, and why.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP, Taken};
use crate::cli::inputs::recordings;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::terminal::screen;
use crate::cli::values::TextOrJson;
use crate::decision::{Store, TooLarge};
use crate::explain::{self, Call, Left, Suggestion};
use crate::lint;
use crate::load::{self, LoadOptions, Loaded};
use crate::recording::Recording;
use crate::report;
use crate::semantics::{Engine, Policy, Settings};
use crate::syscall::{Host, Syscall, arg_name};
use std::path::PathBuf;
use std::process::ExitCode;

/// Say what happens to one call, and which rule decides
///
/// A call is written as `socket(AF_VSOCK, 1, 0)`: numbers, constants, flags joined with `|`, and `_`
/// for any value; or with conditions, as in `clone(flags & CLONE_NEWUSER)` (docs/calls.md). With its
/// name alone the whole decision of that system call is shown.
///
/// Of filters (`bpf:`) it is the filter that decides, what each of them answers alone, and the
/// instructions that lead there; with --in PROFILE the rule behind it stands beside.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profile, or filters
    profile: String,

    /// The call, or the name of a system call
    #[arg(required_unless_present = "trace")]
    call: Option<String>,

    /// A second profile, side by side: what it does to the same call
    #[arg(long = "in", value_name = "OTHER", conflicts_with = "trace")]
    other: Option<String>,

    /// Which calls of a recording the profile would stop: a file, or - for standard input
    ///
    /// The output of strace with any options, records of the kernel's audit, of perf, ftrace,
    /// bpftrace, sysdig, the Security Profiles Operator or Inspektor Gadget, messages of programs
    /// that were stopped, or names of system calls; each line is told by its content. Exits with
    /// status 1 if something would be stopped, and with 2 if no call was found.
    #[arg(long, value_name = "FILE", conflicts_with = "call")]
    trace: Option<PathBuf>,

    /// Exit with status 2 if more than a tenth of the recording was not understood
    #[arg(long, requires = "trace")]
    strict: bool,

    /// Print the smallest overlay that lets the recorded calls through, as JSON
    ///
    /// It is proved before it is printed: merged with the profile it lets every recorded call
    /// through, no other one, and none of its rules can be left out.
    #[arg(long, requires = "trace", conflicts_with = "format")]
    suggest: bool,

    /// What to print: text or json
    ///
    /// `json` is described by docs/explain.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pub question: Question,

    #[command(flatten)]
    reading: Reading,
}

impl Args {
    /// Takes a team's settings. Of a recording it is told on which host it was made.
    pub(in crate::cli) fn settle(&mut self) -> Result<(), Failure> {
        match self.trace {
            Some(_) => self.question.settle_but_hosts(),
            None => self.question.settle(),
        }
    }
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let taken = profiles::take(&args.profile, &args.reading)?;
    match (&args.trace, &args.call) {
        (Some(path), _) => trace(args, &taken, path, color),
        (None, Some(call)) => one(args, taken, call, color),
        (None, None) => Err(Failure::Usage("a call is needed".to_owned())),
    }
}

/// What becomes of one call, in one or two profiles or stacks of filters.
fn one(args: &Args, taken: Taken, call: &str, color: ColorChoice) -> Result<ExitCode, Failure> {
    let mut all = vec![taken];
    if let Some(other) = &args.other {
        all.push(profiles::take(other, &args.reading)?);
    }
    let mut layout = match &args.output {
        Some(_) => screen::in_file(color),
        None => screen::on_stdout(color),
    };
    // Side by side they are cut at columns.
    if all.len() > 1 {
        (layout.color, layout.links) = (false, None);
    }
    let mut explained = Vec::new();
    let engines = match &all[..] {
        [one, other] => Engine::of_both(one.loaded(), other.loaded()).to_vec(),
        all => all.iter().map(|taken| Engine::of_loaded(taken.loaded())).collect(),
    };
    let specs = [Some(&args.profile), args.other.as_ref()].into_iter().flatten();
    for ((taken, engine), spec) in all.iter().zip(engines).zip(specs) {
        let mut store = Store::default();
        let loaded = taken.loaded();
        let question = args.question.of(spec);
        let settings = settings(&question, loaded, engine);
        let policy = taken.policy(&mut store, &settings, &question.hosts)?;
        let abi = policy.settings().hosts.first().copied().unwrap_or(Host::Amd64).native();
        let call = Call::parse(call, abi).map_err(|error| Failure::Usage(error.to_string()))?;
        let answers =
            explain::explain(&mut store, &loaded.profile, &policy, &call).map_err(bound(loaded))?;
        explained.push((taken, call, policy, answers, taken.stack()));
    }
    let of = explained.iter().map(|(taken, _, policy, answers, stack)| {
        let source = &taken.loaded().source;
        report::Explained { source, policy, answers, stack }
    });
    let of: Vec<report::Explained> = of.collect();
    let call = explained.first().map(|(_, call, ..)| call);
    let text = match (args.format, call) {
        (_, None) => String::new(),
        (TextOrJson::Json, Some(call)) => report::explain_json(call, &of),
        (TextOrJson::Text, Some(_)) => {
            let texts = of.iter().zip(&explained);
            let texts = texts.map(|(of, (_, call, ..))| report::explain_text(of, call, &layout));
            let texts: Vec<String> = texts.collect();
            match &texts[..] {
                [left, right] => report::columns(left, right, &layout),
                texts => texts.concat(),
            }
        }
    };
    output::in_form(args.format, args.output.as_deref(), &text)?;
    args.question.of(&args.profile).tell();
    for (taken, ..) in explained.iter().filter(|(taken, ..)| taken.is_filter()) {
        profiles::tell(taken.loaded());
    }
    Ok(ExitCode::SUCCESS)
}

/// What a profile would stop of a recording. Of hosts one is meant: amd64, where none is given.
fn trace(
    args: &Args,
    taken: &Taken,
    path: &std::path::Path,
    color: ColorChoice,
) -> Result<ExitCode, Failure> {
    let loaded = taken.loaded();
    if args.suggest && taken.is_filter() {
        let message = "--suggest makes an overlay, and a filter has no profile to lay it on: \
                       `sdiff recover` makes one";
        return Err(Failure::Usage(message.to_owned()));
    }
    let asked = match taken {
        Taken::Filters(filters) => filters.hosts(&args.question.hosts)?,
        Taken::Profile(_) => args.question.hosts.clone(),
    };
    let mut of = args.question.clone();
    of.hosts = asked;
    let recording = recordings::read(path, &of)?;
    let (host, _) = recording.host;
    let usual = Engine::of_loaded(loaded);
    let question = args.question.of(&args.profile);
    let mut settings = Settings { hosts: vec![host], ..settings(&question, loaded, usual) };
    if settings.given.capabilities.is_none() {
        settings.given.capabilities = Some(crate::semantics::Given::docker_default());
    }
    let mut store = Store::default();
    let policy: Policy = taken.policy(&mut store, &settings, &[host])?;
    let recorded = explain::judge(&mut store, &policy, host, &recording).map_err(bound(loaded))?;
    if args.suggest {
        let suggestion = explain::suggest(&store, &policy, host, &recorded, &args.profile);
        let text = format!("{:#}\n", suggestion.json);
        prove(args, loaded, &policy, &recording, &text, &suggestion)?;
        output::to(args.output.as_deref(), &text)?;
        output::to_stderr(&suggestion_notes(&suggestion));
    } else {
        let (name, recording, recorded) = (&*args.profile, &recording, &*recorded);
        let report = report::TraceReport { name, host, recording, recorded };
        let text = match args.format {
            TextOrJson::Text => report::trace_text(&report),
            TextOrJson::Json => report::trace_json(&report),
        };
        output::in_form(args.format, args.output.as_deref(), &text)?;
    }
    question.tell();
    profiles::warn(loaded, &args.reading, color);
    if args.strict && recording.lines.is_doubtful() {
        return Ok(ExitCode::from(2));
    }
    let stops = recorded.iter().any(|recorded| !recorded.passes());
    Ok(ExitCode::from(u8::from(stops && !args.suggest)))
}

/// What to think about before a suggestion is used.
fn suggestion_notes(suggestion: &Suggestion) -> String {
    let mut notes = String::new();
    for (syscall, why) in &suggestion.dangerous {
        notes += &format!("warning: `{syscall}` is dangerous: {why}\n");
    }
    for syscall in &suggestion.widened {
        notes += &format!(
            "note: not every argument of `{syscall}` was recorded: all of its calls are allowed\n"
        );
    }
    for (syscall, why) in &suggestion.left {
        notes += &left_words(*syscall, why);
    }
    notes
}

/// Why a suggestion leaves a call stopped.
fn left_words(syscall: Syscall, why: &Left) -> String {
    match why {
        Left::Harmless(harm) => format!("note: `{syscall}` needs nothing: {}\n", harm.words()),
        Left::Mended => {
            format!(
                "note: `{syscall}` gets ENOSYS, after which programs fall back: it stays stopped\n"
            )
        }
        Left::Absent => {
            format!("note: `{syscall}` failed with ENOSYS in the recording, and does so again\n")
        }
        Left::Environment(abi, when) => {
            let when = report::phrase::description_text(when, syscall, *abi);
            format!(
                "note: `{syscall}` passes {when}, and nothing is added: --kernel says which it is\n"
            )
        }
        Left::Unread(abi, open) => {
            let names = open.iter().map(|&index| {
                arg_name(syscall, *abi, index).map_or(format!("arg{index}"), str::to_owned)
            });
            let names: Vec<String> = names.collect();
            format!(
                "warning: `{syscall}` is dangerous and stays stopped: {} was not recorded; record it \
                 with `strace -f -e trace={syscall}`\n",
                names.join(", ")
            )
        }
    }
}

/// A suggestion that is not what it is said to be is none.
fn prove(
    args: &Args,
    loaded: &Loaded,
    policy: &Policy,
    recording: &Recording,
    text: &str,
    suggestion: &Suggestion,
) -> Result<(), Failure> {
    let overlay = load::parse("the suggestion", text.as_bytes(), &LoadOptions::default())?;
    let left: Vec<Syscall> = suggestion.left.iter().map(|(syscall, _)| *syscall).collect();
    let widened = &suggestion.widened;
    explain::prove(loaded, &overlay, policy, recording, widened, &left).map_err(|why| {
        let name = args.profile.escape_debug();
        Failure::Overlay(format!("no overlay on {name} could be proved to do it: {why}"))
    })
}

fn settings(question: &Question, loaded: &Loaded, usual: Engine) -> Settings {
    let engine = question.engine.unwrap_or(usual);
    let mut settings = question.settings(engine).carrying(&loaded.environment);
    if question.hosts.is_empty() && !settings.carried.hosts {
        settings.hosts = lint::hosts_of(&loaded.profile, engine);
    }
    settings
}

fn bound(loaded: &Loaded) -> impl Fn(TooLarge) -> Failure + '_ {
    move |bound| Failure::too_large(bound, &[loaded])
}
