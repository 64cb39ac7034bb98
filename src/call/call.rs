//! A call, or a set of calls.

use super::condition::{self, Condition, Op};
use super::error::{CallError, Fault};
use super::syntax::{self, Word, Written};
use super::{resolve, token};
use crate::decision::var::{self, Group};
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::syscall::{self, Abi, Syscall, nearest_of};
use std::ops::Range;

/// A call, of which some arguments may stay open, or be bound by conditions: a set of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which.
    pub syscall: Syscall,
    /// The arguments that have one value; `None` is any value, as far as the conditions go.
    pub args: [Option<u64>; 6],
    conditions: Vec<Condition>,
    abi: Option<Abi>,
    text: String,
}

/// How long a call is at most, in bytes.
const LONGEST: usize = 2000;

impl Call {
    /// A call with these arguments.
    pub fn of(syscall: Syscall, args: [Option<u64>; 6]) -> Call {
        Call { syscall, args, conditions: Vec::new(), abi: None, text: syscall.name().to_owned() }
    }

    /// Reads a call as `docs/calls.md` has it. Names stand for what they are on `abi`, or on the ABI
    /// that the call names; arguments that are left out are open.
    ///
    /// # Errors
    /// [`CallError`], with the place and what is near.
    pub fn parse(text: &str, abi: Abi) -> Result<Call, CallError> {
        let text = text.trim();
        read(text, abi).map_err(|(fault, at)| CallError { fault, text: text.to_owned(), at })
    }

    /// Reads a call for the first ABI on which it and what it names can be meant.
    ///
    /// # Errors
    /// [`CallError`] of the first ABI that has the call, where it can be meant on none.
    pub fn parse_anywhere(text: &str) -> Result<Call, CallError> {
        let name = text.trim().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        let syscall = name.and_then(Syscall::from_name);
        let has_it = |abi: &Abi| syscall.is_some_and(|syscall| syscall.number(*abi).is_some());
        let mut abis = Abi::ALL.into_iter().filter(has_it);
        let first = Call::parse(text, abis.next().unwrap_or(Abi::X86_64));
        first.or_else(|error| abis.find_map(|abi| Call::parse(text, abi).ok()).ok_or(error))
    }

    /// The call on another ABI, with what its names are there; none where they are nothing, or the
    /// call is one of another ABI.
    pub fn on(&self, abi: Abi) -> Option<Call> {
        if self.abi.is_some_and(|only| only != abi) {
            return None;
        }
        // Without a parenthesis there are no names.
        if !self.text.contains('(') {
            return Some(self.clone());
        }
        Call::parse(&self.text, abi).ok()
    }

    /// As it was written; of one that was not, the name of the system call.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The only ABI that it is about, if it names one.
    pub fn abi(&self) -> Option<Abi> {
        self.abi
    }

    /// What is asked of arguments that have not one value.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether nothing is asked of any argument.
    pub fn is_open(&self) -> bool {
        self.conditions.is_empty() && self.args.iter().all(Option::is_none)
    }

    /// The calls that it stands for, of those that a program of the ABI can make. The names in it
    /// are what they are on the ABI for which it was read: see [`Call::on`].
    ///
    /// # Errors
    /// A bound of the store.
    pub fn set(&self, store: &mut Store, abi: Abi) -> Result<Set, TooLarge> {
        let mut set = self.conditions_set(store, abi)?;
        for (index, value) in (0..).zip(self.args) {
            if let Some(value) = value {
                let is = Condition { index, mask: u64::MAX, op: Op::Eq, value };
                let is = is.set(store, condition::width(abi))?;
                set = store.and(set, is)?;
            }
        }
        let possible = condition::possible(store, abi)?;
        store.and(set, possible)
    }

    /// The calls that fulfil the conditions, whatever the arguments that have one value.
    pub(crate) fn conditions_set(&self, store: &mut Store, abi: Abi) -> Result<Set, TooLarge> {
        let mut set = Set::ALL;
        for condition in &self.conditions {
            let fulfils = condition.set(store, condition::width(abi))?;
            set = store.and(set, fulfils)?;
        }
        Ok(set)
    }

    /// A function with the given arguments fixed.
    pub(crate) fn fix(&self, store: &mut Store, decision: Decision) -> Result<Decision, TooLarge> {
        store.fix(decision, &|at| {
            let Group::Arg(index) = var::group(at) else { return None };
            let (_, end) = Group::Arg(index).range();
            let value = self.args.get(usize::from(index)).copied().flatten();
            value.map(|value| value >> (end - 1 - at) & 1 == 1)
        })
    }
}

fn read(text: &str, abi: Abi) -> Result<Call, (Fault, Range<usize>)> {
    if text.len() > LONGEST {
        return Err((Fault::TooLong(LONGEST), 0..text.len()));
    }
    let Written { name, abi: only, terms } = syntax::read(&token::tokens(text)?, text.len())?;
    let syscall = Syscall::from_name(name.text).ok_or_else(|| {
        let near = syscall::nearest(name.text);
        (Fault::Unknown { name: name.text.to_owned(), near }, name.at)
    })?;
    let only = only.map(|word| abi_of(syscall, &word)).transpose()?;
    let abi = only.unwrap_or(abi);
    let mut args = [None; 6];
    let mut conditions = Vec::new();
    for term in &terms {
        for condition in resolve::conditions(syscall, abi, term)? {
            let slot = args.get_mut(usize::from(condition.index));
            match (condition, slot) {
                (Condition { mask: u64::MAX, op: Op::Eq, value, .. }, Some(slot @ None)) => {
                    *slot = Some(value);
                }
                _ => conditions.push(condition),
            }
        }
    }
    Ok(Call { syscall, args, conditions, abi: only, text: text.to_owned() })
}

/// The ABI that a call is said to be of.
fn abi_of(syscall: Syscall, word: &Word) -> Result<Abi, (Fault, Range<usize>)> {
    let found = Abi::from_name(&word.text.to_ascii_lowercase());
    let abi = found.ok_or_else(|| {
        let near = nearest_of(word.text, Abi::ALL.map(Abi::name)).into_iter().collect();
        (Fault::Abi { name: word.text.to_owned(), near }, word.at.clone())
    })?;
    match syscall.number(abi) {
        Some(_) => Ok(abi),
        None => Err((Fault::Absent { name: syscall.name(), abi: abi.name() }, word.at.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Assignment;

    fn args(text: &str) -> Vec<Option<u64>> {
        Call::parse(text, Abi::X86_64).unwrap().args.to_vec()
    }

    #[test]
    fn calls_as_one_writes_them() {
        assert_eq!(args("socket(AF_VSOCK, 1, 0)")[..3], [Some(40), Some(1), Some(0)]);
        assert_eq!(
            args("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC)")[..3],
            [Some(1), Some(0x80001), None]
        );
        assert_eq!(args("personality(0xffffffff)")[0], Some(0xffff_ffff));
        assert_eq!(args("clone(CLONE_NEWUSER|17)")[0], Some(0x1000_0011));
        assert_eq!(args("kill(-1, _)")[..2], [Some(u64::MAX), None]);
        assert_eq!(args("socket(domain = AF_ALG)")[0], Some(38));
        assert_eq!(args("socket"), [None; 6]);
        assert_eq!(args(" socket() "), [None; 6]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_what_is_near() {
        let says = |text: &str| Call::parse(text, Abi::X86_64).unwrap_err().to_string();
        for (text, wanted) in [
            ("sokcet(1)", "did you mean `socket`"),
            ("socket(AF_VSOK)", "did you mean `AF_VSOCK`? (character 8 of"),
            ("socket(1", "write a call as"),
            ("socket 1", "write a call as"),
            ("", "write a call as"),
            ("mmap(1,2,3,4,5,6,7)", "six arguments"),
            ("clone(flag & CLONE_NEWUSER)", "did you mean `flags`"),
            ("clone(flags & CLONE_NEWUSR)", "did you mean `CLONE_NEWUSER`"),
            ("clone(flags & CLONE_FS && flags & 1)", "a comma between conditions"),
            ("socket@i368(1)", "`i368` is no ABI"),
            ("socketcall@x86_64(1)", "x86_64 has no call `socketcall`"),
            ("socket(0xg)", "is no number of 64 bits"),
            ("socket(18446744073709551616)", "is no number of 64 bits"),
            ("socket(1)x", "nothing more"),
            ("socket(..)", "an end of the range"),
            ("socket(AF_ALG;1)", "`;`"),
            ("socket(arg0 == )", "a number, a constant"),
        ] {
            assert!(says(text).contains(wanted), "{text}: {}", says(text));
        }
        assert!(says(&"x".repeat(3000)).contains("at most"));
        assert!(says(&format!("socket({})", "flags=1,".repeat(200))).contains("six arguments"));
    }

    #[test]
    fn a_set_holds_the_calls_that_it_says() {
        type Case = (&'static str, &'static [[u64; 2]], &'static [[u64; 2]]);
        let cases: &[Case] = &[
            ("clone(flags & CLONE_NEWUSER)", &[[1 << 28, 0], [(1 << 28) | 17, 9]], &[[17, 0]]),
            ("clone(flags & 3)", &[[1, 0], [2, 0], [7, 0]], &[[4, 0]]),
            ("clone(flags & 3 == 3)", &[[3, 0], [7, 0]], &[[1, 0], [2, 0]]),
            ("clone((flags & 3) == 3)", &[[3, 0]], &[[1, 0]]),
            ("clone(flags & ~3)", &[[4, 0]], &[[3, 0]]),
            ("socket(2..5)", &[[2, 0], [5, 0]], &[[1, 0], [6, 0]]),
            ("socket(domain = 2..)", &[[2, 0], [u64::MAX, 0]], &[[1, 0]]),
            ("socket(..5, type != 1)", &[[5, 0], [0, 2]], &[[6, 0], [0, 1]]),
            ("socket(arg0 > 2, arg0 <= 4)", &[[3, 0], [4, 0]], &[[2, 0], [5, 0]]),
            ("socket(arg0 < 2, arg1 >= 7)", &[[1, 7]], &[[2, 7], [1, 6]]),
            ("socket(_, 3)", &[[9, 3]], &[[3, 9]]),
            ("socket(domain = 1, domain = 2)", &[], &[[1, 0], [2, 0]]),
        ];
        for (text, inside, outside) in cases {
            let mut store = Store::default();
            let set = Call::parse(text, Abi::X86_64).unwrap();
            let set = set.set(&mut store, Abi::X86_64).unwrap();
            let contains = |&[a, b]: &[u64; 2]| {
                let point = Assignment { args: [a, b, 0, 0, 0, 0], ..Assignment::default() };
                store.contains(set, &point)
            };
            assert!(inside.iter().all(contains), "{text}");
            assert!(!outside.iter().any(contains), "{text}");
        }
    }

    #[test]
    fn names_are_what_they_are_on_each_abi() {
        let call = Call::parse_anywhere("clone(flags & CLONE_NEWUSER)").unwrap();
        assert_eq!(call.on(Abi::X86_64).unwrap().conditions()[0].index, 0);
        assert_eq!(call.on(Abi::S390x).unwrap().conditions()[0].index, 1);
        let only = Call::parse_anywhere("socketcall@i386(SYS_SOCKET)").unwrap();
        assert_eq!(only.abi(), Some(Abi::X86));
        assert!(only.on(Abi::S390x).is_none() && only.on(Abi::X86).is_some());
        assert!(Call::parse_anywhere("socketcall(SYS_SOCKET)").is_ok());
        // A register of 32 bits.
        let call = Call::parse("kill(-1)", Abi::X86).unwrap();
        assert_eq!(call.args[0], Some(u64::from(u32::MAX)));
        let mut store = Store::default();
        let wide = Call::parse("kill(0x1_0000_0000)", Abi::X86);
        assert!(wide.is_err(), "as in C, numbers have no underscores");
        let wide = Call::parse("kill(0x100000000)", Abi::X86).unwrap();
        assert!(wide.set(&mut store, Abi::X86).unwrap().is_empty());
    }
}
