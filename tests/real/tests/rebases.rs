//! Rebases of generated and published profiles: their laws, and what the library's programs for the
//! three sides say of the result, call by call.

use sdiff::decision::Store;
use sdiff::overlay::{
    Favor, Layer, Merged, OverlayError, Rebased, Strategy, merge, overlay, rebase,
};
use sdiff::profile::{Profile, to_json};
use sdiff::semantics::{Engine as TheirEngine, Policy, Runtime, Settings};
use sdiff::syscall::Host;
use sdiff_real::arch::HOSTS;
use sdiff_real::bpf::{Action, Data};
use sdiff_real::calls::calls;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::mutate::mutate;
use sdiff_real::published::layers;
use sdiff_real::reference::{Compiled, Loaded};
use sdiff_real::resolve::{Engine, resolve};
use sdiff_real::rng::Rng;
use sdiff_real::subject::oracle;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A profile, and two that were made from it.
struct Sides {
    from: Case,
    mine: Case,
    onto: Case,
}

impl Sides {
    /// Each side with up to three changes.
    fn new(from: Case, seed: u64) -> Sides {
        let mut rng = Rng::new(seed ^ 0x4eba_5e00);
        let mut side = || {
            let mut case = from.clone();
            for _ in 0..rng.between(1, 3) {
                mutate(&mut case.profile, seed, from.flavour, &mut rng);
            }
            case
        };
        let (mine, onto) = (side(), side());
        Sides { from, mine, onto }
    }

    /// Whether the default action and the ABIs are one: nothing but rules differs.
    fn have_one_head(&self) -> bool {
        let head = |case: &Case| {
            ["defaultAction", "defaultErrnoRet", "architectures", "archMap"]
                .map(|key| case.profile.get(key).cloned())
        };
        head(&self.from) == head(&self.mine) && head(&self.from) == head(&self.onto)
    }
}

fn layer(name: &str, case: &Case) -> Option<Layer> {
    let loaded = sdiff::load::parse(name, case.json().as_bytes(), &Default::default()).ok()?;
    Layer::new(name, &loaded.profile, TheirEngine::Docker).ok()
}

fn is_same(host: Host, a: &Profile, b: &Profile) -> bool {
    let settings = Settings {
        hosts: vec![host],
        ..Settings::new(TheirEngine::Docker).with_runtime(Runtime::None)
    };
    let mut store = Store::default();
    let mut policy = |profile| Policy::build(&mut store, profile, &settings).expect("a policy");
    let (a, b) = (policy(a), policy(b));
    let found = sdiff::diff::compare(&mut store, &a, &b).expect("a comparison");
    found.changes.is_empty()
}

/// What happened, and how often.
type Counts = BTreeMap<&'static str, u64>;

/// What a layer or an ABI stands in the way of is no matter of the laws.
fn is_no_layer(error: &OverlayError) -> bool {
    matches!(error, OverlayError::Meaning { .. } | OverlayError::NoHost)
}

/// Each law on one case.
fn laws(sides: &Sides, counts: &mut Counts) -> Result<(), String> {
    let all = [("from", &sides.from), ("mine", &sides.mine), ("onto", &sides.onto)];
    let [Some(from), Some(mine), Some(onto)] = all.map(|(name, case)| layer(name, case)) else {
        *counts.entry("no layers").or_default() += 1;
        return Ok(());
    };
    let host = Host::from_name(sides.from.host.name).expect("a host");
    let mut count = |what| *counts.entry(what).or_default() += 1;
    let rebased = |sides: [&Layer; 3], favor| rebase(&mut Store::default(), sides, favor, &[host]);
    // Where one side changed nothing there is no conflict, and always a profile: the other side.
    for (what, three, wanted) in [
        ("unmodified", [&from, &from, &onto], &onto),
        ("onto its own base", [&from, &mine, &from], &mine),
    ] {
        match rebased(three, None) {
            Ok(Rebased::Clean(merged)) if is_same(host, &merged.profile, wanted.profile()) => {
                count(what);
            }
            // What no rule can say of a multiplexer is told with the result.
            Ok(Rebased::Clean(merged)) if !merged.multiplexed.is_empty() => {
                count("what no rule says of a multiplexer");
            }
            Ok(Rebased::Clean(_)) => return Err(format!("{what}: another function")),
            Ok(Rebased::Conflicts(found)) => return Err(format!("{what}: {found:?}")),
            Err(error) if is_no_layer(&error) => {
                count("no policy");
                return Ok(());
            }
            Err(error) => return Err(format!("{what}: {error}")),
        }
    }
    let plain = rebased([&from, &mine, &onto], None);
    let mut favored = Vec::new();
    for favor in [Favor::Mine, Favor::Upstream] {
        match rebased([&from, &mine, &onto], Some(favor)) {
            Ok(Rebased::Clean(merged)) => favored.push((favor, merged)),
            Ok(Rebased::Conflicts(found)) => return Err(format!("{favor:?}: {found:?}")),
            Err(error) if is_no_layer(&error) => count("no policy"),
            Err(OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. }) => {
                count("what no profile says");
            }
            Err(OverlayError::TooManyRules { .. }) => count("too many rules"),
            Err(error) => return Err(format!("{favor:?}: {error}")),
        }
    }
    let is_conflict = matches!(plain, Ok(Rebased::Conflicts(_)));
    count(if is_conflict { "conflict" } else { "no conflict" });
    if let Ok(Rebased::Clean(merged)) = &plain {
        for (favor, other) in &favored {
            if !is_same(host, &merged.profile, &other.profile) {
                return Err(format!("{favor:?} decides where there is no conflict"));
            }
        }
    }
    if sides.have_one_head() {
        for (favor, merged) in &favored {
            let asked = by_definition(sides, *favor, merged, is_conflict)?;
            *counts.entry("calls by the definition").or_default() += asked;
        }
    }
    let Some((_, by_mine)) = favored.iter().find(|(favor, _)| *favor == Favor::Mine) else {
        return Ok(());
    };
    let least = match overlay(&mut Store::default(), &from, &mine, &[host]) {
        Ok(least) => Layer::new("least", &least, TheirEngine::Docker).map_err(|e| e.to_string())?,
        Err(OverlayError::NotAnOverlay(_)) => {
            *counts.entry("not an overlay").or_default() += 1;
            return Ok(());
        }
        Err(error) => {
            *counts.entry("no overlay").or_default() += 1;
            eprintln!("seed {}: no overlay: {error}", sides.from.seed);
            return Ok(());
        }
    };
    if !sides.have_one_head() {
        return Ok(());
    }
    let layered = [onto, least];
    match merge(&mut Store::default(), &layered, Strategy::Override, &[host]) {
        Ok(whole) if is_same(host, &whole.profile, &by_mine.profile) => {
            *counts.entry("an overlay is a rebase").or_default() += 1;
            Ok(())
        }
        Ok(_) if !by_mine.multiplexed.is_empty() => {
            *counts.entry("what no rule says of a multiplexer").or_default() += 1;
            Ok(())
        }
        // It is for everybody, or of every argument where else it would be long. Both are told of it.
        Ok(whole) if is_mine(host, [&from, &mine], &whole.profile, &by_mine.profile) => {
            *counts.entry("an overlay says more").or_default() += 1;
            Ok(())
        }
        Ok(_) => {
            let text = to_json(layered[1].profile());
            Err(format!("merged, its overlay is not the rebase:\n{text}"))
        }
        Err(error) => Err(format!("its overlay does not merge: {error}")),
    }
}

/// Whether a merged overlay is another thing than the rebase only for calls that get in it what both one's own
/// profile and the one that it was made from give.
fn is_mine(host: Host, own: [&Layer; 2], merged: &Profile, rebased: &Profile) -> bool {
    let settings = Settings {
        hosts: vec![host],
        ..Settings::new(TheirEngine::Docker).with_runtime(Runtime::None)
    };
    let mut store = Store::default();
    let profiles = [own[0].profile(), own[1].profile(), merged, rebased];
    let policies =
        profiles.map(|profile| Policy::build(&mut store, profile, &settings).expect("a policy"));
    host.abis().iter().all(|abi| {
        let answers = policies.each_ref().map(|policy| {
            let of = policy.abi(host, *abi);
            of.map(|of| of.bare_calls().collect::<Vec<_>>()).unwrap_or_default()
        });
        let [from, mine, merged, rebased] = &answers;
        (0..merged.len()).all(|at| {
            let mut apart = |a, b| store.zip(a, b, &|a, b| u32::from(a != b)).expect("a function");
            let differs = apart(merged[at], rebased[at]);
            let of_mine = apart(merged[at], mine[at]);
            let of_from = apart(merged[at], from[at]);
            let other = store.zip(of_mine, of_from, &|a, b| a | b).expect("a function");
            let both = store.zip(differs, other, &|a, b| a & b).expect("a function");
            both.as_leaf() == Some(0)
        })
    })
}

/// The real library's programs for the three sides, joined, against its program for the result: a call
/// is as in one's own where that changed it, else as upstream has it; where both changed it, as the
/// favoured side has it. How many calls were asked.
fn by_definition(
    sides: &Sides,
    favor: Favor,
    merged: &Merged,
    is_conflict: bool,
) -> Result<u64, String> {
    let result: Value = serde_json::from_str(&to_json(&merged.profile)).expect("JSON");
    let read = |profile: &Value| Case {
        engine: Engine::Docker,
        profile: profile.clone(),
        ..sides.from.clone()
    };
    let cases = [&sides.from.profile, &sides.mine.profile, &sides.onto.profile, &result].map(read);
    if endless(&cases).contains(&true) {
        return Ok(0);
    }
    let programs = cases.each_ref().map(|case| match oracle(case) {
        Ok(Compiled::Filter(filter)) => Some(filter),
        _ => None,
    });
    let [Some(from), Some(mine), Some(onto), Some(whole)] = programs else { return Ok(0) };
    let Case { host, machine, seed, .. } = sides.from;
    let behind: Vec<&str> = merged
        .multiplexed
        .iter()
        .filter_map(|call| call.multiplexer.syscall())
        .map(|syscall| syscall.name())
        .collect();
    let mut rng = Rng::new(seed);
    let mut asked = 0;
    for case in &cases {
        let oci = resolve(&case.profile, &case.place()).ok().flatten().unwrap_or_default();
        for call in calls(&oci, host, machine.library, &mut rng) {
            let is = |name: &str| machine.library.numbers(call.arch, name).contains(&call.nr);
            if behind.iter().any(|name| is(name)) {
                continue;
            }
            let data = Data::new(call.arch, call.nr, &call.args);
            let answer = |filter: &Loaded| filter.judge(&data, false);
            let (from, mine, onto) = (answer(&from), answer(&mine), answer(&onto));
            let wanted = match favor {
                Favor::Mine if mine != from => mine,
                Favor::Mine => onto,
                Favor::Upstream if onto != from => onto,
                Favor::Upstream => mine,
            };
            let found = answer(&whole);
            let said = |what: &str| {
                format!(
                    "{favor:?}: {call:x?}: was {from:?}, is {mine:?} in mine and {onto:?} upstream: {what}"
                )
            };
            if wanted != found {
                return Err(said(&format!("{found:?}\n{result:#}")));
            }
            let is_multiplexer = is("socketcall") || is("ipc");
            let are_apart = |a: Action, b: Action| a != b;
            if are_apart(mine, from)
                && are_apart(onto, from)
                && are_apart(mine, onto)
                && !is_conflict
                && !is_multiplexer
            {
                return Err(said("no conflict"));
            }
            asked += 1;
        }
    }
    Ok(asked)
}

fn run(name: &str, all: impl Iterator<Item = Sides>) {
    let newest = Machine::newest().library.name();
    if sdiff::syscall::Library::NEWEST.name() > newest.as_str() {
        return knobs::skip(name, &format!("the newest libseccomp here is {newest}"));
    }
    let (mut counts, mut failures) = (Counts::new(), Vec::new());
    let mut count = 0;
    for sides in all {
        count += 1;
        if let Err(why) = laws(&sides, &mut counts) {
            let Sides { from, mine, onto } = &sides;
            let texts = [from, mine, onto].map(|case| case.profile.to_string());
            failures.push(format!(
                "seed {} on {}: {why}\n{}",
                from.seed,
                from.host.name,
                texts.join("\n")
            ));
        }
    }
    println!("{name}: {count} cases: {counts:?}");
    let shown = failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {count} are wrong. The first:\n{shown}", failures.len());
    let of = |what: &str| counts.get(what).copied().unwrap_or_default();
    for (what, share) in [("unmodified", 60), ("no conflict", 30), ("an overlay is a rebase", 20)] {
        assert!(of(what) * 100 >= count * share, "{what}: {counts:?}");
    }
    assert!(of("calls by the definition") > count * 100, "{counts:?}");
    assert!(of("an overlay says more") * 20 <= count, "{counts:?}");
}

fn generated(flavour: Flavour) -> impl Iterator<Item = Sides> {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let count = knobs::number("SDIFF_REBASE_CASES", 150);
    (first..first + count).map(move |seed| Sides::new(Case::new(seed, flavour), seed))
}

#[test]
fn realistic_rebases() {
    run("realistic", generated(Flavour::Realistic));
}

#[test]
fn hostile_rebases() {
    run("hostile", generated(Flavour::Hostile));
}

/// Every published file, changed on both sides, on each host in turn.
#[test]
fn published_rebases() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("published_rebases", "no folder with profiles (SDIFF_SHARED)");
    };
    let files = layers(&shared);
    let count = knobs::number("SDIFF_REBASE_CASES", files.len() as u64) as usize;
    let step = files.len().div_ceil(count.max(1)).max(1);
    assert!(files.len() > 60, "{}", files.len());
    let all = files.into_iter().enumerate().step_by(step).map(|(at, mut profile)| {
        named(&mut profile);
        let seed = at as u64;
        let host = &HOSTS[at % HOSTS.len()];
        let case =
            Case { profile, host, engine: Engine::Docker, ..Case::new(seed, Flavour::Realistic) };
        Sides::new(case, seed)
    });
    run("published", all);
}

/// With `names` where the file has an old `name`.
fn named(profile: &mut Value) {
    let rules = profile.get_mut("syscalls").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(name) = rule.shift_remove("name").filter(|_| !rule.contains_key("names")) {
            rule.insert("names".into(), json!([name]));
        }
    }
}
