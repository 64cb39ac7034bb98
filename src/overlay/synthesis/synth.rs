//! Synthesis: from the decisions for one system call to rules.
//!
//! The rules of one call never overlap with different actions: each action gets rules for exactly
//! the calls that have it, so that neither their order nor the library's version matters.
//!
//! A rule is one text for 64-bit and 32-bit programs, which cut its operands. The rules are made
//! for the 64-bit ABI of a host, and what they mean to the 32-bit ones is held against what is
//! wanted there; calls that only 32-bit programs have are made for these.

use super::conditions::{self, Style};
use super::meaning::{is_plain, leaf_of, rule_set};
use crate::decision::words::{self, Clause, Description, KernelRange};
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::overlay::layers::error::{OneCall, OverlayError};
use crate::overlay::layers::layer::Cell;
use crate::profile::{Action, ArgCmp, Filter, KernelVersion, Rule, Span, Spanned};
use crate::semantics::{Engine, UNMATCHED, action};
use crate::syscall::{Abi, Host, Syscall};
use rustc_hash::FxHashSet;

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
    /// One of the latter.
    abi: Option<Abi>,
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

/// The rules for a system call.
pub(in crate::overlay) struct Made {
    pub rules: Vec<Rule>,
    /// The places of those that hold for no call of a 32-bit program.
    pub alone: FxHashSet<usize>,
}

/// The rules for a system call. Those of `known` rules that say nothing wrong stay.
///
/// # Errors
/// Where no rules say it, or too many would.
pub(in crate::overlay) fn rules(
    store: &mut Store,
    syscall: Syscall,
    cells: &[Cell],
    style: Style,
    known: &[Rule],
) -> Result<Made, OverlayError> {
    let wants = wants(store, syscall, cells)?;
    let wants = together(store, syscall, style, wants);
    // What is kept of known rules must be true of every host.
    let known = if wants.len() == 1 { known } else { &[] };
    let mut synthesis = Synthesis::new(store, syscall, style, known);
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
    let Synthesis { rules, alone, .. } = synthesis;
    Ok(Made { rules, alone })
}

/// Joins what is wanted of 64-bit programs alone and of 32-bit ones alone, where one text does both
/// and is no longer than that for the former: two decisions of different widths cannot be compared,
/// but rules for one can be read as the other.
fn together(store: &mut Store, syscall: Syscall, style: Style, wants: Vec<Want>) -> Vec<Want> {
    let mut joined: Vec<Want> = Vec::new();
    for want in wants {
        let mut both = None;
        for (at, other) in joined.iter().enumerate() {
            let (wide, narrow) = match (other.wide, other.narrow, want.wide, want.narrow) {
                (Some(wide), None, None, Some(narrow)) | (None, Some(narrow), Some(wide), None) => {
                    (Some(wide), Some(narrow))
                }
                _ => continue,
            };
            let hosts = other.hosts.iter().chain(&want.hosts).copied().collect();
            let abi = other.abi.or(want.abi);
            let candidate = Want { hosts, wide, narrow, abi };
            let alone = Want { narrow: None, ..candidate.clone() };
            let mut made = |want: &Want| {
                let mut trial = Synthesis::new(store, syscall, style, &[]);
                trial.host(want).is_ok().then_some(trial.rules.len())
            };
            if made(&candidate).is_some_and(|count| Some(count) == made(&alone)) {
                both = Some((at, candidate));
                break;
            }
        }
        match both.and_then(|(at, both)| joined.get_mut(at).map(|slot| (slot, both))) {
            Some((slot, both)) => *slot = both,
            None => joined.push(want),
        }
    }
    joined
}

/// Puts together the hosts that want the same.
fn wants(store: &mut Store, syscall: Syscall, cells: &[Cell]) -> Result<Vec<Want>, OverlayError> {
    let mut of_hosts: Vec<Want> = Vec::new();
    for cell in cells {
        if of_hosts.last().is_none_or(|want| want.hosts != [cell.host]) {
            let hosts = vec![cell.host];
            of_hosts.push(Want { hosts, wide: None, narrow: None, abi: None });
        }
        let Some(want) = of_hosts.last_mut() else { continue };
        if !cell.abi.is_32bit() {
            want.wide = Some(cell.decision);
            continue;
        }
        if let (Some(known), Some(abi)) = (want.narrow, want.abi)
            && known != cell.decision
        {
            let call = OneCall::apart(store, syscall, known, cell.decision);
            let (call, abis) = (Box::new(call?), [abi, cell.abi]);
            return Err(OverlayError::OneWidth { host: cell.host, abis, call });
        }
        (want.narrow, want.abi) = (Some(cell.decision), Some(cell.abi));
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
                other.abi = other.abi.or(want.abi);
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

pub(in crate::overlay) struct Synthesis<'a> {
    pub store: &'a mut Store,
    pub syscall: Syscall,
    style: Style,
    known: &'a [Rule],
    pub rules: Vec<Rule>,
    pub alone: FxHashSet<usize>,
}

impl<'a> Synthesis<'a> {
    fn new(store: &'a mut Store, syscall: Syscall, style: Style, known: &'a [Rule]) -> Self {
        Synthesis { store, syscall, style, known, rules: Vec::new(), alone: FxHashSet::default() }
    }

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
            match (wide, narrow) {
                (Some(wide), Some(narrow)) => {
                    let untold = self.both(wide, narrow, leaf, from)?;
                    if let (Some(point), Some(&host), Some(abi)) =
                        (untold, want.hosts.first(), want.abi)
                    {
                        let answer = |decision: Option<Decision>| {
                            let leaf = decision.map(|d| self.store.evaluate(d, &point))?;
                            (leaf != UNMATCHED).then(|| action(leaf))
                        };
                        let answers = [answer(want.narrow), answer(want.wide)];
                        let (syscall, args) = (self.syscall, point.args);
                        let call = Box::new(OneCall { syscall, args, answers });
                        return Err(OverlayError::NotOneText { host, abi, call });
                    }
                }
                (Some(set), None) => self.rest(set, from, 64, leaf)?,
                (None, Some(set)) => self.rest(set, from, 32, leaf)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Adds rules for what those from one on do not hold for yet.
    pub fn rest(
        &mut self,
        set: Set,
        from: usize,
        width: u16,
        leaf: Leaf,
    ) -> Result<(), OverlayError> {
        let left = self.left(set, from, width)?;
        self.cover(left, left, width, self.style, leaf, &[])
    }

    /// What of a set the rules from one on do not hold for.
    pub fn left(&mut self, set: Set, from: usize, width: u16) -> Result<Set, OverlayError> {
        let mut left = set;
        for rule in self.rules.get(from..).unwrap_or_default() {
            let own = rule_set(self.store, rule, width);
            let now = own.and_then(|own| self.store.minus(left, own));
            left = now.map_err(|bound| OverlayError::TooLarge { syscall: self.syscall, bound })?;
        }
        Ok(left)
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

    pub fn too_large(&self, bound: TooLarge) -> OverlayError {
        OverlayError::TooLarge { syscall: self.syscall, bound }
    }

    pub fn too_many(&self) -> OverlayError {
        OverlayError::TooManyRules { syscall: self.syscall, limit: RULE_LIMIT }
    }

    /// The clauses of a set, which may take in what is in `room`.
    pub fn clauses(
        &mut self,
        set: Set,
        room: Set,
        width: u16,
    ) -> Result<Vec<Clause>, OverlayError> {
        let words = words::describe_within(self.store, set, room, width, RULE_LIMIT);
        match words.map_err(|bound| self.too_large(bound))? {
            Description { rest: Some(_), .. } => Err(self.too_many()),
            Description { clauses, .. } => Ok(clauses),
        }
    }

    /// Adds rules for a set of calls, and perhaps for others in `room`. Each asks for `more` as
    /// well.
    pub fn cover(
        &mut self,
        set: Set,
        room: Set,
        width: u16,
        style: Style,
        leaf: Leaf,
        more: &[ArgCmp],
    ) -> Result<(), OverlayError> {
        for clause in self.clauses(set, room, width)? {
            self.clause(&clause, width, style, leaf, more)?;
        }
        Ok(())
    }

    /// Adds the rules for a clause, each of which asks for `more` as well.
    pub fn clause(
        &mut self,
        clause: &Clause,
        width: u16,
        style: Style,
        leaf: Leaf,
        more: &[ArgCmp],
    ) -> Result<(), OverlayError> {
        let mut products: Vec<Vec<ArgCmp>> = vec![Vec::new()];
        for arg in &clause.args {
            let index = arg.index;
            let singles = conditions::of_argument(self.store, arg, width, style, RULE_LIMIT);
            let singles = singles.map_err(|bound| self.too_large(bound))?;
            let singles = singles.ok_or_else(|| self.too_many())?;
            if products.len() * singles.len() > RULE_LIMIT {
                return Err(self.too_many());
            }
            let with = |product: &Vec<ArgCmp>| {
                let product = product.clone();
                let with = singles.iter().map(move |single| {
                    let mut args = product.clone();
                    args.push(single.on(index));
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
                let mut args = args.clone();
                args.extend_from_slice(more);
                args.sort_by_key(|arg| arg.index);
                self.rules.push(rule(self.syscall, action(leaf), clause, *kernel, args));
            }
        }
        Ok(())
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
