//! `sdiff lineage`: what a profile came from, and what happened there since.

use super::rebase::read_as;
use crate::cli::arguments::config::Configured;
use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::{self, TextOrJson};
use crate::decision::Store;
use crate::load::Loaded;
use crate::overlay;
use crate::report;
use crate::semantics::Engine;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Say which built-in profile a profile came from, and what happened there since
///
/// Which releases and commits of the defaults it can be a copy of, with the edits that lead from there
/// to it, or that it is no copy of any; what it changes against the nearest; and what upstream has
/// blocked or allowed since that the profile has not, each with the first release that did. Of many profiles
/// each is told, in their order.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profiles
    #[arg(required = true)]
    profiles: Vec<String>,

    /// What to print: text or json
    ///
    /// `json` is described by docs/lineage.schema.json: a document for each profile.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    /// Who reads the profile: docker, podman, containerd [default: by its format]
    ///
    /// Without this option a profile in Podman's dialect is Podman's, and one that can be either's
    /// is looked for among Docker's and Podman's.
    #[arg(long, value_name = "ENGINE", value_parser = values::engine)]
    engine: Option<Engine>,

    #[command(flatten)]
    config: Configured,

    #[command(flatten)]
    reading: Reading,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let file = args.config.read()?;
    let mut mine = Vec::with_capacity(args.profiles.len());
    for profile in &args.profiles {
        let said = file.of_profile(&args.config.path_of(profile)).engine;
        let engine = args.engine.or(said).or(file.defaults().engine);
        mine.push((profiles::load(profile, &args.reading)?, engine));
    }
    let mut text = String::new();
    for (at, told) in args.told(&mine, color)?.into_iter().enumerate() {
        // Documents of JSON need nothing between them.
        if at > 0 && args.format == TextOrJson::Text {
            text.push('\n');
        }
        text += &told;
    }
    output::in_form(args.format, None, &text)?;
    for (mine, _) in &mine {
        profiles::warn(mine, &args.reading, color);
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// What is told of each, side by side on the cores that there are; in their order.
    fn told(
        &self,
        mine: &[(Loaded, Option<Engine>)],
        color: ColorChoice,
    ) -> Result<Vec<String>, Failure> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut told = Vec::new();
            while let Some((at, mine)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                mine.get(at).map(|mine| (at, mine))
            } {
                told.push((at, self.told_of(mine, color)));
            }
            told
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut told = std::thread::scope(|scope| {
            let others: Vec<_> = (1..cores.min(mine.len())).map(|_| scope.spawn(work)).collect();
            let mut told = work();
            for other in others {
                let failed = |_| Failure::Usage("a thread failed".to_owned());
                told.extend(other.join().map_err(failed)?);
            }
            Ok::<_, Failure>(told)
        })?;
        told.sort_by_key(|(at, _)| *at);
        told.into_iter().map(|(_, told)| told).collect()
    }

    fn told_of(
        &self,
        (mine, engine): &(Loaded, Option<Engine>),
        color: ColorChoice,
    ) -> Result<String, Failure> {
        let read = read_as(mine, *engine, None)?;
        let lineage = overlay::lineage(&mut Store::default(), &mine.profile, &read);
        let lineage = lineage.map_err(|error| Failure::of_profile(error, mine))?;
        Ok(match self.format {
            TextOrJson::Text => report::lineage_text(mine, &lineage, color.on_stdout()),
            TextOrJson::Json => report::lineage_json(mine, &lineage),
        })
    }
}
