//! `sdiff merge-driver %O %A %B %P`: git merges profiles by what calls get.

use super::merge_sides::{Sides, Trouble};
use crate::cli::failure::Failure;
use crate::cli::layers::merge::multiplexed;
use crate::cli::layers::rebase::told;
use crate::cli::terminal::output;
use crate::decision::Store;
use crate::load::{self, LoadOptions, Loaded, SourceKind};
use crate::overlay::{self, Conflict, Kind, Merged, Rebased};
use crate::profile::Format;
use crate::syscall::Host;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Merge two versions of a profile for git
///
/// What THEIRS changed against BASE is done to OURS, which is replaced: its own text with the
/// smallest edits. Overlays are merged as what they are. What is no profile, or is changed
/// differently by both, is left to git's own merge of lines.
///
/// Two lines set it up:
///
///   git config merge.sdiff.driver 'sdiff merge-driver %O %A %B %P'
///   echo '*seccomp*.json merge=sdiff' >> .gitattributes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Args {
    /// The common ancestor: %O
    base: PathBuf,
    /// The current version, which is replaced: %A
    ours: PathBuf,
    /// The other version: %B
    theirs: PathBuf,
    /// Its path in the repository, for messages: %P
    #[arg(allow_hyphen_values = true)]
    path: Option<String>,
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let lines = lines(args)?;
    let (why, is_conflict) = match merged(args, &lines) {
        Ok(text) => {
            output::to_file(&args.ours, &text)?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(Trouble::NotOurs(why)) => (why, false),
        Err(Trouble::Conflict(why)) => (why, true),
    };
    output::to_stderr(&why);
    let Some(lines) = lines else {
        let note = args.place("note");
        output::to_stderr(&format!("{note}git merges no lines of it, and ours stays as it is\n"));
        return Ok(ExitCode::from(1));
    };
    output::to_file(&args.ours, &lines.text)?;
    if is_conflict && lines.is_clean {
        output::to_stderr(
            "note: no lines collide, so that the file has no markers: read it before `git add`\n",
        );
    }
    Ok(ExitCode::from(u8::from(is_conflict || !lines.is_clean)))
}

/// git's own merge of lines.
struct Lines {
    text: Vec<u8>,
    /// Whether it has no markers.
    is_clean: bool,
}

/// git's merge of lines; nothing where it makes none, of files that are no text.
fn lines(args: &Args) -> Result<Option<Lines>, Failure> {
    let output = Command::new("git")
        .args(["merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs"])
        .args([&args.ours, &args.base, &args.theirs])
        .output()
        .map_err(|error| Failure::Overlay(format!("git merge-file: {error}")))?;
    // Up to 127 it is the count of conflicts.
    let conflicts = output.status.code().filter(|code| (0..128).contains(code));
    Ok(conflicts.map(|conflicts| Lines { text: output.stdout, is_clean: conflicts == 0 }))
}

impl Args {
    /// What messages call one of the sides: git's temporary files say nothing.
    fn name(&self, side: &str) -> String {
        match &self.path {
            Some(path) => format!("{path} ({side})"),
            None => side.to_owned(),
        }
    }

    /// Where something is wrong, in front of what.
    fn place(&self, what: &str) -> String {
        let place = self.path.as_ref().map(|path| format!(" in {}", path.escape_debug()));
        format!("{what}{}: ", place.unwrap_or_default())
    }

    fn read(&self, side: &str, path: &Path) -> Result<Loaded, Trouble> {
        let failed = |error| Trouble::NotOurs(format!("error: {}: {error}\n", path.display()));
        let bytes = std::fs::read(path).map_err(failed)?;
        if side == "base" && bytes.is_empty() {
            let note = self.place("note");
            return Err(Trouble::NotOurs(format!(
                "{note}both branches add it, and there is no common version to start from: git \
                 merges its lines\n"
            )));
        }
        self.parse(side, &bytes)
    }

    fn parse(&self, side: &str, bytes: &[u8]) -> Result<Loaded, Trouble> {
        let name = self.name(side);
        let loaded = load::parse(&name, bytes, &LoadOptions::default())
            .map_err(|error| Trouble::NotOurs(error.render(false)))?;
        let is_json = matches!(loaded.profile.format, Format::Docker | Format::ContainersCommon)
            && loaded.source.kind == SourceKind::Memory
            && loaded.source.text.trim_start().starts_with('{')
            && !loaded.source.is_held();
        match is_json {
            true => Ok(loaded),
            false => Err(Trouble::NotOurs(format!(
                "note: {} is not in Docker's JSON: git merges its lines\n",
                name.escape_debug()
            ))),
        }
    }

    /// Conflicts in git's words.
    fn shown(&self, conflicts: &[Conflict], no_rule: &str) -> String {
        let shown = |conflict: &Conflict| {
            let (what, answers) = told(conflict, no_rule);
            self.sides(&what, answers)
        };
        conflicts.iter().map(shown).collect()
    }

    fn sides(&self, what: &str, answers: Option<[String; 3]>) -> String {
        let answers = answers.map(|[base, theirs, ours]| {
            format!(
                "    base:   {base}\n    ours:   {ours} (this branch)\n    \
                 theirs: {theirs} (the other branch)\n"
            )
        });
        format!("{}{what}\n{}", self.place("conflict"), answers.unwrap_or_default())
    }
}

/// The merged text, or why there is none.
fn merged(args: &Args, lines: &Option<Lines>) -> Result<String, Trouble> {
    let base = args.read("base", &args.base)?;
    let ours = args.read("ours", &args.ours)?;
    let theirs = args.read("theirs", &args.theirs)?;
    let said = |(what, answers): (String, Option<[String; 3]>)| args.sides(&what, answers);
    let sides = Sides::new(base, ours, theirs, said)?;
    let layers = sides.layers();
    let store = &mut Store::default();
    let (rebased, no_rule) = match sides.kind {
        Kind::Whole => (overlay::rebase(store, layers, None, &Host::ALL), "the default action"),
        Kind::Overlay => (overlay::rebase_overlays(store, layers, None, &Host::ALL), "no rule"),
    };
    let merged: Merged = match rebased {
        Ok(Rebased::Clean(merged)) => merged,
        Ok(Rebased::Conflicts(conflicts)) => {
            return Err(Trouble::Conflict(args.shown(&conflicts, no_rule)));
        }
        Err(error) => return Err(sides.failed(error)),
    };
    if sides.kind == Kind::Whole {
        output::to_stderr(&multiplexed(&merged.multiplexed));
    }
    let mut fits = |text: &[u8]| {
        let loaded = args.parse("merged", text).ok()?;
        sides.is_merged(store, &merged, &loaded).then(|| loaded.source.text.to_string())
    };
    // Where git's own merge of lines means what is wanted it is the least surprising text.
    let clean = lines.as_ref().filter(|lines| lines.is_clean);
    if let Some(text) = clean.and_then(|lines| fits(&lines.text)) {
        return Ok(text);
    }
    let conflict = |what: String| Trouble::Conflict(args.place("conflict") + &what);
    sides.all_is_read().map_err(conflict)?;
    if let Some(text) = sides.edited(&merged).map_err(conflict)?
        && let Some(text) = fits(text.as_bytes())
    {
        return Ok(text);
    }
    let (text, lost) = sides.anew(&merged).map_err(conflict)?;
    let lost = match lost.is_empty() {
        true => String::new(),
        false => format!(", without {}", lost.join(", ")),
    };
    let note = args.place("note");
    output::to_stderr(&format!(
        "{note}no edit of its text gives the merged profile: it is written anew{lost}\n"
    ));
    Ok(text)
}
