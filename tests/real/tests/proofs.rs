//! Every proof that is printed, tried as it is printed: the text is read as a person reads it, and the
//! call that it names is made in the environment that it names, under the program of the real
//! libseccomp. Those of `check` and `explain` about published profiles, and those of comparisons as
//! `diff`, `review`, `merge --diff` and `rebase --diff` print them.

use sdiff::decision::Store;
use sdiff::diff::{Kind, compare};
use sdiff::explain::{self, Call};
use sdiff::lint;
use sdiff::load::{Loaded, parse};
use sdiff::overlay::{Layer, Rebased, Strategy, merge, rebase};
use sdiff::profile::{Action as Theirs, Capability, to_json};
use sdiff::report::account::compared;
use sdiff::report::phrase::action_text;
use sdiff::report::{Explained, Report, Side, explain_text};
use sdiff::semantics::{self, Given, Policy, Settings};
use sdiff::syscall::{Abi, Host};
use sdiff_real::arch::{self, Arch};
use sdiff_real::bpf::{Action, Data};
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::published::{files, profile};
use sdiff_real::reference::Compiled;
use sdiff_real::resolve::Engine;
use sdiff_real::subject::oracle;
use serde_json::Value;
use std::path::PathBuf;

/// What a proof says: which call, where, in which environment, and what it gets.
#[derive(Debug)]
struct Printed {
    host: &'static arch::Host,
    arch: Arch,
    number: u32,
    args: [u64; 6],
    caps: u64,
    /// Where none is said any is meant.
    kernels: Vec<(u8, u8)>,
    engine: Option<Engine>,
    /// One answer, or the old profile's and the new one's.
    actions: Vec<String>,
}

/// Reads `clone(CLONE_NEWNS, 0) on amd64 (x86 program), no capabilities, kernel 4.8: EPERM → ALLOW`.
fn read(text: &str) -> Result<Printed, String> {
    let wrong = |what: &str| format!("{what} in the proof {text:?}");
    let (said, actions) = text.rsplit_once(": ").ok_or_else(|| wrong("no answer"))?;
    let (call, rest) = said.rsplit_once(" on ").ok_or_else(|| wrong("no place"))?;
    let mut words = rest.split(", ");
    let place = words.next().unwrap_or_default();
    let (host, abi) = match place.split_once(" (") {
        None => (place, None),
        Some((host, abi)) => (host, abi.strip_suffix(" program)")),
    };
    let theirs = Host::from_name(host).ok_or_else(|| wrong("no host"))?;
    let abi = match abi {
        Some(abi) => {
            let found = theirs.abis().iter().find(|own| own.name() == abi);
            *found.ok_or_else(|| wrong("no such ABI"))?
        }
        None => theirs.native(),
    };
    let (mut caps, mut kernels, mut engine, mut knows_caps) = (0, Vec::new(), None, false);
    for word in words {
        if let Some(version) = word.strip_prefix("kernel ") {
            let (major, minor) = version.split_once('.').ok_or_else(|| wrong("no kernel"))?;
            let part = |text: &str| text.parse().map_err(|_| wrong("no kernel"));
            kernels.push((part(major)?, part(minor)?));
        } else if let Some(reader) = word.strip_prefix("read by ") {
            engine = Some(match reader {
                "docker" => Engine::Docker,
                "podman" => Engine::Podman,
                "containerd" => Engine::Containerd,
                _ => return Err(wrong("an unknown engine")),
            });
        } else {
            knows_caps = true;
            for name in word.split('+') {
                caps |= match name {
                    "no capabilities" => 0,
                    "all capabilities" => Given::all(),
                    "Docker's default capabilities" => Given::docker_default(),
                    name => {
                        1 << Capability::from_name(name)
                            .ok_or_else(|| wrong("no capability"))?
                            .bit()
                    }
                };
            }
        }
    }
    if !knows_caps {
        return Err(wrong("nothing of capabilities"));
    }
    if kernels.is_empty() {
        kernels = vec![(3, 10), (6, 12)];
    }
    let (number, args) = match call.strip_prefix("call number ") {
        Some(number) => (number.parse().map_err(|_| wrong("no number"))?, [0; 6]),
        None => {
            let call = Call::parse(call, abi).map_err(|error| wrong(&error.to_string()))?;
            let number = call.syscall.number(abi).ok_or_else(|| wrong("no such call there"))?;
            (number, call.args.map(Option::unwrap_or_default))
        }
    };
    let arch = Arch::from_oci(abi.oci_name()).ok_or_else(|| wrong("an unknown ABI"))?;
    let host = arch::Host::named(theirs.name()).ok_or_else(|| wrong("an unknown host"))?;
    let actions = actions.split(" → ").map(str::to_owned).collect();
    Ok(Printed { host, arch, number, args, caps, kernels, engine, actions })
}

fn text(action: Action) -> String {
    action_text(match action {
        Action::KillProcess => Theirs::KillProcess,
        Action::KillThread => Theirs::KillThread,
        Action::Trap => Theirs::Trap,
        Action::Errno(value) => Theirs::Errno(value),
        Action::Notify => Theirs::Notify,
        Action::Trace(value) => Theirs::Trace(value),
        Action::Log => Theirs::Log,
        Action::Allow => Theirs::Allow,
    })
}

fn case(profile: &Value, engine: Engine) -> Case {
    let (flavour, host, kernel) = (Flavour::Realistic, &arch::HOSTS[0], (6, 12));
    let machine = Machine::newest();
    Case { seed: 0, flavour, profile: profile.clone(), engine, machine, host, caps: vec![], kernel }
}

/// Tries a proof of one profile, or of two. How many calls were made.
fn attempt(printed: &str, cases: &[&Case]) -> Result<usize, String> {
    let proof = read(printed)?;
    if proof.actions.len() != cases.len() {
        return Err(format!("{} answers in {printed:?}", proof.actions.len()));
    }
    let held = Capability::all().filter(|c| proof.caps >> c.bit() & 1 == 1);
    let caps: Vec<String> = held.map(|c| c.name().to_owned()).collect();
    let mut made = 0;
    for (of, said) in cases.iter().zip(&proof.actions) {
        for &kernel in &proof.kernels {
            let engine = proof.engine.unwrap_or(of.engine);
            let case =
                Case { host: proof.host, caps: caps.clone(), kernel, engine, ..(*of).clone() };
            if endless(std::slice::from_ref(&case))[0] {
                return Err(format!("{printed:?}: libseccomp never ends"));
            }
            let answer = match oracle(&case) {
                Ok(Compiled::Off) => Action::Allow,
                Ok(Compiled::Filter(filter)) => {
                    filter.judge(&Data::new(proof.arch, proof.number, &proof.args), true)
                }
                Err(no) => return Err(format!("{printed:?}: no container starts: {no:?}")),
            };
            if text(answer) != *said {
                return Err(format!(
                    "{printed:?}: the oracles say {} with kernel {kernel:?}\n{}",
                    text(answer),
                    case.json()
                ));
            }
            made += 1;
        }
    }
    Ok(made)
}

fn theirs(engine: Engine) -> semantics::Engine {
    match engine {
        Engine::Docker => semantics::Engine::Docker,
        Engine::Podman => semantics::Engine::Podman,
        Engine::Containerd => semantics::Engine::Containerd,
    }
}

fn settings(engine: Engine, hosts: &[Host]) -> Settings {
    let runtime = semantics::Runtime::parse(&Machine::newest().runtime.to_string());
    let settings = Settings { hosts: hosts.to_vec(), ..Settings::new(theirs(engine)) };
    match runtime {
        Ok(runtime) => settings.with_runtime(runtime),
        Err(_) => settings,
    }
}

fn loaded(profile: &Value) -> Option<Loaded> {
    parse("p.json", profile.to_string().as_bytes(), &Default::default()).ok()
}

/// Published profiles, and defaults of all ages: each with names that the library here knows.
fn profiles(shared: &std::path::Path) -> Vec<(PathBuf, Value)> {
    let mut paths = Vec::new();
    for folder in ["corpus/json", "corpus/shapes", "upstream"] {
        files(&shared.join(folder), &mut paths);
    }
    let found = paths.into_iter().filter_map(|path| {
        let (profile, _) = profile(&path)?;
        loaded(&profile)?;
        Some((path, profile))
    });
    let found: Vec<_> = found.collect();
    // `SDIFF_PROOF_FILES` of them, from all over the list.
    let wanted = knobs::number("SDIFF_PROOF_FILES", 40) as usize;
    let step = found.len().div_ceil(wanted.max(1)).max(1);
    let shapes = |path: &std::path::Path| path.iter().any(|part| part == "shapes");
    let mut at = 0;
    found
        .into_iter()
        .filter(|(path, _)| {
            at += 1;
            at % step == 0 || shapes(path)
        })
        .collect()
}

#[derive(Default)]
struct Tried {
    proofs: usize,
    calls: usize,
    failures: Vec<String>,
}

impl Tried {
    fn one(&mut self, name: &str, printed: &str, cases: &[&Case]) {
        self.proofs += 1;
        match attempt(printed, cases) {
            Ok(made) => self.calls += made,
            Err(why) => self.failures.push(format!("{name}: {why}")),
        }
    }

    fn end(self, title: &str, least: usize) {
        let Tried { proofs, calls, failures } = self;
        println!("{title}: {proofs} proofs, {calls} calls");
        let shown = failures.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
        assert!(failures.is_empty(), "{title}: {} of {proofs} fail:\n{shown}", failures.len());
        assert!(proofs >= least, "{title}: {proofs} proofs");
    }
}

const ENGINES: [Engine; 3] = [Engine::Docker, Engine::Podman, Engine::Containerd];

#[test]
fn what_check_prints() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("what_check_prints", "no folder with profiles (SDIFF_SHARED)");
    };
    let mut tried = Tried::default();
    for (at, (path, profile)) in profiles(&shared).iter().enumerate() {
        let Some(loaded) = loaded(profile) else { continue };
        let engine = ENGINES[at % ENGINES.len()];
        let hosts = lint::hosts_of(&loaded.profile, theirs(engine));
        let Ok(findings) = lint::check(&loaded, &settings(engine, &hosts)) else { continue };
        let case = case(profile, engine);
        for finding in findings {
            let Some(proof) = &finding.witness else { continue };
            let name = format!("{} [{}]", path.display(), finding.lint);
            tried.one(&name, &proof.to_string(), &[&case]);
        }
    }
    tried.end("check", 50);
}

/// Calls with and without arguments, and such as several rules are about.
const CALLS: [&str; 9] = [
    "clone(17, 0, 0, 0, 0)",
    "clone(0x10000011)",
    "clone",
    "socket(AF_VSOCK, 1, 0)",
    "socketcall(1)",
    "personality(8)",
    "read(0)",
    "ptrace(16)",
    "mseal(0, 0, 0)",
];

#[test]
fn what_explain_prints() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("what_explain_prints", "no folder with profiles (SDIFF_SHARED)");
    };
    let mut tried = Tried::default();
    for (at, (path, profile)) in profiles(&shared).iter().enumerate() {
        let Some(loaded) = loaded(profile) else { continue };
        let engine = ENGINES[at % ENGINES.len()];
        let case = case(profile, engine);
        let mut store = Store::default();
        let policy = Policy::build(&mut store, &loaded.profile, &settings(engine, &Host::ALL));
        let Ok(policy) = policy else { continue };
        for call in CALLS {
            let call = Call::parse(call, Abi::X86_64).expect("a call");
            let Ok(answers) = explain::explain(&mut store, &loaded.profile, &policy, &call) else {
                continue;
            };
            let (source, policy, answers) = (&loaded.source, &policy, &answers[..]);
            let told =
                explain_text(&Explained { source, policy, answers, stack: &[] }, &call, false);
            // The answers whose rules are shown, in that order.
            let shown = answers.iter().filter(|answer| {
                !answer.considered.is_empty() && (!call.is_open() || answers.len() == 1)
            });
            let seen = told.lines().filter_map(|line| line.split_once(", seen by "));
            let seen: Vec<&str> = seen.map(|(_, seen)| seen.trim_end_matches(':')).collect();
            let shown: Vec<_> = shown.collect();
            assert_eq!(seen.len(), shown.len(), "{}: {told}", path.display());
            for (seen, answer) in seen.into_iter().zip(shown) {
                // Where there is one answer, it is for every environment.
                let environments = match answers.len() {
                    1 => vec![", no capabilities", ", all capabilities"],
                    _ => vec![""],
                };
                for environment in environments {
                    let printed = format!("{seen}{environment}: {}", action_text(answer.action));
                    tried.one(&format!("{} {}", path.display(), call.syscall), &printed, &[&case]);
                }
            }
        }
    }
    tried.end("explain", 200);
}

/// What is printed of two profiles: by `diff` and `review` as they are, by `merge --diff` and `rebase
/// --diff` of what comes of it.
fn compared_proofs(tried: &mut Tried, name: &str, old: &Case, new: &Case, host: Host) {
    let (Some(before), Some(after)) = (loaded(&old.profile), loaded(&new.profile)) else { return };
    let mut store = Store::default();
    let mut build = |loaded: &Loaded, engine| {
        Policy::build(&mut store, &loaded.profile, &settings(engine, &[host])).ok()
    };
    let built = (build(&before, old.engine), build(&after, new.engine));
    let (Some(was), Some(is)) = built else { return };
    let Ok(comparison) = compare(&mut store, &was, &is) else { return };
    let report = Report {
        old: Side { loaded: &before, policy: &was },
        new: Side { loaded: &after, policy: &is },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    for proof in compared(&report).items.iter().filter_map(|item| item.proof.clone()) {
        tried.one(name, &proof, &[old, new]);
    }
}

#[test]
fn what_is_printed_of_changes_merges_and_rebases() {
    let test = "what_is_printed_of_changes_merges_and_rebases";
    let Some(shared) = knobs::shared() else {
        return knobs::skip(test, "no folder with profiles (SDIFF_SHARED)");
    };
    let mut tried = Tried::default();
    let folder = shared.join("corpus/changes");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("an index");
    let names: Vec<&str> = index.lines().skip(1).filter_map(|l| l.split('\t').next()).collect();
    let wanted = knobs::number("SDIFF_PROOF_FILES", 40) as usize;
    // A change has few proofs, and many have none: more of them than of merges.
    let changes = 4 * wanted;
    let hosts = ["amd64", "arm64", "s390x", "ppc64le", "mips64", "x86"];
    let host = |at: usize| Host::from_name(hosts[at % hosts.len()]).expect("a host");
    for (at, name) in names.iter().step_by(names.len().div_ceil(changes).max(1)).enumerate() {
        let side = |side: &str| profile(&folder.join(format!("{name}.{side}.json")));
        let (Some((old, _)), Some((new, _))) = (side("old"), side("new")) else { continue };
        let engine = ENGINES[at % ENGINES.len()];
        let (old, new) = (case(&old, engine), case(&new, engine));
        compared_proofs(&mut tried, name, &old, &new, host(at));
    }
    let of_changes = tried.proofs;
    let all = profiles(&shared);
    let layer = |profile: &Value| {
        let loaded = loaded(profile)?;
        Layer::new("layer", &loaded.profile, semantics::Engine::Docker).ok()
    };
    for at in 0..all.len().min(wanted.div_ceil(4)) {
        let (base, above) = (&all[at].1, &all[(at * 7 + 3) % all.len()].1);
        let (Some(lower), Some(upper)) = (layer(base), layer(above)) else { continue };
        let host = host(at);
        for strategy in Strategy::ALL {
            let layers = [lower.clone(), upper.clone()];
            let Ok(merged) = merge(&mut Store::default(), &layers, strategy, &[host]) else {
                continue;
            };
            let Ok(result) = serde_json::from_str(&to_json(&merged.profile)) else { continue };
            let (old, new) = (case(base, Engine::Docker), case(&result, Engine::Docker));
            let name = format!("{} {strategy:?}", all[at].0.display());
            compared_proofs(&mut tried, &name, &old, &new, host);
        }
        let onto = &all[(at * 5 + 1) % all.len()].1;
        let Some(next) = layer(onto) else { continue };
        let rebased = rebase(&mut Store::default(), [&lower, &upper, &next], None, &[host]);
        if let Ok(Rebased::Clean(merged)) = rebased
            && let Ok(result) = serde_json::from_str(&to_json(&merged.profile))
        {
            let (old, new) = (case(above, Engine::Docker), case(&result, Engine::Docker));
            compared_proofs(&mut tried, &format!("rebase {at}"), &old, &new, host);
        }
    }
    let merged = tried.proofs - of_changes;
    println!("{of_changes} of changes, {merged} of merges and rebases");
    assert!(of_changes > 20 && merged > 20);
    tried.end("comparisons", 50);
}

/// A proof that is not so is told: else the tests above could not fail.
#[test]
fn a_wrong_proof_fails() {
    let profile = serde_json::json!({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        { "names": ["acct"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_PACCT"] } },
        { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } } ] });
    let case = case(&profile, Engine::Docker);
    for (printed, holds) in [
        ("acct(0) on amd64, CAP_SYS_PACCT: ALLOW", true),
        ("acct(0) on amd64, no capabilities: EPERM", true),
        ("acct(0) on amd64, no capabilities: ALLOW", false),
        ("acct(0) on amd64, Docker's default capabilities+CAP_SYS_PACCT: ALLOW", true),
        ("mount(0) on amd64, no capabilities: ALLOW", false),
        ("mount(0) on amd64, no capabilities, kernel 4.8: ALLOW", true),
        ("mount(0) on amd64, no capabilities, kernel 4.7, read by containerd: ALLOW", true),
        ("mount(0) on amd64: ALLOW", false),
        ("acct(0) on amd64 (arm program), no capabilities: EPERM", false),
    ] {
        let found = attempt(printed, &[&case]);
        assert_eq!(found.is_ok(), holds, "{printed}: {found:?}");
    }
}
