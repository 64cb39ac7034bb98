//! The normal form of generated rules: each system call keeps its rules in their order, and nothing
//! else matters.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use sdiff::load::{self, LoadOptions};
use sdiff::profile::{ActionName, ArgCmp, Filter, Op, Profile, Rule, Span, Spanned};
use sdiff::profile::{normalize, to_json};

const NAMES: [&str; 6] = ["read", "clone", "socket", "connect", "socketcall", "chwon"];

fn bare(text: &str) -> Spanned<String> {
    Spanned::bare(text.to_owned())
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let names = prop::collection::vec(prop::sample::select(&NAMES[..]), 0..4);
    let action = prop::sample::select(&[ActionName::Allow, ActionName::Errno, ActionName::Log][..]);
    let arg = (0..2u8, prop::sample::select(&Op::ALL[..]), 0..2u64, 0..2u64);
    let args = prop::collection::vec(arg, 0..3);
    let cap = prop::option::of(prop::sample::select(&["CAP_BPF", "CAP_KILL"][..]));
    let rule =
        (names, action, args, cap, any::<bool>()).prop_map(|(names, action, args, cap, old)| {
            let args = args.into_iter().map(|(index, op, value, value_two)| ArgCmp {
                index,
                op,
                value,
                value_two,
                span: Span { start: 1, end: 2 },
            });
            let caps: Vec<_> = cap.iter().map(|cap| bare(cap)).collect();
            Rule {
                span: Span { start: 1, end: 2 },
                name: names.first().filter(|_| old && names.len() == 1).map(|name| bare(name)),
                names: names
                    .iter()
                    .filter(|_| !old || names.len() > 1)
                    .map(|name| bare(name))
                    .collect(),
                action: Spanned::bare(action),
                errno_ret: None,
                errno: None,
                args: args.collect(),
                comment: Some("a remark".to_owned()),
                includes: Filter { caps, ..Filter::default() },
                excludes: Filter::default(),
            }
        });
    prop::collection::vec(rule, 0..12)
}

/// What each system call's rules say, in their order; neighbours that say the same once.
fn sequences(rules: &[Rule]) -> BTreeMap<String, Vec<String>> {
    let mut sequences: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in rules {
        let mut args: Vec<_> = rule
            .args
            .iter()
            .map(|a| (a.index, a.op, a.value, if a.op == Op::MaskedEq { a.value_two } else { 0 }))
            .collect();
        let repeated = args.len() == 2 && args[0].0 == args[1].0;
        if !repeated {
            args.sort();
        }
        let caps: Vec<&str> = rule.includes.caps.iter().map(|cap| &*cap.value).collect();
        let body = format!("{} {args:?} {caps:?}", rule.action.value);
        for name in rule.names.iter().chain(&rule.name) {
            let sequence = sequences.entry(name.value.clone()).or_default();
            if repeated || sequence.last() != Some(&body) {
                sequence.push(body.clone());
            }
        }
    }
    sequences
}

fn profile(rules: Vec<Rule>) -> Profile {
    Profile { rules, ..Profile::default() }
}

proptest! {
    #[test]
    fn each_call_keeps_its_rules(rules in rules()) {
        let normal = normalize(&profile(rules.clone()));
        prop_assert_eq!(sequences(&normal.rules), sequences(&rules));
        prop_assert_eq!(normalize(&normal), normal.clone());
        let text = to_json(&normal);
        let again = load::parse("", text.as_bytes(), &LoadOptions::default()).expect("loads");
        prop_assert_eq!(to_json(&again.profile), text);
    }

    /// Grouping and the order between calls mean nothing, unless `socketcall` has conditions.
    #[test]
    fn the_order_between_calls_means_nothing(rules in rules()) {
        let multiplexed = |rule: &Rule| {
            rule.names.iter().chain(&rule.name).any(|name| name.value == "socketcall")
        };
        prop_assume!(!rules.iter().any(|rule| multiplexed(rule) && !rule.args.is_empty()));
        let mut apart = Vec::new();
        for name in NAMES {
            for rule in &rules {
                let times = rule.names.iter().chain(&rule.name).filter(|n| n.value == name).count();
                let one = Rule { name: None, names: vec![bare(name)], ..rule.clone() };
                apart.extend(std::iter::repeat_n(one, times));
            }
        }
        apart.extend(rules.iter().filter(|r| r.names.is_empty() && r.name.is_none()).cloned());
        prop_assert_eq!(normalize(&profile(apart)), normalize(&profile(rules)));
    }
}

fn one(name: &str, action: ActionName, args: &[(u8, Op, u64)]) -> Rule {
    let arg = |&(index, op, value): &(u8, Op, u64)| ArgCmp {
        index,
        op,
        value,
        value_two: 0,
        span: Span::default(),
    };
    Rule {
        span: Span::default(),
        name: Some(bare(name)),
        names: Vec::new(),
        action: Spanned::bare(action),
        errno_ret: None,
        errno: None,
        args: args.iter().map(arg).collect(),
        comment: None,
        includes: Filter::default(),
        excludes: Filter::default(),
    }
}

/// The names of the groups in the normal form of these rules.
fn groups(rules: Vec<Rule>) -> Vec<String> {
    let normal = normalize(&profile(rules));
    let names = |rule: &Rule| rule.names.iter().map(|n| &*n.value).collect::<Vec<_>>().join(" ");
    normal.rules.iter().map(names).collect()
}

#[test]
fn the_first_of_two_unconditional_rules_stays_first() {
    use ActionName::{Allow, Log};
    let rules = vec![one("read", Allow, &[]), one("open", Log, &[]), one("read", Log, &[])];
    let normal = normalize(&profile(rules.clone()));
    let actions: Vec<_> = normal.rules.iter().map(|rule| rule.action.value).collect();
    assert_eq!(groups(rules), ["read", "open read"]);
    assert_eq!(actions, [Allow, Log]);
}

#[test]
fn a_conditional_socketcall_holds_its_family_in_order() {
    use ActionName::{Allow, Log};
    let first = [(0, Op::Eq, 1)];
    let rest = || [one("connect", Log, &[]), one("bind", Allow, &[])];
    let family = std::iter::once(one("socketcall", Log, &first)).chain(rest());
    assert_eq!(groups(family.collect()), ["socketcall", "connect", "bind"]);
    let apart = std::iter::once(one("socketcall", Log, &[])).chain(rest());
    assert_eq!(groups(apart.collect()), ["connect socketcall", "bind"]);
}

#[test]
fn a_name_beside_names_stays_what_docker_refuses() {
    let mut rule = one("read", ActionName::Allow, &[]);
    rule.names = vec![bare("write")];
    let normal = normalize(&profile(vec![rule]));
    assert_eq!(normal.rules[0].name, Some(bare("read")));
}
