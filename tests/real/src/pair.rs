//! What `sdiff` says of two profiles, held against what the oracles say of each: every proof shows
//! what it claims, and no call differs of which nothing is said.

use crate::arch::{Arch, Host};
use crate::bpf::{Action, Data};
use crate::calls::{Call, calls};
use crate::cases::Case;
use crate::endless::endless;
use crate::main_crate::{settings, translate};
use crate::reference::Compiled;
use crate::resolve::resolve;
use crate::rng::Rng;
use crate::subject::{candidates, oracle};
use sdiff::decision::words::{ArgClause, Clause, Description, Term, ValueRange};
use sdiff::decision::{Assignment, Store};
use sdiff::diff::{Comparison, Direction, Effect, Place, Subject, compare};
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{Given, Policy, Settings};
use sdiff::syscall::{self, Abi, Syscall, numbers};
use std::fmt::Write;

/// Two profiles. Their cases are alike but for the profile and the engine.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Pair {
    pub old: Case,
    pub new: Case,
}

/// What judging pairs came to.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Tally {
    pub pairs: u64,
    /// Those of which `sdiff` refuses a profile.
    pub refused: u64,
    /// Those with one policy.
    pub same: u64,
    /// Those whose new profile is within the old one, and not the same.
    pub within: u64,
    /// Proofs that were asked for, and other calls that their conditions cover.
    pub witnesses: u64,
    pub inside: u64,
    /// Boundary and random calls, and those of them that differ.
    pub calls: u64,
    pub different: u64,
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: Tally) {
        self.pairs += other.pairs;
        self.refused += other.refused;
        self.same += other.same;
        self.within += other.within;
        self.witnesses += other.witnesses;
        self.inside += other.inside;
        self.calls += other.calls;
        self.different += other.different;
    }
}

/// One environment on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Environment {
    host: &'static Host,
    capabilities: u64,
    kernel: KernelVersion,
}

impl Environment {
    fn case(self, of: &Case) -> Case {
        let held = Capability::all().filter(|c| self.capabilities >> c.bit() & 1 == 1);
        Case {
            host: self.host,
            caps: held.map(|c| c.name().to_owned()).collect(),
            kernel: (self.kernel.kernel, self.kernel.major),
            ..of.clone()
        }
    }

    fn point(self, args: [u64; 6]) -> Assignment {
        let (capabilities, kernel) = (self.capabilities, self.kernel);
        Assignment { capabilities, kernel, args, ..Assignment::default() }
    }
}

/// The oracles' view of both profiles in an environment.
struct Asked {
    environment: Environment,
    filters: [Compiled; 2],
}

impl Asked {
    fn judge(&self, call: &Call) -> [Action; 2] {
        self.filters.each_ref().map(|filter| match filter {
            Compiled::Off => Action::Allow,
            Compiled::Filter(filter) => {
                filter.judge(&Data::new(call.arch, call.nr, &call.args), true)
            }
        })
    }
}

/// Holds a comparison on some hosts against the oracles. An odd seed of the old case fixes the
/// environment, an even one leaves it open. An error says what differs.
pub fn judge(pair: &Pair, hosts: &[&'static Host]) -> Result<Tally, String> {
    let mut tally = Tally { pairs: 1, ..Tally::default() };
    let case = &pair.old;
    let held = case.caps.iter().filter_map(|name| Capability::from_name(name));
    let capabilities = held.fold(0, |set, cap| set | 1 << cap.bit());
    let kernel = KernelVersion { kernel: case.kernel.0, major: case.kernel.1 };
    let is_fixed = !case.seed.is_multiple_of(2);
    let given = match is_fixed {
        true => Given { capabilities: Some(capabilities), kernel: Some(kernel) },
        false => Given::default(),
    };
    let mut store = Store::default();
    let built = [&pair.old, &pair.new].map(|case| build(&mut store, case, hosts, given));
    let [Some(old), Some(new)] = built else {
        tally.refused = 1;
        return Ok(tally);
    };
    let Ok(comparison) = compare(&mut store, &old, &new) else {
        tally.refused = 1;
        return Ok(tally);
    };
    tally.same = comparison.is_same_policy().into();
    tally.within = u64::from(comparison.is_within()) - tally.same;

    let mut rng = Rng::new(!case.seed);
    let mut environments = Vec::new();
    for host in hosts.iter().copied().filter(|host| is_compared(&comparison, host)) {
        environments.push(Environment { host, capabilities, kernel });
        if !is_fixed {
            let capabilities = rng.bits() & rng.bits() & Given::all();
            let kernel = KernelVersion { kernel: rng.between(3, 6) as u8, major: rng.bits() as u8 };
            environments.push(Environment { host, capabilities, kernel });
        }
    }
    let at_random = environments.len();
    for effect in effects(&comparison).map(|(_, effect)| effect) {
        let Assignment { capabilities, kernel, .. } = effect.witness.point;
        for place in &effect.places {
            let host = Host::named(place.host.name()).ok_or("a host that was not asked for")?;
            let environment = Environment { host, capabilities, kernel };
            if !environments.contains(&environment) {
                environments.push(environment);
            }
        }
    }
    let asked = ask(pair, &environments)?;
    let judge = Judge { store: &store, comparison: &comparison, asked: &asked };
    for (subject, effect) in effects(&comparison) {
        tally.witnesses += judge.witness(subject, effect)?;
        tally.inside += judge.inside(subject, effect, &mut rng)?;
    }
    for asked in &asked[..at_random] {
        for case in [&pair.old, &pair.new] {
            let case = asked.environment.case(case);
            let oci = resolve(&case.profile, &case.place()).ok().flatten().unwrap_or_default();
            for call in calls(&oci, case.host, case.machine.library, &mut rng) {
                // sdiff says that it does not model these.
                if call.nr == u32::MAX || call.arch != Arch::X32 && call.nr >= 1 << 30 {
                    continue;
                }
                tally.calls += 1;
                tally.different += u64::from(judge.call(asked, &call)?);
            }
        }
    }
    Ok(tally)
}

fn build(store: &mut Store, case: &Case, hosts: &[&Host], given: Given) -> Option<Policy> {
    let text = case.json();
    let loaded = sdiff::load::parse("case.json", text.as_bytes(), &Default::default()).ok()?;
    let hosts = hosts.iter().filter_map(|host| syscall::Host::from_name(host.name)).collect();
    let settings = Settings { hosts, given, ..settings(case).ok()? };
    Policy::build(store, &loaded.profile, &settings).ok()
}

fn is_compared(comparison: &Comparison, host: &Host) -> bool {
    comparison.hosts.iter().any(|compared| compared.name() == host.name)
}

fn effects(comparison: &Comparison) -> impl Iterator<Item = (Subject, &Effect)> {
    comparison.changes.iter().flat_map(|c| c.effects.iter().map(move |effect| (c.subject, effect)))
}

/// Compiles both profiles for each environment.
fn ask(pair: &Pair, environments: &[Environment]) -> Result<Vec<Asked>, String> {
    let sides = |environment: &Environment| [&pair.old, &pair.new].map(|c| environment.case(c));
    let cases: Vec<Case> = environments.iter().flat_map(sides).collect();
    if let Some(at) = endless(&cases).iter().position(|&endless| endless) {
        return Err(format!("compared, but libseccomp never ends: {:?}", environments[at / 2]));
    }
    let mut asked = Vec::with_capacity(environments.len());
    for (environment, sides) in environments.iter().zip(cases.chunks(2)) {
        let filter = |case| {
            oracle(case).map_err(|no| format!("compared, but refused: {no:?}, {environment:?}"))
        };
        let filters = [filter(&sides[0])?, filter(&sides[1])?];
        asked.push(Asked { environment: *environment, filters });
    }
    Ok(asked)
}

struct Judge<'a> {
    store: &'a Store,
    comparison: &'a Comparison,
    asked: &'a [Asked],
}

impl Judge<'_> {
    /// The proof of an effect, and the same call at every other place where it is said to hold.
    fn witness(&self, subject: Subject, effect: &Effect) -> Result<u64, String> {
        let witness = &effect.witness;
        let claim = [effect.from, effect.to];
        let wrong = |what: &str| Err(format!("{what}: {subject:?} {effect:#?}"));
        let name = |number, abi| Syscall::number(number, abi);
        if [witness.from, witness.to] != claim || !effect.places.contains(&witness.place) {
            return wrong("the proof is of something else");
        }
        if effect.direction != direction(claim.map(translate)) {
            return wrong("the direction is wrong");
        }
        if witness.syscall.is_some_and(|s| name(s, witness.place.abi) != Some(witness.number)) {
            return wrong("the proof's number is another");
        }
        let mut count = 0;
        for &place in &effect.places {
            let number = match subject {
                Subject::Syscall(syscall) => name(syscall, place.abi),
                _ => (place == witness.place).then_some(witness.number),
            };
            let Some(nr) = number else { continue };
            let args = witness.point.args;
            let Some(asked) = self.asked(place, &witness.point) else {
                return wrong("not asked there");
            };
            if matches!(subject, Subject::Syscall(_))
                && !self.holds(&effect.when, place.abi, &witness.point)
            {
                return wrong("the proof does not fulfil the condition");
            }
            let Some(arch) = Arch::from_oci(place.abi.oci_name()) else { continue };
            let answers = asked.judge(&Call { arch, nr, args });
            if answers != claim.map(translate) {
                return wrong(&format!("at {place:?} the oracles say {answers:?}"));
            }
            count += 1;
        }
        Ok(count)
    }

    fn asked(&self, place: Place, point: &Assignment) -> Option<&Asked> {
        self.asked.iter().find(|asked| {
            let Environment { host, capabilities, kernel } = asked.environment;
            host.name == place.host.name()
                && (capabilities, kernel) == (point.capabilities, point.kernel)
        })
    }

    /// Random calls inside the condition of an effect.
    fn inside(&self, subject: Subject, effect: &Effect, rng: &mut Rng) -> Result<u64, String> {
        let Subject::Syscall(syscall) = subject else { return Ok(0) };
        let mut count = 0;
        for clause in effect.when.clauses.iter().take(6) {
            let place = *rng.pick(&effect.places);
            let arch = Arch::from_oci(place.abi.oci_name());
            let (Some(arch), Some(nr)) = (arch, syscall.number(place.abi)) else { continue };
            let fits = |asked: &&Asked| {
                asked.environment.host.name == place.host.name()
                    && environment_fits(clause, &asked.environment.point([0; 6]))
            };
            let fitting: Vec<&Asked> = self.asked.iter().filter(fits).collect();
            for _ in 0..3 {
                let Some(args) = sample(clause, rng) else { continue };
                if fitting.is_empty() {
                    continue;
                }
                let asked = *rng.pick(&fitting);
                if !self.holds(&effect.when, place.abi, &asked.environment.point(args)) {
                    continue; // what was drawn is another value for a 32-bit ABI
                }
                let answers = asked.judge(&Call { arch, nr, args });
                if answers != [effect.from, effect.to].map(translate) {
                    let environment = asked.environment;
                    return Err(format!(
                        "the oracles say {answers:?} to {syscall} {args:#x?} at {place:?} in \
                         {environment:?}, but it is inside the condition of {effect:#?}"
                    ));
                }
                count += 1;
            }
        }
        Ok(count)
    }

    /// Whether a call differs, after what is said of it was checked.
    fn call(&self, asked: &Asked, call: &Call) -> Result<bool, String> {
        let answers = asked.judge(call);
        let [from, to] = answers;
        let environment = asked.environment;
        let wrong = |what: &str| {
            Err(format!(
                "{what}: the oracles say {from:?} and {to:?} to {call:#x?} in {environment:?}"
            ))
        };
        let host = syscall::Host::from_name(environment.host.name);
        let (Some(host), Some(abi)) = (host, Abi::from_oci_name(&call.arch.oci())) else {
            return Ok(false);
        };
        let place = Place { host, abi };
        let point = environment.point(call.args);
        let named = numbers(abi).binary_search_by_key(&call.nr, |n| n.0).ok();
        let named = named.map(|at| numbers(abi)[at].1);
        let mut is_covered = false;
        for change in &self.comparison.changes {
            let about = match change.subject {
                Subject::Syscall(syscall) => named == Some(syscall),
                Subject::Abi(of) => of == abi && named.is_none_or(|n| change.calls.contains(&n)),
                _ => named.is_none_or(|name| change.calls.contains(&name)),
            };
            for effect in change.effects.iter().filter(|e| about && e.places.contains(&place)) {
                let claims = [effect.from, effect.to].map(translate) == answers;
                if !matches!(change.subject, Subject::Syscall(_)) {
                    is_covered |= claims;
                } else if self.holds(&effect.when, abi, &point) {
                    if !claims {
                        return wrong(&format!("covered wrongly by {effect:#?}"));
                    }
                    is_covered = true;
                }
            }
        }
        if from == to {
            return Ok(false);
        }
        if self.comparison.is_same_policy() {
            return wrong("said to be one policy");
        }
        if self.comparison.is_within() && direction(answers) == Direction::Weaker {
            return wrong("said to be within");
        }
        if !is_covered {
            return wrong("not reported");
        }
        Ok(true)
    }

    fn holds(&self, when: &Description, abi: Abi, point: &Assignment) -> bool {
        let mut point = *point;
        if abi.is_32bit() {
            point.args = point.args.map(|value| value & 0xffff_ffff);
        }
        when.clauses.iter().any(|clause| {
            environment_fits(clause, &point)
                && clause.args.iter().all(|arg| arg_fits(arg, point.args[usize::from(arg.index)]))
        }) || when.rest.is_some_and(|rest| self.store.evaluate(rest.decision(), &point) == 1)
    }
}

fn direction([from, to]: [Action; 2]) -> Direction {
    let rank = |action| match action {
        Action::KillProcess => 0,
        Action::KillThread => 1,
        Action::Trap => 2,
        Action::Errno(_) => 3,
        Action::Notify => 4,
        Action::Trace(_) => 5,
        Action::Log => 6,
        Action::Allow => 7,
    };
    match rank(from) - rank(to) {
        ..0 => Direction::Weaker,
        0 => Direction::Other,
        1.. => Direction::Stricter,
    }
}

fn environment_fits(clause: &Clause, point: &Assignment) -> bool {
    let held = |capability: Capability| point.capabilities >> capability.bit() & 1 == 1;
    let capabilities = clause.capabilities.iter().all(|&(of, wanted)| held(of) == wanted);
    let in_range = |from: Option<KernelVersion>, to: Option<KernelVersion>| {
        from.is_none_or(|from| from <= point.kernel) && to.is_none_or(|to| point.kernel <= to)
    };
    let mut kernels = clause.kernel.iter();
    capabilities && (clause.kernel.is_empty() || kernels.any(|r| in_range(r.from, r.to)))
}

fn arg_fits(arg: &ArgClause, value: u64) -> bool {
    let inside = |ranges: &[ValueRange]| {
        ranges.iter().any(|r| r.from <= value && r.to.is_none_or(|to| value <= to))
    };
    arg.terms.iter().all(|term| match term {
        Term::In(ranges) => inside(ranges),
        Term::NotIn(ranges) => !inside(ranges),
        Term::Masked { mask, value: wanted } => value & mask == *wanted,
        Term::NotMasked { mask, value: wanted } => value & mask != *wanted,
    })
}

/// Six arguments that fulfil a clause; none where luck does not help.
fn sample(clause: &Clause, rng: &mut Rng) -> Option<[u64; 6]> {
    let mut args: [u64; 6] = std::array::from_fn(|_| rng.bits() >> rng.below(64));
    for arg in &clause.args {
        let mut drawn = (0..20).map(|_| draw(rng.pick(&arg.terms), rng.bits(), rng));
        args[usize::from(arg.index)] = drawn.find(|&value| arg_fits(arg, value))?;
    }
    Some(args)
}

fn draw(term: &Term, random: u64, rng: &mut Rng) -> u64 {
    let width = if rng.one_in(2) { 32 } else { 0 };
    let random = random >> width;
    match term {
        Term::In(ranges) => {
            let range = *rng.pick(ranges);
            let to = range.to.unwrap_or(u64::MAX >> width).max(range.from);
            match rng.below(3) {
                0 => range.from,
                1 => to,
                _ => range.from + random % (to - range.from).saturating_add(1).max(1),
            }
        }
        Term::NotIn(ranges) => {
            let range = *rng.pick(ranges);
            match rng.below(3) {
                0 => range.from.wrapping_sub(1),
                1 => range.to.map_or(random, |to| to.wrapping_add(1)),
                _ => random,
            }
        }
        Term::Masked { mask, value } => random & !mask | value,
        Term::NotMasked { value, .. } => {
            if rng.one_in(2) {
                value ^ 1 << rng.below(64)
            } else {
                random
            }
        }
    }
}

/// Makes a failing pair smaller while it still fails, and tells it whole.
pub fn shrink(pair: Pair, hosts: &[&'static Host], why: String) -> String {
    let (mut best, mut why) = (pair, why);
    loop {
        let of = |side: fn(&mut Pair) -> &mut Case, profile| {
            let mut pair = best.clone();
            side(&mut pair).profile = profile;
            pair
        };
        let old = candidates(&best.old.profile).into_iter().map(|p| of(|pair| &mut pair.old, p));
        let new = candidates(&best.new.profile).into_iter().map(|p| of(|pair| &mut pair.new, p));
        let mut smaller =
            old.chain(new).filter_map(|pair| Some((judge(&pair, hosts).err()?, pair)));
        match smaller.next() {
            Some((reason, pair)) => {
                drop(smaller);
                (best, why) = (pair, reason);
            }
            None => break,
        }
    }
    let mut text = String::new();
    for case in [&best.old, &best.new] {
        let _ = writeln!(text, "{:?}: {}", case.engine, case.json());
    }
    let Case { seed, host, caps, kernel, .. } = &best.old;
    let _ = writeln!(text, "seed {seed}, {}, kernel {kernel:?}, {}", host.name, caps.join(" "));
    text + &why
}
