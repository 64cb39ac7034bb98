//! `sdiff merge`: layers to one profile.

mod args;
mod compare;
mod filters;
mod fixed;

pub(in crate::cli) use args::Args;

use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::terminal::screen;
use crate::decision::Store;
use crate::diff::{Kind, compare};
use crate::load::{self, LoadOptions, Loaded, SourceKind, parse};
use crate::overlay::{self, Merged, Multiplexed, PatchError, Strategy};
use crate::profile::{Format, Profile, to_json};
use crate::report::phrase::{action_text, counted};
use crate::report::{self, Report, Side};
use crate::semantics::{Engine, Policy};
use crate::syscall::Host;
use args::Form;
use fixed::fixed;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    if let Some(merged) = &args.compare_to {
        return compare::run(args, merged);
    }
    if filters::has_filters(args) {
        return filters::run(args, color);
    }
    let mut store = Store::default();
    let (before, layers, strategy) = match &args.apply {
        Some(patch) => {
            let (base, patched) = patched(args, patch)?;
            (Some(base), vec![patched], Strategy::default())
        }
        None => {
            let (layers, strategy) = layers(args)?;
            (layers.first().cloned(), layers, strategy)
        }
    };
    args.question.tell();
    let engine = args.question.engine;
    let hosts = args.question.settings(Engine::Docker).hosts;
    let merged = overlay::merge_loaded(&mut store, &layers, engine, strategy, &hosts)
        .map_err(|error| Failure::of_layers(error, &layers))?;
    tell(&layers, &merged, &hosts, strategy, args.reading.verbose);
    let text = match (args.format, &before) {
        (_, Some(base)) if args.diff => {
            difference(args, &mut store, base, &merged.profile, engine, color)?
        }
        (Form::Patch, Some(base)) => {
            // What a file resolves to is the text of none.
            let extends = base.source.kind == SourceKind::Memory;
            alone(base, !extends)?;
            overlay::patch(base, engine, &merged)?
        }
        (Form::Oci | Form::Operator, _) => fixed(args, &mut store, &merged.profile)?,
        _ => to_json(&merged.profile),
    };
    output::to(args.output.as_deref(), &text)?;
    for loaded in &layers {
        profiles::warn(loaded, &args.reading, color);
    }
    if engine.is_none() {
        tell_of_dialects(&layers);
    }
    Ok(ExitCode::SUCCESS)
}

/// The layers and the strategy that the options and the files ask for.
fn layers(args: &Args) -> Result<(Vec<Loaded>, Strategy), Failure> {
    let is_stdin = |spec: &&String| from_stdin(spec);
    if args.base.iter().chain(&args.layers).filter(is_stdin).count() > 1 {
        return Err(Failure::Usage("standard input can be only one of the layers".into()));
    }
    let mut layers = Vec::new();
    let mut strategy = args.strategy.map(Strategy::from);
    if let Some(base) = &args.base {
        layers.push(profiles::load(base, &args.reading)?);
    }
    for spec in &args.layers {
        let loaded = profiles::load_alone(spec, &args.reading)?;
        if strategy.is_none() {
            strategy = overlay::strategy_of(&loaded)?;
        }
        if layers.is_empty() {
            layers = profiles::layers(loaded, &args.reading)?;
        } else {
            if !loaded.profile.extends.is_empty() {
                let name = loaded.source.name.escape_debug();
                let message =
                    format!("note: what {name} extends is not read: it is a layer here\n");
                output::to_stderr(&message);
            }
            layers.push(loaded);
        }
    }
    if layers.is_empty() {
        return Err(Failure::Usage("no profile to merge: give layers, and --base".into()));
    }
    let strategy = strategy.unwrap_or_default();
    overlay::check_defaults(&layers, strategy)?;
    if args.base.is_some() {
        profiles::tell_if_off(&layers);
    }
    Ok((layers, strategy))
}

/// Says on standard error what a user has to know of a result.
pub(in crate::cli) fn tell(
    layers: &[Loaded],
    merged: &Merged,
    hosts: &[Host],
    strategy: Strategy,
    verbose: bool,
) {
    let mut text = String::new();
    let default = |loaded: &Loaded| loaded.profile.default_action.as_ref().map(|d| d.value);
    if let Some((base, above)) = layers.split_first()
        && !strategy.counts_defaults()
    {
        for layer in above {
            if let (Some(own), Some(of_base)) = (default(layer), default(base))
                && own != of_base
            {
                let name = layer.source.name.escape_debug();
                text += &format!(
                    "note: the default action of {name} ({own}) is not inherited: \
                     the base's ({of_base}) stays\n"
                );
            }
        }
    }
    text += &multiplexed(&merged.multiplexed);
    if !merged.softened.is_empty() {
        let places = merged.softened.iter().map(|(host, abi)| format!("{abi} on {host}"));
        text += &format!(
            "warning: calls of programs for {} kill the thread, and never the process as rules of the \
             layers do: a layer does not list their ABI, and a filter without it does no more\n",
            places.collect::<Vec<_>>().join(", ")
        );
    }
    let left: Vec<&str> =
        hosts.iter().filter(|h| !merged.hosts.contains(h)).map(|h| h.name()).collect();
    if !left.is_empty() {
        text += &format!(
            "note: nothing is proved for {}: not every layer loads or was written for programs there\n",
            left.join(", ")
        );
    }
    if verbose {
        text += &format!("proved equal on {}", counted(merged.hosts.len(), "host"));
        text += if merged.multiplexed.is_empty() { "\n" } else { ", but for what is warned of\n" };
    }
    output::to_stderr(&text);
}

/// A layer in Podman's dialect over one in Docker's: what its engine does not read is not inherited.
fn tell_of_dialects(layers: &[Loaded]) {
    let Some((base, above)) = layers.split_first() else { return };
    if base.profile.format == Format::ContainersCommon {
        return;
    }
    for layer in above.iter().filter(|layer| layer.profile.format == Format::ContainersCommon) {
        let mut filters = layer.profile.rules.iter().flat_map(|r| [&r.includes, &r.excludes]);
        if filters.any(|filter| filter.min_kernel.is_some()) {
            output::to_stderr(&format!(
                "warning: {} is read as Podman's, which does not read `minKernel`: its rules are for \
                 every kernel. --engine docker reads it\n",
                layer.source.name.escape_debug()
            ));
        }
    }
}

/// Calls through `socketcall` and `ipc` that no rules can answer as the layers say, by cause.
pub(in crate::cli) fn multiplexed(calls: &[Multiplexed]) -> String {
    let mut each: Vec<(Multiplexed, Vec<String>)> = Vec::new();
    for call in calls {
        let place = format!("{} ({})", call.host, call.abi);
        let what = |call: &Multiplexed| (call.multiplexer, call.behind, call.wanted, call.found);
        match each.iter_mut().find(|(other, _)| what(other) == what(call)) {
            Some((_, places)) => places.push(place),
            None => each.push((*call, vec![place])),
        }
    }
    let mut causes: Vec<(Multiplexed, BTreeSet<&str>, Vec<String>)> = Vec::new();
    for (call, places) in each {
        let what =
            |call: &Multiplexed| (call.multiplexer, call.behind.is_some(), call.wanted, call.found);
        let name = call.behind.map(|syscall| syscall.name());
        let mut known = causes.iter_mut();
        match known.find(|(other, _, of)| what(other) == what(&call) && *of == places) {
            Some((_, names, _)) => names.extend(name),
            None => causes.push((call, name.into_iter().collect(), places)),
        }
    }
    let line = |(call, names, places): &(Multiplexed, BTreeSet<&str>, Vec<String>)| {
        let multiplexer = call.multiplexer.syscall().map_or("", |syscall| syscall.name());
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let who = match &quoted[..] {
            [] => "its other calls".to_owned(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        };
        let gets = if names.len() == 1 { "gets" } else { "get" };
        format!(
            "warning: {who} by way of `{multiplexer}` {gets} {}, where the layers say {}: \
             libseccomp applies the rules for such a call there too, whatever its arguments. On {}\n",
            action_text(call.found),
            action_text(call.wanted),
            places.join(", ")
        )
    };
    causes.iter().map(line).collect()
}

/// The report of what a result changes against its base.
fn difference(
    args: &Args,
    store: &mut Store,
    base: &Loaded,
    merged: &Profile,
    engine: Option<Engine>,
    color: ColorChoice,
) -> Result<String, Failure> {
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let name = if args.apply.is_some() { "patched" } else { "merged" };
    let new = parse(name, to_json(merged).as_bytes(), &options)?;
    let engine = engine.unwrap_or(Engine::of_loaded(base));
    let old_policy = profiles::policy(store, base, &args.question.settings(engine))?;
    let new_policy: Policy =
        profiles::policy(store, &new, &args.question.settings(Engine::Docker))?;
    let comparison = compare(store, &old_policy, &new_policy)
        .map_err(|bound| Failure::too_large(bound, &[base, &new]))?;
    let report = Report {
        old: Side { loaded: base, policy: &old_policy },
        new: Side { loaded: &new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    Ok(report::text(
        &report,
        match args.output {
            None => screen::on_stdout(color),
            Some(_) => screen::in_file(ColorChoice::Never),
        },
    ))
}

/// A base, and the same with a patch: from there on a layer as any other.
fn patched(args: &Args, patch: &Path) -> Result<(Loaded, Loaded), Failure> {
    if args.format == Form::Patch {
        let message = "--apply takes a patch, which --format patch would write again";
        return Err(Failure::Usage(message.into()));
    }
    let base = args.base.as_deref().unwrap_or_default();
    let is_stdin = patch == Path::new("-");
    if is_stdin && from_stdin(base) {
        let message = "standard input can be the base or the patch, not both";
        return Err(Failure::Usage(message.into()));
    }
    let base = profiles::load_alone(base, &args.reading)?;
    let mut text = String::new();
    // A byte more than a patch may have, so that a longer one is seen to be.
    let limit = load::MAX_BYTES as u64 + 1;
    let read = match is_stdin {
        true => std::io::stdin().lock().take(limit).read_to_string(&mut text),
        false => {
            std::fs::File::open(patch).and_then(|file| file.take(limit).read_to_string(&mut text))
        }
    };
    read.map_err(|error| Failure::Overlay(format!("`{}`: {error}", patch.display())))?;
    alone(&base, base.profile.extends.is_empty())?;
    if base.source.is_held() {
        return Err(PatchError::Form.into());
    }
    let patched = overlay::apply(&base.source.text, &text)?;
    let options = LoadOptions { format: Some(base.profile.format), document: None };
    let name = format!("{} with the patch", base.source.name);
    let patched = parse(&name, patched.as_bytes(), &options)?;
    alone(&patched, patched.profile.extends.is_empty())?;
    overlay::check_defaults(std::slice::from_ref(&patched), Strategy::default())?;
    profiles::tell_if_off(std::slice::from_ref(&patched));
    Ok((base, patched))
}

/// A patch is of a file that extends none.
fn alone(base: &Loaded, is_alone: bool) -> Result<(), PatchError> {
    match is_alone {
        true => Ok(()),
        false => Err(PatchError::Extends { name: base.source.name.escape_debug().to_string() }),
    }
}

/// Whether a source is standard input.
fn from_stdin(spec: &str) -> bool {
    spec == "-" || spec.starts_with("-#")
}
