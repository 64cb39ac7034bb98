//! What an engine believes that it gave a container, held against what its process has.

use crate::baseline::{self, Release};
use crate::filter::Program;
use crate::load::{LoadOptions, Loaded, load};
use crate::profile::Environment;
use crate::report;
use crate::semantics::{Engine, Settings};
use crate::verify::{Candidate, Finder, Nearest};

/// Both in one sentence. `who` is the engine's program, `name` the container's; its process holds
/// these programs and is in this environment.
pub(in crate::cli) fn note(
    (who, name): (&str, &str),
    believed: &Loaded,
    (held, environment): (&[Program], &Environment),
) -> String {
    let is_off = believed.profile.default_action.is_none() && believed.profile.rules.is_empty();
    let says = match &believed.notes[..] {
        [] if is_off => format!("{who} gave `{name}` no profile"),
        _ if believed.baseline.is_some() => format!("{who} gave `{name}` its default"),
        [] => format!("{who} gave `{name}` a profile of its own"),
        notes => format!("{who} says: {}", notes.join("; ")),
    };
    let holds = match (is_off, held.len()) {
        (true, 0) => ", and its process has no filter".to_owned(),
        (true, count) => format!(", but its process holds {}", counted(count)),
        (false, 0) => ", but its process holds no filter".to_owned(),
        (false, _) => compared(believed, held, environment),
    };
    says + &holds
}

fn counted(filters: usize) -> String {
    if filters == 1 { "a filter".to_owned() } else { format!("{filters} filters") }
}

/// Whether the filters of a process are a profile, as any machine makes it.
fn compared(believed: &Loaded, held: &[Program], environment: &Environment) -> String {
    let count = held.len();
    let defaults = match believed.baseline {
        Some(release) => defaults(release),
        None => Vec::new(),
    };
    let profiles = if defaults.is_empty() { vec![believed.clone()] } else { defaults };
    let candidates = profiles
        .iter()
        .map(|loaded| Candidate { profile: &loaded.profile, engine: Engine::of_loaded(loaded) });
    let settings = Settings::new(Engine::Docker).carrying(environment);
    let mut finder = Finder::new(candidates.collect(), &settings);
    let Ok(Some(found)) = finder.find(held, &|_| true) else {
        return format!(", which cannot be compared with the {} of its process", counted(count));
    };
    let Nearest { candidate, machine, differs, alone } = found;
    let release = profiles.get(candidate).and_then(|loaded| loaded.baseline);
    let machine = report::machine_words(machine);
    let what = release.map_or("just that".to_owned(), |release| format!("that of {release}"));
    match (differs, alone) {
        (0, None) if count == 1 => {
            format!(", and its process holds {what}, as {machine} makes it")
        }
        (0, None) => {
            format!(", and the {count} filters of its process are {what}, as {machine} makes it")
        }
        (0, Some(at)) => format!(
            ", and filter {} of {count} of its process, the oldest first, is {what}, as {machine} makes it",
            at + 1
        ),
        // Other programs' calls differ, or numbers without a name, where none of its own does.
        (differs, _) => {
            let nearest = release.map_or(String::new(), |of| format!(", nearest to that of {of}"));
            let calls = if differs == 1 { "a call differs" } else { "calls differ" };
            let calls = match differs {
                1 => calls.to_owned(),
                usize::MAX => "all differs".to_owned(),
                many => format!("{many} {calls}"),
            };
            format!(
                ", but its process holds something else{nearest} ({calls}): `sdiff verify` says \
                 what, and why"
            )
        }
    }
}

/// The defaults of a product, each content once: an engine does not say which release it is.
fn defaults(of: &Release) -> Vec<Loaded> {
    let releases = baseline::contents(of.product);
    let options = LoadOptions::default();
    releases.filter_map(|release| load(&release.to_string(), &options).ok()).collect()
}
