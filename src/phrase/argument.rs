//! Words for conditions on one argument.

use crate::decision::var::INSTRUCTION_POINTER;
use crate::decision::words::{ArgClause, Term, ValueRange};
use crate::syscall::{
    Abi, Syscall, arg_name, constant_expression, flag_names, is_protocol, protocol_name,
};

/// One sentence a term: `arg0 (domain) = AF_VSOCK (40)`. The domain is that of a socket, where it is known:
/// the names of protocols hang on it.
pub(super) fn words(
    arg: &ArgClause,
    syscall: Option<Syscall>,
    abi: Abi,
    domain: Option<u64>,
) -> Vec<String> {
    let argument = Argument { syscall, abi, index: arg.index, domain };
    arg.terms.iter().map(|term| argument.term(term)).collect()
}

/// A number as one writes it: small ones in decimal, others, which are rather masks or
/// addresses, in hexadecimal.
pub(super) fn number(value: u64) -> String {
    if value < 4096 { value.to_string() } else { format!("{value:#x}") }
}

/// The longest range that is told value by value, less one.
const MOST_NAMED: u64 = 3;

struct Argument {
    /// Of which its arguments have names; none of a number without a name.
    syscall: Option<Syscall>,
    abi: Abi,
    index: u8,
    domain: Option<u64>,
}

impl Argument {
    fn term(&self, term: &Term) -> String {
        let name = self.name();
        match term {
            Term::In(ranges) => format!("{name} {}", self.ranges(ranges)),
            Term::NotIn(ranges) => format!("{name} {}", self.not_ranges(ranges)),
            &Term::Masked { mask, value } => self.masked(mask, value, true),
            &Term::NotMasked { mask, value } => self.masked(mask, value, false),
        }
    }

    /// `arg0 (domain)`
    fn name(&self) -> String {
        if self.index == INSTRUCTION_POINTER {
            return "the address of the call (instruction pointer)".to_owned();
        }
        match self.syscall.and_then(|syscall| arg_name(syscall, self.abi, self.index)) {
            Some(name) => format!("arg{} ({name})", self.index),
            None => format!("arg{}", self.index),
        }
    }

    fn constant(&self, value: u64) -> Option<String> {
        let syscall = self.syscall?;
        let domain = self.domain.filter(|_| is_protocol(syscall, self.index));
        match domain.and_then(|domain| protocol_name(domain, value)) {
            Some(name) => Some(name.to_owned()),
            None => constant_expression(syscall, self.abi, self.index, value),
        }
    }

    fn flags(&self) -> Option<&'static [(u64, &'static str)]> {
        flag_names(self.syscall?, self.abi, self.index)
    }

    /// `AF_VSOCK (40)`
    fn value(&self, value: u64) -> String {
        let digits = number(value);
        match self.constant(value) {
            Some(name) => format!("{name} ({digits})"),
            None => digits,
        }
    }

    /// The ranges, with short ones of which every value has a name taken apart.
    fn named(&self, ranges: &[ValueRange]) -> Vec<ValueRange> {
        let has_name = |value: &u64| self.constant(*value).is_some();
        let mut named = Vec::with_capacity(ranges.len());
        for range in ranges {
            match range.to {
                Some(to)
                    if to - range.from <= MOST_NAMED && (range.from..=to).all(|v| has_name(&v)) =>
                {
                    let single = |value| ValueRange { from: value, to: Some(value) };
                    named.extend((range.from..=to).map(single));
                }
                _ => named.push(*range),
            }
        }
        named
    }

    /// Values of which each is there with and without every flag of some: those without, and the
    /// flags. Of fewer than four values a list is as short.
    fn with_or_without(&self, ranges: &[ValueRange]) -> Option<(Vec<ValueRange>, u64)> {
        if ranges.len() < 4 || !all_single(ranges) {
            return None;
        }
        let has = |value| ranges.binary_search_by_key(&value, |range| range.from).is_ok();
        let free = |bit: &u64| ranges.iter().all(|range| has(range.from ^ bit));
        let known = self.flags()?.iter().map(|&(bit, _)| bit);
        let flags = known.filter(free).fold(0, |flags, bit| flags | bit);
        let without = ranges.iter().filter(|range| range.from & flags == 0).copied();
        (flags != 0).then(|| (without.collect(), flags))
    }

    fn list(&self, ranges: &[ValueRange]) -> String {
        if let Some((without, flags)) = self.with_or_without(ranges) {
            let each = if without.len() > 1 { ", each" } else { "" };
            return format!("{}{each} with or without {}", self.list(&without), self.bits(flags));
        }
        let items = ranges.iter().map(|range| match (range.single(), range.to) {
            (Some(value), _) => self.value(value),
            (None, Some(to)) if range.from == 0 => format!("≤ {}", number(to)),
            (None, Some(to)) => format!("{} to {}", number(range.from), number(to)),
            (None, None) => format!("≥ {}", number(range.from)),
        });
        items.collect::<Vec<_>>().join(", ")
    }

    fn ranges(&self, ranges: &[ValueRange]) -> String {
        let ranges = self.named(ranges);
        let list = self.list(&ranges);
        match ranges.as_slice() {
            [range] if range.single().is_none() => match (range.from, range.to) {
                (0, _) | (_, None) => list,
                _ => format!("from {list}"),
            },
            ranges if all_single(ranges) => format!("= {list}"),
            _ => format!("in {list}"),
        }
    }

    fn not_ranges(&self, ranges: &[ValueRange]) -> String {
        let ranges = self.named(ranges);
        let list = self.list(&ranges);
        match ranges.as_slice() {
            ranges if all_single(ranges) => format!("≠ {list}"),
            [_] => format!("outside {list}"),
            _ => format!("not in {list}"),
        }
    }

    fn masked(&self, mask: u64, value: u64, equal: bool) -> String {
        let name = self.name();
        let sign = if equal { "=" } else { "≠" };
        if matches!(mask, 0xff | 0xffff | 0xffff_ffff) {
            // The usual case: an `int`, of which the kernel reads no more.
            let bits = mask.count_ones();
            return format!("low {bits} bits of {name} {sign} {}", self.value(value));
        }
        if let Some(flags) = self.flags_condition(mask, value, equal) {
            return format!("{name} {flags}");
        }
        let left_out = !mask & if self.abi.is_32bit() { 0xffff_ffff } else { u64::MAX };
        if value == 0 && left_out.count_ones() < mask.count_ones() {
            let has = if equal { "has no bits but" } else { "has bits other than" };
            return format!("{name} {has} {}", self.bits(left_out));
        }
        format!("{name} & {mask:#x} {sign} {}", number_like(value, mask))
    }

    /// `has none of CLONE_NEWNS|CLONE_NEWUSER`, where most bits of the mask have names.
    fn flags_condition(&self, mask: u64, value: u64, equal: bool) -> Option<String> {
        let named = self.flags()?;
        let named = named.iter().fold(0, |bits, &(bit, _)| bits | bit & mask);
        if named.count_ones() <= (mask & !named).count_ones() {
            return None;
        }
        let (set, clear) = (value, mask & !value);
        let single = mask.is_power_of_two();
        let has = match (set, clear) {
            (0, _) if single => format!("lacks {}", self.bits(clear)),
            (0, _) if equal => format!("has none of {}", self.bits(clear)),
            (0, _) => return Some(format!("has any of {}", self.bits(clear))),
            (_, 0) if single => format!("has {}", self.bits(set)),
            (_, 0) if equal => format!("has all of {}", self.bits(set)),
            (_, 0) => return Some(format!("lacks any of {}", self.bits(set))),
            _ => format!("has, of {}, exactly {}", self.bits(mask), self.bits(set)),
        };
        Some(if equal { has } else { format!("not: {has}") })
    }

    /// The names of bits, and a number for those without.
    fn bits(&self, bits: u64) -> String {
        let known = self.flags().unwrap_or_default();
        let mut rest = bits;
        let mut words = Vec::new();
        for &(bit, name) in known {
            if rest & bit != 0 {
                rest &= !bit;
                words.push(name.to_owned());
            }
        }
        if rest != 0 || words.is_empty() {
            words.push(format!("{rest:#x}"));
        }
        words.join("|")
    }
}

fn all_single(ranges: &[ValueRange]) -> bool {
    ranges.iter().all(|range| range.single().is_some())
}

/// In the digits of the mask that it goes with.
fn number_like(value: u64, mask: u64) -> String {
    if value == 0 || mask < 8 { number(value) } else { format!("{value:#x}") }
}
