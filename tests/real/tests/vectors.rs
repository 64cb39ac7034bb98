//! The conformance vectors of a strict meeting against libseccomp's own programs: the two profiles are
//! compiled apart, and of their answers the stricter is what the vector says.

use sdiff::decision::Store;
use sdiff::load::{LoadOptions, Loaded, load, parse};
use sdiff::overlay::{Vector, vectors};
use sdiff::profile::{self, Capability};
use sdiff::semantics::{Engine as TheirEngine, Settings};
use sdiff::syscall::Host as TheirHost;
use sdiff_real::arch::{Arch, Host};
use sdiff_real::bpf::{Action, Data};
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::reference::{Compiled, compile};
use sdiff_real::resolve::{Engine, Place, resolve};
use sdiff_real::rng::Rng;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Rules with every operator, some for a capability or a kernel.
fn generated(rng: &mut Rng) -> Value {
    let names = ["socket", "personality", "clone", "keyctl", "ioctl", "mmap", "read", "kill"];
    let values = [0_u64, 1, 8, 38, 40, 0x7e02_0000, 0xffff_ffff, 1 << 33];
    let ops = ["EQ", "NE", "GE", "GT", "LE", "LT", "MASKED_EQ"];
    let mut rules = Vec::new();
    for name in names {
        // One rule a call: what libseccomp makes of overlapping ones is asked elsewhere.
        let mut rule = json!({ "names": [name], "action": "SCMP_ACT_ALLOW" });
        match rng.below(5) {
            0 => continue,
            1 => {}
            2 => rule["includes"] = json!({ "caps": ["CAP_SYS_ADMIN"] }),
            3 => rule["includes"] = json!({ "minKernel": "5.8" }),
            _ => {
                let op = ops[rng.below(ops.len())];
                let mut value = values[rng.below(values.len())];
                let mut arg = json!({ "index": rng.below(3), "op": format!("SCMP_CMP_{op}") });
                if op == "MASKED_EQ" {
                    arg["valueTwo"] = json!(value & 0xff);
                    value |= 0xff;
                }
                arg["value"] = json!(value);
                rule["args"] = json!([arg]);
            }
        }
        rules.push(rule);
    }
    let default = ["SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"][rng.below(2)];
    let map =
        json!([{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] }]);
    json!({ "defaultAction": default, "archMap": map, "syscalls": rules })
}

fn read(profile: &Value) -> Loaded {
    parse("layer", profile.to_string().as_bytes(), &LoadOptions::default()).expect("a profile")
}

fn rank(action: Action) -> u8 {
    match action {
        Action::KillProcess => 0,
        Action::KillThread => 1,
        Action::Trap => 2,
        Action::Errno(_) => 3,
        Action::Notify => 4,
        Action::Trace(_) => 5,
        Action::Log => 6,
        Action::Allow => 7,
    }
}

fn theirs(action: profile::Action) -> Action {
    match action {
        profile::Action::KillProcess => Action::KillProcess,
        profile::Action::KillThread => Action::KillThread,
        profile::Action::Trap => Action::Trap,
        profile::Action::Errno(value) => Action::Errno(value),
        profile::Action::Notify => Action::Notify,
        profile::Action::Trace(value) => Action::Trace(value),
        profile::Action::Log => Action::Log,
        profile::Action::Allow => Action::Allow,
    }
}

/// What a profile gives to a call, by libseccomp's program for it in that environment.
type Programs = HashMap<(usize, u64, (u8, u8)), Option<sdiff_real::reference::Loaded>>;

fn answer(layers: &[Value; 2], at: usize, vector: &Vector, known: &mut Programs) -> Option<Action> {
    let host = Host::named("amd64").expect("amd64");
    let kernel = (vector.kernel.kernel, vector.kernel.major);
    let filter = known.entry((at, vector.capabilities, kernel)).or_insert_with(|| {
        let held = Capability::all().filter(|one| vector.capabilities >> one.bit() & 1 == 1);
        let caps: Vec<String> = held.map(|one| one.name().to_owned()).collect();
        let place = Place { engine: Engine::Docker, host, caps: &caps, kernel };
        let oci = resolve(&layers[at], &place).ok()??;
        match compile(&oci, host, Machine::newest()) {
            Ok(Compiled::Filter(filter)) => Some(filter),
            _ => None,
        }
    });
    let arch = Arch::from_oci(vector.abi.oci_name())?;
    Some(filter.as_ref()?.judge(&Data::new(arch, vector.number, &vector.args), false))
}

fn check(layers: &[Value; 2], loaded: &[Loaded; 2], what: &str) -> (usize, usize) {
    let settings = Settings { hosts: vec![TheirHost::Amd64], ..Settings::new(TheirEngine::Docker) };
    let given = [(&loaded[0], settings.clone()), (&loaded[1], settings)];
    let found = vectors(&mut Store::default(), &given).expect("vectors");
    let (mut known, mut differ) = (Programs::new(), 0);
    for vector in &found {
        let answers = [0, 1].map(|at| answer(layers, at, vector, &mut known));
        let [Some(below), Some(above)] = answers else { panic!("{what}: {vector:?}") };
        assert_eq!(
            [below, above],
            [theirs(vector.of_layers[0]), theirs(vector.of_layers[1])],
            "{what}: {vector:?}"
        );
        let stricter = if rank(below) < rank(above) { below } else { above };
        assert_eq!(stricter, theirs(vector.action), "{what}: {vector:?}");
        differ += usize::from(below != above);
    }
    (found.len(), differ)
}

#[test]
fn vectors_are_what_libseccomps_programs_answer() {
    let (mut count, mut differ) = (0, 0);
    for seed in 0..knobs::number("SDIFF_VECTOR_CASES", 40) {
        let mut rng = Rng::new(seed);
        let layers = [generated(&mut rng), generated(&mut rng)];
        let loaded = [read(&layers[0]), read(&layers[1])];
        let (all, different) = check(&layers, &loaded, &format!("seed {seed}"));
        (count, differ) = (count + all, differ + different);
    }
    // A default that people run, under one that a registry could serve.
    let default = load("docker", &LoadOptions::default()).expect("is built in");
    let text: Value = serde_json::from_str(&default.source.text).expect("JSON");
    let layers = [text, generated(&mut Rng::new(1))];
    let loaded = [default, read(&layers[1])];
    let (all, different) = check(&layers, &loaded, "docker");
    println!("{} vectors, {} with two answers", count + all, differ + different);
    assert!(differ > 100 && different > 100);
}
