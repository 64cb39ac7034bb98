//! All machines that are known, each kind once.

use super::{Fit, VerifyError};
use crate::decision::{Assignment, Store};
use crate::diff::{agreement, differing};
use crate::profile::{ActionName, Profile};
use crate::semantics::{Engine, Machine, Policy, Problem, Runtime, Settings};
use crate::syscall::Library;

/// The machines on which profiles can differ, of those alike the newest: the machine itself first,
/// then those that differ from it in one part, then the rest.
pub fn machines(asked: Machine) -> Vec<Machine> {
    let mut runtimes: Vec<Runtime> = vec![asked.runtime];
    let newest_first = Runtime::all().collect::<Vec<_>>().into_iter().rev();
    for runtime in newest_first.chain([Runtime::None]) {
        if runtimes.iter().all(|known| behaviour(*known) != behaviour(runtime)) {
            runtimes.push(runtime);
        }
    }
    let mut engines = vec![asked.engine];
    engines.extend(Engine::ALL.iter().filter(|engine| **engine != asked.engine));
    let mut machines = Vec::new();
    for &engine in &engines {
        for &runtime in &runtimes {
            for library in Library::ALL.into_iter().rev() {
                machines.push(Machine { engine, runtime, library });
            }
        }
    }
    // What takes fewer parts to be another machine is more likely, and of these the newer.
    machines.sort_by_key(|machine| distance(asked, *machine));
    machines
}

/// How many parts differ.
fn distance(a: Machine, b: Machine) -> usize {
    let parts = [a.engine != b.engine, a.runtime != b.runtime, a.library != b.library];
    parts.into_iter().filter(|differs| *differs).count()
}

/// All by which the filters of two runtimes can differ, or whether one refuses what the other
/// takes.
fn behaviour(runtime: Runtime) -> impl PartialEq {
    const FLAGS: [&str; 2] = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
    (
        runtime.program(),
        [runtime.has_stub(), runtime.stub_has_native(), runtime.stub_has_setup()],
        [runtime.reads_default_errno(), runtime.refuses_idle_errno(), runtime.leaves_out_default()],
        [runtime.asks_for_binary_search(), runtime.is_strict()],
        ActionName::ALL.map(|action| runtime.knows_action(action, true)),
        FLAGS.map(|flag| runtime.knows_flag(flag, Library::NEWEST)),
        runtime.condition_limit(),
    )
}

/// What came of trying all machines.
pub(super) struct Tried {
    /// Those on which the profile has the function of the filter.
    pub fits: Vec<Fit>,
    /// The one that differs in the fewest places, and in how many, where none fits.
    pub nearest: Option<(Machine, usize)>,
}

/// Tries all machines. The nearest is sought for one environment.
pub(super) fn fits(
    store: &mut Store,
    profile: &Profile,
    filter: &Policy,
    settings: &Settings,
    environment: &Assignment,
    kept_nodes: usize,
) -> Result<Tried, VerifyError> {
    let base = store.clone();
    let mut tried = Tried { fits: Vec::new(), nearest: None };
    for machine in machines(settings.machine) {
        let settings = Settings { machine, ..settings.clone() };
        if store.node_count() > base.node_count() + kept_nodes && tried.fits.is_empty() {
            *store = base.clone();
        }
        let policy = match Policy::build(store, profile, &settings) {
            Ok(policy) => policy,
            Err(error) => match error.kind {
                Problem::Whole(bound) | Problem::TooLarge { bound, .. } => {
                    return Err(bound.into());
                }
                // Where nothing starts there is no filter.
                _ => continue,
            },
        };
        let environments = agreement(store, &policy, filter)?;
        if !environments.is_empty() {
            tried.fits.push(Fit { machine, environments });
        } else if tried.fits.is_empty() {
            let places = differing(store, &policy, filter, environment)?;
            if tried.nearest.is_none_or(|(_, least)| places < least) {
                tried.nearest = Some((machine, places));
            }
        }
    }
    if !tried.fits.is_empty() {
        tried.nearest = None;
    }
    Ok(tried)
}
