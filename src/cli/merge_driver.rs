//! `sdiff merge-driver %O %A %B`: git merges profiles by what calls get.

use super::comments;
use super::failure::Failure;
use super::output;
use super::rebase::{layer, shown};
use sdiff::decision::Store;
use sdiff::load::{self, LoadOptions, Loaded, SourceKind};
use sdiff::overlay::{self, Rebased};
use sdiff::profile::{Format, to_json};
use sdiff::syscall::Host;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Merge two versions of a profile for git
///
/// What THEIRS changed against BASE is done to OURS, which is replaced. Comments of
/// either side stay. What is no profile, or is changed differently by both, is left to git's own merge of lines.
///
/// Two lines set it up:
///
///   git config merge.sdiff.driver 'sdiff merge-driver %O %A %B'
///   echo '*seccomp*.json merge=sdiff' >> .gitattributes
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The common ancestor: %O
    base: PathBuf,
    /// The current version, which is replaced: %A
    ours: PathBuf,
    /// The other version: %B
    theirs: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match merged(args) {
        Ok(text) => {
            output::to_file(&args.ours, &text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            output::to_stderr(&why);
            lines(args)
        }
    }
}

/// The merged text, or why there is none.
fn merged(args: &Args) -> Result<String, String> {
    let read = |path: &Path| -> Result<Loaded, String> {
        let bytes =
            std::fs::read(path).map_err(|error| format!("{}: {error}\n", path.display()))?;
        let loaded = load::parse(&path.display().to_string(), &bytes, &LoadOptions::default())
            .map_err(|error| format!("{error}\n"))?;
        let is_whole = matches!(loaded.profile.format, Format::Docker | Format::ContainersCommon)
            && loaded.source.kind == SourceKind::Memory
            && loaded.profile.extends.is_empty();
        match is_whole && loaded.source.text.trim_start().starts_with('{') {
            true => Ok(loaded),
            false => Err("sdiff merges Docker's JSON alone, and no overlays\n".to_owned()),
        }
    };
    let (base, ours, theirs) = (read(&args.base)?, read(&args.ours)?, read(&args.theirs)?);
    let of = |loaded: &Loaded| layer(loaded, None).map_err(|failure| failure.render(false));
    let (from, onto, mine) = (of(&base)?, of(&ours)?, of(&theirs)?);
    // Comments that name the layer are to name the branch, not git's temporary file.
    let mine = mine.named("the other branch");
    let rebased = overlay::rebase(&mut Store::default(), [&from, &mine, &onto], None, &Host::ALL);
    match rebased {
        Ok(Rebased::Clean(merged)) => {
            let sides = [&base.profile, &ours.profile, &theirs.profile];
            let merged = comments::carry(merged.profile, sides)?;
            Ok(indented(&to_json(&merged), &ours.source.text))
        }
        Ok(Rebased::Conflicts(conflicts)) => {
            let shown = shown(&conflicts);
            // Its last line is about options that git does not give.
            Err(shown
                .lines()
                .filter(|l| !l.starts_with("nothing"))
                .map(|l| format!("{l}\n"))
                .collect())
        }
        Err(error) => Err(format!("{error}\n")),
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

/// git's own merge of lines, with its markers and its status.
fn lines(args: &Args) -> Result<ExitCode, Failure> {
    let status = Command::new("git")
        .args(["merge-file", "-L", "ours", "-L", "base", "-L", "theirs"])
        .args([&args.ours, &args.base, &args.theirs])
        .status()
        .map_err(|error| Failure::Overlay(format!("git merge-file: {error}")))?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
