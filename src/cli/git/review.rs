//! `sdiff review [RANGE]`: what a change of a repository does to its profiles.

mod git;
mod range;

use super::review::git::{Reader, Sides};
use crate::cli::arguments::faces::{self, Face, Faces};
use crate::cli::arguments::options::Question;
use crate::cli::failure::Failure;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::lint::Severity;
use crate::report::account::Entry;
use crate::review::{self, Gate, Pair, Repository, Trouble};
use crate::semantics::Engine;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Say what a change of a git repository does to the profiles in it
///
/// Finds every profile that the range adds, changes, renames or deletes, by content and not by
/// name, and those that extend one of these. Each is compared with its old version, a new one with
/// the default that it comes from; of what `sdiff check` finds, the new is told. Acceptances are
/// those of the old side's sdiff.toml, so that a change cannot approve itself.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(in crate::cli) struct Args {
    /// Which commits: A...B (since they parted), A..B, or A for A...HEAD [default: what the CI
    /// names, or main...HEAD]
    ///
    /// Without it, the pull request of GITHUB_EVENT_PATH, GitLab's
    /// CI_MERGE_REQUEST_DIFF_BASE_SHA, or pre-commit's PRE_COMMIT_FROM_REF are taken, and else the
    /// commits since the remote's default branch, `main` or `master`.
    #[arg(conflicts_with = "staged")]
    range: Option<String>,

    /// What is staged, against HEAD
    #[arg(long)]
    staged: bool,

    /// The repository, which can be bare
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    repo: PathBuf,

    /// When to exit with status 1: weakened, unjudged, any, never [default: weakened]
    ///
    /// `weakened`: if calls are let through that were stopped, a container loses its filter, a
    /// profile is gone or cannot be read, or `check` newly finds an error (or what `[gate] check` of
    /// sdiff.toml says). `unjudged`: also if the profile of a container cannot be told. `any`: also if
    /// something is stricter, sdiff.toml is edited, or `check` newly finds a warning.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "weakened")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    fail_on: FailOn,

    /// Show lists to their end, and the id of each finding, by which sdiff.toml can accept it
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    faces: Faces,

    #[command(flatten)]
    question: Question,
}

const EXIT: &str = "\
Exit status: 0 the gate holds, 1 it fails, 2 trouble.";

/// What fails the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Something is weaker
    Weakened,
    /// Something is weaker, or cannot be judged
    Unjudged,
    /// Something differs
    Any,
    /// Nothing
    Never,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        Failure::Overlay(trouble.to_string())
    }
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let (sides, words) = range::sides(&args.repo, args.range.as_deref(), args.staged)?;
    let changes = sides.changes()?;
    let reader = Reader::new(&sides);
    let mut asked = args.question.clone();
    let config = asked.config.clone();
    let path = config.path_in_repository()?;
    let is_read = path.is_some();
    let path = path.unwrap_or_else(|| review::CONFIG.to_owned());
    let found = match is_read {
        true => review::config(&reader, &path).map_err(|e| Failure::Overlay(e.to_string()))?,
        false => None,
    };
    if found.is_none() && config.is_named() {
        let message = format!("there is no {path} before the change: its settings count for none");
        output::to_stderr(&format!("warning: {message}\n"));
    }
    asked.settle_by(found.unwrap_or_default());
    let config = asked.file().clone();
    let gate = match args.fail_on {
        FailOn::Weakened => Gate::Weakened(config.gate().unwrap_or(Severity::Error)),
        FailOn::Unjudged => Gate::Unjudged(config.gate().unwrap_or(Severity::Error)),
        FailOn::Any => Gate::Any,
        FailOn::Never => Gate::Never,
    };
    let engine = asked.engine;
    let settings = asked.settings(engine.unwrap_or(Engine::Docker));
    let (engine_is_asked, capabilities_are_asked) = asked.is_asked();
    let question = review::Question {
        engine,
        settings,
        config,
        today: crate::cli::arguments::config::today(),
        with_table: args.faces.has(Face::Html),
        engine_is_asked,
        capabilities_are_asked,
    };
    let mut looked = side_by_side(&sides, &changes, &review::look)?;
    let mut found = review::pairs(&reader, &looked)?;
    let exclude = question.config.exclude();
    let is_out = |path: &str| exclude.has_named(path);
    let mut out: Vec<String> = Vec::new();
    found.pairs.retain(|pair| {
        let path = pair.version().map(review::Version::path);
        let is_out = path.as_ref().is_some_and(|path| is_out(path));
        out.extend(path.filter(|_| is_out));
        !is_out
    });
    if !out.is_empty() {
        found.notes.push(format!("Passed over, by `exclude` of {path}: {}.", out.join(", ")));
    }
    looked.retain(|looked| {
        let file = looked.change.new.as_ref().or(looked.change.old.as_ref());
        !file.is_some_and(|file| is_out(&file.path))
    });
    let uses = review::uses(&reader, looked, &question)?;
    let entry = review::config_entry(&reader, &changes, &path)?;
    let mut entries: Vec<Entry> = entry.into_iter().collect();
    let judge = |reader: &dyn Repository, pair: &Pair| review::judge(reader, pair, &question);
    entries.extend(side_by_side(&sides, &found.pairs, &judge)?.into_iter().flatten());
    let mut notes = found.notes;
    let judged: Vec<&Entry> = entries.iter().chain(&uses.entries).collect();
    notes.extend(review::unneeded(&question.config, &judged, question.today));
    let account = review::account(entries, uses, notes, words, &question.settings, gate);
    args.faces
        .write(color, args.verbose, &|face, layout| faces::of_account(face, &account, layout))?;
    Ok(ExitCode::from(u8::from(account.verdict.fails)))
}

/// What each comes to, in their order. They are worked at side by side, each thread with a process of
/// git of its own.
fn side_by_side<T: Sync, R: Send>(
    sides: &Sides,
    all: &[T],
    work: &(dyn Fn(&dyn Repository, &T) -> Result<R, Trouble> + Sync),
) -> Result<Vec<R>, Trouble> {
    let next = AtomicUsize::new(0);
    let work = || {
        let reader = Reader::new(sides);
        let mut done = Vec::new();
        while let Some((at, one)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            all.get(at).map(|one| (at, one))
        } {
            done.push((at, work(&reader, one)));
        }
        done
    };
    // More would not pay: each holds a diagram of its own.
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(all.len())).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().map_err(|_| Trouble("a thread failed".to_owned()))?);
        }
        Ok::<_, Trouble>(done)
    })?;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, one)| one).collect()
}
