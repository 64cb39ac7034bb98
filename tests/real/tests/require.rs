//! What a team requires of generated profiles, judged by the program of the real libseccomp: what is
//! said to be broken is broken by the call that is the proof, and what is said to hold is broken by none
//! of the calls at the edges of the profile's rules. Whether a call is meant is worked out here.

use sdiff::lint::{Config, Finding, Proof};
use sdiff::load::parse;
use sdiff::profile::{Capability, KernelVersion};
use sdiff::require;
use sdiff::semantics::{Given, Settings};
use sdiff::syscall::{Abi, Host, Syscall};
use sdiff_real::arch::Arch;
use sdiff_real::bpf::{Action, Data};
use sdiff_real::calls::{Call, calls};
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::library::libraries;
use sdiff_real::main_crate;
use sdiff_real::oci::Oci;
use sdiff_real::reference::Compiled;
use sdiff_real::resolve::resolve;
use sdiff_real::rng::Rng;
use sdiff_real::subject::oracle;

/// One call's name and a condition on one of its arguments.
#[derive(Debug)]
struct Meant {
    name: String,
    index: usize,
    how: How,
}

#[derive(Debug)]
enum How {
    Any,
    Is(u64),
    Not(u64),
    AtLeast(u64),
    Below(u64),
    Between(u64, u64),
    Bits(u64),
    Masked(u64, u64),
}

impl Meant {
    fn new(rng: &mut Rng, oci: &Oci) -> Option<Meant> {
        let rule = oci.syscalls.get(rng.below(oci.syscalls.len().max(1)))?;
        let name = rule.names.get(rng.below(rule.names.len().max(1)))?.clone();
        Syscall::from_name(&name)?;
        let arg = rule.args.first();
        let index = arg.map_or(rng.below(6), |arg| arg.index.min(5) as usize);
        let value = match arg {
            Some(arg) => arg.value.wrapping_add(rng.below(3) as u64).wrapping_sub(1),
            None => rng.bits(),
        };
        let how = match rng.below(9) {
            0 | 1 => How::Any,
            2 => How::Is(value),
            3 => How::Not(value),
            4 => How::AtLeast(value),
            5 => How::Below(value),
            6 => How::Between(value, value.saturating_add(rng.below(5) as u64)),
            7 => How::Bits(value),
            _ => {
                How::Masked(arg.map_or(value, |arg| arg.value), arg.map_or(0, |arg| arg.value_two))
            }
        };
        Some(Meant { name, index, how })
    }

    fn text(&self) -> String {
        let Meant { name, index, how } = self;
        match how {
            How::Any => name.clone(),
            How::Is(v) => format!("{name}(arg{index} == {v})"),
            How::Not(v) => format!("{name}(arg{index} != {v:#x})"),
            How::AtLeast(v) => format!("{name}(arg{index} >= {v})"),
            How::Below(v) => format!("{name}(arg{index} < {v})"),
            How::Between(a, b) => format!("{name}(arg{index} = {a}..{b})"),
            How::Bits(m) => format!("{name}(arg{index} & {m:#x})"),
            How::Masked(m, v) => format!("{name}((arg{index} & {m}) == {v})"),
        }
    }

    fn has(&self, arch: Arch, number: u32, args: &[u64; 6]) -> bool {
        // What the kernel takes for the call, whatever the library of the case knows.
        let own = libraries().iter().filter_map(|library| library.number(arch, &self.name)).max();
        // Where libseccomp knows only what `socketcall` and `ipc` do, the kernel may have a number.
        let direct = own.filter(|own| *own < 0).and_then(|_| {
            let abi = Abi::from_oci_name(&arch.oci())?;
            Syscall::from_name(&self.name)?.number(abi)
        });
        let arg = args[self.index];
        own.and_then(|own| u32::try_from(own).ok()).or(direct) == Some(number)
            && match self.how {
                How::Any => true,
                How::Is(v) => arg == v,
                How::Not(v) => arg != v,
                How::AtLeast(v) => arg >= v,
                How::Below(v) => arg < v,
                How::Between(a, b) => (a..=b).contains(&arg),
                How::Bits(m) => arg & m != 0,
                How::Masked(m, v) => arg & m == v,
            }
    }
}

fn lets_through(compiled: &Compiled, arch: Arch, number: u32, args: &[u64; 6]) -> bool {
    match compiled {
        Compiled::Off => true,
        Compiled::Filter(filter) => {
            let action = filter.judge(&Data::new(arch, number, args), true);
            matches!(action, Action::Allow | Action::Log)
        }
    }
}

/// Whether a program of that ABI can make the call.
fn is_possible(call: &Call) -> bool {
    let abi = Abi::from_oci_name(&call.arch.oci()).expect("an ABI");
    !abi.has_32bit_registers() || call.args.iter().all(|arg| *arg <= u64::from(u32::MAX))
}

#[derive(Debug, Default)]
struct Tally {
    cases: u64,
    broken: u64,
    held: u64,
    more: u64,
    within: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum List {
    Blocked,
    Allowed,
}

fn settings(case: &Case) -> Settings {
    let held = case.caps.iter().filter_map(|name| Capability::from_name(name));
    let given = Given {
        capabilities: Some(held.fold(0, |set, cap| set | 1 << cap.bit())),
        kernel: Some(KernelVersion { kernel: case.kernel.0, major: case.kernel.1 }),
    };
    let hosts = vec![Host::from_name(case.host.name).expect("a host")];
    Settings { hosts, given, ..main_crate::settings(case).expect("a machine") }
}

fn proof(finding: &Finding) -> (Arch, u32, [u64; 6]) {
    let Proof { place, syscall, point, .. } = finding.witness.expect("a proof");
    let arch = Arch::from_oci(place.abi.oci_name()).expect("an ABI");
    (arch, syscall.number(place.abi).expect("a number"), point.args)
}

fn judge(seed: u64, tally: &mut Tally) -> Option<()> {
    let flavour = if seed.is_multiple_of(2) { Flavour::Realistic } else { Flavour::Hostile };
    let case = Case::new(seed, flavour);
    let other = Case::new(seed + 1_000_000, Flavour::Realistic);
    let Case { engine, machine, host, kernel, .. } = case;
    let base = Case { engine, machine, host, kernel, caps: case.caps.clone(), ..other };
    if endless(&[case.clone(), base.clone()]).contains(&true) {
        return None;
    }
    let oci = resolve(&case.profile, &case.place()).ok()??;
    let (compiled, compiled_base) = (oracle(&case).ok()?, oracle(&base).ok());
    let loaded = parse("case.json", case.json().as_bytes(), &Default::default()).ok()?;
    let mut rng = Rng::new(seed);
    let mut config = String::new();
    let mut asked = Vec::new();
    for at in 0..12 {
        let Some(meant) = Meant::new(&mut rng, &oci) else { continue };
        let list = if at % 2 == 0 { List::Blocked } else { List::Allowed };
        let word = if list == List::Blocked { "blocked" } else { "allowed" };
        let text = meant.text();
        config += &format!("[[require]]\n{word} = [\"{text}\"]\nreason = \"rule {at}.\"\n");
        asked.push((at, list, meant));
    }
    if compiled_base.is_some() {
        config += "[[require]]\nwithin = \"base.json\"\nreason = \"rule 99.\"\n";
    }
    let config = Config::parse(&config).unwrap_or_else(|error| panic!("{error}: {config}"));
    let required: Vec<_> = config.requirements().iter().collect();
    let open = |_: &str| {
        parse("base.json", base.json().as_bytes(), &Default::default()).map_err(|e| e.to_string())
    };
    let found = require::findings(&loaded, &required, &[settings(&case)], &open).ok()?;
    let broken = |at: usize| -> Vec<&Finding> {
        let is_of = |f: &&Finding| {
            f.lint == "requirement-broken" && f.message.contains(&format!("rule {at}."))
        };
        found.iter().filter(is_of).collect()
    };
    let mut points = calls(&oci, case.host, case.machine.library, &mut rng);
    if let Ok(Some(oci)) = resolve(&base.profile, &base.place()) {
        points.extend(calls(&oci, base.host, base.machine.library, &mut rng));
    }
    points.retain(is_possible);
    for (at, list, meant) in &asked {
        let is_wrong = |arch, number, args: &[u64; 6]| {
            meant.has(arch, number, args)
                && lets_through(&compiled, arch, number, args) == (*list == List::Blocked)
        };
        if let [finding] = broken(*at)[..] {
            let (arch, number, args) = proof(finding);
            assert!(is_wrong(arch, number, &args), "seed {seed}: {meant:?}: {finding:?}");
            tally.broken += 1;
            continue;
        }
        let listed = |arch: Arch| oci.architectures.contains(&arch.oci());
        let is_asked = |arch| *list == List::Blocked || arch == case.host.native() || listed(arch);
        for Call { arch, nr, args } in points.iter().filter(|call| is_asked(call.arch)) {
            assert!(
                !is_wrong(*arch, *nr, args),
                "seed {seed}: {meant:?} by {arch:?} {nr} {args:?}"
            );
        }
        tally.held += 1;
    }
    if let Some(compiled_base) = &compiled_base {
        let is_more = |arch, number, args: &[u64; 6]| {
            lets_through(&compiled, arch, number, args)
                && !lets_through(compiled_base, arch, number, args)
        };
        let found = broken(99);
        for finding in found.iter().filter(|finding| finding.witness.is_some()) {
            let (arch, number, args) = proof(finding);
            assert!(is_more(arch, number, &args), "seed {seed}: {finding:?}");
            tally.more += 1;
        }
        if found.is_empty() {
            for Call { arch, nr, args } in &points {
                assert!(!is_more(*arch, *nr, args), "seed {seed}: {arch:?} {nr} {args:?}");
            }
            tally.within += 1;
        }
    }
    tally.cases += 1;
    Some(())
}

#[test]
fn what_is_broken_is_proved_and_what_holds_is_broken_by_no_call() {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let count = knobs::number("SDIFF_REQUIRE_CASES", 400);
    let mut tally = Tally::default();
    for seed in first..first + count {
        judge(seed, &mut tally);
    }
    eprintln!("{tally:?}");
    // Each of them is seen to happen.
    assert!(tally.cases > count / 3, "{tally:?}");
    assert!(tally.broken > count && tally.held > count, "{tally:?}");
    assert!(tally.more > 0, "{tally:?}");
}
