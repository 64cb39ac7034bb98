//! Profiles whose conditions meet at the edges of the upper word: where libseccomp wrote a wrong
//! action before 2.6.1 (its commit 700b140, GHSA-4q85-33p6-j5g6).

use crate::arch::Host;
use crate::rng::Rng;
use serde_json::{Value, json};

/// A few rules of several actions for one or two calls, that compare one or two arguments with
/// neighbours of multiples of 2^32.
pub fn wide(rng: &mut Rng, host: &Host) -> Value {
    const ACTIONS: [&str; 4] = ["ALLOW", "KILL_PROCESS", "LOG", "TRAP"];
    const OPERATORS: [&str; 8] = ["LT", "LT", "LE", "GT", "GE", "EQ", "NE", "MASKED_EQ"];
    let names = ["mmap", "mmap2", "read", "socket", "semop"];
    let names: Vec<&str> = (0..rng.between(1, 2)).map(|_| *rng.pick(&names)).collect();
    let actions: Vec<&str> = (0..rng.between(2, 3)).map(|_| *rng.pick(&ACTIONS)).collect();
    let index = rng.below(3);
    let number = |rng: &mut Rng| (rng.below(3) as u64) << 32 | rng.below(6) as u64;
    let rules = rng.between(2, 5);
    let mut rule = || {
        let mut args = Vec::new();
        for index in [index, index + 1].into_iter().take(rng.between(1, 5).div_ceil(4)) {
            let (op, value) = (*rng.pick(&OPERATORS), number(rng));
            let two = if op == "MASKED_EQ" { number(rng) & value } else { 0 };
            let op = format!("SCMP_CMP_{op}");
            args.push(json!({ "index": index, "value": value, "valueTwo": two, "op": op }));
        }
        let action = format!("SCMP_ACT_{}", rng.pick(&actions));
        json!({ "names": names, "action": action, "args": args })
    };
    let rules: Vec<Value> = (0..rules).map(|_| rule()).collect();
    let arches: Vec<String> = host.abis.iter().map(|abi| abi.oci()).collect();
    json!({ "defaultAction": "SCMP_ACT_ERRNO", "architectures": arches, "syscalls": rules })
}
