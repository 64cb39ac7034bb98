//! What a profile was made from, where no one says it.

use super::{Args, changed, layer};
use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output;
use crate::decision::Store;
use crate::diff::Subject;
use crate::load::Loaded;
use crate::origin::Origin;
use crate::overlay::{self, Favor, Layer, Near, ReadAs, Rebased};
use crate::report::phrase::counted;
use crate::report::{self, Outcome, RebaseReport};
use crate::semantics::Engine;
use crate::syscall::Host;
use std::process::ExitCode;

/// The built-in profiles that a profile can be a copy of, of the line of the nearest, the nearest first.
pub(super) fn candidates(origin: &Origin, reading: &Reading) -> Result<Vec<Loaded>, Failure> {
    origin.likely().iter().map(|one| profiles::load(&one.state.name(), reading)).collect()
}

pub(super) fn first_of(from: &[Loaded]) -> Result<&Loaded, Failure> {
    from.first().ok_or_else(|| Failure::Usage("give --from".into()))
}

/// What a profile was made from, in a line.
pub(super) fn told_origin(origin: &Origin) -> String {
    let Some(first) = origin.first() else { return String::new() };
    let edits = report::edits_text(first.edits);
    let mut text = format!("from {}, {}: {edits}", first.state.name(), first.view);
    let others = origin.likely();
    if let [_, others @ ..] = &others[..]
        && !others.is_empty()
    {
        let names: Vec<String> = others.iter().map(|one| one.state.name()).collect();
        text += &format!("; or from {}", names.join(", "));
    }
    text.push('\n');
    let other = origin.nearest().iter().find(|one| one.state.line() != first.state.line());
    if let Some(other) = other {
        text += &format!(
            "note: it is as near to {}, whose newest is another one: --onto says which to follow\n",
            other.state.name()
        );
    }
    text
}

/// The report of a rebase goes to its file.
pub(super) fn written(args: &Args, report: &RebaseReport) -> Result<(), Failure> {
    match &args.report {
        Some(file) => output::to(Some(file), &report::rebase_json(report)),
        None => Ok(()),
    }
}

/// Nobody said what it was made from, and it is a copy of nothing: what would come of it, from the
/// defaults that are nearest in what they do.
pub(super) fn no_origin(
    args: &Args,
    store: &mut Store,
    mine: &Loaded,
    reads: &[ReadAs],
    origin: &Origin,
) -> Result<ExitCode, Failure> {
    let near =
        overlay::nearest(store, reads, 1).map_err(|error| Failure::of_profile(error, mine))?;
    let hosts = args.question.settings(Engine::Docker).hosts;
    let mut text = format!(
        "{} is {}: say with --from what it was made from\n{}",
        mine.source.name.escape_debug(),
        report::verdict_text(origin),
        report::reasons_text(&origin.marks)
    );
    for near in near.iter().take(CANDIDATES) {
        let line = near.release.product;
        let Some(read) = reads.iter().find(|read| read.product == line) else { continue };
        let would = would_give(store, near, (mine, read), args, &hosts)?;
        text += &format!(
            "\n--from {} ({} in what it does): {would}",
            near.last,
            report::distance_text(near.distance)
        );
    }
    let report = RebaseReport {
        mine,
        onto: args.onto.as_deref(),
        from: &[],
        origin: Some(origin),
        outcome: Outcome::NoOrigin,
        conflicts: &[],
        doubts: &[],
    };
    written(args, &report)?;
    Err(Failure::Usage(text))
}

/// How many defaults a profile without an origin is rebased from to show what would come of it.
const CANDIDATES: usize = 2;

/// What a rebase from a default would do to a profile, in words.
fn would_give(
    store: &mut Store,
    near: &Near,
    (source, mine): (&Loaded, &ReadAs),
    args: &Args,
    hosts: &[Host],
) -> Result<String, Failure> {
    let line = near.release.product;
    let load = |name: &str| -> Result<Layer, Failure> {
        layer(&profiles::load(name, &args.reading)?, args.question.engine, line)
    };
    let from = load(&near.last.to_string())?;
    let onto = load(args.onto.as_deref().unwrap_or(line.name()))?;
    let layers = [&from, &mine.layer, &onto];
    let merged = match overlay::rebase(store, layers, args.favor.map(Favor::from), hosts) {
        Ok(Rebased::Clean(merged)) => merged,
        Ok(Rebased::Conflicts(conflicts)) => return Ok(counted(conflicts.len(), "conflict")),
        Err(error) => return Ok(error.to_string()),
    };
    let found = changed(store, source, &mine.layer, &merged)?;
    let names = |is_weaker: bool| {
        let of = found.changes.iter().filter(|change| change.kind.is_weaker() == is_weaker);
        let names: Vec<String> = of.map(|change| subject(change.subject)).collect();
        match names.len() {
            0 => "nothing".to_owned(),
            1..=SHOWN => names.join(", "),
            more => format!("{} and {} more", names[..SHOWN].join(", "), more - SHOWN),
        }
    };
    Ok(format!("it would let through {}, and block or change {}", names(true), names(false)))
}

/// How many names are listed.
const SHOWN: usize = 8;

fn subject(subject: Subject) -> String {
    match subject {
        Subject::Syscall(syscall) => syscall.name().to_owned(),
        Subject::Abi(abi) => format!("programs of {}", abi.name()),
        Subject::Default => "the default action".to_owned(),
        Subject::Boundary => "runc's stub".to_owned(),
    }
}
