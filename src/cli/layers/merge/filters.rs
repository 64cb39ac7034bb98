//! `sdiff merge --strategy stack` with filters among the layers.

use super::args::{Args, Form};
use super::fixed::fixed;
use crate::cli::failure::Failure;
use crate::cli::inputs::filters;
use crate::cli::inputs::profiles::{self, Taken};
use crate::cli::layers::recover;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::decision::Store;
use crate::overlay::{self, Strategy};
use crate::profile::{Environment, to_json};
use crate::semantics::{Engine, Policy, Runtime, Settings};
use crate::syscall::Host;
use std::process::ExitCode;

/// Whether a layer is no profile.
pub(in crate::cli) fn has_filters(args: &Args) -> bool {
    args.base.iter().chain(&args.layers).any(|spec| filters::is_word(spec))
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    if args.strategy.map(Strategy::from) != Some(Strategy::Stack) {
        let message = "a filter has answers and no rules: with one among the layers give \
                       --strategy stack";
        return Err(Failure::Usage(message.to_owned()));
    }
    if args.diff || args.apply.is_some() || args.format == Form::Patch {
        let message =
            "with a filter among the layers there is no --diff, --apply or --format patch";
        return Err(Failure::Usage(message.to_owned()));
    }
    let specs = args.base.iter().chain(&args.layers);
    let taken = specs.map(|spec| profiles::take(spec, &args.reading));
    let taken: Vec<Taken> = taken.collect::<Result<_, _>>()?;
    // For the hosts that all filters are for.
    let (mut hosts, mut sides): (Option<Vec<Host>>, _) = (None, Vec::new());
    for side in &taken {
        if let Taken::Filters(filters) = side {
            let own = filters.hosts(&args.question.hosts)?;
            sides.push((&*side.loaded().source.name, own.clone()));
            hosts = Some(match hosts {
                None => own,
                Some(known) => known.into_iter().filter(|host| own.contains(host)).collect(),
            });
        }
    }
    let hosts = hosts.unwrap_or_default();
    if hosts.is_empty() {
        return Err(Failure::other_hosts(&sides));
    }
    // A process says under which capabilities and kernel the profiles count.
    let environment = taken
        .iter()
        .fold(Environment::default(), |known, side| known.beside(&side.loaded().environment));
    let mut store = Store::default();
    let mut policies = Vec::with_capacity(taken.len());
    for side in &taken {
        let engine = args.question.engine.unwrap_or(Engine::of_loaded(side.loaded()));
        // The runtime's stub is no layer's.
        let settings = Settings { hosts: hosts.clone(), ..args.question.settings(engine) };
        let settings = settings.with_runtime(Runtime::None).carrying(&environment);
        policies.push(side.policy(&mut store, &settings, &hosts)?);
    }
    let Some((first, above)) = policies.split_first() else {
        return Err(Failure::Usage("no layers to merge".to_owned()));
    };
    let wanted = Policy::stacked(&mut store, first, above).map_err(Failure::Compare)?;
    let settings = Settings { hosts, ..args.question.settings(Engine::Docker) };
    let found = overlay::recover(&mut store, &wanted, &settings)
        .map_err(|error| Failure::Overlay(error.to_string()))?;
    let text = match args.format {
        Form::Oci | Form::Operator => fixed(args, &mut store, &found.profile)?,
        _ => to_json(&found.profile),
    };
    output::to(args.output.as_deref(), &text)?;
    if let Some(side) = taken.first() {
        let notes = recover::told(&mut store, side.loaded(), &wanted, &found, color)?;
        if !found.is_equal || args.reading.verbose {
            output::to_stderr(&notes);
        }
    }
    for side in &taken {
        profiles::warn(side.loaded(), &args.reading, color);
    }
    Ok(ExitCode::from(u8::from(!found.is_equal)))
}
