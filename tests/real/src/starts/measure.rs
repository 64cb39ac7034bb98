//! Which calls are needed: one at a time, by each answer; and which of them stand in for another.

use super::machine::Machine;
use super::start::{Case, Started};
use super::trace::Made;
use crate::oci::{Arg, Oci, Syscall as Rule};
use sdiff::syscall::{Abi, Syscall, arg_count, numbers};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What a filter answers to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// An errno that says that it must not be.
    Eperm,
    /// An errno that says that there is no such call.
    Enosys,
    /// The death of the process.
    Kill,
}

impl Answer {
    /// All of them.
    pub const ALL: [Answer; 3] = [Answer::Eperm, Answer::Enosys, Answer::Kill];

    fn rule(self, call: &Call) -> Rule {
        let (action, errno) = match self {
            Answer::Eperm => ("ERRNO", Some(libc::EPERM as u64)),
            Answer::Enosys => ("ERRNO", Some(libc::ENOSYS as u64)),
            Answer::Kill => ("KILL_PROCESS", None),
        };
        Rule { errno_ret: errno, ..call.rule(action) }
    }
}

/// A call, and those of its arguments that say what it is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The call.
    pub syscall: Syscall,
    /// By index.
    pub args: [Option<u32>; 6],
}

/// The arguments that choose what a call does.
fn chosen_by(name: &str) -> &'static [usize] {
    match name {
        "prctl" | "clone" | "rt_sigprocmask" | "arch_prctl" | "personality" => &[0],
        "fcntl" | "futex" | "ioctl" | "epoll_ctl" | "prlimit64" => &[1],
        "openat" | "close_range" | "madvise" => &[2],
        "socket" => &[0, 1],
        "mmap" => &[2, 3],
        "newfstatat" => &[3],
        "faccessat2" | "statx" => &[2, 3],
        _ => &[],
    }
}

impl Call {
    fn of(made: &Made) -> Option<Call> {
        let known = numbers(Abi::X86_64);
        let at = known.binary_search_by_key(&made.number, |&(number, _)| number.into()).ok()?;
        Some(Call::with(known[at].1, &made.args))
    }

    /// The call with those of these arguments that say what it is to do.
    pub fn with(syscall: Syscall, all: &[u64; 6]) -> Call {
        let mut args = [None; 6];
        for &index in chosen_by(syscall.name()) {
            args[index] = Some(all[index] as u32);
        }
        Call { syscall, args }
    }

    /// The call of that name, with whatever arguments.
    pub fn named(name: &str) -> Option<Call> {
        Syscall::from_name(name).map(|syscall| Call { syscall, args: [None; 6] })
    }

    /// Whether threads make it of themselves, as they are scheduled.
    pub fn is_of_threads(&self) -> bool {
        OF_THREADS.contains(&self.syscall.name())
    }

    fn rule(&self, action: &str) -> Rule {
        let arg = |(index, value): (usize, &Option<u32>)| {
            let (mask, op) = (u32::MAX.into(), "SCMP_CMP_MASKED_EQ".to_owned());
            value.map(|v| Arg { index: index as u64, value: mask, value_two: v.into(), op })
        };
        Rule {
            names: vec![self.syscall.name().to_owned()],
            action: format!("SCMP_ACT_{action}"),
            errno_ret: None,
            args: self.args.iter().enumerate().filter_map(arg).collect(),
        }
    }
}

/// A call's arguments as they are in a table: no addresses, and nothing in registers without an
/// argument.
fn example(call: &Call, made: &Made) -> [u64; 6] {
    let count = match call.syscall.name() {
        "prctl" => 2,
        _ => arg_count(call.syscall).unwrap_or(6).into(),
    };
    let address = |value: u64| value > u32::MAX.into() && value < 0xffff_ffff_0000_0000;
    let value = |value: u64| if address(value) { 0xc0_0000_0000 } else { value };
    std::array::from_fn(|i| if i < count { value(made.args[i]) } else { 0 })
}

/// How often a container does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocked {
    /// It starts.
    Never,
    /// Threads decide.
    Sometimes,
    /// It does not.
    Always,
}

/// What becomes of containers where a call is answered so, in a case.
pub type Answers = BTreeMap<(Answer, Case), Blocked>;

/// What one runtime needs.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// For each call that the runtime makes: its arguments on one occasion, and what becomes of
    /// the container when it is answered so.
    pub calls: BTreeMap<Call, ([u64; 6], Answers)>,
    /// Calls of which one at least must not be blocked by an errno, in a case.
    pub groups: BTreeSet<(Case, Vec<Call>)>,
}

/// Calls that no runtime makes and that have high numbers: with them in a profile runc's own answer
/// to what is newer than the profile is out of the way.
const HIGH: [&str; 4] = ["mseal", "futex_requeue", "cachestat", "process_mrelease"];

fn base(default: &str) -> Oci {
    let names = HIGH.map(str::to_owned).to_vec();
    let rule = Rule { names, action: "SCMP_ACT_LOG".into(), ..Rule::default() };
    Oci {
        default_action: format!("SCMP_ACT_{default}"),
        architectures: vec!["SCMP_ARCH_X86_64".into()],
        syscalls: vec![rule],
        ..Oci::default()
    }
}

/// A filter that answers so to these calls, and lets through the others.
pub fn denying(calls: &[(Call, Answer)]) -> Oci {
    let mut oci = base("ALLOW");
    oci.syscalls.extend(calls.iter().map(|(call, answer)| answer.rule(call)));
    oci
}

/// A filter that lets through these calls alone; others get `EPERM`.
pub fn allowing(calls: &BTreeSet<Call>) -> Oci {
    let mut oci = base("ERRNO");
    oci.syscalls.extend(calls.iter().map(|call| call.rule("ALLOW")));
    oci
}

/// Measures the calls that are wanted, in each case.
///
/// Those that threads make of themselves are looked at as engines start containers, and what is found
/// without a terminal holds with one.
pub fn measure(
    machine: &Machine,
    is_wanted: &dyn Fn(&Call) -> bool,
    tell: &dyn Fn(&str),
) -> io::Result<Needs> {
    let mut needs = Needs::default();
    for case in Case::all() {
        let made = known(machine, case, &mut needs)?;
        let wanted: Vec<Call> = made.iter().copied().filter(is_wanted).collect();
        tell(&format!("{case:?}: {} calls", wanted.len()));
        for call in wanted {
            let of_threads = call.is_of_threads();
            if of_threads && case.tty {
                continue;
            }
            for answer in Answer::ALL {
                let oci = denying(&[(call, answer)]);
                let blocked = is_blocked(|| match of_threads {
                    true => machine.start_as_engines_do(&oci, case),
                    false => machine.start(&oci, case),
                })?;
                let Some((_, answers)) = needs.calls.get_mut(&call) else { continue };
                answers.insert((answer, case), blocked);
                if of_threads {
                    answers.insert((answer, Case { tty: true, ..case }), blocked);
                }
            }
        }
        if !case.user && !case.tty && made.iter().all(is_wanted) {
            groups(machine, case, made, &mut needs, tell)?;
        }
    }
    Ok(needs)
}

/// The calls that the runtime makes when it is let do what it will.
fn known(machine: &Machine, case: Case, needs: &mut Needs) -> io::Result<BTreeSet<Call>> {
    let mut made = BTreeSet::new();
    for _ in 0..4 {
        made.extend(traced(machine, &denying(&[]), case, needs)?);
    }
    Ok(made)
}

fn traced(
    machine: &Machine,
    oci: &Oci,
    case: Case,
    needs: &mut Needs,
) -> io::Result<BTreeSet<Call>> {
    let mut found = BTreeSet::new();
    for made in machine.calls(oci, case)? {
        let Some(call) = Call::of(&made) else { continue };
        found.insert(call);
        needs.calls.entry(call).or_insert_with(|| (example(&call, &made), BTreeMap::new()));
    }
    Ok(found)
}

/// Whether a container does not start: two looks where it does, four where it never does, else six.
fn is_blocked(start: impl Fn() -> io::Result<Started>) -> io::Result<Blocked> {
    let (mut failed, mut looks) = (0, 0);
    while looks < [2, 4, 6][usize::from(failed != 0) + usize::from(failed != 0 && failed != looks)]
    {
        failed += u32::from(!start()?.starts);
        looks += 1;
    }
    Ok(match failed {
        0 => Blocked::Never,
        failed if failed == looks => Blocked::Always,
        _ => Blocked::Sometimes,
    })
}

/// Calls that threads make of themselves, as they are scheduled: whether one is made at all in a run
/// is chance, so they are let through where others are left out.
pub const OF_THREADS: [&str; 18] = [
    "clone",
    "clone3",
    "epoll_ctl",
    "epoll_pwait",
    "exit_group",
    "futex",
    "getpid",
    "gettid",
    "madvise",
    "mmap",
    "munmap",
    "nanosleep",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "sigaltstack",
    "tgkill",
];

/// Finds what stands in for another: a smallest set of calls that starts a container while all
/// others get an errno, and for each of its calls that is not needed by itself the others that
/// would do as well.
fn groups(
    machine: &Machine,
    case: Case,
    mut made: BTreeSet<Call>,
    needs: &mut Needs,
    tell: &dyn Fn(&str),
) -> io::Result<()> {
    let blocked = |needs: &Needs, call: &Call, answer| {
        let known = needs.calls.get(call).and_then(|(_, answers)| answers.get(&(answer, case)));
        known.copied().unwrap_or(Blocked::Never)
    };
    let is_free = |needs: &Needs, call: &Call| {
        !call.is_of_threads() && blocked(needs, call, Answer::Eperm) == Blocked::Never
    };
    let free: Vec<Call> = made.iter().copied().filter(|call| is_free(needs, call)).collect();
    // What is done instead.
    for &call in &free {
        for answer in [Answer::Eperm, Answer::Enosys] {
            made.extend(traced(machine, &denying(&[(call, answer)]), case, needs)?);
        }
    }
    let all_free: Vec<(Call, Answer)> = free.iter().map(|&call| (call, Answer::Eperm)).collect();
    made.extend(traced(machine, &denying(&all_free), case, needs)?);
    made.extend(OF_THREADS.iter().filter_map(|name| Call::named(name)));
    if !starts(machine, &allowing(&made), case)? {
        tell(&format!("{case:?}: what was seen does not suffice"));
        return Ok(());
    }
    let free: Vec<Call> = made.iter().copied().filter(|call| is_free(needs, call)).collect();
    for reversed in [false, true] {
        let mut order = free.clone();
        if reversed {
            order.reverse();
        }
        let mut least = made.clone();
        for call in &order {
            let mut fewer = least.clone();
            fewer.remove(call);
            if starts(machine, &allowing(&fewer), case)? {
                least = fewer;
            }
        }
        for &call in order.iter().filter(|call| least.contains(call)) {
            let mut denied: BTreeSet<Call> =
                free.iter().copied().filter(|other| !least.contains(other)).collect();
            denied.insert(call);
            let without = |denied: &BTreeSet<Call>| {
                let denied: Vec<_> = denied.iter().map(|&call| (call, Answer::Eperm)).collect();
                denying(&denied)
            };
            if starts(machine, &without(&denied), case)? {
                tell(&format!("{case:?}: {call:?} is needed only beside others"));
                continue;
            }
            for other in order.iter().filter(|&&other| other != call) {
                let mut fewer = denied.clone();
                if fewer.remove(other) && !starts(machine, &without(&fewer), case)? {
                    denied = fewer;
                }
            }
            needs.groups.insert((case, denied.into_iter().collect()));
        }
        tell(&format!("{case:?}: {} suffice", least.len()));
    }
    Ok(())
}

/// Whether a container starts twice.
fn starts(machine: &Machine, oci: &Oci, case: Case) -> io::Result<bool> {
    Ok(machine.start(oci, case)?.starts && machine.start(oci, case)?.starts)
}
