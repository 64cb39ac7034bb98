//! What filters answer, as rules: for every architecture, number and argument.

use crate::decision::words::describe;
use crate::decision::{Decision, Store, TooLarge};
use crate::filter::{Answer, Filter, audit, narrowed};
use crate::phrase::description_text;
use crate::semantics::domain;
use crate::syscall::{Abi, Syscall, numbers};
use std::collections::BTreeMap;

/// How many clauses a rule has before the rest is only mentioned.
const CLAUSES: usize = 64;

const X32_BIT: u32 = 1 << 30;

/// Numbers of calls are below.
const LIKELY: u32 = 0xffff;

/// A rule: the answer, how permissive it is, and under what.
type Key = (std::cmp::Reverse<crate::profile::Action>, String, String);

/// What a line stands for: names in their order, then ranges by their first number, then the rest.
type Line = (u64, String);

/// The decisions of a filter as text: a rule an answer and condition, a call a line, so that two of
/// them can be compared line by line.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn decisions_text(store: &mut Store, filter: &Filter) -> Result<String, TooLarge> {
    let mut text = String::new();
    // Architectures without a program of their own, by what they get.
    let mut rest: Vec<(String, &[(u32, Decision)])> = Vec::new();
    let mut from = 0;
    for range in filter.architectures() {
        let known = Abi::ALL.into_iter().filter(|abi| (from..=range.upto).contains(&audit(*abi)));
        let known: Vec<Abi> = known.collect();
        match &known[..] {
            // Several in one range get the same: they are not looked at one by one.
            [_, ..] if from == range.upto => {
                for abi in known {
                    let only = if abi == Abi::X32 { ", numbers with bit 30" } else { "" };
                    text += &format!("{abi} ({from:#x}{only})\n");
                    rules(store, &mut text, &range.numbers, Some(abi))?;
                    text.push('\n');
                }
            }
            _ => {
                let words = match from == range.upto {
                    true => format!("{from:#x}"),
                    false => format!("{from:#x} to {:#x}", range.upto),
                };
                rest.push((words, &range.numbers));
            }
        }
        from = range.upto.saturating_add(1);
    }
    let is_one = rest.windows(2).all(|pair| pair[0].1 == pair[1].1);
    if let (true, Some((_, numbers))) = (is_one, rest.first()) {
        let every = if text.is_empty() { "every architecture" } else { "every other architecture" };
        text += &format!("{every}\n");
        rules(store, &mut text, numbers, None)?;
    } else {
        for (words, numbers) in rest {
            text += &format!("architectures {words}\n");
            rules(store, &mut text, numbers, None)?;
        }
    }
    Ok(text)
}

/// The rules of one architecture.
fn rules(
    store: &mut Store,
    text: &mut String,
    pieces: &[(u32, Decision)],
    abi: Option<Abi>,
) -> Result<(), TooLarge> {
    let pieces = of_domain(pieces, abi);
    // The answer to most numbers that calls have, or could have soon, needs no list.
    let likely = |first: u32, last: u32| {
        let start = if abi == Some(Abi::X32) { X32_BIT } else { 0 };
        let (first, last) = (first.max(start), last.min(start + LIKELY));
        (u64::from(last) + 1).saturating_sub(first.into())
    };
    let mut widths: BTreeMap<Decision, u64> = BTreeMap::new();
    for &(first, last, decision) in &pieces {
        *widths.entry(decision).or_default() += likely(first, last);
    }
    let widest =
        widths.iter().max_by_key(|(decision, width)| (**width, decision.as_leaf().is_some()));
    let widest = widest.map(|(decision, _)| *decision);
    let mut rules: BTreeMap<Key, Vec<Line>> = BTreeMap::new();
    for (first, last, decision) in pieces {
        if Some(decision) == widest {
            continue;
        }
        for (words, number) in spelled(first, last, abi) {
            let named = number.and_then(|number| name(number, abi?));
            let order = if number.is_some() { 0 } else { u64::from(first) + 1 };
            for key in keys(store, decision, abi, named)? {
                rules.entry(key).or_default().push((order, words.clone()));
            }
        }
    }
    if let Some(widest) = widest {
        let every = if rules.is_empty() { "every call" } else { "every other call" };
        for key in keys(store, widest, abi, None)? {
            rules.entry(key).or_default().push((u64::MAX, every.to_owned()));
        }
    }
    for ((_, answer, when), mut calls) in rules {
        calls.sort_unstable();
        *text += &match &*when {
            "" => format!("  {answer}\n"),
            when => format!("  {answer}, {when}\n"),
        };
        for (_, call) in calls {
            *text += &format!("    {call}\n");
        }
    }
    Ok(())
}

/// Which answers a decision gives, and under what.
fn keys(
    store: &mut Store,
    decision: Decision,
    abi: Option<Abi>,
    named: Option<Syscall>,
) -> Result<Vec<Key>, TooLarge> {
    let wide = match abi {
        Some(abi) => narrowed(store, decision, abi)?,
        None => decision,
    };
    let mut keys = Vec::new();
    for leaf in store.leaves(wide) {
        let answer = Answer::from_leaf(leaf);
        let when = match wide.as_leaf() {
            Some(_) => String::new(),
            None => {
                let set = store.set_where(wide, &|other| other == leaf)?;
                let width = if abi.is_some_and(Abi::is_32bit) { 32 } else { 64 };
                let found = describe(store, set, width, CLAUSES)?;
                description_text(&found, named, abi.unwrap_or(Abi::X86_64))
            }
        };
        keys.push((std::cmp::Reverse(answer.action()), answer.to_string(), when));
    }
    Ok(keys)
}

/// The numbers of a range as lines: those with a name one by one, the others in ranges.
fn spelled(first: u32, last: u32, abi: Option<Abi>) -> Vec<(String, Option<u32>)> {
    let mut named: Vec<(u32, String)> = Vec::new();
    for (number, syscall) in abi.map_or(&[][..], numbers) {
        if (first..=last).contains(number) {
            named.push((*number, syscall.name().to_owned()));
        }
    }
    let mut lines = Vec::new();
    let mut range = |from: u64, upto: u64| {
        if from <= upto {
            let words = match from == upto {
                true => format!("number {from}"),
                false => format!("numbers {from} to {upto}"),
            };
            lines.push((words, None));
        }
    };
    let mut next = u64::from(first);
    for (number, _) in &named {
        if u64::from(*number) > next {
            range(next, u64::from(*number) - 1);
        }
        next = u64::from(*number) + 1;
    }
    range(next, last.into());
    lines.extend(named.into_iter().map(|(number, name)| (name, Some(number))));
    lines
}

/// The pieces of the numbers that an ABI's programs have, with their first and last number.
fn of_domain(pieces: &[(u32, Decision)], abi: Option<Abi>) -> Vec<(u32, u32, Decision)> {
    const EVERY: &[(u32, u32)] = &[(0, u32::MAX)];
    let domain = abi.map_or(EVERY, domain);
    let mut found = Vec::new();
    let mut from = 0;
    for &(upto, decision) in pieces {
        for &(first, last) in domain {
            if from.max(first) <= upto.min(last) {
                found.push((from.max(first), upto.min(last), decision));
            }
        }
        from = upto.saturating_add(1);
    }
    found
}

/// The call of a number.
fn name(number: u32, abi: Abi) -> Option<Syscall> {
    let at = numbers(abi).binary_search_by_key(&number, |(known, _)| *known).ok()?;
    numbers(abi).get(at).map(|(_, syscall)| *syscall)
}
