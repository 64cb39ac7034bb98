//! Cases: profiles with a host, a bounding set and a kernel, made from a seed.

use crate::arch::{Arch, HOSTS, Host};
use crate::machine::Machine;
use crate::names::{NAMES, PLAIN};
use crate::resolve::{Engine, Place};
use crate::rng::Rng;
use crate::wide::wide;
use serde_json::{Map, Value, json};

/// How a case is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// As people write profiles: a list of allowed calls, and a few with conditions.
    Realistic,
    /// Few calls and many overlapping rules of different actions.
    Hostile,
    /// A few rules that meet at the edges of the upper word.
    Wide,
}

/// A profile and what it is read for.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it was made from.
    pub seed: u64,
    /// And how.
    pub flavour: Flavour,
    /// The profile.
    pub profile: Value,
    /// Who reads it.
    pub engine: Engine,
    /// Which runtime and library load it.
    pub machine: Machine,
    /// The host.
    pub host: &'static Host,
    /// The bounding set.
    pub caps: Vec<String>,
    /// The kernel's version.
    pub kernel: (u8, u8),
}

impl Case {
    /// The profile as text: what an engine is given.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(&self.profile).expect("a value can be written")
    }

    /// What the profile is resolved for.
    pub fn place(&self) -> Place<'_> {
        let Case { engine, host, kernel, .. } = *self;
        Place { engine, host, caps: &self.caps, kernel }
    }

    /// The case of a seed, on the newest machine.
    pub fn new(seed: u64, flavour: Flavour) -> Case {
        Case::on(Machine::newest(), seed, flavour)
    }

    /// The case of a seed on a machine.
    pub fn on(machine: Machine, seed: u64, flavour: Flavour) -> Case {
        let mut rng = Rng::new(seed ^ ((flavour as u64) << 61));
        let mut host = pick_host(&mut rng);
        if !machine.library.has(host.native()) {
            host = &HOSTS[4];
        }
        let engine = match rng.below(8) {
            0..=5 => Engine::Docker,
            6 => Engine::Podman,
            _ => Engine::Containerd,
        };
        let mut maker = Maker { rng, host, engine };
        let mut profile = match flavour {
            Flavour::Realistic => maker.realistic(),
            Flavour::Hostile => maker.hostile(),
            Flavour::Wide => wide(&mut maker.rng, host),
        };
        leave_out(&mut profile, &|name| machine.library.is_left_out(name));
        let mut rng = maker.rng;
        let caps = CAPS.iter().filter(|_| rng.one_in(2)).map(|s| s.to_string()).collect();
        let kernel = *rng.pick(&KERNELS);
        Case { seed, flavour, profile, engine, machine, host, caps, kernel }
    }
}

const CAPS: [&str; 5] =
    ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_CHOWN", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"];
const KERNELS: [(u8, u8); 7] = [(3, 10), (4, 7), (4, 8), (4, 9), (5, 11), (6, 1), (255, 255)];
const MIN_KERNELS: [&str; 6] = ["4.8", "4.8", "5.11", "3.0", "6.1", ""];

const OPERATORS: [&str; 7] = [
    "SCMP_CMP_NE",
    "SCMP_CMP_LT",
    "SCMP_CMP_LE",
    "SCMP_CMP_EQ",
    "SCMP_CMP_GE",
    "SCMP_CMP_GT",
    "SCMP_CMP_MASKED_EQ",
];

/// Operands that meet each other: small ones, and the edges of 31, 32 and 64 bits.
const OPERANDS: [u64; 16] = [
    0,
    1,
    2,
    3,
    5,
    8,
    10,
    40,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0005,
    0x8000_0000_0000_0000,
    0xffff_ffff_0000_0000,
    u64::MAX,
];

const MASKS: [u64; 12] = [
    0,
    1,
    3,
    6,
    0xf,
    0xff,
    0x7e02_0000,
    0xffff_ffff,
    0xffff_ffff_0000_0000,
    0x1_0000_0001,
    0x8000_0000_0000_0000,
    u64::MAX,
];

const ERRNOS: [u64; 8] = [1, 1, 38, 0, 13, 4094, 65537, 0x5_0026];

/// libseccomp refuses these (`EINVAL`): it wants less than 4095.
const REFUSED_ERRNOS: [u64; 3] = [4095, 4096, 5000];

fn pick_host(rng: &mut Rng) -> &'static Host {
    match rng.below(10) {
        0..=3 => &HOSTS[0], // amd64, with its three ABIs
        4 => &HOSTS[1],     // arm64
        5 => &HOSTS[3],     // s390x: big-endian, multiplexed, 31-bit ABI
        _ => rng.pick(&HOSTS),
    }
}

struct Maker {
    rng: Rng,
    host: &'static Host,
    engine: Engine,
}

impl Maker {
    fn hostile(&mut self) -> Value {
        let mut profile = self.head(&[
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_KILL",
            "SCMP_ACT_KILL_PROCESS",
            "SCMP_ACT_TRAP",
            "SCMP_ACT_ALLOW",
            "SCMP_ACT_LOG",
            "SCMP_ACT_TRACE",
        ]);
        let count = self.rng.between(1, 3);
        let names: Vec<&str> = (0..count).map(|_| *self.rng.pick(&NAMES)).collect();
        let actions = self.actions();
        // One, two or three argument indexes, so that the conditions meet.
        let indexes: Vec<usize> = (0..self.rng.between(1, 3)).map(|_| self.rng.below(6)).collect();
        let total = count * self.rng.between(1, 8);
        let mut rules = Vec::new();
        for _ in 0..total {
            let mut rule = self.rng.pick(&actions).clone();
            let mut of = vec![*self.rng.pick(&names)];
            if self.rng.one_in(6) {
                of.push(*self.rng.pick(&names));
            }
            rule.insert("names".into(), json!(of));
            let args = self.conditions(&indexes);
            if !args.is_empty() || self.rng.one_in(2) {
                rule.insert("args".into(), Value::Array(args));
            }
            self.filters(&mut rule, 5);
            rules.push(Value::Object(rule));
        }
        // Other names, so that the highest number moves.
        for _ in 0..self.rng.below(3) {
            let name = *self.rng.pick(&PLAIN);
            let mut rule = self.rng.pick(&actions).clone();
            rule.insert("names".into(), json!([name]));
            rules.push(Value::Object(rule));
        }
        self.rng.shuffle(&mut rules);
        profile.insert("syscalls".into(), Value::Array(rules));
        Value::Object(profile)
    }

    fn realistic(&mut self) -> Value {
        let mut profile =
            self.head(&["SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL"]);
        let mut rules = Vec::new();
        let plain: Vec<&str> = PLAIN.into_iter().filter(|_| !self.rng.one_in(3)).collect();
        let cut = self.rng.between(1, plain.len() - 1);
        for names in [&plain[..cut], &plain[cut..]] {
            let mut rule = object("SCMP_ACT_ALLOW");
            rule.insert("names".into(), json!(names));
            self.filters(&mut rule, 12);
            rules.push(Value::Object(rule));
        }
        for _ in 0..self.rng.between(1, 6) {
            self.usual(&mut rules);
        }
        if self.rng.one_in(3) {
            self.rng.shuffle(&mut rules);
        }
        profile.insert("syscalls".into(), Value::Array(rules));
        Value::Object(profile)
    }

    /// A few rules that belong together, as profiles have them.
    fn usual(&mut self, rules: &mut Vec<Value>) {
        let mut push = |names: &[&str], action: &str, args: Vec<Value>, rng: &mut Rng| {
            let mut rule = object(action);
            rule.insert("names".into(), json!(names));
            rule.insert("args".into(), Value::Array(args));
            if action == "SCMP_ACT_ERRNO" {
                rule.insert("errnoRet".into(), json!(*rng.pick(&[1u64, 38])));
            }
            rules.push(Value::Object(rule));
        };
        let arg = |index: u64, op: &str, value: u64, two: u64| json!({ "index": index, "value": value, "valueTwo": two, "op": op });
        let rng = &mut self.rng;
        match rng.below(9) {
            0 => {
                for value in [0, 8, 0x2_0000, 0x2_0008, 0xffff_ffff] {
                    let args = vec![arg(0, "SCMP_CMP_EQ", value, 0)];
                    push(&["personality"], "SCMP_ACT_ALLOW", args, rng);
                }
            }
            1 => {
                let args = vec![arg(0, "SCMP_CMP_MASKED_EQ", 0x7e02_0000, 0)];
                push(&["clone"], "SCMP_ACT_ALLOW", args, rng);
                push(&["clone3"], "SCMP_ACT_ERRNO", vec![], rng);
            }
            2 => {
                let args = vec![arg(1, "SCMP_CMP_MASKED_EQ", 0x7e02_0000, 0)];
                push(&["clone"], "SCMP_ACT_ALLOW", args, rng);
            }
            3 => {
                let family = *rng.pick(&[40u64, 38, 16]);
                push(&["socket"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_NE", family, 0)], rng);
            }
            4 => {
                push(&["socket"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_LT", 38, 0)], rng);
                push(&["socket"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_EQ", 39, 0)], rng);
                push(&["socket"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_GT", 40, 0)], rng);
            }
            5 => {
                push(&["ioctl"], "SCMP_ACT_ERRNO", vec![arg(1, "SCMP_CMP_EQ", 0x5412, 0)], rng);
            }
            6 => {
                for option in [1, 15, 22, 38] {
                    push(&["prctl"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_EQ", option, 0)], rng);
                }
            }
            7 => {
                let args = vec![arg(0, "SCMP_CMP_EQ", 1, 0), arg(1, "SCMP_CMP_EQ", 2, 0)];
                push(&["socket", "semop"], "SCMP_ACT_ALLOW", args, rng);
            }
            _ => {
                let names = ["bpf", "ptrace", "kcmp", "socketcall", "ipc", "set_tls", "chwon"];
                let name = *rng.pick(&names);
                push(&[name], "SCMP_ACT_ALLOW", vec![], rng);
            }
        }
        if let Some(Value::Object(rule)) = rules.last_mut() {
            self.filters(rule, 3);
        }
    }

    /// The default action and the architectures.
    fn head(&mut self, defaults: &[&str]) -> Map<String, Value> {
        let default = *self.rng.pick(defaults);
        let mut head = Map::new();
        head.insert("defaultAction".into(), json!(default));
        if self.rng.one_in(4) {
            head.insert("defaultErrnoRet".into(), json!(self.errno()));
        }
        match self.rng.below(10) {
            0..=3 => {
                let map = HOSTS.iter().filter(|_| !self.rng.one_in(16)).map(|host| {
                    let others: Vec<String> = host.abis[1..].iter().map(|a| a.oci()).collect();
                    json!({ "architecture": host.native().oci(), "subArchitectures": others })
                });
                head.insert("archMap".into(), map.collect());
            }
            4..=7 => {
                let abis = self.host.abis.iter().filter(|_| !self.rng.one_in(4));
                let mut list: Vec<String> = abis.map(|abi| abi.oci()).collect();
                if self.rng.one_in(20) {
                    list.push(self.rng.pick(&Arch::ALL).oci()); // perhaps of another byte order
                }
                self.rng.shuffle(&mut list);
                head.insert("architectures".into(), json!(list));
            }
            _ => {}
        }
        head
    }

    fn errno(&mut self) -> u64 {
        let refused = self.rng.one_in(60);
        *self.rng.pick(if refused { &REFUSED_ERRNOS[..] } else { &ERRNOS[..] })
    }

    /// The actions that the rules of a profile share.
    fn actions(&mut self) -> Vec<Map<String, Value>> {
        let names = [
            "SCMP_ACT_ALLOW",
            "SCMP_ACT_ALLOW",
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_LOG",
            "SCMP_ACT_KILL",
            "SCMP_ACT_KILL_THREAD",
            "SCMP_ACT_KILL_PROCESS",
            "SCMP_ACT_TRAP",
            "SCMP_ACT_TRACE",
            "SCMP_ACT_NOTIFY",
        ];
        let count = self.rng.between(1, 4);
        let one = |_| {
            let name = *self.rng.pick(&names);
            let mut action = object(name);
            let takes = name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE";
            if takes && self.rng.one_in(2) || self.rng.one_in(16) {
                action.insert("errnoRet".into(), json!(self.errno()));
                if self.engine == Engine::Podman && self.rng.one_in(3) {
                    action
                        .insert("errno".into(), json!(*self.rng.pick(&["ENOSYS", "13", "EPERM"])));
                }
            }
            action
        };
        (0..count).map(one).collect()
    }

    fn conditions(&mut self, indexes: &[usize]) -> Vec<Value> {
        let count = *self.rng.pick(&[0, 1, 1, 1, 1, 2, 2, 3, 6]);
        let mut used: Vec<usize> = Vec::new();
        let mut all = Vec::new();
        for _ in 0..count {
            let index =
                if self.rng.one_in(12) { self.rng.below(6) } else { *self.rng.pick(indexes) };
            if used.contains(&index) && !self.rng.one_in(8) {
                continue;
            }
            used.push(index);
            let op = *self.rng.pick(&OPERATORS);
            let (value, two) = if op == "SCMP_CMP_MASKED_EQ" {
                let mask = *self.rng.pick(&MASKS);
                let two = *self.rng.pick(&[0, 1, mask, mask & 0xa, 0x2_0000, u64::MAX]);
                (mask, two)
            } else {
                (*self.rng.pick(&OPERANDS), if self.rng.one_in(4) { 7 } else { 0 })
            };
            all.push(json!({ "index": index, "value": value, "valueTwo": two, "op": op }));
        }
        all
    }

    /// `includes` and `excludes`, once in so many times each.
    fn filters(&mut self, rule: &mut Map<String, Value>, rarely: usize) {
        for key in ["includes", "excludes"] {
            if !self.rng.one_in(rarely) {
                continue;
            }
            let mut filter = Map::new();
            if self.rng.one_in(3) {
                let host = if self.rng.one_in(2) { self.host } else { self.rng.pick(&HOSTS) };
                filter.insert("arches".into(), json!([host.docker, "x32"]));
            }
            if self.rng.one_in(2) {
                let count = self.rng.between(0, 2);
                let mut caps: Vec<&str> = (0..count).map(|_| *self.rng.pick(&CAPS)).collect();
                if self.rng.one_in(12) {
                    caps.push("CAP_NO_SUCH");
                }
                filter.insert("caps".into(), json!(caps));
            }
            if self.rng.one_in(3) {
                filter.insert("minKernel".into(), json!(*self.rng.pick(&MIN_KERNELS)));
            }
            rule.insert(key.into(), Value::Object(filter));
        }
    }
}

/// Puts a name that nothing knows where some stand.
pub fn leave_out(profile: &mut Value, names: &dyn Fn(&str) -> bool) {
    let rules = profile.get_mut("syscalls").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        if rule.get("name").and_then(Value::as_str).is_some_and(names) {
            rule["name"] = Value::from("no_such_call");
        }
        let list = rule.get_mut("names").and_then(Value::as_array_mut);
        for name in list.into_iter().flatten() {
            if name.as_str().is_some_and(names) {
                *name = Value::from("no_such_call");
            }
        }
    }
}

fn object(action: &str) -> Map<String, Value> {
    Map::from_iter([("action".to_owned(), json!(action))])
}
