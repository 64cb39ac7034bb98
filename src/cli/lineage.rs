//! `sdiff lineage`: what a profile came from, and what happened there since.

use super::failure::Failure;
use super::options::Reading;
use super::output::{self, ColorChoice};
use super::profiles::{self, PROFILE_HELP};
use super::rebase::{layer, product};
use sdiff::baseline::{self, Release};
use sdiff::decision::Store;
use sdiff::diff::{Change, Comparison, Direction, Kind, Subject, compare};
use sdiff::overlay::{self, Layer};
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::Syscall;
use std::process::ExitCode;

/// Say which built-in profile a profile came from, and what happened there since
///
/// The nearest built-in profiles by what calls get, not by text; what the profile changes against
/// the nearest; and what upstream has blocked or allowed since that the profile has not, each with
/// the first release that did.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(super) struct Args {
    /// The profile
    profile: String,

    #[command(flatten)]
    reading: Reading,
}

/// How many near profiles are listed.
const LISTED: usize = 3;

pub(super) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let mine = profiles::load(&args.profile, &args.reading)?;
    let own = layer(&mine, None)?;
    let mut store = Store::default();
    let failed = |error: overlay::OverlayError| Failure::Overlay(error.to_string());
    let near = overlay::nearest(&mut store, &own, product(&mine), LISTED).map_err(failed)?;
    let Some(first) = near.first() else {
        return Err(Failure::Usage("there is no built-in profile to compare with".into()));
    };
    let mut text = format!("{}\n\nnearest\n", mine.source.name.escape_debug());
    for near in near.iter().take(LISTED) {
        let releases = match near.release == near.last {
            true => near.release.to_string(),
            false => format!("{} to {}", near.release, near.last.version),
        };
        let differ = match near.distance {
            0 => "the same function".to_owned(),
            1 => "1 call differs".to_owned(),
            count => format!("{count} calls differ"),
        };
        text += &format!("  {releases:<32} {}   {differ}\n", near.release.date);
    }
    let base = overlay::baseline_layer(first.release).map_err(failed)?;
    let mut releases = baseline::list().iter();
    let newest = releases.rfind(|release| release.product == first.release.product);
    let Some(newest) = newest else { return Ok(ExitCode::SUCCESS) };
    let head = overlay::baseline_layer(newest).map_err(failed)?;

    let intent = difference(&mut store, &base, &own)?;
    text += &format!("\nwhat it changes against {}\n", first.last);
    text += &listed(&mut intent.changes.iter().map(line));

    let upstream = difference(&mut store, &base, &head)?;
    let since = difference(&mut store, &own, &head)?;
    for (title, direction) in [
        (
            format!("blocked upstream since, up to {newest}, and still let through"),
            Direction::Stricter,
        ),
        (
            format!("let through upstream since, up to {newest}, and still blocked"),
            Direction::Weaker,
        ),
    ] {
        let calls: Vec<Syscall> = since
            .changes
            .iter()
            .filter(|change| crosses(change, direction))
            .filter_map(|change| match change.subject {
                Subject::Syscall(syscall) => Some(syscall),
                _ => None,
            })
            // What upstream did not touch is the profile's own doing.
            .filter(|syscall| {
                upstream
                    .changes
                    .iter()
                    .any(|c| c.subject == Subject::Syscall(*syscall) && crosses(c, direction))
            })
            .collect();
        let by = overlay::first_change(&mut store, first.release, &calls).map_err(failed)?;
        text += &format!("\n{title}\n");
        text += &listed(&mut calls.iter().zip(by).map(|(call, by)| since_line(*call, by)));
    }
    output::to_stdout(&text)?;
    profiles::warn(&mine, &args.reading, color);
    Ok(ExitCode::SUCCESS)
}

fn difference(store: &mut Store, old: &Layer, new: &Layer) -> Result<Comparison, Failure> {
    let settings = Settings { runtime: Runtime::None, ..Settings::new(Engine::Docker) };
    let failed = |error: sdiff::semantics::SemanticsError| Failure::Overlay(error.to_string());
    let old = Policy::build(store, old.profile(), &settings).map_err(failed)?;
    let new = Policy::build(store, new.profile(), &settings).map_err(failed)?;
    compare(store, &old, &new).map_err(Failure::Compare)
}

/// Whether some calls cross the line between blocked and let through that way.
fn crosses(change: &Change, direction: Direction) -> bool {
    change.effects.iter().any(|effect| {
        effect.direction == direction && effect.from.lets_through() != effect.to.lets_through()
    })
}

fn listed(lines: &mut dyn Iterator<Item = String>) -> String {
    let text: String = lines.collect();
    if text.is_empty() { "  nothing\n".to_owned() } else { text }
}

fn line(change: &Change) -> String {
    let (mark, kind) = match change.kind {
        Kind::Added => ('+', "added"),
        Kind::Weakened => ('!', "weakened"),
        Kind::Removed => ('-', "removed"),
        Kind::Tightened => ('~', "tightened"),
        Kind::Changed => ('·', "changed"),
    };
    let subject = match change.subject {
        Subject::Syscall(syscall) => syscall.name().to_owned(),
        Subject::Default => "the default action".to_owned(),
        Subject::Abi(abi) => format!("programs for {abi}"),
        Subject::Boundary => "runc's ENOSYS boundary".to_owned(),
    };
    format!("  {mark} {kind:<10} {subject}\n")
}

fn since_line(call: Syscall, by: Option<&'static Release>) -> String {
    match by {
        Some(release) => format!("  {:<24} {release}, {}\n", call.name(), release.date),
        None => format!("  {}\n", call.name()),
    }
}
