//! `sdiff ps`: what the processes of this machine hold.

use crate::baseline::{self, Product, Release};
use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::TextOrJson;
use crate::decision::Store;
use crate::diff::compare;
use crate::filter::Filter;
use crate::live::{self, Group, Manager, Survey};
use crate::load::Loaded;
use crate::profile::Environment;
use crate::report::{self, Beyond, Found, Judged};
use crate::semantics::{Engine, Policy, Settings};
use crate::verify::{Candidate, Finder, Nearest};
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Say what filters the processes of this machine hold (Linux, as root)
///
/// Processes with equal filters are one group: which containers they are in, which built-in default
/// or PROFILE their filters are or are nearest to, as which runtime and libseccomp make it, and
/// what they let through beyond today's default of their engine. Containers without a filter come
/// first. Each process with filters is stopped for some microseconds.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXIT)]
pub(in crate::cli) struct Args {
    /// Profiles that are looked for beside the built-in defaults
    #[arg(value_name = "PROFILE")]
    profiles: Vec<String>,

    /// When to exit with status 1: unconfined, never
    ///
    /// `unconfined`: if a process in a container has no filter.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "never")]
    #[arg(hide_possible_values = true)]
    fail_on: FailOn,

    /// What to print: text or json
    ///
    /// `json` is described by docs/ps.schema.json.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: TextOrJson,

    #[command(flatten)]
    reading: Reading,
}

const EXIT: &str = "Exit status: 0, 1 as --fail-on says, 2 trouble.";

/// What fails a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// A process in a container without a filter
    Unconfined,
    /// Nothing
    Never,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let given = args.profiles.iter().map(|spec| profiles::load(spec, &args.reading));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let survey = live::survey().map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some((_, error)) = survey.unread.first()
        && survey.groups.iter().all(|group| group.stack.is_empty())
    {
        let count = survey.unread.len();
        return Err(Failure::Usage(format!("none of {count} processes with filters: {error}")));
    }
    let known = Known::of(given, &survey, &args.reading)?;
    let judged = known.judge(&survey)?;
    let found = Found { survey, judged };
    let text = match args.format {
        TextOrJson::Text => report::ps_text(&found, color.on_stdout()),
        TextOrJson::Json => report::ps_json(&found),
    };
    output::in_form(args.format, None, &text)?;
    for (loaded, _) in known.profiles.iter().filter(|(_, product)| product.is_none()) {
        profiles::warn(loaded, &args.reading, color);
    }
    let fails = args.fail_on == FailOn::Unconfined && found.survey.unconfined().next().is_some();
    Ok(ExitCode::from(u8::from(fails)))
}

/// Profiles with which filters are compared: those that were given, then the built-in defaults of
/// the engines that are met, the newest first.
struct Known {
    profiles: Vec<(Loaded, Option<Product>)>,
}

/// Whose default a container has.
const fn product(manager: Manager) -> Product {
    match manager {
        Manager::Docker => Product::Docker,
        Manager::Podman => Product::Podman,
        Manager::Kubernetes | Manager::Containerd => Product::Containerd,
        Manager::CriO => Product::Crio,
    }
}

/// So many calls of some 400 differ where a filter was rather made from the profile.
const NEAR: usize = 60;

/// Whose defaults are known.
const PRODUCTS: [Product; 4] =
    [Product::Docker, Product::Podman, Product::Containerd, Product::Crio];

impl Known {
    fn of(given: Vec<Loaded>, survey: &Survey, reading: &Reading) -> Result<Known, Failure> {
        let mut profiles: Vec<_> = given.into_iter().map(|loaded| (loaded, None)).collect();
        let managers = survey.containers.iter().map(|container| product(container.manager));
        let met: BTreeSet<Product> = managers.collect();
        for of in PRODUCTS {
            // Outside of containers today's are enough: who takes one takes a newer one.
            let count = if met.contains(&of) { usize::MAX } else { 1 };
            for release in baseline::contents(of).take(count) {
                profiles.push((profiles::load(&release.to_string(), reading)?, Some(of)));
            }
        }
        Ok(Known { profiles })
    }

    /// What is known of each group.
    fn judge(&self, survey: &Survey) -> Result<Vec<Judged>, Failure> {
        let mut finders: Vec<(Settings, Finder)> = Vec::new();
        let candidates = || -> Vec<Candidate> {
            let all = self.profiles.iter().map(|(loaded, _)| {
                let engine = Engine::of_loaded(loaded);
                Candidate { profile: &loaded.profile, engine }
            });
            all.collect()
        };
        let mut judged = Vec::with_capacity(survey.groups.len());
        for group in &survey.groups {
            if group.stack.is_empty() {
                judged.push(Judged::default());
                continue;
            }
            let settings = Settings::new(Engine::Docker).carrying(&environment(group));
            let at = finders.iter().position(|(known, _)| *known == settings);
            let at = at.unwrap_or_else(|| {
                finders.push((settings.clone(), Finder::new(candidates(), &settings)));
                finders.len() - 1
            });
            let products = products(survey, group);
            let is_meant = |candidate: usize| {
                let product = self.profiles.get(candidate).and_then(|(_, product)| *product);
                products.is_empty() || product.is_none_or(|product| products.contains(&product))
            };
            let (_, finder) = &mut finders[at];
            // What cannot be followed is nobody's default, and the others are told of all the same.
            let nearest = finder.find(&group.stack, &is_meant).unwrap_or_default();
            judged.push(self.judged(group, &settings, nearest, &products)?);
        }
        Ok(judged)
    }

    fn judged(
        &self,
        group: &Group,
        settings: &Settings,
        nearest: Option<Nearest>,
        products: &BTreeSet<Product>,
    ) -> Result<Judged, Failure> {
        let mut store = Store::default();
        let filter = Filter::new(&mut store, &group.stack).ok();
        let policy = filter.and_then(|filter| filter.policy(&mut store, settings).ok());
        let Some(policy) = policy else { return Ok(Judged::default()) };
        let fingerprint = Some(policy.fingerprint(&store).to_string());
        // Outside of containers, what is far from all of them is its own making.
        let is_given = |candidate: usize| matches!(self.profiles.get(candidate), Some((_, None)));
        let nearest = nearest.filter(|nearest| {
            !products.is_empty() || nearest.differs <= NEAR || is_given(nearest.candidate)
        });
        let named = nearest.and_then(|nearest| {
            let (loaded, _) = self.profiles.get(nearest.candidate)?;
            Some((name(loaded), nearest))
        });
        // Today's default of its engine: the first of the product is the newest.
        let product = products.first().copied().or_else(|| {
            let (_, nearest) = named.as_ref()?;
            self.profiles.get(nearest.candidate)?.1
        });
        let today = self.profiles.iter().find(|(_, of)| product.is_some() && *of == product);
        let mut beyond = None;
        if let Some((today, _)) = today {
            let settings = settings.clone().read_by(Engine::of_loaded(today));
            let default = Policy::build(&mut store, &today.profile, &settings);
            let compared = default.ok().map(|default| compare(&mut store, &default, &policy));
            let compared = compared.transpose().map_err(Failure::Compare)?;
            beyond = compared.map(|comparison| Beyond::of(name(today), &comparison));
        }
        Ok(Judged { fingerprint, nearest: named, beyond })
    }
}

fn name(loaded: &Loaded) -> String {
    match loaded.baseline {
        Some(release) => Release::to_string(release),
        None => loaded.source.name.to_string(),
    }
}

/// Whose containers a group is in.
fn products(survey: &Survey, group: &Group) -> BTreeSet<Product> {
    let containers = group.members.iter().filter_map(|member| survey.container(member));
    containers.map(|container| product(container.manager)).collect()
}

/// What is around most of a group; a process can drop capabilities that its container had.
fn environment(group: &Group) -> Environment {
    let mut counted: Vec<(usize, &Environment)> = Vec::new();
    for member in &group.members {
        match counted.iter_mut().find(|(_, known)| **known == member.environment) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, &member.environment)),
        }
    }
    let most = counted.iter().max_by_key(|(count, _)| *count);
    most.map(|(_, environment)| (*environment).clone()).unwrap_or_default()
}
