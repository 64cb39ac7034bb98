//! Merged profiles, their rules shuffled, compiled by the real libseccomp: the function is that
//! of the merged profile as it was proved, so that no order of rules matters. And what was proved is
//! the definition: the library's programs for the layers, joined call by call.

use sdiff::decision::Store;
use sdiff::overlay::{Layer, Merged, OverlayError, Strategy, merge};
use sdiff::profile::to_json;
use sdiff::semantics::{Engine as TheirEngine, Runtime, Settings};
use sdiff::syscall::Host;
use sdiff_real::arch::HOSTS;
use sdiff_real::bpf::{Action, Data};
use sdiff_real::calls::{Call, calls};
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::published::layers;
use sdiff_real::reference::{Compiled, Loaded};
use sdiff_real::resolve::{Engine, resolve};
use sdiff_real::rng::Rng;
use sdiff_real::subject::{Policy, Subject, Tally, judge, oracle};
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

/// What a merge without a result is counted as: what no profile can say, bounds, and what ought not
/// to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Without {
    NoLayer,
    NoHost,
    NoProfileSays,
    TooMany,
    Other,
}

fn without(error: &OverlayError) -> Without {
    match error {
        OverlayError::Meaning { .. } => Without::NoLayer,
        OverlayError::NoHost => Without::NoHost,
        OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. } => Without::NoProfileSays,
        OverlayError::TooManyRules { .. } | OverlayError::TooLarge { .. } => Without::TooMany,
        _ => Without::Other,
    }
}

/// Merges are proved with the newest libseccomp: whether that is here to judge them.
fn is_judged(test: &str) -> bool {
    let library = Machine::newest().library;
    let is_newest = sdiff::syscall::Library::NEWEST.name() <= library.name().as_str();
    if !is_newest {
        knobs::skip(test, &format!("the newest libseccomp here is {}", library.name()));
    }
    is_newest
}

/// Generated pairs, with every strategy. Of the merges at least so many in a hundred have a result.
fn run(flavour: Flavour, count: u64, least: u64) {
    if !is_judged(&format!("{flavour:?} layers")) {
        return;
    }
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let layers = (first..first + count)
        .map(|seed| (seed, Case::new(seed, flavour), Case::new(seed + 1_000_000, flavour)));
    merge_all(&format!("{flavour:?}"), layers, count * 4 * least / 100);
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
        let settings = Settings::new(TheirEngine::Docker).with_runtime(Runtime::None);
        let mut store = Store::default();
        let policy =
            sdiff::semantics::Policy::build(&mut store, &loaded.profile, &settings).ok()?;
        Some(policy.fingerprint(&store))
    };
    let (forth, back) = (fingerprint(case), fingerprint(&reversed));
    forth.is_none() || forth != back
}

/// The answer of `union` or `stack` to a call, from those of the layers (SEMANTICS.md, section 5):
/// of two of one rank the later layer's.
fn joined(strategy: Strategy, first: Action, second: Action) -> Action {
    let rank = |action: Action| match action {
        Action::KillProcess => 0,
        Action::KillThread => 1,
        Action::Trap => 2,
        Action::Errno(_) => 3,
        Action::Notify => 4,
        Action::Trace(_) => 5,
        Action::Log => 6,
        Action::Allow => 7,
    };
    let keeps_first = match strategy {
        Strategy::Union => rank(first) > rank(second),
        _ => rank(first) < rank(second),
    };
    if keeps_first { first } else { second }
}

/// The real library's programs for the layers, joined, against its program for the merged text.
/// How many calls were asked.
fn by_definition(
    strategy: Strategy,
    layers: [&Case; 2],
    merged: &Case,
    proved: &Merged,
) -> Result<u64, String> {
    // A layer that lists no ABIs is read with those of the others.
    let lists = |case: &Case| {
        ["architectures", "archMap"].map(|key| {
            let list =
                case.profile.get(key).filter(|list| list.as_array().is_some_and(|l| !l.is_empty()));
            list.map(|list| (key, list.clone()))
        })
    };
    let [own, others] = layers.map(lists);
    let read = |layer: &Case, own: &[Option<(&str, Value)>], others: &[Option<(&str, Value)>]| {
        let mut case = Case { engine: Engine::Docker, host: merged.host, ..layer.clone() };
        (case.caps, case.kernel) = (merged.caps.clone(), merged.kernel);
        if own.iter().all(Option::is_none) {
            for (key, list) in others.iter().flatten() {
                case.profile[*key] = list.clone();
            }
        }
        case
    };
    let cases = [read(layers[0], &own, &others), read(layers[1], &others, &own), merged.clone()];
    if endless(&cases).contains(&true) {
        return Ok(0);
    }
    let programs = cases.each_ref().map(|case| match oracle(case) {
        Ok(Compiled::Filter(filter)) => Some(filter),
        _ => None,
    });
    // A layer that the library refuses in this environment has no answers to join.
    let [Some(base), Some(above), Some(whole)] = programs else { return Ok(0) };
    let behind: Vec<&str> = proved
        .multiplexed
        .iter()
        .filter(|call| call.host.name() == merged.host.name)
        .filter_map(|call| call.multiplexer.syscall())
        .map(|syscall| syscall.name())
        .collect();
    let mut rng = Rng::new(merged.seed);
    let mut asked = 0;
    for case in &cases {
        let oci = resolve(&case.profile, &case.place()).ok().flatten().unwrap_or_default();
        for call in calls(&oci, merged.host, merged.machine.library, &mut rng) {
            if behind
                .iter()
                .any(|name| merged.machine.library.numbers(call.arch, name).contains(&call.nr))
            {
                continue;
            }
            let data = Data::new(call.arch, call.nr, &call.args);
            let answer = |filter: &Loaded| filter.judge(&data, false);
            let (wanted, found) = (joined(strategy, answer(&base), answer(&above)), answer(&whole));
            asked += 1;
            // Told as such: a filter without an ABI kills the thread.
            let is_softened = (wanted, found) == (Action::KillProcess, Action::KillThread)
                && proved.softened.iter().any(|(_, abi)| abi.oci_name() == call.arch.oci());
            if wanted != found && !is_softened {
                let layers = layers.map(Case::json);
                return Err(format!(
                    "{call:x?}: the layers' programs say {wanted:?}, the merged one {found:?}\n\
                     {}\n{}\n{}",
                    layers[0],
                    layers[1],
                    merged.json()
                ));
            }
        }
    }
    Ok(asked)
}

/// An action by its name and the value that counts with it.
fn action_of(of: &Value, action: &str, value: &str) -> (String, u64) {
    let name = of.get(action).and_then(Value::as_str).unwrap_or_default();
    let name = if name == "SCMP_ACT_KILL_THREAD" { "SCMP_ACT_KILL" } else { name };
    let value = of.get(value).and_then(Value::as_u64).unwrap_or(1) & 0xffff;
    let counts = ["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"].contains(&name);
    (name.to_owned(), if counts { value } else { 0 })
}

/// The rules of a layer alone, those with its default action or the others, over a default action
/// that no rule has. Read twice, with two of these, a call that some rule answers gets one answer.
fn rules_alone(layer: &Case, of_default: bool) -> [Case; 2] {
    let default = action_of(&layer.profile, "defaultAction", "defaultErrnoRet");
    [3001, 3002].map(|errno| {
        let mut case = layer.clone();
        case.profile["defaultAction"] = Value::from("SCMP_ACT_ERRNO");
        case.profile["defaultErrnoRet"] = Value::from(errno);
        if let Some(rules) = case.profile.get_mut("syscalls").and_then(Value::as_array_mut) {
            rules.retain(|rule| (action_of(rule, "action", "errnoRet") == default) == of_default);
        }
        case
    })
}

/// What the layers say of a call, for `override` and `replace` (DESIGN.md, "The overlay, exactly"): the
/// real library's programs for the rules of the overlay, where they answer, else its program for the
/// base; against its program for the merged text. How many calls were asked.
fn by_last_match(
    strategy: Strategy,
    layers: [&Case; 2],
    merged: &Case,
    proved: &Merged,
) -> Result<u64, String> {
    let at = |layer: &Case| {
        let (engine, host) = (Engine::Docker, merged.host);
        let mut case = Case { engine, host, kernel: merged.kernel, ..layer.clone() };
        case.caps.clone_from(&merged.caps);
        case
    };
    let base = at(layers[0]);
    let mut above = at(layers[1]);
    // Whose ABIs count is no question: the base's.
    for key in ["architectures", "archMap"] {
        let own = above.profile.as_object_mut().expect("an object");
        own.shift_remove(key);
        if let Some(list) = base.profile.get(key) {
            above.profile[key] = list.clone();
        }
    }
    let [first, second] = rules_alone(&above, false);
    let [third, fourth] = rules_alone(&above, true);
    let cases = [base, first, second, third, fourth, merged.clone()];
    if endless(&cases).contains(&true) {
        return Ok(0);
    }
    let programs = cases.each_ref().map(|case| match oracle(case) {
        Ok(Compiled::Filter(filter)) => Some(filter),
        _ => None,
    });
    // A layer that the library refuses in this environment has no answers.
    let [Some(base), Some(first), Some(second), Some(third), Some(fourth), Some(whole)] = programs
    else {
        return Ok(0);
    };
    let library = merged.machine.library;
    let behind: Vec<&str> = proved
        .multiplexed
        .iter()
        .filter(|call| call.host.name() == merged.host.name)
        .filter_map(|call| call.multiplexer.syscall())
        .map(|syscall| syscall.name())
        .collect();
    let rules = layers[1].profile.get("syscalls").and_then(Value::as_array);
    let names = rules.into_iter().flatten().flat_map(|rule| {
        let single = rule.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let list = rule.get("names").and_then(Value::as_array).into_iter().flatten();
        single.into_iter().chain(list.filter_map(Value::as_str)).collect::<Vec<_>>()
    });
    let names: Vec<&str> = names.collect();
    let is_among = |call: &Call, names: &[&str]| {
        names.iter().any(|name| library.numbers(call.arch, name).contains(&call.nr))
    };
    let mut rng = Rng::new(merged.seed);
    let mut asked = 0;
    for case in &cases {
        let oci = resolve(&case.profile, &case.place()).ok().flatten().unwrap_or_default();
        for call in calls(&oci, merged.host, library, &mut rng) {
            if is_among(&call, &behind) {
                continue;
            }
            let data = Data::new(call.arch, call.nr, &call.args);
            let says = |one: &Loaded, other: &Loaded| {
                let answer = one.judge(&data, false);
                (answer == other.judge(&data, false)).then_some(answer)
            };
            // A rule with the layer's own default action names it all the same.
            let said = says(&first, &second).or(says(&third, &fourth));
            let below = match strategy == Strategy::Replace && is_among(&call, &names) {
                // A number that no call has.
                true => base.judge(&Data::new(call.arch, NO_CALL, &call.args), false),
                false => base.judge(&data, false),
            };
            // Where the filter lacks the ABI, that is all there is to say.
            let lacks = base.judge(&Data::new(call.arch, NO_CALL, &[0; 6]), false);
            let is_lacked = lacks == Action::KillThread && says(&first, &second) == Some(lacks);
            let wanted = if is_lacked { lacks } else { said.unwrap_or(below) };
            let found = whole.judge(&data, false);
            asked += 1;
            if wanted != found {
                let layers = layers.map(Case::json);
                return Err(format!(
                    "{call:x?}: by definition {wanted:?}, the merged program {found:?}\n{}\n{}\n{}",
                    layers[0],
                    layers[1],
                    merged.json()
                ));
            }
        }
    }
    Ok(asked)
}

/// Far above the numbers of calls, and below those of x32.
const NO_CALL: u32 = 0x0fff_0000;

/// Merges the second of each over the first, with every strategy; at least so many have a result.
fn merge_all(name: &str, layers: impl Iterator<Item = (u64, Case, Case)>, least: u64) {
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let mut without_result: BTreeMap<(&str, Without), u64> = BTreeMap::new();
    let mut on: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut count, mut merges, mut in_order, mut fragile) = (0, 0, 0, 0);
    let mut defined: BTreeMap<&str, u64> = BTreeMap::new();
    for (seed, base, above) in layers {
        let (Some(lower), Some(upper)) = (layer("base", &base), layer("overlay", &above)) else {
            count += 4;
            *without_result.entry(("any", Without::NoLayer)).or_default() += 4;
            continue;
        };
        let Some(host) = Host::from_name(base.host.name) else { continue };
        for strategy in Strategy::ALL {
            count += 1;
            let layers = [lower.clone(), upper.clone()];
            let merged = match merge(&mut Store::default(), &layers, strategy, &[host]) {
                Ok(merged) => merged,
                Err(error) => {
                    let kind = without(&error);
                    if kind == Without::Other {
                        println!("seed {seed}, {strategy:?}: {error}");
                    }
                    *without_result.entry((strategy.name(), kind)).or_default() += 1;
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
                judge(case, &Proved(proved.clone()), endless).map_err(|e| e.to_string())
            };
            let failed = |why: String| format!("seed {seed}, {strategy:?}\n{why}");
            match run(&case) {
                Ok(one) => {
                    merges += 1;
                    *on.entry(base.host.name).or_default() += 1;
                    tally.add(one);
                }
                // As written it must be right. Where a layer's own rules hang on their order, those
                // of the merge may too; of the others hardly any may.
                Err(why) => match run(&ordered) {
                    Ok(one) if hangs(&base) || hangs(&above) => {
                        in_order += 1;
                        tally.add(one);
                    }
                    Ok(one) => {
                        println!("hangs on its order alone: {}", failed(why));
                        fragile += 1;
                        tally.add(one);
                    }
                    Err(why) => failures.push(failed(why)),
                },
            }
            let layers = [&base, &above];
            let by = if strategy.counts_defaults() { by_definition } else { by_last_match };
            match by(strategy, layers, &ordered, &merged) {
                Ok(asked) => *defined.entry(strategy.name()).or_default() += asked,
                Err(why) => failures.push(failed(why)),
            }
        }
    }
    println!(
        "{name}: {tally}; {in_order} in their order alone; calls by the definition: {defined:?}"
    );
    println!("{name}: on {on:?}; without a result: {without_result:?}");
    let shown = failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {count} are wrong. The first:\n{shown}", failures.len());
    assert!(merges >= least, "{merges} of {count}");
    for strategy in Strategy::ALL {
        let asked = defined.get(strategy.name()).copied().unwrap_or_default();
        assert!(asked > merges * 25, "{strategy:?}: {asked} calls by the definition");
    }
    // Every merge has a result, or is counted with the reason why it has none.
    let left: u64 = without_result.values().sum();
    assert_eq!(merges + in_order + fragile + failures.len() as u64 + left, count);
    assert!(on.len() >= 10 || count < 200, "{on:?}");
    let other: u64 = without_result
        .iter()
        .filter(|((_, kind), _)| *kind == Without::Other)
        .map(|(_, n)| n)
        .sum();
    assert!(fragile * 200 <= count, "{fragile} of {count} hang on their order");
    assert!(other * 50 <= count, "{other} of {count} end in an error that says nothing of them");
}

/// Each is a base once and an overlay once, with every strategy, on each host in turn.
#[test]
fn published_layers() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("published_layers", "no folder with profiles (SDIFF_SHARED)");
    };
    if !is_judged("published_layers") {
        return;
    }
    let mut files = layers(&shared);
    // `SDIFF_OVERLAY_FILES` of them, from all over the list; all, if none is given.
    let wanted = knobs::number("SDIFF_OVERLAY_FILES", files.len() as u64) as usize;
    let step = files.len().div_ceil(wanted.max(1)).max(1);
    files = files.into_iter().step_by(step).collect();
    println!("{} files", files.len());
    assert!(files.len() > 60 || step > 1, "{}", files.len());
    let layers = (0..files.len()).map(|at| {
        let seed = at as u64;
        let above = (at * 37 + 11) % files.len();
        let case = |at: usize| Case {
            profile: files[at].clone(),
            host: &HOSTS[(seed as usize) % HOSTS.len()],
            engine: Engine::Docker,
            ..Case::new(seed, Flavour::Realistic)
        };
        (seed, case(at), case(above))
    });
    merge_all("published", layers, files.len() as u64 * 3);
}

#[test]
fn realistic_layers() {
    run(Flavour::Realistic, knobs::number("SDIFF_OVERLAY_CASES", 150), 80);
}

/// Few calls and many rules that overlap with different actions. About a sixth are no profiles, and
/// about as many unions have no host or no profile.
#[test]
fn hostile_layers() {
    run(Flavour::Hostile, knobs::number("SDIFF_OVERLAY_CASES", 150), 60);
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
            let merged = merge(&mut Store::default(), &layers, strategy, &Host::ALL);
            let said = merged.map(|merged| merged.profile.rules.len());
            println!("{arguments} arguments, {strategy:?}: {said:?}");
            match (arguments, strategy, said) {
                // The error names the call and the bound.
                (3, _, Err(error)) => {
                    let says = |what: &str| error.to_string().contains(what);
                    let is_named = (says("`ioctl`") && says("512")) || says("1200 million units");
                    assert!(is_named, "{error}");
                }
                (_, _, said) => assert!(said.is_ok_and(|rules| rules > 20)),
            }
        }
    }
}
