//! `sdiff merge --strategy stack A B --compare-to MERGED`: whether somebody else's merge is right.

use super::Args;
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output;
use crate::decision::Store;
use crate::diff::{Comparison, Direction, compare};
use crate::lint::Proof;
use crate::load::Loaded;
use crate::overlay::{self, Strategy};
use crate::report::phrase::action_text;
use crate::semantics::{Engine, Policy};
use std::process::ExitCode;

/// Says `yes`, with status 0, or `no` with one call for which the file is more or less than the stricter of
/// the layers, with status 1. Errnos do not count: neither is stricter.
pub(super) fn run(args: &Args, merged: &str) -> Result<ExitCode, Failure> {
    if args.strategy.map(Strategy::from) != Some(Strategy::Stack) {
        let message =
            "--compare-to is for --strategy stack: of the answers of all layers the strictest";
        return Err(Failure::Usage(message.to_owned()));
    }
    let mut specs: Vec<&String> = args.base.iter().chain(&args.layers).collect();
    let count = specs.len();
    if count < 2 {
        return Err(Failure::Usage("give at least two layers to compare with".to_owned()));
    }
    let merged = merged.to_owned();
    specs.push(&merged);
    if specs.iter().filter(|spec| **spec == "-").count() > 1 {
        return Err(Failure::Usage("standard input can be only one of the profiles".to_owned()));
    }
    let mut loaded = Vec::new();
    for spec in specs {
        loaded.push(profiles::load(spec, &args.reading)?);
    }
    let mut store = Store::default();
    let mut policies = Vec::new();
    for loaded in &loaded {
        let engine = args.question.engine.unwrap_or(Engine::of_loaded(loaded));
        // What a runtime adds to a filter is in no file.
        let settings = overlay::alone(args.question.settings(engine));
        policies.push(profiles::policy(&mut store, loaded, &settings)?);
    }
    let (Some((first, above)), Some(found)) =
        (policies.get(..count).and_then(<[Policy]>::split_first), policies.last())
    else {
        return Err(Failure::Usage("give at least two layers to compare with".to_owned()));
    };
    let all: Vec<&Loaded> = loaded.iter().collect();
    let wanted = Policy::stacked(&mut store, first, above)
        .map_err(|bound| Failure::too_large(bound, &all))?;
    let comparison = compare(&mut store, &wanted, found);
    let comparison = comparison.map_err(|bound| Failure::too_large(bound, &all))?;
    if comparison.hosts.is_empty() && comparison.not_compared.is_empty() {
        let sides: Vec<_> = (loaded.iter().zip(&policies))
            .map(|(loaded, policy)| {
                (&*loaded.source.name, policy.hosts().iter().map(|on| on.host).collect())
            })
            .collect();
        return Err(Failure::other_hosts(&sides));
    }
    let (text, is_right) = match difference(&comparison, &merged) {
        Some(text) => (format!("no: {text}\n"), false),
        None => ("yes\n".to_owned(), true),
    };
    output::to(args.output.as_deref(), &text)?;
    Ok(ExitCode::from(u8::from(!is_right)))
}

/// One call for which the file is not the stricter of the layers: more of it first.
fn difference(comparison: &Comparison, merged: &str) -> Option<String> {
    let effects = || comparison.changes.iter().flat_map(|change| &change.effects);
    let of = |direction: Direction| effects().find(move |effect| effect.direction == direction);
    let alone = comparison.not_compared.iter().find_map(|host| {
        let name = host.host.name();
        match (&host.old, &host.new) {
            (Some(_), None) => {
                Some(format!("on {name} {merged} starts containers, and a layer does not"))
            }
            (None, Some(_)) => {
                Some(format!("on {name} {merged} starts no container, and all layers do"))
            }
            _ => None,
        }
    });
    let (effect, word) = match (of(Direction::Weaker), of(Direction::Stricter)) {
        (Some(effect), _) => (effect, "more"),
        (None, Some(effect)) => (effect, "less"),
        (None, None) => return alone,
    };
    let witness = effect.witness;
    let call = match witness.syscall {
        Some(syscall) => {
            let (place, point, asks_kernel) = (witness.place, witness.point, witness.asks_kernel);
            let proof =
                Proof { syscall, place, point, asks_kernel, engine: None, action: witness.to };
            proof.to_string()
        }
        None => format!(
            "number {} of {} programs on {}: {}",
            witness.number,
            witness.place.abi,
            witness.place.host,
            action_text(witness.to)
        ),
    };
    let wanted = action_text(witness.from);
    Some(format!(
        "{merged} lets through {word} than the stricter of the layers: {call}, and not {wanted}"
    ))
}
