//! What was measured: `needs.tsv`.

use crate::semantics::{Runtime, Version};
use crate::syscall::Syscall;
use std::sync::OnceLock;

/// What a filter answers to a call that it does not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An errno other than `ENOSYS`; `EPERM` was measured.
    Eperm,
    /// `ENOSYS`.
    Enosys,
    /// A signal that ends the thread or the process; `KILL_PROCESS` was measured.
    Kill,
}

/// Some of the eight cases that were measured: without and with `no_new_privs`, as root and as
/// another user, without and with a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cases(u8);

/// In the order of the table: the first bit is that of `no_new_privs`, the second that of another
/// user than root, the third that of a terminal.
const WITHOUT_NO_NEW_PRIVS: u8 = 0b0101_0101;
const USER_WITHOUT: u8 = 0b0100_0100;

impl Cases {
    /// None of them.
    pub const NONE: Cases = Cases(0);
    /// All of them.
    pub const ALL: Cases = Cases(u8::MAX);
    /// Those without `no_new_privs`, as Docker starts containers.
    pub const WITHOUT: Cases = Cases(WITHOUT_NO_NEW_PRIVS);
    /// Those with it, as Kubernetes does where `allowPrivilegeEscalation` is false.
    pub const WITH: Cases = Cases(!WITHOUT_NO_NEW_PRIVS);

    /// The one case.
    pub const fn of(no_new_privs: bool, is_user: bool, has_terminal: bool) -> Cases {
        Cases(1 << (no_new_privs as u8 | (is_user as u8) << 1 | (has_terminal as u8) << 2))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The cases of either.
    pub const fn with(self, other: Cases) -> Cases {
        Cases(self.0 | other.0)
    }

    /// The cases of both.
    pub const fn and(self, other: Cases) -> Cases {
        Cases(self.0 & other.0)
    }

    /// The cases of this one alone.
    pub const fn but(self, other: Cases) -> Cases {
        Cases(self.0 & !other.0)
    }

    /// With or without `no_new_privs`, if it is for one of the two alone.
    pub const fn no_new_privs(self) -> Option<bool> {
        match (self.and(Cases::WITHOUT).is_empty(), self.and(Cases::WITH).is_empty()) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// The words behind *no container starts*: empty for all cases, ` without no_new_privs`.
    pub const fn words(self) -> &'static str {
        match self {
            Cases::ALL => "",
            Cases::WITHOUT => " without no_new_privs",
            Cases::WITH => " with no_new_privs",
            Cases(USER_WITHOUT) => " as another user than root, without no_new_privs",
            _ => " in some cases",
        }
    }

    /// The cases with that sign.
    fn parse(signs: &str, wanted: char) -> Cases {
        let bits = signs.chars().enumerate().filter(|(_, sign)| *sign == wanted);
        Cases(bits.fold(0, |cases, (at, _)| cases | 1_u8.checked_shl(at as u32).unwrap_or(0)))
    }
}

/// A call that a runtime makes under the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The call.
    pub syscall: Syscall,
    /// Its arguments, as they were once; an address is there for all.
    pub args: [u64; 6],
    /// Whether a container may fail to start where an errno answers: always, or now and then.
    pub is_wanted: bool,
    fails: [Cases; 3],
}

impl Need {
    /// When no container starts if the filter answers so.
    pub const fn fails(&self, answer: Answer) -> Cases {
        self.fails[answer as usize]
    }
}

/// What one version of a runtime needs.
#[derive(Clone, Debug)]
pub struct Needs {
    /// The runtime.
    pub runtime: Runtime,
    /// Its version.
    pub version: Version,
    /// The calls, by name.
    pub calls: Vec<Need>,
    /// Calls of which one at least must not be blocked, and when.
    pub groups: Vec<(Cases, Vec<Need>)>,
}

impl Needs {
    /// Whether it is of the same program.
    pub fn is_of(&self, runtime: Runtime) -> bool {
        self.runtime.program() == runtime.program()
    }
}

/// All that was measured, of each runtime the oldest version first.
pub fn needs() -> &'static [Needs] {
    static NEEDS: OnceLock<Vec<Needs>> = OnceLock::new();
    NEEDS.get_or_init(|| parse(TEXT))
}

/// What was measured nearest to a version: with the newest one that is not newer, else with the
/// oldest; none for no runtime.
pub fn nearest(runtime: Runtime) -> Option<&'static Needs> {
    // The lines of the others are not read for it.
    static ONE: [OnceLock<Vec<Needs>>; MOST_VERSIONS] = [const { OnceLock::new() }; MOST_VERSIONS];
    let mut found = None;
    for (at, &(measured, lines)) in measured().iter().enumerate() {
        let is_of = measured.program() == runtime.program();
        // The oldest stands in for those before it.
        if is_of && (found.is_none() || measured.version() <= runtime.version()) {
            found = Some((at, lines));
        }
    }
    let (at, lines) = found?;
    ONE.get(at)?.get_or_init(|| parse(lines)).first()
}

/// What was measured of the program of a runtime, the oldest version first: the lines of others are
/// not read for it.
pub fn of_program(runtime: Runtime) -> impl Iterator<Item = &'static Needs> {
    let measured = measured().iter().map(|&(runtime, _)| runtime);
    measured.filter(move |known| known.program() == runtime.program()).filter_map(nearest)
}

/// What was measured, with its lines.
fn measured() -> &'static [(Runtime, &'static str)] {
    static MEASURED: OnceLock<Vec<(Runtime, &'static str)>> = OnceLock::new();
    MEASURED.get_or_init(|| {
        let read = |(program, version, lines): (&str, &str, _)| {
            Some((Runtime::parse(&format!("{program}@{version}")).ok()?, lines))
        };
        versions(TEXT).filter_map(read).collect()
    })
}

/// The lines of each version, which stand together, with the program and the version.
fn versions(
    text: &'static str,
) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let head = |line: &'static str| {
        let mut words = line.split('\t');
        Some((words.next()?, words.next()?))
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        while rest.starts_with('#') {
            rest = rest.split_once('\n')?.1;
        }
        let (program, version) = head(rest.lines().next()?)?;
        let is_of = |line: &str| {
            let line = line.strip_prefix(program).and_then(|line| line.strip_prefix('\t'));
            line.and_then(|line| line.strip_prefix(version)).is_some_and(|l| l.starts_with('\t'))
        };
        let length = rest.split_inclusive('\n').take_while(|line| is_of(line)).map(str::len).sum();
        let (lines, behind) = rest.split_at(length);
        rest = behind;
        Some((program, version, lines))
    })
}

const TEXT: &str = include_str!("needs.tsv");

/// More than there are versions in the table; a test holds it.
const MOST_VERSIONS: usize = 64;

/// The lines of the table; a test holds that each of them is read.
fn parse(text: &'static str) -> Vec<Needs> {
    let mut all: Vec<Needs> = Vec::new();
    let mut last = ("", "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split('\t').collect();
        let [program, version, call, rest @ ..] = &words[..] else { continue };
        // The lines of a version stand together.
        if last != (*program, *version) {
            last = (*program, *version);
            let Ok(runtime) = Runtime::parse(&format!("{program}@{version}")) else { continue };
            let Some(version) = runtime.version() else { continue };
            all.push(Needs { runtime, version, calls: Vec::new(), groups: Vec::new() });
        }
        let Some(needs) = all.last_mut() else { continue };
        match rest {
            [args, eperm, enosys, kill] => {
                let fails = [eperm, enosys, kill].map(|signs| Cases::parse(signs, '!'));
                let is_wanted = [eperm, enosys].into_iter().any(|s| s.contains(['!', '?']));
                needs.calls.extend(need(call, args, is_wanted, fails));
            }
            [members, signs] => {
                let member = |word: &str| {
                    let (call, args) = word.strip_suffix(')')?.split_once('(')?;
                    need(call, args, false, [Cases::NONE; 3])
                };
                let members = members.split(' ').filter_map(member).collect();
                needs.groups.push((Cases::parse(signs, '!'), members));
            }
            _ => (),
        }
    }
    all
}

fn need(call: &str, args: &str, is_wanted: bool, fails: [Cases; 3]) -> Option<Need> {
    let syscall = Syscall::from_name(call)?;
    let mut values = [0; 6];
    for (value, word) in values.iter_mut().zip(args.split(',')) {
        *value = u64::from_str_radix(word.strip_prefix("0x").unwrap_or("0"), 16).ok()?;
    }
    Some(Need { syscall, args: values, is_wanted, fails })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::SHIPPED;

    #[test]
    fn one_version_is_read_as_with_all_others() {
        assert!(needs().len() >= 8 && needs().len() <= MOST_VERSIONS);
        assert_eq!(versions(TEXT).count(), needs().len());
        for known in needs() {
            let one = nearest(known.runtime).unwrap();
            assert_eq!(one.version, known.version);
            assert_eq!(format!("{one:?}"), format!("{known:?}"));
        }
        for (program, version) in SHIPPED.iter().flat_map(|s| [("runc", s.runc), ("crun", s.crun)])
        {
            let Some(Ok(runtime)) = version.map(|v| Runtime::parse(&format!("{program}@{v}")))
            else {
                continue;
            };
            let of = || needs().iter().filter(|needs| needs.is_of(runtime));
            let older = of().rev().find(|needs| Some(needs.version) <= runtime.version());
            let found = older.or(of().next()).map(|needs| needs.version);
            assert_eq!(nearest(runtime).map(|needs| needs.version), found);
        }
    }
}
