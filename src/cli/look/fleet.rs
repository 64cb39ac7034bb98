//! `sdiff fleet PATH...`: every profile and every use in a tree.

pub(super) mod files;
mod rows;
mod stream;
mod team;

use crate::cli::arguments::faces::{Face, Faces};
use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::terminal::output::ColorChoice;
use crate::cli::terminal::progress::Bar;
use crate::fleet::{self, Fleet, Gate, Judge, Level, Options};
use crate::report::{fleet as faces, scope_of};
use crate::semantics::Engine;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Judge every profile and every use of one in a tree
///
/// Profiles are found by content, and those that are one function are one group, whatever their texts. Of
/// each it tells which default it is a copy of and how far that is behind, what it lets through beyond the
/// newest default, and whether containers start; of uses, how many containers run without a filter. What
/// cannot be read is named, and the rest goes on. Archives are not read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(in crate::cli) struct Args {
    /// Folders and files; `-` are JSON objects on standard input
    #[arg(required_unless_present_any = ["files_from", "from_rows"])]
    paths: Vec<OsString>,

    /// Also the files that this file names, with a NUL behind each
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,

    /// Whose names rows do without: names are relative to it [default: the working folder]
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    root: Option<PathBuf>,

    /// Who lets this call through: `socket(AF_ALG)`; can be given several times
    #[arg(long, value_name = "CALL")]
    call: Vec<String>,

    /// Where this lint fires; can be given several times
    #[arg(long, value_name = "LINT")]
    lint: Vec<String>,

    /// Who lets through what one default did and another does not: `docker@28.2..docker`
    #[arg(long, value_name = "OLD..NEW")]
    changed_by: Vec<String>,

    /// For each group the smallest overlay that closes what was asked, proved
    #[arg(long)]
    plan: bool,

    /// Print rows that are facts alone, a line each, for --from-rows
    #[arg(long, conflicts_with = "from_rows")]
    rows: bool,

    /// Make the report of rows, in whatever order and number of files
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["paths", "files_from", "call", "lint", "changed_by", "plan"])]
    from_rows: Vec<PathBuf>,

    /// When to exit with status 1: info, warning, error, never [default: error]
    ///
    /// `error`: if a call that was asked for is let through, a profile does not load, switches the filter
    /// off, starts no container or is not what `[[require]]` of sdiff.toml says. `warning`: also if dangerous calls are let through beyond the newest
    /// default, or a container is unconfined. `info`: if there is anything at all.
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "error")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    fail_on: FailOn,

    #[command(flatten)]
    faces: Faces,

    #[command(flatten)]
    pub question: Question,

    #[command(flatten)]
    reading: Reading,
}

const EXIT: &str = "\
Exit status: 0 the gate holds, 1 it fails, 2 trouble, after the report of what could be read.";

/// What fails the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Everything
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// Nothing
    Never,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let gate = Gate(match args.fail_on {
        FailOn::Info => Some(Level::Info),
        FailOn::Warning => Some(Level::Warning),
        FailOn::Error => Some(Level::Error),
        FailOn::Never => None,
    });
    let mut fleet = Fleet::default();
    if args.from_rows.is_empty() {
        let options = options(args)?;
        let scope = scope_of(&options.settings);
        let judge = Judge::new(options);
        let inputs = files::inputs(&args.paths, args.files_from.as_deref(), args.root.as_deref())?;
        let inputs = files::without_excluded(inputs, &args.question);
        let streams = args.rows || args.faces.has(Face::Ndjson);
        let mut sink = rows::Sink::new(streams, &args.faces)?;
        let count = inputs.len();
        // Nobody knows how many objects are still to come on standard input.
        let bar = match inputs.iter().any(|input| matches!(input, files::Input::Stream)) {
            true => Bar::new(None, "{spinner} {pos} files and objects"),
            false => Bar::new(Some(count as u64), "{wide_bar} {pos}/{len} files, {eta} left"),
        };
        bar.ends_with_the_program();
        for row in judge.head(scope) {
            sink.take(&row)?;
            fleet.add(row);
        }
        let neighbours = args.reading.neighbours();
        let mut feed = stream::Feed::new(inputs);
        loop {
            let chunk = feed.chunk();
            if chunk.is_empty() {
                break;
            }
            for row in files::judged(&judge, &chunk, &neighbours, &bar) {
                sink.take(&row)?;
                fleet.add(row);
            }
        }
        bar.clear();
        if streams {
            sink.finish()?;
            // A part of a fleet can be without a profile, and judges nothing.
            return Ok(status(&fleet, if args.rows { Gate(None) } else { gate }));
        }
        return report(args, color, fleet, gate, count);
    }
    for path in &args.from_rows {
        rows::read(path, &mut fleet)?;
    }
    report(args, color, fleet, gate, args.from_rows.len())
}

/// Writes the report. Where nothing was judged, nothing is known.
fn report(
    args: &Args,
    color: ColorChoice,
    fleet: Fleet,
    gate: Gate,
    files: usize,
) -> Result<ExitCode, Failure> {
    let fleet = fleet.finished();
    if fleet.is_empty() {
        let message = format!(
            "nothing to judge: no profile, and nothing that says which one a container gets, in {files} files"
        );
        return Err(Failure::Usage(message));
    }
    write(args, color, &fleet)?;
    Ok(status(&fleet, gate))
}

fn status(fleet: &Fleet, gate: Gate) -> ExitCode {
    match fleet.has_trouble() {
        true => ExitCode::from(2),
        false => ExitCode::from(u8::from(fleet.fails(gate))),
    }
}

fn options(args: &Args) -> Result<Options, Failure> {
    let mut questions = Vec::new();
    let usage = |error: fleet::QuestionError| Failure::Usage(error.to_string());
    for call in &args.call {
        questions.push(fleet::Question::call(call).map_err(usage)?);
    }
    let engine = args.question.engine;
    let settings = args.question.settings(engine.unwrap_or(Engine::Docker));
    for range in &args.changed_by {
        let question = fleet::Question::changed_by(range).map_err(usage)?;
        if question.is_empty(&settings).map_err(|error| Failure::Usage(error.to_string()))? {
            return Err(Failure::Usage(format!(
                "{}: the second blocks nothing that the first lets through: there is nothing to ask about \
                 (write the older one first)",
                range.escape_debug()
            )));
        }
        questions.push(question);
    }
    for lint in &args.lint {
        questions.push(fleet::Question::lint(lint).map_err(usage)?);
    }
    if args.plan && questions.is_empty() {
        let message = "--plan closes what --call, --changed-by or --lint ask for: give one of them";
        return Err(Failure::Usage(message.to_owned()));
    }
    let format = args.reading.load_options().format;
    let team = team::of(&args.question, &args.reading);
    Ok(Options { engine, settings, questions, format, plan: args.plan, team })
}

fn write(args: &Args, color: ColorChoice, fleet: &Fleet) -> Result<(), Failure> {
    args.faces.write(color, args.reading.verbose, &|face, layout| {
        Ok(match face {
            Face::Text => faces::fleet_text(fleet, layout),
            Face::Json => faces::fleet_json(fleet),
            Face::Csv => faces::fleet_csv(fleet),
            Face::Markdown => faces::fleet_markdown(fleet),
            Face::Html => faces::fleet_html(fleet),
            Face::Sarif => faces::fleet_sarif(fleet),
            _ => {
                let message =
                    "`fleet` has the formats text, json, ndjson, csv, markdown, html, sarif";
                return Err(Failure::Usage(message.to_owned()));
            }
        })
    })
}
