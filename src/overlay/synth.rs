//! Synthesis: from the decisions for one system call to rules.
//!
//! The rules of one call never overlap with different actions: each action gets rules for exactly
//! the calls that have it, so that neither their order nor the library's version matters.
//!
//! A rule is one text for 64-bit and 32-bit programs, which cut its operands. The rules are made
//! for the 64-bit ABI of a host, and what they mean to the 32-bit ones is held against what is
//! wanted there; calls that only 32-bit programs have are made for these.

use super::conditions::{self, Style};
use super::error::OverlayError;
use super::layer::Cell;
use crate::decision::words::{self, ArgClause, Clause, KernelRange};
use crate::decision::{Compare, Decision, Leaf, Set, Store, TooLarge};
use crate::profile::{
    Action, ActionName, ArgCmp, Capability, Filter, KernelVersion, Op, Rule, Span, Spanned,
};
use crate::semantics::{Engine, UNMATCHED, action, leaf};
use crate::syscall::{Host, Syscall};

/// How many rules one system call gets at most.
pub(crate) const RULE_LIMIT: usize = 512;

/// What is wanted on some hosts.
#[derive(Clone, Debug)]
struct Want {
    hosts: Vec<Host>,
    /// Of the 64-bit ABI.
    wide: Option<Decision>,
    /// Of the 32-bit ones, which can have no different answers.
    narrow: Option<Decision>,
}

impl Want {
    /// Whether the rules for one are those for the other. What is wanted of 64-bit programs alone
    /// and of 32-bit ones alone may be two things, unless no argument is asked for.
    fn goes_with(&self, other: &Want) -> bool {
        let agree = |a: Option<Decision>, b: Option<Decision>| a.is_none() || b.is_none() || a == b;
        let shares = (self.wide.is_some() && other.wide.is_some())
            || (self.narrow.is_some() && other.narrow.is_some());
        let any = |want: &Want| want.wide.or(want.narrow);
        let is_plain = any(self) == any(other) && any(self).is_some_and(|d| d.as_leaf().is_some());
        agree(self.wide, other.wide) && agree(self.narrow, other.narrow) && (shares || is_plain)
    }
}

/// The rules for a system call. Those of `known` rules that say nothing wrong stay.
///
/// # Errors
/// Where no rules say it, or too many would.
pub(super) fn rules(
    store: &mut Store,
    syscall: Syscall,
    cells: &[Cell],
    style: Style,
    known: &[Rule],
) -> Result<Vec<Rule>, OverlayError> {
    let wants = wants(syscall, cells)?;
    // What is kept of known rules must be true of every host.
    let known = if wants.len() == 1 { known } else { &[] };
    let mut synthesis = Synthesis { store, syscall, style, known, rules: Vec::new() };
    for want in &wants {
        let (includes, excludes) = match wants.len() {
            1 => (Vec::new(), Vec::new()),
            _ => tokens(want, &wants),
        };
        let from = synthesis.rules.len();
        synthesis.host(want)?;
        for rule in synthesis.rules.iter_mut().skip(from) {
            rule.includes.arches.clone_from(&includes);
            rule.excludes.arches.clone_from(&excludes);
        }
    }
    Ok(synthesis.rules)
}

/// Puts together the hosts that want the same.
fn wants(syscall: Syscall, cells: &[Cell]) -> Result<Vec<Want>, OverlayError> {
    let mut of_hosts: Vec<Want> = Vec::new();
    for cell in cells {
        if of_hosts.last().is_none_or(|want| want.hosts != [cell.host]) {
            of_hosts.push(Want { hosts: vec![cell.host], wide: None, narrow: None });
        }
        let Some(want) = of_hosts.last_mut() else { continue };
        let known = if cell.abi.is_32bit() { &mut want.narrow } else { &mut want.wide };
        if known.is_some_and(|known| known != cell.decision) {
            return Err(OverlayError::NotOneText { syscall, host: cell.host });
        }
        *known = Some(cell.decision);
    }
    // Those that say most first: the others fit in with one of them or another.
    of_hosts.sort_by_key(|want| want.wide.is_none() as u8 + want.narrow.is_none() as u8);
    let mut wants: Vec<Want> = Vec::new();
    for want in of_hosts {
        let same = wants.iter_mut().find(|other| other.goes_with(&want));
        match same {
            Some(other) => {
                other.wide = other.wide.or(want.wide);
                other.narrow = other.narrow.or(want.narrow);
                other.hosts.extend(want.hosts);
            }
            None => wants.push(want),
        }
    }
    Ok(wants)
}

/// The hosts as `includes.arches` or, for more than half of them, as `excludes.arches`. Hosts that
/// have no such call are nowhere, and among the excluding ones.
fn tokens(want: &Want, wants: &[Want]) -> (Vec<Spanned<String>>, Vec<Spanned<String>>) {
    let named = |hosts: &mut dyn Iterator<Item = Host>| {
        let mut names: Vec<String> =
            hosts.map(|host| Engine::Docker.token(host).to_owned()).collect();
        names.sort();
        names.into_iter().map(Spanned::bare).collect::<Vec<_>>()
    };
    let all: usize = wants.iter().map(|want| want.hosts.len()).sum();
    match want.hosts.len() * 2 > all {
        false => (named(&mut want.hosts.iter().copied()), Vec::new()),
        true => {
            let others = wants.iter().filter(|other| other.hosts != want.hosts);
            (Vec::new(), named(&mut others.flat_map(|other| other.hosts.iter().copied())))
        }
    }
}

struct Synthesis<'a> {
    store: &'a mut Store,
    syscall: Syscall,
    style: Style,
    known: &'a [Rule],
    rules: Vec<Rule>,
}

impl Synthesis<'_> {
    fn host(&mut self, want: &Want) -> Result<(), OverlayError> {
        let mut leaves: Vec<Leaf> = Vec::new();
        for decision in [want.wide, want.narrow].into_iter().flatten() {
            leaves.extend(self.store.leaves(decision));
        }
        leaves.sort_unstable_by(|a, b| b.cmp(a));
        leaves.dedup();
        leaves.retain(|leaf| *leaf != UNMATCHED);
        for leaf in leaves {
            let from = self.rules.len();
            let wide = self.set(want.wide, leaf)?;
            let narrow = self.set(want.narrow, leaf)?;
            self.keep(wide, narrow, leaf)?;
            if let Some((set, width)) = wide.map(|s| (s, 64)).or(narrow.map(|s| (s, 32))) {
                let kept = self.meaning(from, width)?;
                let left = self.store.minus(set, kept).map_err(|bound| self.too_large(bound))?;
                self.cover(left, width, leaf)?;
            }
            if let Some(narrow) = narrow
                && self.meaning(from, 32)? != narrow
            {
                let host = want.hosts.first().copied().unwrap_or(Host::Amd64);
                return Err(OverlayError::NotOneText { syscall: self.syscall, host });
            }
        }
        Ok(())
    }

    /// Keeps the known rules that hold only for calls which shall have their action.
    fn keep(
        &mut self,
        wide: Option<Set>,
        narrow: Option<Set>,
        leaf: Leaf,
    ) -> Result<(), OverlayError> {
        for rule in self.known.iter().filter(|rule| is_plain(rule) && leaf_of(rule) == leaf) {
            let mut fits = true;
            for (set, width) in [(wide, 64), (narrow, 32)] {
                let Some(set) = set else { continue };
                let beyond = rule_set(self.store, rule, width)
                    .and_then(|own| self.store.minus(own, set))
                    .map_err(|bound| self.too_large(bound))?;
                fits &= beyond.is_empty();
            }
            if fits {
                self.rules.push(rule.clone());
            }
        }
        Ok(())
    }

    fn set(&mut self, decision: Option<Decision>, leaf: Leaf) -> Result<Option<Set>, OverlayError> {
        let Some(decision) = decision else { return Ok(None) };
        let set = self.store.set_where(decision, &|other| other == leaf);
        set.map(Some).map_err(|bound| self.too_large(bound))
    }

    fn too_large(&self, bound: TooLarge) -> OverlayError {
        OverlayError::TooLarge { syscall: self.syscall, bound }
    }

    fn too_many(&self) -> OverlayError {
        OverlayError::TooManyRules { syscall: self.syscall, limit: RULE_LIMIT }
    }

    /// Adds rules for exactly a set of calls.
    fn cover(&mut self, set: Set, width: u16, leaf: Leaf) -> Result<(), OverlayError> {
        let words = words::describe(self.store, set, width, RULE_LIMIT);
        let words = words.map_err(|bound| self.too_large(bound))?;
        if words.rest.is_some() {
            return Err(self.too_many());
        }
        for clause in &words.clauses {
            self.clause(clause, width, leaf)?;
        }
        Ok(())
    }

    fn clause(&mut self, clause: &Clause, width: u16, leaf: Leaf) -> Result<(), OverlayError> {
        let mut products: Vec<Vec<ArgCmp>> = vec![Vec::new()];
        for ArgClause { index, .. } in &clause.args {
            let Some(arg) = clause.args.iter().find(|arg| arg.index == *index) else { continue };
            let singles = conditions::of_argument(self.store, arg, width, self.style, RULE_LIMIT);
            let singles = singles.map_err(|bound| self.too_large(bound))?;
            let singles = singles.ok_or_else(|| self.too_many())?;
            if products.len() * singles.len() > RULE_LIMIT {
                return Err(self.too_many());
            }
            let with = |product: &Vec<ArgCmp>| {
                let product = product.clone();
                let with = singles.iter().map(move |single| {
                    let mut args = product.clone();
                    args.push(single.on(*index));
                    args
                });
                with.collect::<Vec<_>>()
            };
            products = products.iter().flat_map(with).collect();
        }
        let any = [KernelRange { from: None, to: None }];
        let kernels = if clause.kernel.is_empty() { &any[..] } else { &clause.kernel[..] };
        for kernel in kernels {
            for args in &products {
                if self.rules.len() >= RULE_LIMIT {
                    return Err(self.too_many());
                }
                self.rules.push(rule(self.syscall, action(leaf), clause, *kernel, args.clone()));
            }
        }
        Ok(())
    }

    /// The calls that the rules from one on hold for.
    fn meaning(&mut self, from: usize, width: u16) -> Result<Set, OverlayError> {
        let mut all = Set::EMPTY;
        for at in from..self.rules.len() {
            let Some(rule) = self.rules.get(at).cloned() else { continue };
            let set = rule_set(self.store, &rule, width).map_err(|bound| self.too_large(bound))?;
            all = self.store.or(all, set).map_err(|bound| self.too_large(bound))?;
        }
        Ok(all)
    }
}

fn rule(
    syscall: Syscall,
    action: Action,
    clause: &Clause,
    kernel: KernelRange,
    args: Vec<ArgCmp>,
) -> Rule {
    let caps = |held: bool| {
        let named = clause.capabilities.iter().filter(move |(_, with)| *with == held);
        let mut names: Vec<String> = named.map(|(cap, _)| cap.name().to_owned()).collect();
        names.sort();
        names.into_iter().map(Spanned::bare).collect::<Vec<_>>()
    };
    let version = |version: Option<KernelVersion>| {
        let version = version.filter(|version| *version != KernelVersion::default());
        version.map(|version| Spanned::bare(version.to_string()))
    };
    let filter = |held, from| Filter { arches: Vec::new(), caps: caps(held), min_kernel: from };
    Rule {
        span: Span::default(),
        name: None,
        names: vec![Spanned::bare(syscall.name().to_owned())],
        action: Spanned::bare(action.name()),
        errno_ret: match action {
            Action::Errno(value) | Action::Trace(value) => Some(Spanned::bare(value.into())),
            _ => None,
        },
        errno: None,
        args,
        comment: None,
        includes: filter(true, version(kernel.from)),
        excludes: filter(false, version(kernel.to.and_then(KernelVersion::successor))),
    }
}

/// Whether a rule means what [`rule_set`] says on every host.
fn is_plain(rule: &Rule) -> bool {
    let mut indexes: Vec<u8> = rule.args.iter().map(|arg| arg.index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let of = |filter: &Filter| {
        let known = |cap: &Spanned<String>| Capability::from_name(&cap.value).is_some();
        let version = |text: &Spanned<String>| {
            KernelVersion::parse(&text.value).is_some_and(|v| v.bits() > 0)
        };
        filter.arches.is_empty()
            && filter.caps.iter().all(known)
            && filter.min_kernel.iter().all(version)
    };
    indexes.len() == rule.args.len() && of(&rule.includes) && of(&rule.excludes)
}

/// The leaf of a rule's action.
fn leaf_of(rule: &Rule) -> Leaf {
    let errno = rule.errno_ret.as_ref().map_or(1, |errno| errno.value) as u16;
    leaf(match rule.action.value {
        ActionName::KillProcess => Action::KillProcess,
        ActionName::KillThread => Action::KillThread,
        ActionName::Trap => Action::Trap,
        ActionName::Errno => Action::Errno(errno),
        ActionName::Notify => Action::Notify,
        ActionName::Trace => Action::Trace(errno),
        ActionName::Log => Action::Log,
        ActionName::Allow => Action::Allow,
    })
}

/// The calls that a plain rule holds for, when `width` bits are compared.
fn rule_set(store: &mut Store, rule: &Rule, width: u16) -> Result<Set, TooLarge> {
    let mut set = Set::ALL;
    for (filter, held) in [(&rule.includes, true), (&rule.excludes, false)] {
        for cap in &filter.caps {
            if let Some(cap) = Capability::from_name(&cap.value) {
                let with = store.with_capability(cap)?;
                set = if held { store.and(set, with)? } else { store.minus(set, with)? };
            }
        }
        let version = filter.min_kernel.as_ref().and_then(|v| KernelVersion::parse(&v.value));
        if let Some(version) = version {
            let from = store.kernel_at_least(version)?;
            set = if held { store.and(set, from)? } else { store.minus(set, from)? };
        }
    }
    for arg in &rule.args {
        let part = condition_set(store, arg, width)?;
        set = store.and(set, part)?;
    }
    Ok(set)
}

/// The calls that fulfil a condition: argument and operand are cut to the width.
fn condition_set(store: &mut Store, arg: &ArgCmp, width: u16) -> Result<Set, TooLarge> {
    let cut = if width < 64 { (1u64 << width) - 1 } else { u64::MAX };
    let (all, value) = (u64::MAX, arg.value & cut);
    let mut compare =
        |mask, how, datum| store.compare_arg(arg.index, 0, width, mask, how, datum & mask);
    let positive = match arg.op {
        Op::Eq | Op::Ne => compare(all, Compare::Eq, value)?,
        Op::Gt | Op::Le => compare(all, Compare::Gt, value)?,
        Op::Ge | Op::Lt => compare(all, Compare::Ge, value)?,
        Op::MaskedEq => compare(value, Compare::Eq, arg.value_two & cut)?,
    };
    match arg.op {
        Op::Ne | Op::Le | Op::Lt => store.not(positive),
        _ => Ok(positive),
    }
}
