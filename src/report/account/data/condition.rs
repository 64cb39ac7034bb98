//! Under what an effect holds, in words and for machines.

use crate::decision::words::{self, Term, ValueRange};
use crate::diff::{Effect, Subject};
use crate::phrase::description_text;
use crate::profile::KernelVersion;
use crate::syscall::{Abi, Syscall, arg_name};
use serde::Serialize;

/// One of the clauses has to hold. None: the words are all there is, as for a subject of many
/// calls.
#[derive(Serialize)]
pub(super) struct Condition {
    text: String,
    clauses: Vec<Clause>,
    /// Whether the clauses cover all of it.
    complete: bool,
}

/// All of it has to hold. Nothing: always.
#[derive(Serialize)]
struct Clause {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capabilities: Vec<Held>,
    /// In one of these ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kernel: Vec<Range>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Argument>,
}

#[derive(Serialize)]
struct Held {
    name: &'static str,
    held: bool,
}

/// Both ends included; `null` for none.
#[derive(Serialize)]
struct Range {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct Argument {
    index: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    terms: Vec<TermData>,
}

/// Numbers are text, in decimal; masks and what is under them in hexadecimal.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
enum TermData {
    In { ranges: Vec<Range> },
    NotIn { ranges: Vec<Range> },
    MaskedEq { mask: String, value: String },
    MaskedNe { mask: String, value: String },
}

impl Condition {
    pub fn of(subject: Subject, effect: &Effect) -> Condition {
        let Subject::Syscall(syscall) = subject else {
            let text = match subject {
                Subject::Default => "calls that no rule answers",
                Subject::Boundary => "calls above runc's boundary",
                _ => "calls of these programs",
            };
            return Condition { text: text.to_owned(), clauses: Vec::new(), complete: false };
        };
        let abi = effect.witness.place.abi;
        let clauses = effect.when.clauses.iter();
        Condition {
            text: description_text(&effect.when, syscall, abi),
            clauses: clauses.map(|clause| Clause::of(clause, syscall, abi)).collect(),
            complete: effect.when.rest.is_none(),
        }
    }
}

impl Clause {
    fn of(clause: &words::Clause, syscall: Syscall, abi: Abi) -> Clause {
        let held = |&(capability, held): &(crate::profile::Capability, bool)| Held {
            name: capability.name(),
            held,
        };
        let version = |version: Option<KernelVersion>| version.map(|version| version.to_string());
        let kernel = clause.kernel.iter();
        let argument = |arg: &words::ArgClause| Argument {
            index: arg.index,
            name: arg_name(syscall, abi, arg.index),
            terms: arg.terms.iter().map(TermData::of).collect(),
        };
        Clause {
            capabilities: clause.capabilities.iter().map(held).collect(),
            kernel: kernel.map(|r| Range { from: version(r.from), to: version(r.to) }).collect(),
            args: clause.args.iter().map(argument).collect(),
        }
    }
}

impl TermData {
    fn of(term: &Term) -> TermData {
        let ranges = |ranges: &[ValueRange]| -> Vec<Range> {
            let text = |value: u64| Some(value.to_string());
            let range = |r: &ValueRange| Range { from: text(r.from), to: r.to.and_then(text) };
            ranges.iter().map(range).collect()
        };
        let hex = |value: &u64| format!("{value:#x}");
        match term {
            Term::In(list) => TermData::In { ranges: ranges(list) },
            Term::NotIn(list) => TermData::NotIn { ranges: ranges(list) },
            Term::Masked { mask, value } => {
                TermData::MaskedEq { mask: hex(mask), value: hex(value) }
            }
            Term::NotMasked { mask, value } => {
                TermData::MaskedNe { mask: hex(mask), value: hex(value) }
            }
        }
    }
}
