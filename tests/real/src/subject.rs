//! What is judged, and the judging of one case.

use crate::arch::Arch;
use crate::bpf::{Action, Data};
use crate::calls::{Call, calls};
use crate::cases::Case;
use crate::endless::endless;
use crate::library::Errno;
use crate::reference::{Compiled, Refusal, compile};
use crate::resolve::{Wrong, resolve};
use crate::rng::Rng;
use serde_json::Value;
use std::fmt;

/// A library that claims to know what a profile does.
pub trait Subject: Sync {
    /// Reads a case's profile, or says why it would be refused.
    fn build(&self, case: &Case) -> Result<Box<dyn Policy>, String>;

    /// Whether it is asked for the case's environment alone, so that it may not refuse the
    /// profile for the sake of another.
    fn fixed(&self, case: &Case) -> bool;
}

/// Its view of one profile in the case's environment.
pub trait Policy {
    /// The answer to a call.
    fn judge(&self, arch: Arch, nr: u32, args: &[u64; 6]) -> Answer;
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The filter's action.
    Action(Action),
    /// There is no filter.
    Off,
    /// There is no container: something refused the profile.
    Refused(String),
}

/// Why there is no container, by the oracles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// The engine's reason.
    Engine(Wrong),
    /// The runtime's, or libseccomp's.
    Runtime(Refusal),
    /// libseccomp never comes to an end: see [`crate::endless`].
    Endless,
}

/// The oracles' view of a case on its machine. It does not return where libseccomp does not.
pub fn oracle(case: &Case) -> Result<Compiled, No> {
    match resolve(&case.profile, &case.place()).map_err(No::Engine)? {
        None => Ok(Compiled::Off),
        Some(oci) => compile(&oci, case.host, case.machine).map_err(No::Runtime),
    }
}

/// Where two opinions differ.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// The case.
    pub case: Case,
    /// The call, unless the difference is the refusal itself.
    pub call: Option<Call>,
    /// What the oracles say.
    pub oracle: String,
    /// What the subject says.
    pub subject: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { seed, flavour, engine, machine, host, caps, kernel, .. } = &self.case;
        writeln!(f, "{}\n{machine}", self.case.json())?;
        writeln!(f, "seed {seed} ({flavour:?}), {engine:?} on {}, kernel {kernel:?}", host.name)?;
        writeln!(f, "bounding set: {}", caps.join(" "))?;
        if let Some(Call { arch, nr, args }) = &self.call {
            let name = if *nr == u32::MAX { "-1".into() } else { nr.to_string() };
            writeln!(f, "call: {arch:?} {name} {args:#x?}", args = args.map(Hex))?;
        }
        writeln!(f, "oracle:  {}\nsubject: {}", self.oracle, self.subject)
    }
}

struct Hex(u64);

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// What judging cases came to.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Tally {
    pub cases: u64,
    pub refused: u64,
    pub endless: u64,
    pub elsewhere: u64,
    pub off: u64,
    pub calls: u64,
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: Tally) {
        self.cases += other.cases;
        self.refused += other.refused;
        self.endless += other.endless;
        self.elsewhere += other.elsewhere;
        self.off += other.off;
        self.calls += other.calls;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { cases, refused, endless, elsewhere, off, calls } = self;
        write!(f, "{cases} cases: {refused} refused ({endless} without an end), ")?;
        write!(f, "{elsewhere} in another environment, {off} off; {calls} calls")
    }
}

/// Compares the subject with the oracles on one case. `endless`: libseccomp is known to hang.
pub fn judge(case: &Case, subject: &dyn Subject, endless: bool) -> Result<Tally, Box<Mismatch>> {
    let mismatch = |call: Option<Call>, oracle: String, subject: String| {
        Box::new(Mismatch { case: case.clone(), call, oracle, subject })
    };
    let mut tally = Tally { cases: 1, ..Tally::default() };
    let oracle = if endless { Err(No::Endless) } else { oracle(case) };
    let probe = Call { arch: case.host.native(), nr: 0, args: [0; 6] };
    let view = |policy: &dyn Policy, call: &Call| policy.judge(call.arch, call.nr, &call.args);
    match (oracle, subject.build(case)) {
        (Err(no), policy) => {
            tally.refused = 1;
            tally.endless = u64::from(no == No::Endless);
            if let Ok(policy) = policy
                && !matches!(&no, No::Runtime(why) if is_taken_all_the_same(why))
            {
                let answer = view(&*policy, &probe);
                if !matches!(answer, Answer::Refused(_)) {
                    return Err(mismatch(None, format!("refused: {no:?}"), format!("{answer:?}")));
                }
            }
        }
        (Ok(_), Err(why)) => {
            // One that refuses the whole profile may do so for another environment's sake.
            if subject.fixed(case) || !refused_somewhere(case) {
                return Err(mismatch(None, "takes it".into(), format!("refuses it: {why}")));
            }
            tally.elsewhere = 1;
        }
        (Ok(Compiled::Off), Ok(policy)) => {
            tally.off = 1;
            let answer = view(&*policy, &probe);
            if answer != Answer::Off && answer != Answer::Action(Action::Allow) {
                return Err(mismatch(None, "no seccomp".into(), format!("{answer:?}")));
            }
        }
        (Ok(Compiled::Filter(filter)), Ok(policy)) => {
            let mut rng = Rng::new(!case.seed);
            let oci = resolve(&case.profile, &case.place()).ok().flatten().unwrap_or_default();
            for call in calls(&oci, case.host, case.machine.library, &mut rng) {
                let expected = filter.judge(&Data::new(call.arch, call.nr, &call.args), true);
                let answer = view(&*policy, &call);
                tally.calls += 1;
                if answer != Answer::Action(expected) {
                    let (oracle, subject) = (format!("{expected:?}"), format!("{answer:?}"));
                    return Err(mismatch(Some(call), oracle, subject));
                }
            }
        }
    }
    Ok(tally)
}

/// Whether the subject may take what is refused: runc and libseccomp have learned of two
/// architectures late, and it compares profiles for hosts of these on older ones as well.
pub(crate) fn is_taken_all_the_same(why: &Refusal) -> bool {
    let is_late = |arch: Option<Arch>| matches!(arch, Some(Arch::Riscv64 | Arch::Loongarch64));
    match why {
        Refusal::Architecture(name) => is_late(Arch::from_oci(name)),
        Refusal::AddArchitecture(arch, Errno(libc::EINVAL)) => is_late(Some(*arch)),
        _ => false,
    }
}

/// Whether the oracles refuse the profile for some bounding set and kernel of those it names.
fn refused_somewhere(case: &Case) -> bool {
    let mut caps: Vec<String> = Vec::new();
    let mut kernels = vec![(0, 0), (255, 255)];
    mentioned(&case.profile, &mut caps, &mut kernels);
    caps.sort();
    caps.dedup();
    caps.truncate(10);
    kernels.sort_unstable();
    kernels.dedup();
    (0..1u32 << caps.len()).any(|set| {
        let held = caps.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        let held: Vec<String> = held.map(|(_, cap)| cap.clone()).collect();
        kernels.iter().any(|&kernel| refuses(&Case { caps: held.clone(), kernel, ..case.clone() }))
    })
}

fn refuses(case: &Case) -> bool {
    endless(std::slice::from_ref(case))[0] || oracle(case).is_err()
}

fn mentioned(value: &Value, caps: &mut Vec<String>, kernels: &mut Vec<(u8, u8)>) {
    match value {
        Value::String(text) if text.starts_with("CAP_") => caps.push(text.clone()),
        Value::String(text) => {
            if let Some((a, b)) = text.split_once('.')
                && let (Ok(a), Ok(b)) = (a.parse(), b.parse())
            {
                kernels.push((a, b));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentioned(item, caps, kernels)),
        Value::Object(map) => map.values().for_each(|item| mentioned(item, caps, kernels)),
        _ => {}
    }
}

/// Makes a failing case smaller while it still fails: rules, conditions, filters, names and the
/// head's fields are left out one by one.
pub fn shrink(found: Box<Mismatch>, subject: &dyn Subject) -> Box<Mismatch> {
    let mut best = found;
    loop {
        let smaller = candidates(&best.case.profile).into_iter().find_map(|profile| {
            let case = Case { profile, ..best.case.clone() };
            let endless = endless(std::slice::from_ref(&case))[0];
            judge(&case, subject, endless).err()
        });
        match smaller {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// Every profile with one thing less.
pub(crate) fn candidates(profile: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let rules = profile["syscalls"].as_array().map_or(0, Vec::len);
    let mut edit = |change: &dyn Fn(&mut Value) -> bool| {
        let mut copy = profile.clone();
        if change(&mut copy) {
            all.push(copy);
        }
    };
    let remove = |list: &mut Value, at: usize| match list.as_array_mut() {
        Some(items) if at < items.len() => {
            items.remove(at);
            true
        }
        _ => false,
    };
    for rule in 0..rules {
        edit(&|p| remove(&mut p["syscalls"], rule));
    }
    for rule in 0..rules {
        for key in ["includes", "excludes", "errnoRet", "errno", "args"] {
            edit(&|p| match p["syscalls"][rule].as_object_mut() {
                Some(rule) => rule.remove(key).is_some(),
                None => false,
            });
        }
        for at in 0..64 {
            for key in ["args", "names"] {
                edit(&|p| {
                    p["syscalls"][rule].get(key).is_some()
                        && p["syscalls"][rule][key].as_array().map_or(0, Vec::len) > 1
                        && remove(&mut p["syscalls"][rule][key], at)
                });
            }
        }
    }
    for key in ["defaultErrnoRet", "archMap", "architectures"] {
        edit(&|p| p.as_object_mut().is_some_and(|p| p.remove(key).is_some()));
    }
    for at in 0..20 {
        edit(&|p| p.get("archMap").is_some() && remove(&mut p["archMap"], at));
        edit(&|p| p.get("architectures").is_some() && remove(&mut p["architectures"], at));
    }
    all
}
