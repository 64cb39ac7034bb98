//! Merged profiles, their rules shuffled, compiled by the real libseccomp: the function is that
//! of the merged profile as it was proved, so that no order of rules matters.

use sdiff::decision::Store;
use sdiff::overlay::{Layer, OverlayError, Strategy, merge};
use sdiff::profile::{Format, to_json};
use sdiff::semantics::{Engine as TheirEngine, Runtime, Settings};
use sdiff::syscall::Host;
use sdiff_real::arch::Host as SdiffHost;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::published::{files, profile};
use sdiff_real::resolve::Engine;
use sdiff_real::rng::Rng;
use sdiff_real::subject::{Policy, Subject, Tally, judge};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

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
    let layers = (first..first + count)
        .map(|seed| (seed, Case::new(seed, flavour), Case::new(seed + 1_000_000, flavour)));
    merge_all(&format!("{flavour:?}"), layers, count / 2);
}

/// Whether the rules of a profile are refused, or mean something else, in the reverse order.
fn hangs(case: &Case) -> bool {
    let mut reversed = case.clone();
    if let Some(rules) = reversed.profile.get_mut("syscalls").and_then(Value::as_array_mut) {
        rules.reverse();
    }
    let fingerprint = |case: &Case| {
        let text = case.json();
        let loaded = sdiff::load::parse("layer", text.as_bytes(), &Default::default()).ok()?;
        let settings = Settings { runtime: Runtime::None, ..Settings::new(TheirEngine::Docker) };
        let mut store = Store::default();
        let policy =
            sdiff::semantics::Policy::build(&mut store, &loaded.profile, &settings).ok()?;
        Some(policy.fingerprint(&store))
    };
    let (forth, back) = (fingerprint(case), fingerprint(&reversed));
    forth.is_none() || forth != back
}

/// Merges the second of each over the first; at least so many have a result.
fn merge_all(name: &str, layers: impl Iterator<Item = (u64, Case, Case)>, least: u64) {
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let mut without: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut count, mut merges, mut in_order) = (0, 0, 0);
    for (seed, base, above) in layers {
        count += 1;
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
        let of = |profile| Case { profile, engine: Engine::Docker, ..base.clone() };
        let (ordered, case) = (of(proved.clone()), of(shuffled));
        let run = |case: &Case| {
            let endless = endless(std::slice::from_ref(case))[0];
            judge(case, &Proved(proved.clone()), endless)
        };
        match run(&case) {
            Ok(one) => {
                merges += 1;
                tally.add(one);
            }
            // Where a layer's own rules hang on their order, as written it must be right.
            Err(_) if hangs(&base) || hangs(&above) => match run(&ordered) {
                Ok(one) => {
                    in_order += 1;
                    tally.add(one);
                }
                Err(mismatch) => failures.push((seed, strategy, mismatch)),
            },
            Err(mismatch) => failures.push((seed, strategy, mismatch)),
        }
    }
    println!("{name}: {tally}; {in_order} in their order alone; without a result: {without:?}");
    assert!(merges >= least, "{merges} of {count}");
    let total = failures.len();
    let shown: Vec<String> = failures
        .iter()
        .take(3)
        .map(|(seed, strategy, mismatch)| format!("seed {seed}, {strategy:?}\n{mismatch}"))
        .collect();
    assert!(total == 0, "{total} of {count} hang on the order. The first:\n{}", shown.join("\n"));
}

/// Every file that can be a layer: a decade of upstream's defaults, and what people publish.
fn published(shared: &Path) -> Vec<Value> {
    let mut paths = Vec::new();
    for folder in ["upstream", "corpus/json"] {
        files(&shared.join(folder), &mut paths);
    }
    let profiles = paths.iter().filter_map(|path| {
        let (profile, _) = profile(path)?;
        let text = profile.to_string();
        let loaded = sdiff::load::parse("layer", text.as_bytes(), &Default::default()).ok()?;
        // The reference reads Docker's dialect here.
        (loaded.profile.format == Format::Docker).then_some(profile)
    });
    profiles.collect()
}

/// Each is a base once and an overlay once, with every strategy in turn.
#[test]
fn published_layers() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("published_layers", "no folder with profiles (SDIFF_SHARED)");
    };
    let files = published(&shared);
    println!("{} files", files.len());
    assert!(files.len() > 60, "{}", files.len());
    let layers = (0..files.len()).map(|at| {
        let seed = at as u64;
        let above = (at * 37 + 11) % files.len();
        let case = |at: usize| Case {
            profile: files[at].clone(),
            host: SdiffHost::named("amd64").expect("amd64"),
            engine: Engine::Docker,
            ..Case::new(seed, Flavour::Realistic)
        };
        (seed, case(at), case(above))
    });
    merge_all("published", layers, 40);
}

/// Layers with overlapping conditions and different actions are left out: what a merge keeps of a
/// base unchanged hangs on the order of its rules where the base itself does (docs/overlay.md).
#[test]
fn realistic_layers() {
    run(Flavour::Realistic, knobs::number("SDIFF_OVERLAY_CASES", 400));
}

/// Sixty conditions that overlap, half of them in each layer, on one argument and on three.
#[test]
fn sixty_overlapping_conditions() {
    let layer = |first: u64, arguments: u64| {
        let rules: Vec<String> = (first..first + 30)
            .map(|at| {
                let (index, value) = (at % arguments, at * 97 % 1000);
                let (op, action) = (["GE", "LT", "NE"][at as usize % 3], ["ALLOW", "LOG"][first as usize % 2]);
                format!(
                    r#"{{"names": ["ioctl"], "action": "SCMP_ACT_{action}", "args": [
                        {{"index": {index}, "op": "SCMP_CMP_{op}", "value": {value}}},
                        {{"index": 4, "op": "SCMP_CMP_MASKED_EQ", "value": {mask}, "valueTwo": {mask}}}]}}"#,
                    mask = 1_u64 << (at % 12)
                )
            })
            .collect();
        let text =
            format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{}]}}"#, rules.join(", "));
        let loaded = sdiff::load::parse("layer", text.as_bytes(), &Default::default());
        Layer::new("layer", &loaded.expect("a profile").profile, TheirEngine::Docker)
            .expect("a layer")
    };
    for arguments in [1, 3] {
        for strategy in Strategy::ALL {
            let layers = [layer(0, arguments), layer(31, arguments)];
            let start = std::time::Instant::now();
            let merged = merge(&mut Store::default(), &layers, strategy, &Host::ALL);
            let time = start.elapsed();
            let said = merged.map(|merged| merged.profile.rules.len());
            println!("{arguments} arguments, {strategy:?}: {time:?}, {said:?}");
            // The error names the call and the bound, or why libseccomp would not take its rules.
            if let Err(error) = &said {
                assert!(error.to_string().contains("ioctl"), "{error}");
            }
            assert!(time.as_secs_f64() <= 2.0, "{time:?}");
        }
    }
}
