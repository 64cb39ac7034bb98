//! Words for conditions, actions and calls: plain text, the same for what is the same.
//!
//! Two clauses get equal words only if they say the same to a reader, so that a report may fold
//! hosts and ABIs by comparing texts.

mod argument;
mod environment;
pub(crate) mod needs;
pub(crate) mod place;

#[cfg(test)]
mod tests;

pub use environment::{environment_text, needs_non_default_capability};
pub use place::place_words;

use crate::decision::words::{ArgClause, Clause, Description, Term};
use crate::profile::Action;
use crate::syscall::{Abi, Syscall, arg_count, constant_expression, is_protocol, protocol_name};
use argument::number;
use std::collections::BTreeSet;
use std::fmt;

/// An action, short: `ALLOW`, `EPERM`, `TRACE(5)`.
pub fn action_text(action: Action) -> String {
    match action {
        Action::Errno(0) => "ERRNO(0) (looks like success)".to_owned(),
        other => other.to_string(),
    }
}

/// So many things: `1 host`, `2 hosts`.
pub fn counted<Count: fmt::Display + From<bool> + PartialEq>(count: Count, what: &str) -> String {
    let plural = if count == true.into() { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Under what a clause holds: `without CAP_SYS_ADMIN, when arg0 (domain) = AF_VSOCK (40)`. Empty
/// for a clause that always holds. Without a system call the arguments have no names.
pub fn clause_text(clause: &Clause, syscall: impl Into<Option<Syscall>>, abi: Abi) -> String {
    let environment = environment::words(&clause.capabilities, &clause.kernel);
    joined(environment, arguments(&clause.args, syscall.into(), abi))
}

/// In which environments a clause holds: `with CAP_BPF, on kernel ≥ 5.8`; empty for all.
pub fn clause_environment(clause: &Clause) -> String {
    environment::words(&clause.capabilities, &clause.kernel).join(", ")
}

/// Under what a set holds: its clauses, between semicolons. Empty for what always holds, `never`
/// for the empty set.
///
/// Clauses that differ in one capability alone are said together: `with CAP_BPF or CAP_PERFMON`.
pub fn description_text(
    description: &Description,
    syscall: impl Into<Option<Syscall>>,
    abi: Abi,
) -> String {
    let syscall = syscall.into();
    let mut texts: Vec<String> = Vec::new();
    let mut said = BTreeSet::new();
    for (place, clause) in description.clauses.iter().enumerate() {
        if said.contains(&place) {
            continue;
        }
        let mut alternatives = Vec::new();
        for (other, like) in description.clauses.iter().enumerate().skip(place) {
            if let Some(capability) = differing_capability(clause, like) {
                alternatives.push(capability);
                said.insert(other);
            }
        }
        texts.push(if alternatives.len() > 1 {
            let held = clause.capabilities[0].1;
            let any = environment::any_of(&alternatives, held);
            let rest = environment::words(&[], &clause.kernel);
            joined([vec![any], rest].concat(), arguments(&clause.args, syscall, abi))
        } else {
            clause_text(clause, syscall, abi)
        });
    }
    if description.rest.is_some() {
        texts.push("… in further cases, too many to list".to_owned());
    } else if texts.is_empty() {
        texts.push("never".to_owned());
    }
    texts.join("; or ")
}

/// The only capability of the second clause, where both ask for a single one, held or lacked
/// alike, and for the same besides.
fn differing_capability(clause: &Clause, like: &Clause) -> Option<crate::profile::Capability> {
    let ([(_, held)], [(other, other_held)]) = (&clause.capabilities[..], &like.capabilities[..])
    else {
        return None;
    };
    let same = held == other_held && clause.kernel == like.kernel && clause.args == like.args;
    same.then_some(*other)
}

/// A call as one would write it: `socket(AF_VSOCK, SOCK_STREAM, 0)`.
///
/// As many arguments as the call takes, and more only where one beyond them is not 0.
pub fn call_text(syscall: Syscall, abi: Abi, args: &[u64; 6]) -> String {
    let set = args.iter().rposition(|&value| value != 0).map_or(0, |last| last + 1);
    let shown = set.max(arg_count(syscall).unwrap_or(0).into()).min(args.len());
    let args = args.map(Some);
    open_call_text(syscall, abi, &args[..shown])
}

/// The same, of as many arguments as there are, with `_` for one that may be anything.
pub fn open_call_text(syscall: Syscall, abi: Abi, args: &[Option<u64>]) -> String {
    let domain = args.first().copied().flatten();
    let words = (0_u8..).zip(args).map(|(index, value)| match *value {
        None => "_".to_owned(),
        Some(value) => {
            let protocol = domain.filter(|_| is_protocol(syscall, index));
            let protocol = protocol.and_then(|domain| protocol_name(domain, value));
            let name = protocol.map(str::to_owned);
            let name = name.or_else(|| constant_expression(syscall, abi, index, value));
            name.unwrap_or_else(|| number(value))
        }
    });
    format!("{syscall}({})", words.collect::<Vec<_>>().join(", "))
}

fn arguments(args: &[ArgClause], syscall: Option<Syscall>, abi: Abi) -> Option<String> {
    let domain = domain(args);
    let words = args.iter().flat_map(|arg| argument::words(arg, syscall, abi, domain));
    let words: Vec<String> = words.collect();
    let mut text = "when ".to_owned();
    for (place, word) in words.iter().enumerate() {
        text += word;
        if place + 1 < words.len() {
            // What else must hold is not one more flag to be without.
            text += if word.contains(" with or without ") { ", and " } else { " and " };
        }
    }
    (!words.is_empty()).then_some(text)
}

/// The first argument, or one for several that know the same protocols.
fn domain(args: &[ArgClause]) -> Option<u64> {
    const IP: [u64; 2] = [2, 10];
    let [Term::In(ranges)] = args.iter().find(|arg| arg.index == 0)?.terms.as_slice() else {
        return None;
    };
    let domains: Option<Vec<u64>> = ranges.iter().map(|range| range.single()).collect();
    match domains?.as_slice() {
        [domain] => Some(*domain),
        domains if domains == IP => Some(IP[0]),
        _ => None,
    }
}

fn joined(environment: Vec<String>, arguments: Option<String>) -> String {
    environment.into_iter().chain(arguments).collect::<Vec<_>>().join(", ")
}

/// A single condition as written: `AF_VSOCK (40)`, `≥ 5`, `& 0x7e020000 = 0`.
pub fn condition_text(arg: &crate::profile::ArgCmp, syscall: Syscall, abi: Abi) -> String {
    use crate::profile::Op;
    let named = |value: u64| match constant_expression(syscall, abi, arg.index, value) {
        Some(name) => format!("{name} ({})", number(value)),
        None => number(value),
    };
    let sign = match arg.op {
        Op::Ne => "≠",
        Op::Lt => "<",
        Op::Le => "≤",
        Op::Eq => "=",
        Op::Ge => "≥",
        Op::Gt => ">",
        Op::MaskedEq => {
            let datum = arg.value_two & arg.value;
            let mask = constant_expression(syscall, abi, arg.index, arg.value);
            let mask = mask.unwrap_or_else(|| format!("{:#x}", arg.value));
            return format!("& ({mask}) = {}", named(datum));
        }
    };
    format!("{sign} {}", named(arg.value))
}
