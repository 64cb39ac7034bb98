//! A call as one writes it: `socket(AF_VSOCK, SOCK_STREAM|SOCK_CLOEXEC, 0)`.

use crate::decision::var::{self, Group};
use crate::decision::{Compare, Decision, Set, Store, TooLarge};
use crate::load::nearest_of;
use crate::syscall::constants;
use crate::syscall::{self, Abi, Syscall, constant_value};

/// A call, of which some arguments may stay open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which.
    pub syscall: Syscall,
    /// The arguments; `None` is any value.
    pub args: [Option<u64>; 6],
}

/// What is wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum CallError {
    /// No such system call.
    #[error("`{name}` is no system call{}", did_you_mean(near))]
    Unknown { name: String, near: Vec<&'static str> },
    /// The parentheses do not match.
    #[error("write a call as `socket(AF_INET, SOCK_STREAM, 0)`, or its name alone")]
    Parentheses,
    /// More than six arguments.
    #[error("a system call has six arguments at most")]
    TooMany,
    /// Neither a number nor a constant of that argument.
    #[error("`{word}` is neither a number nor a constant of arg{index}{}", did_you_mean(near))]
    Argument { word: String, index: usize, near: Vec<&'static str> },
}

fn did_you_mean(near: &[&str]) -> String {
    match near {
        [] => String::new(),
        near => format!(": did you mean `{}`?", near.join("` or `")),
    }
}

impl Call {
    /// Reads a call. Arguments are numbers (decimal, `0x...`, negative), constants, flags joined
    /// with `|`, or `_` for any value; those that are left out are open as well.
    ///
    /// # Errors
    /// [`CallError`], with what is near.
    pub fn parse(text: &str, abi: Abi) -> Result<Call, CallError> {
        let text = text.trim();
        let (name, arguments) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => (name, rest.strip_suffix(')').ok_or(CallError::Parentheses)?),
        };
        let name = name.trim();
        let syscall = Syscall::from_name(name).ok_or_else(|| CallError::Unknown {
            name: name.to_owned(),
            near: syscall::nearest(name),
        })?;
        let mut args = [None; 6];
        if arguments.trim().is_empty() {
            return Ok(Call { syscall, args });
        }
        for (index, word) in arguments.split(',').map(str::trim).enumerate() {
            let slot = args.get_mut(index).ok_or(CallError::TooMany)?;
            if !matches!(word, "_" | "?" | "*" | "...") {
                *slot = Some(argument(syscall, abi, index, word)?);
            }
        }
        Ok(Call { syscall, args })
    }

    /// Whether no argument is given.
    pub fn is_open(&self) -> bool {
        self.args.iter().all(Option::is_none)
    }

    /// The calls that are meant, by the width of the ABI's words.
    ///
    /// # Errors
    /// A bound of the store.
    pub fn set(&self, store: &mut Store, abi: Abi) -> Result<Set, TooLarge> {
        let (width, all) = match abi.is_32bit() {
            true => (32, u64::from(u32::MAX)),
            false => (64, u64::MAX),
        };
        let mut calls = Set::ALL;
        for (index, value) in (0..).zip(self.args) {
            if let Some(value) = value {
                let is = store.compare_arg(index, 0, width, all, Compare::Eq, value & all)?;
                calls = store.and(calls, is)?;
            }
        }
        Ok(calls)
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

/// The value of an argument.
fn argument(syscall: Syscall, abi: Abi, index: usize, text: &str) -> Result<u64, CallError> {
    let mut value = 0;
    for word in text.split('|').map(str::trim) {
        let known =
            || constant_value(syscall, abi, index as u8, word).or(signal(syscall, abi, word));
        value |= number(word).or_else(known).ok_or_else(|| {
            let names: Vec<&'static str> =
                constants(syscall, abi, index as u8).into_iter().map(|(name, _)| name).collect();
            let near = nearest_of(word, names).into_iter().collect();
            CallError::Argument { word: word.to_owned(), index, near }
        })?;
    }
    Ok(value)
}

/// The signal that `clone` sends at the end, which stands among its flags.
fn signal(syscall: Syscall, abi: Abi, word: &str) -> Option<u64> {
    let is_mips = abi.name().starts_with("mips");
    (syscall.name() == "clone" && word == "SIGCHLD").then_some(if is_mips { 18 } else { 17 })
}

/// A number in decimal, hexadecimal or octal, as C writes it; a negative one as its two's
/// complement.
fn number(word: &str) -> Option<u64> {
    if let Some(positive) = word.strip_prefix('-') {
        return number(positive).map(u64::wrapping_neg).filter(|_| !positive.starts_with('-'));
    }
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok();
    }
    match word.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ if word == "NULL" => Some(0),
        _ if word.starts_with('+') => None,
        _ => word.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(args("socket"), [None; 6]);
        assert_eq!(args(" socket() "), [None; 6]);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_near() {
        let says = |text: &str| Call::parse(text, Abi::X86_64).unwrap_err().to_string();
        assert!(says("sokcet(1)").contains("did you mean `socket`"));
        assert!(says("socket(AF_VSOK)").contains("did you mean `AF_VSOCK`"));
        assert!(says("socket(1").contains("write a call as"));
        assert!(says("mmap(1,2,3,4,5,6,7)").contains("six arguments"));
    }
}
