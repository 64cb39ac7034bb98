//! `sdiff merge-driver %O %A %B %P`: git merges profiles by what calls get.

use super::comments;
use super::failure::Failure;
use super::output;
use super::rebase::{layer, told};
use sdiff::decision::Store;
use sdiff::load::{self, LoadOptions, Loaded, SourceKind};
use sdiff::overlay::{self, Conflict, Rebased};
use sdiff::profile::{Format, to_json};
use sdiff::syscall::Host;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Merge two versions of a profile for git
///
/// What THEIRS changed against BASE is done to OURS, which is replaced. Comments of
/// either side stay. What is no profile, or is changed differently by both, is left to git's own merge of lines.
///
/// Two lines set it up:
///
///   git config merge.sdiff.driver 'sdiff merge-driver %O %A %B %P'
///   echo '*seccomp*.json merge=sdiff' >> .gitattributes
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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

/// Why there is no merged text.
enum Trouble {
    /// It is none of our business: git merges lines.
    NotOurs(String),
    /// A person has to look at it, whatever a merge of lines makes of it.
    Conflict(String),
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let (why, is_conflict) = match merged(args) {
        Ok(text) => {
            output::to_file(&args.ours, &text)?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(Trouble::NotOurs(why)) => (why, false),
        Err(Trouble::Conflict(why)) => (why, true),
    };
    output::to_stderr(&why);
    lines(args, is_conflict)
}

impl Args {
    /// What messages call one of the sides: git's temporary files say nothing.
    fn name(&self, side: &str) -> String {
        match &self.path {
            Some(path) => format!("{path} ({side})"),
            None => side.to_owned(),
        }
    }

    fn read(&self, side: &str, path: &Path) -> Result<Loaded, Trouble> {
        let name = self.name(side);
        let bytes = std::fs::read(path)
            .map_err(|error| Trouble::NotOurs(format!("{}: {error}\n", path.display())))?;
        let loaded = load::parse(&name, &bytes, &LoadOptions::default())
            .map_err(|error| Trouble::NotOurs(error.render(false)))?;
        let is_whole = matches!(loaded.profile.format, Format::Docker | Format::ContainersCommon)
            && loaded.source.kind == SourceKind::Memory
            && loaded.profile.extends.is_empty();
        match is_whole && loaded.source.text.trim_start().starts_with('{') {
            true => Ok(loaded),
            false => Err(Trouble::NotOurs(format!(
                "note: {} is not in Docker's JSON: git merges its lines\n",
                name.escape_debug()
            ))),
        }
    }
}

/// The merged text, or why there is none.
fn merged(args: &Args) -> Result<String, Trouble> {
    let base = args.read("base", &args.base)?;
    let ours = args.read("ours", &args.ours)?;
    let theirs = args.read("theirs", &args.theirs)?;
    let of = |loaded: &Loaded| {
        layer(loaded, None).map_err(|failure| Trouble::NotOurs(failure.render(false)))
    };
    let (from, onto, mine) = (of(&base)?, of(&ours)?, of(&theirs)?);
    // A layer without a name writes no comments about it.
    let mine = mine.named("");
    let rebased = overlay::rebase(&mut Store::default(), [&from, &mine, &onto], None, &Host::ALL);
    match rebased {
        Ok(Rebased::Clean(merged)) => {
            let sides = [&base.profile, &ours.profile, &theirs.profile];
            let merged = comments::carry(merged.profile, sides).map_err(Trouble::Conflict)?;
            Ok(indented(&to_json(&merged), &ours.source.text))
        }
        Ok(Rebased::Conflicts(conflicts)) => Err(Trouble::Conflict(args.shown(&conflicts))),
        Err(error) => {
            Err(Trouble::Conflict(Failure::of_layers(error, &[base, theirs, ours]).render(false)))
        }
    }
}

impl Args {
    /// Conflicts in git's words.
    fn shown(&self, conflicts: &[Conflict]) -> String {
        let place = self.path.as_ref().map(|path| format!(" in {}", path.escape_debug()));
        let place = place.unwrap_or_default();
        let shown = |conflict: &Conflict| {
            let (what, answers) = told(conflict);
            let answers = answers.map(|[base, theirs, ours]| {
                format!(
                    "    base:   {base}\n    ours:   {ours} (this branch)\n    \
                     theirs: {theirs} (the other branch)\n"
                )
            });
            format!("conflict{place}: {what}\n{}", answers.unwrap_or_default())
        };
        conflicts.iter().map(shown).collect()
    }
}

/// A text with the indent of another.
fn indented(text: &str, like: &str) -> String {
    let indent = like.lines().find_map(|line| {
        let width = line.len() - line.trim_start().len();
        (width > 0).then(|| line[..width].to_owned())
    });
    let indent = indent.unwrap_or_else(|| "\t".to_owned());
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches('\t').len();
        out.push_str(&indent.repeat(depth));
        out.push_str(&line[depth..]);
        out.push('\n');
    }
    out
}

/// git's own merge of lines, with its markers and its status. Two changes of one call can lie lines
/// apart: a conflict stays one where lines do not collide.
fn lines(args: &Args, is_conflict: bool) -> Result<ExitCode, Failure> {
    let output = Command::new("git")
        .args(["merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs"])
        .args([&args.ours, &args.base, &args.theirs])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Overlay(format!("git merge-file: {error}")))?;
    // Up to 127 it is the count of conflicts; beyond, nothing was merged.
    let conflicts = output.status.code().filter(|code| (0..128).contains(code));
    if conflicts.is_some() {
        output::to_file(&args.ours, &output.stdout)?;
    }
    if is_conflict && conflicts == Some(0) {
        output::to_stderr(
            "note: no lines collide, so that the file has no markers: read it before `git add`\n",
        );
    }
    Ok(ExitCode::from(u8::from(is_conflict || conflicts != Some(0))))
}
