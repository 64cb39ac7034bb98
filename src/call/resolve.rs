//! What the names in a call stand for on an ABI.

use super::condition::{Condition, Op, width};
use super::error::Fault;
use super::syntax::{Failure, Part, Term, Test, Value, Values, What, Word};
use crate::syscall::{
    Abi, Syscall, arg_name, constant_value, constants, is_protocol, nearest_of, protocols,
};

/// The conditions that a term stands for: of an open one, none.
pub(super) fn conditions(
    syscall: Syscall,
    abi: Abi,
    term: &Term,
) -> Result<Vec<Condition>, Failure> {
    let value = |index, value: &Value| value_of(syscall, abi, index, value);
    match term {
        Term::Open => Ok(Vec::new()),
        Term::At(index, values) => within(syscall, abi, (*index, u64::MAX), values),
        Term::Of { argument, mask, test } => {
            let index = index_of(syscall, abi, argument)?;
            let mask = mask.as_ref().map_or(Ok(u64::MAX), |mask| value(index, mask))?;
            let (op, value) = match test {
                Test::Is(values) => return within(syscall, abi, (index, mask), values),
                Test::Compare(op, with) => (*op, value(index, with)?),
                Test::AnyBit => (Op::Ne, 0),
            };
            Ok(vec![Condition { index, mask, op, value }])
        }
    }
}

fn within(
    syscall: Syscall,
    abi: Abi,
    (index, mask): (u8, u64),
    values: &Values,
) -> Result<Vec<Condition>, Failure> {
    let condition = |op, value: &Value| -> Result<Condition, Failure> {
        Ok(Condition { index, mask, op, value: value_of(syscall, abi, index, value)? })
    };
    match values {
        Values::One(value) => Ok(vec![condition(Op::Eq, value)?]),
        Values::Range(from, upto) => {
            let from = from.iter().map(|value| condition(Op::Ge, value));
            from.chain(upto.iter().map(|value| condition(Op::Le, value))).collect()
        }
    }
}

/// Which argument a word names: `arg0`, or its name on that ABI.
fn index_of(syscall: Syscall, abi: Abi, word: &Word) -> Result<u8, Failure> {
    let numbered = ["arg0", "arg1", "arg2", "arg3", "arg4", "arg5"];
    let names = || (0..6).filter_map(move |index| Some((index, arg_name(syscall, abi, index)?)));
    let by_number = numbered.iter().position(|name| *name == word.text);
    let by_name = || names().find(|(_, name)| *name == word.text).map(|(index, _)| index);
    by_number.map(|index| index as u8).or_else(by_name).ok_or_else(|| {
        let known: Vec<&'static str> = names().map(|(_, name)| name).chain(numbered).collect();
        // Of a call with few arguments all are worth saying.
        let near = nearest_of(word.text, known.iter().copied());
        let near = near.map_or_else(|| names().map(|(_, name)| name).collect(), |near| vec![near]);
        let name = syscall.name();
        (Fault::Field { word: word.text.to_owned(), name, near }, word.at.clone())
    })
}

fn value_of(syscall: Syscall, abi: Abi, index: u8, value: &Value) -> Result<u64, Failure> {
    let mut parts = value.iter().map(|part| part_of(syscall, abi, index, part));
    parts.try_fold(0, |all, part| Ok(all | part?))
}

fn part_of(syscall: Syscall, abi: Abi, index: u8, part: &Part) -> Result<u64, Failure> {
    let value = match part.what {
        What::Number(number) => number,
        What::Constant(word) => {
            let of_domains = || protocols().filter(|_| is_protocol(syscall, index));
            let protocol = || of_domains().find(|&(_, name)| name == word).map(|(value, _)| value);
            let known = constant_value(syscall, abi, index, word).or(signal(syscall, abi, word));
            known.or_else(protocol).ok_or_else(|| {
                let names = constants(syscall, abi, index).into_iter().map(|(name, _)| name);
                let names = names.chain(of_domains().map(|(_, name)| name));
                let near = nearest_of(word, names).into_iter().collect();
                let index = usize::from(index);
                (Fault::Argument { word: word.to_owned(), index, near }, part.at.clone())
            })?
        }
    };
    // As a register of the ABI holds it.
    let register = u64::MAX >> (64 - width(abi));
    Ok(match part.sign {
        Some("-") => value.wrapping_neg() & register,
        Some(_) => !value & register,
        None => value,
    })
}

/// The signal that `clone` sends at the end, which stands among its flags; and no pointer.
fn signal(syscall: Syscall, abi: Abi, word: &str) -> Option<u64> {
    let is_mips = abi.name().starts_with("mips");
    match word {
        "NULL" => Some(0),
        "SIGCHLD" if syscall.name() == "clone" => Some(if is_mips { 18 } else { 17 }),
        _ => None,
    }
}
