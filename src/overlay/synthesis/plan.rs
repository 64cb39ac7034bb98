//! From the rules of single calls to a readable profile: the base's rules stay where they are,
//! names leave and enter its groups, and what fits in nowhere stands behind them.

use crate::profile::{ActionName, ArgCmp, Filter, Op, Profile, Rule, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// The rules that a name shall have.
#[derive(Clone, Debug)]
pub(in crate::overlay) struct Wanted {
    /// Each with that name alone.
    pub rules: Vec<Rule>,
    /// The layers that ask for it; what has no name is named in no comment.
    pub by: String,
    /// Whether their order matters: then they stand together, behind the base's rules.
    pub ordered: bool,
}

/// What is done to a base.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// What is done to each of its rules, by their places.
    pub(in crate::overlay) groups: BTreeMap<usize, GroupEdit>,
    /// What stands behind them.
    pub(in crate::overlay) appended: Vec<Rule>,
}

/// What is done to one rule of a base: names with the layers that ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::overlay) struct GroupEdit {
    pub removed: BTreeMap<String, String>,
    pub added: BTreeMap<String, String>,
}

/// What a rule says besides its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Body {
    /// How many arguments it asks for. The fewer come first: libseccomp takes a rule with more
    /// behind one with fewer, and not always the other way round.
    conditions: usize,
    action: ActionName,
    errno: Option<u64>,
    args: Vec<(u8, Op, u64, u64)>,
    includes: FilterBody,
    excludes: FilterBody,
}

/// Hosts, capabilities and the kernel of a [`Filter`].
type FilterBody = (BTreeSet<String>, BTreeSet<String>, Option<String>);

impl Body {
    fn of(rule: &Rule) -> Body {
        let arg = |arg: &ArgCmp| {
            let two = if arg.op == Op::MaskedEq { arg.value_two } else { 0 };
            (arg.index, arg.op, arg.value, two)
        };
        let takes_errno = matches!(rule.action.value, ActionName::Errno | ActionName::Trace);
        Body {
            conditions: rule.args.len(),
            action: rule.action.value,
            // Docker's default, said or not.
            errno: takes_errno.then(|| rule.errno_ret.as_ref().map_or(1, |errno| errno.value)),
            args: rule.args.iter().map(arg).collect(),
            includes: filter(&rule.includes),
            excludes: filter(&rule.excludes),
        }
    }
}

fn filter(filter: &Filter) -> FilterBody {
    let set = |list: &[Spanned<String>]| list.iter().map(|item| item.value.clone()).collect();
    (set(&filter.arches), set(&filter.caps), filter.min_kernel.as_ref().map(|k| k.value.clone()))
}

impl Edits {
    /// What gives each name its rules.
    pub(in crate::overlay) fn new(base: &Profile, wanted: &BTreeMap<String, Wanted>) -> Edits {
        let mut edits = Edits::default();
        let bodies: Vec<Body> = base.rules.iter().map(Body::of).collect();
        let mut groups: BTreeMap<&Body, usize> = BTreeMap::new();
        for (at, body) in bodies.iter().enumerate() {
            groups.entry(body).or_insert(at);
        }
        let mut appended: BTreeMap<(usize, Body, String), Vec<Rule>> = BTreeMap::new();
        for (name, wanted) in wanted {
            let mut missing: BTreeMap<Body, &Rule> = BTreeMap::new();
            for (at, rule) in wanted.rules.iter().enumerate() {
                if wanted.ordered {
                    let key = (at + 1, Body::of(rule), wanted.by.clone());
                    appended.entry(key).or_default().push(rule.clone());
                } else {
                    missing.insert(Body::of(rule), rule);
                }
            }
            for (at, rule) in base.rules.iter().enumerate() {
                if rule.names.iter().any(|n| n.value == *name)
                    && bodies.get(at).and_then(|body| missing.remove(body)).is_none()
                {
                    let edit = edits.groups.entry(at).or_default();
                    edit.removed.insert(name.clone(), wanted.by.clone());
                }
            }
            for (body, rule) in missing {
                match groups.get(&body) {
                    Some(&at) => {
                        let edit = edits.groups.entry(at).or_default();
                        edit.added.insert(name.clone(), wanted.by.clone());
                    }
                    None => {
                        let key = (0, body, wanted.by.clone());
                        appended.entry(key).or_default().push(rule.clone());
                    }
                }
            }
        }
        for ((_, _, by), rules) in appended {
            let mut names: Vec<Spanned<String>> =
                rules.iter().flat_map(|rule| rule.names.clone()).collect();
            names.sort_by(|a, b| a.value.cmp(&b.value));
            let first = rules.into_iter().next();
            edits.appended.extend(first.map(|rule| {
                let parts = Some(by).filter(|by| !by.is_empty()).into_iter().chain(rule.comment);
                let comment = parts.reduce(|by, note| format!("{by}: {note}"));
                Rule { names, comment, ..rule }
            }));
        }
        edits
    }

    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.appended.is_empty()
    }

    /// The base with the edits.
    pub fn apply(&self, base: &Profile) -> Profile {
        self.placed(base).0
    }

    /// The base with the edits, and the place in the base of each rule that was there.
    pub fn placed(&self, base: &Profile) -> (Profile, Vec<Option<usize>>) {
        let mut profile = base.clone();
        for (at, edit) in &self.groups {
            let Some(rule) = profile.rules.get_mut(*at) else { continue };
            rule.names.retain(|name| !edit.removed.contains_key(&name.value));
            rule.names.extend(edit.added.keys().cloned().map(Spanned::bare));
            rule.names.sort_by(|a, b| a.value.cmp(&b.value));
            rule.comment = edit.comment(rule.comment.as_deref());
        }
        let emptied = |at: usize, rule: &Rule| {
            self.groups.contains_key(&at) && rule.names.is_empty() && rule.name.is_none()
        };
        let rules = profile.rules.into_iter().enumerate();
        let kept = rules.filter(|(at, rule)| !emptied(*at, rule)).map(|(at, r)| (Some(at), r));
        let appended = self.appended.iter().map(|rule| (None, rule.clone()));
        let (places, rules) = kept.chain(appended).unzip();
        (Profile { rules, ..profile }, places)
    }
}

/// More names than a comment lists.
const LISTED: usize = 6;

impl GroupEdit {
    /// The comment of a group that was edited.
    pub fn comment(&self, before: Option<&str>) -> Option<String> {
        let mut parts: Vec<String> = before.map(str::to_owned).into_iter().collect();
        let layers: BTreeSet<&String> = self.added.values().chain(self.removed.values()).collect();
        for layer in layers.into_iter().filter(|layer| !layer.is_empty()) {
            let of = |names: &BTreeMap<String, String>| {
                let names: Vec<&str> =
                    names.iter().filter(|(_, by)| *by == layer).map(|(n, _)| n.as_str()).collect();
                match names.len() {
                    0 => None,
                    count if count > LISTED => Some(format!("{count} calls")),
                    _ => Some(names.join(", ")),
                }
            };
            let added = of(&self.added).map(|names| format!("with {names}"));
            let removed = of(&self.removed).map(|names| format!("without {names}"));
            let said: Vec<String> = added.into_iter().chain(removed).collect();
            parts.push(format!("{layer}: {}", said.join(", ")));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
