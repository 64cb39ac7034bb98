//! What programs need: who tries a call first, and what becomes of it with the answer that a
//! profile gives. The facts are [`crate::syscall::callers`].

use super::action_text;
use crate::diff::{Change, Direction, Effect, Subject};
use crate::profile::Action;
use crate::syscall::callers;
use crate::syscall::{Abi, Caller, Fate, Syscall, enosys, errno_name};
use serde_json::{Value, json};

/// How many lines of one block are told.
const LINES: usize = 4;

/// A program and what a profile answers to a call that it tries first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub(crate) caller: &'static Caller,
    on: Blocked,
}

/// What a program gets for a call that does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Blocked {
    Errno(u16),
    Killed,
}

/// What becomes of it, the least bad first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Lives(Fate),
    Killed,
}

impl Need {
    fn end(&self) -> End {
        match self.on {
            Blocked::Errno(errno) => End::Lives(self.caller.fate(errno)),
            Blocked::Killed => End::Killed,
        }
    }

    /// Whether what the program wanted fails.
    pub fn is_fatal(&self) -> bool {
        self.end() >= End::Lives(Fate::Fails)
    }

    /// Whether nobody but the answer's errno is to blame: with `ENOSYS` the program would go on.
    pub fn is_mended_by_enosys(&self) -> bool {
        self.is_fatal() && self.caller.fate(enosys()) != Fate::Fails
    }
}

/// What becomes of the programs that try a call, for an action that the filter gives their ABI.
/// None for a call that runs, or of which another process decides, and for success that is none.
pub(crate) fn needs(syscall: Syscall, abi: Abi, action: Action) -> Vec<Need> {
    let Some(on) = blocked(abi, action) else { return Vec::new() };
    callers(syscall).map(|caller| Need { caller, on }).collect()
}

fn blocked(abi: Abi, action: Action) -> Option<Blocked> {
    // 32-bit ABIs to libseccomp, which have no time64 calls in the kernel.
    if matches!(abi, Abi::X32 | Abi::Mips64n32 | Abi::Mipsel64n32) {
        return None;
    }
    match action {
        Action::Errno(0) => None,
        // Above 34 mips has numbers of its own.
        Action::Errno(errno) if errno > 34 && abi.name().starts_with("mips") => None,
        Action::Errno(errno) => Some(Blocked::Errno(errno)),
        Action::KillProcess | Action::KillThread | Action::Trap => Some(Blocked::Killed),
        _ => None,
    }
}

/// What becomes of programs by a change: where a call becomes blocked, or gets another errno.
pub(crate) fn of_change(change: &Change) -> Vec<Need> {
    let mut found: Vec<Need> = Vec::new();
    let one = |syscall| match syscall {
        Subject::Syscall(syscall) => vec![syscall],
        _ => Vec::new(),
    };
    let of_many = || {
        // Which of the calls has which effect is not told, so that all must have the same.
        let same = |a: &Effect, b: &Effect| (a.from, a.to) == (b.from, b.to);
        let is_one = change.effects.windows(2).all(|pair| same(&pair[0], &pair[1]));
        if is_one { change.calls.clone() } else { Vec::new() }
    };
    let calls = match change.subject {
        Subject::Syscall(_) => one(change.subject),
        Subject::Default | Subject::Boundary => of_many(),
        Subject::Abi(_) => Vec::new(),
    };
    for effect in change.effects.iter().filter(|effect| matters(effect)) {
        for place in &effect.places {
            for &call in calls.iter().filter(|call| call.number(place.abi).is_some()) {
                let before = needs(call, place.abi, effect.from);
                for need in needs(call, place.abi, effect.to) {
                    let was = before.iter().find(|was| was.caller == need.caller);
                    let is_other = match was {
                        Some(was) => was.is_fatal() != need.is_fatal(),
                        // Of a blocked call the table may not know what became of it.
                        None => effect.from >= Action::Notify,
                    };
                    if is_other && !found.contains(&need) {
                        found.push(need);
                    }
                }
            }
        }
    }
    found
}

/// Whether a program can meet it: not where arguments decide, of which the table knows nothing.
fn matters(effect: &Effect) -> bool {
    let is_open = effect.when.clauses.is_empty()
        || effect.when.clauses.iter().any(|clause| clause.args.is_empty());
    is_open && effect.direction != Direction::Weaker
}

/// A line for each answer to each call, what fails first: `glibc ≥ 2.34 fails on EPERM for clone3
/// (no thread starts), and falls back on ENOSYS`. Of a call that fails for somebody, the others are
/// left out.
pub(crate) fn lines(needs: &[Need]) -> Vec<String> {
    let fails = |need: &&Need| {
        needs.iter().any(|other| {
            other.caller.syscall == need.caller.syscall && other.on == need.on && other.is_fatal()
        })
    };
    let told: Vec<&Need> = needs.iter().filter(|need| need.is_fatal() || !fails(need)).collect();
    let mut lines = sentences(&told);
    if lines.len() > LINES {
        let left = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("and {left} more that programs ask for first"));
    }
    lines
}

/// Everything that is known, without a bound.
pub(crate) fn all_lines(needs: &[Need]) -> Vec<String> {
    sentences(&needs.iter().collect::<Vec<_>>())
}

/// What is the same of several programs, in one sentence.
fn sentences(needs: &[&Need]) -> Vec<String> {
    let mut groups: Vec<Vec<&Need>> = Vec::new();
    let key = |need: &Need| {
        let caller = need.caller;
        let bears = match need.end() {
            End::Lives(Fate::Fails) => caller.bears().next(),
            End::Lives(_) | End::Killed => None,
        };
        let words = match need.end() {
            End::Lives(Fate::Fails) => caller.fails,
            End::Lives(Fate::FallsBack) => caller.instead,
            End::Lives(Fate::DoesWithout) | End::Killed => None,
        };
        (caller.syscall, need.on, need.end(), bears, words)
    };
    for need in needs {
        match groups.iter_mut().find(|group| group.iter().all(|other| key(other) == key(need))) {
            Some(group) => group.push(need),
            None => groups.push(vec![need]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.first().map(|need| need.end())));
    groups.iter().filter_map(|group| sentence(group)).collect()
}

fn sentence(group: &[&Need]) -> Option<String> {
    let &first = group.first()?;
    let caller = first.caller;
    let call = caller.syscall;
    let who = and(&group.iter().map(|need| need.caller.name()).collect::<Vec<_>>());
    let (s, es, is) = if group.len() == 1 { ("s", "es", "is") } else { ("", "", "are") };
    let on = on_text(first.on);
    Some(match first.end() {
        End::Killed => format!("{who} ask{s} for {call} first, and {is} killed"),
        End::Lives(Fate::DoesWithout) => format!("{who} do{es} without {call} on {on}"),
        End::Lives(Fate::FallsBack) => {
            let instead = caller.instead.unwrap_or_default();
            format!("{who} fall{s} back on {on} for {call}, to {instead}")
        }
        End::Lives(Fate::Fails) => {
            let lost = caller.fails.unwrap_or_default();
            let other = match (caller.bears().next(), caller.instead) {
                (None, _) => ", as on any errno".to_owned(),
                (Some(errno), Some(_)) => format!(", and fall{s} back on {errno}"),
                (Some(errno), None) => format!(", and bear{s} {errno}"),
            };
            format!("{who} fail{s} on {on} for {call} ({lost}){other}")
        }
    })
}

fn on_text(on: Blocked) -> String {
    match on {
        Blocked::Errno(errno) => action_text(Action::Errno(errno)),
        Blocked::Killed => "being killed".to_owned(),
    }
}

/// `a, b and c`
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The same for programs.
pub(crate) fn json(needs: &[Need]) -> Vec<Value> {
    let one = |need: &Need| {
        let caller = need.caller;
        let (on, fate) = match need.on {
            Blocked::Errno(errno) => (errno_name(errno), caller.fate(errno).name()),
            Blocked::Killed => (None, "killed"),
        };
        let bears: Vec<&str> = caller.bears().collect();
        json!({
            "syscall": caller.syscall.name(),
            "program": caller.program,
            "since": caller.since,
            "on": on,
            "fate": fate,
            "bears": if caller.bears_any() { json!("any") } else { json!(bears) },
            "instead": caller.instead,
            "fails": caller.fails,
            "source": caller.source,
        })
    };
    needs.iter().map(one).collect()
}
