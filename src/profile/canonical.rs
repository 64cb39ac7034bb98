//! The normal form: one text for profiles that differ in grouping, order and repetition alone.
//!
//! The function never changes. Nothing is decided here that depends on a host, an engine or on
//! which names exist: each system call keeps its own rules in their order, because libseccomp's
//! answer for rules that overlap depends on it; only the order *between* system calls goes, which
//! means nothing. A call of `socketcall` and `ipc` is also one of the calls behind them, so where
//! these have conditional rules the order holds for the whole family.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{ActionName, ArchMapEntry, ArgCmp, Filter, Op, Profile, Rule, Span, Spanned};
use crate::syscall::{Multiplexer, Syscall};

/// The normal form of a profile. Normalising twice changes nothing.
///
/// Names in groups are expanded, sorted and regrouped by everything else that a rule says; an old
/// `name` becomes `names` (which matters to containerd alone: it does not read `name`). Repetition
/// without effect, comments and places in the file are gone. `SCMP_ACT_KILL` is
/// `SCMP_ACT_KILL_THREAD`.
pub fn normalize(profile: &Profile) -> Profile {
    let mut arch_map: Vec<ArchMapEntry> = profile.arch_map.iter().map(arch_map_entry).collect();
    // Stable: of two entries for one architecture the first counts.
    arch_map.sort_by(|a, b| a.architecture.value.cmp(&b.architecture.value));
    let mut rules = regroup(queues(&profile.rules));
    rules.extend(nameless(&profile.rules));
    Profile {
        format: profile.format,
        generation: profile.generation,
        // An order that means something.
        extends: profile.extends.iter().map(|spec| Spanned::bare(spec.value.clone())).collect(),
        strategy: bare(&profile.strategy),
        default_action: bare(&profile.default_action),
        default_errno_ret: bare(&profile.default_errno_ret),
        default_errno: bare(&profile.default_errno),
        architectures: sorted(&profile.architectures),
        arch_map,
        flags: sorted(&profile.flags),
        listener_path: profile.listener_path.clone(),
        listener_metadata: profile.listener_metadata.clone(),
        rules,
    }
}

/// What a rule says besides its names, ordered as the groups of the normal form are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Body {
    conditional: bool,
    filtered: bool,
    action: ActionName,
    errno_ret: Option<u64>,
    errno: Option<String>,
    args: Vec<(u8, Op, u64, u64)>,
    includes: FilterBody,
    excludes: FilterBody,
    /// A `name` beside `names`, which Docker refuses and others ignore.
    name: Option<String>,
}

/// Hosts, capabilities and the kernel of a [`Filter`].
type FilterBody = (Vec<String>, Vec<String>, Option<String>);

/// The rules of one system call, or of one family, in their order, each with its name.
type Queue = Vec<(String, Rc<Body>)>;

impl Body {
    fn of(rule: &Rule) -> Body {
        let mut args: Vec<_> = rule.args.iter().map(arg_body).collect();
        if !repeats_an_index(&args) {
            // Distinct indexes are ANDed; libseccomp keeps them by index.
            args.sort();
        }
        let both = !rule.names.is_empty();
        Body {
            conditional: !args.is_empty(),
            filtered: !rule.includes.is_empty() || !rule.excludes.is_empty(),
            action: rule.action.value,
            errno_ret: rule.errno_ret.as_ref().map(|errno| errno.value),
            errno: rule.errno.as_ref().map(|errno| errno.value.clone()),
            args,
            includes: filter_body(&rule.includes),
            excludes: filter_body(&rule.excludes),
            name: rule.name.as_ref().filter(|_| both).map(|name| name.value.clone()),
        }
    }

    /// Whether libseccomp takes a second one right behind the first without a word. With a
    /// repeated index a rule is several rules, and the last of them stands between the two.
    fn folds_with_neighbour(&self) -> bool {
        !repeats_an_index(&self.args)
    }

    fn rule(&self, names: Vec<String>) -> Rule {
        let args = self.args.iter().map(|&(index, op, value, value_two)| ArgCmp {
            index,
            op,
            value,
            value_two,
            span: Span::default(),
        });
        Rule {
            span: Span::default(),
            name: self.name.clone().map(Spanned::bare),
            names: names.into_iter().map(Spanned::bare).collect(),
            action: Spanned::bare(self.action),
            errno_ret: self.errno_ret.map(Spanned::bare),
            errno: self.errno.clone().map(Spanned::bare),
            args: args.collect(),
            comment: None,
            includes: filter(&self.includes),
            excludes: filter(&self.excludes),
        }
    }
}

/// Sorts the rules by system call.
fn queues(rules: &[Rule]) -> Vec<Queue> {
    let conditional = |multiplexer: &&str| {
        let names =
            |rule: &Rule| rule.name.iter().chain(&rule.names).any(|n| n.value == *multiplexer);
        rules.iter().any(|rule| !rule.args.is_empty() && names(rule))
    };
    let ordered: Vec<&str> = ["socketcall", "ipc"].into_iter().filter(conditional).collect();
    let mut queues: BTreeMap<&str, Queue> = BTreeMap::new();
    for rule in rules {
        let body = Rc::new(Body::of(rule));
        let single = rule.name.iter().filter(|_| rule.names.is_empty());
        for name in rule.names.iter().chain(single).map(|name| &*name.value) {
            let queue = queues.entry(family(name, &ordered)).or_default();
            let repeated = queue.last().is_some_and(|(last, previous)| {
                last == name && *previous == body && body.folds_with_neighbour()
            });
            if !repeated {
                queue.push((name.to_owned(), Rc::clone(&body)));
            }
        }
    }
    queues.into_values().collect()
}

/// The rules that name nothing: an engine may still refuse the profile for one of them.
fn nameless(rules: &[Rule]) -> Vec<Rule> {
    let nameless = rules.iter().filter(|rule| rule.names.is_empty() && rule.name.is_none());
    let bodies: BTreeSet<Body> = nameless.map(Body::of).collect();
    bodies.iter().map(|body| body.rule(Vec::new())).collect()
}

/// The multiplexer's name for a call behind it, where its rules have an order; else the call's own.
fn family<'n>(name: &'n str, ordered: &[&'n str]) -> &'n str {
    if ordered.is_empty() {
        return name;
    }
    let of = match Syscall::from_name(name).and_then(Syscall::multiplexer) {
        Some((Multiplexer::Socketcall, _)) => "socketcall",
        Some((Multiplexer::Ipc, _)) => "ipc",
        None => name,
    };
    ordered.iter().find(|ordered| **ordered == of).copied().unwrap_or(name)
}

/// Puts the queues together again, a group at a time: the least body that every queue which still
/// holds it has at its head, else the least that some queue has there.
///
/// What comes out depends on the queues alone, so that it is the same the second time.
fn regroup(queues: Vec<Queue>) -> Vec<Rule> {
    let bodies: BTreeSet<&Rc<Body>> = queues.iter().flatten().map(|(_, body)| body).collect();
    let ranks: BTreeMap<&Rc<Body>, usize> = bodies.iter().copied().zip(0..).collect();
    let mut waiting: Vec<Waiting> = bodies.iter().map(|_| Waiting::default()).collect();
    let mut fronts = Fronts::default();
    let mut queues: Vec<_> = queues.iter().map(|queue| queue.iter().peekable()).collect();
    let rank = |body: &Rc<Body>| ranks.get(body).copied().unwrap_or_default();
    for (_, body) in queues.iter().cloned().flatten() {
        if let Some(waiting) = waiting.get_mut(rank(body)) {
            waiting.behind += 1;
        }
    }
    for (id, queue) in queues.iter_mut().enumerate() {
        if let Some((_, body)) = queue.peek() {
            fronts.enter(rank(body), id, &mut waiting);
        }
    }
    let mut rules = Vec::new();
    while let Some(chosen) = fronts.next() {
        let heads = waiting.get_mut(chosen).map(|w| std::mem::take(&mut w.heads));
        let mut names = Vec::new();
        let mut body = None;
        for id in heads.unwrap_or_default() {
            let Some(queue) = queues.get_mut(id) else { continue };
            if let Some((name, this)) = queue.next() {
                names.push(name.clone());
                body = Some(this);
            }
            if let Some((_, next)) = queue.peek() {
                fronts.enter(rank(next), id, &mut waiting);
            }
        }
        names.sort();
        rules.extend(body.map(|body| body.rule(names)));
    }
    rules
}

/// Where the queues stand with one body.
#[derive(Default)]
struct Waiting {
    /// How often it is in a queue, but not at the head.
    behind: usize,
    /// The queues that have it at the head.
    heads: Vec<usize>,
}

/// The bodies at the head of some queue, by rank.
#[derive(Default)]
struct Fronts {
    /// Those that are nowhere else.
    ready: BTreeSet<usize>,
    /// The others.
    early: BTreeSet<usize>,
}

impl Fronts {
    /// The body of that rank comes to the head of a queue.
    fn enter(&mut self, rank: usize, queue: usize, waiting: &mut [Waiting]) {
        let Some(waiting) = waiting.get_mut(rank) else { return };
        waiting.behind -= 1;
        waiting.heads.push(queue);
        if waiting.behind == 0 {
            self.early.remove(&rank);
            self.ready.insert(rank);
        } else {
            self.early.insert(rank);
        }
    }

    fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().or_else(|| self.early.pop_first())
    }
}

fn repeats_an_index(args: &[(u8, Op, u64, u64)]) -> bool {
    let mut seen = 0u8;
    args.iter().any(|(index, ..)| {
        let bit = 1u8.checked_shl(u32::from(*index)).unwrap_or(0);
        let repeated = seen & bit != 0;
        seen |= bit;
        repeated
    })
}

fn arg_body(arg: &ArgCmp) -> (u8, Op, u64, u64) {
    let value_two = if arg.op == Op::MaskedEq { arg.value_two } else { 0 };
    (arg.index, arg.op, arg.value, value_two)
}

fn filter_body(filter: &Filter) -> FilterBody {
    let texts = |list: &[Spanned<String>]| sorted(list).into_iter().map(|s| s.value).collect();
    let min_kernel = filter.min_kernel.as_ref().map(|version| version.value.clone());
    (texts(&filter.arches), texts(&filter.caps), min_kernel)
}

fn filter((arches, caps, min_kernel): &FilterBody) -> Filter {
    let spanned = |list: &[String]| list.iter().cloned().map(Spanned::bare).collect();
    Filter {
        arches: spanned(arches),
        caps: spanned(caps),
        min_kernel: min_kernel.clone().map(Spanned::bare),
    }
}

fn arch_map_entry(entry: &ArchMapEntry) -> ArchMapEntry {
    ArchMapEntry {
        architecture: Spanned::bare(entry.architecture.value.clone()),
        sub_architectures: sorted(&entry.sub_architectures),
    }
}

/// A set, written as a list.
fn sorted(list: &[Spanned<String>]) -> Vec<Spanned<String>> {
    let set: BTreeSet<&str> = list.iter().map(|item| &*item.value).collect();
    set.into_iter().map(|item| Spanned::bare(item.to_owned())).collect()
}

fn bare<T: Clone>(value: &Option<Spanned<T>>) -> Option<Spanned<T>> {
    value.as_ref().map(|spanned| Spanned::bare(spanned.value.clone()))
}
