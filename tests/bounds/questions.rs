//! Every question that a command asks of a profile, each with a meter of its own.

use sdiff::decision::{Limits, Meter, Store, TooLarge};
use sdiff::diff::compare;
use sdiff::explain::{Call, explain};
use sdiff::lint;
use sdiff::load::{self, Loaded};
use sdiff::overlay::{self, Layer, OverlayError, ReadAs, Strategy};
use sdiff::profile::normalize;
use sdiff::semantics::{Engine, Policy, Problem, SemanticsError, Settings};
use sdiff::syscall::{Abi, Host};
use std::sync::Arc;

/// What it cost, and the bound where one was reached.
pub type Asked = (Arc<Meter>, Option<TooLarge>);

/// A command's question.
pub type Question = fn(&Loaded) -> Asked;

/// By the name of the command. `review` asks what `diff` and `check` ask.
pub const QUESTIONS: [(&str, Question); 8] = [
    ("diff", diff),
    ("check", check),
    ("explain", explained),
    ("merge", merge),
    ("rebase", rebase),
    ("lineage", lineage),
    ("fingerprint", fingerprint),
    ("normalize", normal),
];

fn metered(ask: impl FnOnce(&mut Store) -> Result<(), TooLarge>) -> Asked {
    let meter = Arc::new(Meter::new(Limits::default()));
    let asked = ask(&mut Store::metered(meter.clone()));
    (meter, asked.err())
}

/// A profile that is refused is an answer; one that is too large is none.
fn bound<T>(built: Result<T, SemanticsError>) -> Result<Option<T>, TooLarge> {
    match built {
        Ok(built) => Ok(Some(built)),
        Err(SemanticsError { kind, .. }) => match kind {
            Problem::TooLarge { bound, .. } | Problem::Whole(bound) => Err(bound),
            _ => Ok(None),
        },
    }
}

fn of_overlay<T>(made: Result<T, OverlayError>) -> Result<Option<T>, TooLarge> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(OverlayError::TooLarge { bound, .. })
        | Err(OverlayError::Whole(bound) | OverlayError::Compare(bound)) => Err(bound),
        Err(OverlayError::Meaning { error, .. } | OverlayError::Refused(error)) => {
            bound::<T>(Err(*error))
        }
        Err(_) => Ok(None),
    }
}

fn policy(store: &mut Store, loaded: &Loaded) -> Result<Option<Policy>, TooLarge> {
    bound(Policy::build(store, &loaded.profile, &Settings::new(Engine::of_loaded(loaded))))
}

fn default() -> Loaded {
    load::load("default", &load::LoadOptions::default()).expect("there is one")
}

fn diff(loaded: &Loaded) -> Asked {
    metered(|store| {
        let old = policy(store, &default())?;
        let new = policy(store, loaded)?;
        if let (Some(old), Some(new)) = (old, new) {
            compare(store, &old, &new)?;
        }
        Ok(())
    })
}

fn check(loaded: &Loaded) -> Asked {
    let meter = Arc::new(Meter::new(Limits::default()));
    let settings = Settings::new(Engine::of_loaded(loaded));
    let found = bound(lint::check_metered(loaded, &settings, &meter));
    (meter, found.err())
}

fn explained(loaded: &Loaded) -> Asked {
    metered(|store| {
        if let Some(policy) = policy(store, loaded)? {
            let call = Call::parse("ioctl", Abi::X86_64).expect("a call");
            explain(store, &loaded.profile, &policy, &call)?;
        }
        Ok(())
    })
}

fn merge(loaded: &Loaded) -> Asked {
    metered(|store| {
        let layers = [default(), loaded.clone()];
        let made = overlay::merge_loaded(store, &layers, None, Strategy::Override, &Host::ALL);
        of_overlay(made).map(|_| ())
    })
}

fn layer(name: &str, loaded: &Loaded) -> Option<Layer> {
    Layer::new(name, &loaded.profile, Engine::of_loaded(loaded)).ok()
}

fn rebase(loaded: &Loaded) -> Asked {
    metered(|store| {
        let from =
            load::load("docker@20.10.0", &load::LoadOptions::default()).expect("there is one");
        let layers = [layer("from", &from), layer("mine", loaded), layer("onto", &default())];
        let [Some(from), Some(mine), Some(onto)] = &layers else { return Ok(()) };
        of_overlay(overlay::rebase(store, [from, mine, onto], None, &Host::ALL)).map(|_| ())
    })
}

fn lineage(loaded: &Loaded) -> Asked {
    metered(|store| {
        let Some(layer) = layer("mine", loaded) else { return Ok(()) };
        let read = [ReadAs { product: sdiff::baseline::Product::Docker, layer }];
        of_overlay(overlay::lineage(store, &loaded.profile, &read)).map(|_| ())
    })
}

fn fingerprint(loaded: &Loaded) -> Asked {
    metered(|store| {
        if let Some(policy) = policy(store, loaded)? {
            policy.fingerprint(store);
        }
        store.meter().check()
    })
}

fn normal(loaded: &Loaded) -> Asked {
    metered(|_| {
        normalize(&loaded.profile);
        Ok(())
    })
}
