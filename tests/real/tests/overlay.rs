//! Merged profiles, their rules shuffled, compiled by the real libseccomp: the function is that
//! of the merged profile as it was proved, so that no order of rules matters.

use sdiff::decision::Store;
use sdiff::overlay::{Layer, OverlayError, Strategy, merge};
use sdiff::profile::to_json;
use sdiff::semantics::Engine as TheirEngine;
use sdiff::syscall::Host;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::resolve::Engine;
use sdiff_real::rng::Rng;
use sdiff_real::subject::{Policy, Subject, Tally, judge};
use serde_json::Value;
use std::collections::BTreeMap;

/// Judges the shuffled profile of a case by the one in its proved order.
struct Proved(Value);

impl Subject for Proved {
    fn build(&self, case: &Case) -> Result<Box<dyn Policy>, String> {
        MainCrate.build(&Case { profile: self.0.clone(), ..case.clone() })
    }

    fn fixed(&self, _: &Case) -> bool {
        // Only what the case's environment keeps.
        true
    }
}

fn layer(name: &str, case: &Case) -> Option<Layer> {
    let loaded = sdiff::load::parse(name, case.json().as_bytes(), &Default::default()).ok()?;
    Layer::new(name, &loaded.profile, TheirEngine::Docker).ok()
}

/// What a merge without a result is counted as.
fn kind(error: &OverlayError) -> &'static str {
    match error {
        OverlayError::Meaning { .. } => "a layer that no runtime loads",
        OverlayError::NotOneText { .. } => "not one text for 32 and 64 bits",
        OverlayError::TooManyRules { .. } => "too many rules",
        OverlayError::Refused(_) => "no rules that libseccomp takes",
        OverlayError::NotProved { .. } => "not proved",
        OverlayError::NoHost => "no host",
        _ => "another error",
    }
}

fn run(flavour: Flavour, count: u64) {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let mut without: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in first..first + count {
        let (base, above) = (Case::new(seed, flavour), Case::new(seed + 1_000_000, flavour));
        let (Some(lower), Some(upper)) = (layer("base", &base), layer("overlay", &above)) else {
            *without.entry("a layer that does not load").or_default() += 1;
            continue;
        };
        let strategy = Strategy::ALL[seed as usize % 4];
        let Some(host) = Host::from_name(base.host.name) else { continue };
        let merged = match merge(&mut Store::default(), &[lower, upper], strategy, &[host]) {
            Ok(merged) => merged,
            Err(error) => {
                *without.entry(kind(&error)).or_default() += 1;
                continue;
            }
        };
        let proved: Value = serde_json::from_str(&to_json(&merged.profile)).unwrap();
        let mut shuffled = proved.clone();
        if let Some(rules) = shuffled.get_mut("syscalls").and_then(Value::as_array_mut) {
            let mut rng = Rng::new(seed);
            for at in (1..rules.len()).rev() {
                rules.swap(at, rng.below(at + 1));
            }
        }
        let case = Case { profile: shuffled, engine: Engine::Docker, ..base };
        let endless = endless(std::slice::from_ref(&case))[0];
        match judge(&case, &Proved(proved), endless) {
            Ok(one) => tally.add(one),
            Err(mismatch) => failures.push((seed, strategy, mismatch)),
        }
    }
    println!("{flavour:?}: {tally}; without a result: {without:?}");
    let total = failures.len();
    let shown: Vec<String> = failures
        .iter()
        .take(3)
        .map(|(seed, strategy, mismatch)| format!("seed {seed}, {strategy:?}\n{mismatch}"))
        .collect();
    assert!(total == 0, "{total} of {count} hang on the order. The first:\n{}", shown.join("\n"));
}

/// Layers with overlapping conditions and different actions are left out: what a merge keeps of a
/// base unchanged hangs on the order of its rules where the base itself does (docs/overlay.md).
#[test]
fn realistic_layers() {
    run(Flavour::Realistic, knobs::number("SDIFF_OVERLAY_CASES", 400));
}
