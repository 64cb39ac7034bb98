//! Pairs of profiles that differ a little, as a profile's versions do.

use crate::cases::{Case, Flavour};
use crate::pair::Pair;
use crate::resolve::Engine;
use crate::rng::Rng;
use serde_json::{Value, json};

/// Two mutations of one generated profile.
pub fn pair(seed: u64) -> Pair {
    let flavour = if seed.is_multiple_of(3) { Flavour::Realistic } else { Flavour::Hostile };
    let base = Case::new(seed, flavour);
    let mut rng = Rng::new(seed ^ 0x5eed_0f9a);
    let mut side = || {
        let mut case = base.clone();
        for _ in 0..rng.below(3) {
            mutate(&mut case.profile, seed, flavour, &mut rng);
        }
        case
    };
    let (old, mut new) = (side(), side());
    if rng.one_in(8) {
        new.engine = *rng.pick(&[Engine::Docker, Engine::Podman, Engine::Containerd]);
    }
    Pair { old, new }
}

const ACTIONS: [&str; 6] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_LOG",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_TRAP",
    "SCMP_ACT_TRACE",
];

/// Drops, adds or alters a rule, rarely the head.
///
/// # Panics
/// Where the profile is none that [`Case`] makes: without rules, or with an old `name`.
pub fn mutate(profile: &mut Value, seed: u64, flavour: Flavour, rng: &mut Rng) {
    let rules = profile["syscalls"].as_array_mut().expect("a generated profile has rules");
    let kind = if rules.is_empty() { 1 } else { rng.below(10) };
    let at = rng.below(rules.len().max(1));
    match kind {
        0 => drop(rules.remove(at)),
        1 | 2 => {
            let mut other = Case::new(!seed ^ rng.bits() >> 8, flavour).profile;
            let others = other["syscalls"].as_array_mut().expect("rules");
            let mut added = others.swap_remove(rng.below(others.len()));
            // Rather about a call that the profile speaks of.
            if !rules.is_empty() && rng.one_in(2) {
                added["names"] = rules[at]["names"].clone();
            }
            rules.insert(at, added);
        }
        3 => rules[at]["action"] = json!(rng.pick(&ACTIONS)),
        4 => drop(rules[at].as_object_mut().and_then(|rule| rule.remove("args"))),
        5 | 6 => {
            let args = rules[at].get_mut("args").and_then(Value::as_array_mut);
            let Some(args) = args.filter(|args| !args.is_empty()) else { return };
            let arg = rng.below(args.len());
            if rng.one_in(4) {
                args.remove(arg);
                return;
            }
            let key = if rng.one_in(3) { "valueTwo" } else { "value" };
            let value = args[arg][key].as_u64().unwrap_or(0);
            let altered = match rng.below(4) {
                0 => value.wrapping_add(1),
                1 => value.wrapping_sub(1),
                2 => value ^ 1 << rng.below(64),
                _ => rng.below(64) as u64,
            };
            args[arg][key] = json!(altered);
        }
        7 => {
            let key = *rng.pick(&["includes", "excludes"]);
            drop(rules[at].as_object_mut().and_then(|rule| rule.remove(key)));
        }
        8 => {
            let names = rules[at]["names"].as_array_mut().expect("names");
            if names.len() > 1 && rng.one_in(2) {
                names.remove(rng.below(names.len()));
            } else {
                names.push(json!(*rng.pick(&["openat2", "clone3", "socket", "semop", "keyctl"])));
            }
        }
        _ => match rng.below(3) {
            0 => profile["defaultAction"] = json!(rng.pick(&ACTIONS)),
            1 => profile["defaultErrnoRet"] = json!(*rng.pick(&[1, 38, 0])),
            _ => {
                let list = profile.get_mut("architectures").and_then(Value::as_array_mut);
                if let Some(list) = list.filter(|list| !list.is_empty()) {
                    list.remove(rng.below(list.len()));
                }
            }
        },
    }
}
