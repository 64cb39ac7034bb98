//! From a definition to a profile that is proved to be it.
//!
//! Each system call gets its rules in the first of these ways that fits: the base's own rules stay,
//! another layer's are taken over as they are, some of the base's stay and others are made, all
//! are made. The profile is then built
//! again; a call for which it is not what was asked goes on to the next way.

use super::conditions::Style;
use super::error::OverlayError;
use super::layer::{self, Cell, Filters, Grid, Layer, rules_of};
use super::multiplexed::{self, Multiplexed};
use super::plan::{Edits, Wanted};
use super::{synth, target};
use crate::decision::{Decision, Leaf, Store};
use crate::load::{LoadOptions, parse};
use crate::profile::{ArgCmp, Format, Op, Profile, Rule, Span, to_json};
use crate::semantics::{Policy, Problem, Scope, SemanticsError, UNMATCHED, leaf};
use crate::syscall::{Host, Multiplexer, Syscall};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// A profile that was proved.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What the edits are of: the base, with what belongs to the profile as a whole already as
    /// it shall be.
    pub base: Profile,
    /// What is done to the base's rules.
    pub edits: Edits,
    /// The result.
    pub profile: Profile,
    /// The hosts on which it was compared with the definition.
    pub hosts: Vec<Host>,
    /// Calls through `socketcall` and `ipc` for which no rules give what the definition says.
    pub multiplexed: Vec<Multiplexed>,
}

/// What is wanted.
pub(super) struct Goal<'a> {
    /// The profile that is edited; names are in `names`, never in `name`.
    pub base: Profile,
    pub default: Leaf,
    pub filters: Filters,
    /// The wanted matches by [`Syscall::index`]; an empty row keeps what the base says.
    pub rows: Vec<Option<Vec<Cell>>>,
    /// Whether it matters if a call has a match with the default action, or none.
    pub exact: bool,
    /// Where rules can come from. The first are the base's own.
    pub sources: &'a [Source<'a>],
    /// Names that nothing is known of, with the source that has them last.
    pub unknown: BTreeMap<String, usize>,
    /// Who asks for a change of a call.
    pub by: &'a dyn Fn(&str) -> String,
}

/// A layer with its matches.
pub(super) struct Source<'a> {
    pub layer: &'a Layer,
    pub grid: &'a Grid,
    pub names: BTreeSet<String>,
    /// Calls of which the rules mean something else in another order or beside another default.
    pub fragile: FxHashSet<Syscall>,
}

/// How a call gets its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Reuse,
    Mend,
    Plain,
    /// As [`Way::Plain`] with `GE` and `LT` alone: where one set ends and the next begins,
    /// libseccomp then tests one thing and not two.
    Steps,
    /// As [`Way::Plain`], each rule testing every argument that one of them tests.
    Full,
    /// As both.
    FullSteps,
    Masks,
    /// As [`Way::Reuse`], be it that the order of the rules matters.
    Verbatim,
}

impl Way {
    fn next(self) -> Option<Way> {
        match self {
            Way::Reuse => Some(Way::Mend),
            Way::Mend => Some(Way::Plain),
            Way::Plain => Some(Way::Steps),
            Way::Steps => Some(Way::Full),
            Way::Full => Some(Way::FullSteps),
            Way::FullSteps => Some(Way::Masks),
            Way::Masks => Some(Way::Verbatim),
            Way::Verbatim => None,
        }
    }
}

impl<'a> Source<'a> {
    /// A layer as a source for a profile with a default action.
    pub fn new(
        store: &mut Store,
        layer: &'a Layer,
        grid: &'a Grid,
        filters: &Filters,
        default: Option<Leaf>,
    ) -> Result<Source<'a>, SemanticsError> {
        let fragile = fragile(store, layer, grid, filters, default)?;
        let names = layer.names().into_keys().map(str::to_owned).collect();
        Ok(Source { layer, grid, names, fragile })
    }
}

/// Calls of which rules with different actions meet. `default` is the action of rules that do not
/// count, where the layer stays the base.
fn fragile(
    store: &mut Store,
    layer: &Layer,
    grid: &Grid,
    filters: &Filters,
    default: Option<Leaf>,
) -> Result<FxHashSet<Syscall>, SemanticsError> {
    let names = layer.names();
    let candidates = names.iter().filter(|(_, places)| places.len() > 1);
    let candidates: Vec<Syscall> =
        candidates.filter_map(|(name, _)| Syscall::from_name(name)).collect();
    let mut fragile = FxHashSet::default();
    if candidates.is_empty() {
        return Ok(fragile);
    }
    let settings = layer::settings(filters);
    let profile =
        Profile { arch_map: Vec::new(), architectures: Vec::new(), ..layer.profile.clone() };
    let policy = Policy::build_scope(store, &profile, &settings, Scope::Matches)?;
    for syscall in candidates {
        let counts = policy.mentions(syscall).iter().filter(|m| Some(leaf(m.action)) != default);
        let counts: Vec<_> = counts.collect();
        'pairs: for (at, first) in counts.iter().enumerate() {
            for second in counts.iter().take(at) {
                let meets = |host: &Host| first.is_on(*host) && second.is_on(*host);
                if first.action != second.action
                    && settings.hosts.iter().any(meets)
                    && !store
                        .and(first.kept, second.kept)
                        .map_err(SemanticsError::whole)?
                        .is_empty()
                {
                    fragile.insert(syscall);
                    break 'pairs;
                }
            }
        }
    }
    if fragile.is_empty() || default.is_none() {
        return Ok(fragile);
    }
    // A base's own rules stay if the reverse order means the same.
    let mut reversed = profile;
    reversed.rules.reverse();
    if let Ok(other) = layer.with(reversed).matches(store, &layer.profile, filters) {
        let row = |grid: &Grid, syscall: &Syscall| grid.get(syscall.index()).cloned();
        fragile.retain(|syscall| row(grid, syscall) != row(&other, syscall));
    }
    Ok(fragile)
}

/// Finds the profile.
pub(super) fn realise(store: &mut Store, goal: &Goal) -> Result<Merged, OverlayError> {
    let mut ways: FxHashMap<Syscall, Way> = FxHashMap::default();
    let base = Layer { name: String::new(), profile: goal.base.clone() };
    let is_multiplexer = |syscall: Syscall| multiplexer(syscall).is_some();
    loop {
        let mut wanted = unknown(goal);
        for syscall in Syscall::all().filter(|syscall| !is_multiplexer(*syscall)) {
            let Some(Some(row)) = goal.rows.get(syscall.index()) else { continue };
            let found = loop {
                let way = ways.get(&syscall).copied().unwrap_or(Way::Reuse);
                match rules(store, goal, syscall, row, way) {
                    Err(_) if go_on_one(&mut ways, syscall) => {}
                    found => break found?,
                }
            };
            if let Some(rules) = found {
                let by = (goal.by)(syscall.name());
                let ordered = ways.get(&syscall) == Some(&Way::Verbatim);
                wanted.insert(syscall.name().to_owned(), Wanted { rules, by, ordered });
            }
        }
        let multiplexed = match multiplexed::own_rules(store, goal, &mut wanted) {
            Ok(multiplexed) => multiplexed,
            Err(OverlayError::Refused(error))
                if refused(&error).is_some_and(|syscall| go_on(&mut ways, syscall)) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        let edits = Edits::new(&goal.base, &wanted);
        let profile = edits.apply(&goal.base);
        let text = to_json(&profile);
        let options = LoadOptions { format: Some(Format::Docker), document: None };
        let profile = parse("the merged profile", text.as_bytes(), &options)
            .map_err(|error| OverlayError::Unreadable(error.to_string()))?
            .profile;
        let grid = match base.with(profile.clone()).matches(store, &goal.base, &goal.filters) {
            Ok(grid) => grid,
            Err(error) if refused(&error).is_some_and(|syscall| go_on(&mut ways, syscall)) => {
                continue;
            }
            Err(error) => return Err(OverlayError::Refused(Box::new(error))),
        };
        let mut wrong = None;
        let mut goes_on = false;
        for syscall in Syscall::all().filter(|syscall| !is_multiplexer(*syscall)) {
            let Some(Some(row)) = goal.rows.get(syscall.index()) else { continue };
            let Some(found) = grid.get(syscall.index()) else { continue };
            if let Some(cell) = first_difference(store, goal, row, found)? {
                match go_on(&mut ways, syscall) {
                    true => goes_on = true,
                    false => wrong = Some((syscall, cell)),
                }
            }
        }
        if let Some((syscall, Cell { host, abi, .. })) = wrong {
            return Err(OverlayError::NotProved { syscall, host, abi });
        }
        if !goes_on && !hangs_on_order(store, goal, &base, &profile, &grid, &mut ways) {
            let hosts = goal.filters.iter().map(|(host, _)| *host).collect();
            let base = goal.base.clone();
            return Ok(Merged { base, edits, profile, hosts, multiplexed });
        }
    }
}

/// Whether the rules in the reverse order are refused or mean something else, for calls that have
/// another way to get their rules.
fn hangs_on_order(
    store: &mut Store,
    goal: &Goal,
    base: &Layer,
    profile: &Profile,
    grid: &Grid,
    ways: &mut FxHashMap<Syscall, Way>,
) -> bool {
    let is_open = |ways: &FxHashMap<Syscall, Way>, syscall: Syscall| {
        let way = ways.get(&syscall).copied().unwrap_or(Way::Reuse);
        way < Way::Masks && matches!(goal.rows.get(syscall.index()), Some(Some(_)))
    };
    let mut reversed = profile.clone();
    reversed.rules.reverse();
    match base.with(reversed).matches(store, &goal.base, &goal.filters) {
        Ok(other) => {
            let rows = Syscall::all().zip(grid.iter().zip(&other));
            let differing = rows.filter(|(_, (a, b))| a != b).map(|(syscall, _)| syscall);
            let open: Vec<Syscall> =
                differing.filter(|s| multiplexer(*s).is_none() && is_open(ways, *s)).collect();
            open.iter().filter(|syscall| go_on_one(ways, **syscall)).count() > 0
        }
        Err(error) => refused(&error)
            .filter(|syscall| is_open(ways, *syscall) && multiplexer(*syscall).is_none())
            .is_some_and(|syscall| go_on_one(ways, syscall)),
    }
}

/// The call of which libseccomp refuses the rules.
fn refused(error: &SemanticsError) -> Option<Syscall> {
    match error.kind {
        Problem::Refused { syscall, .. } => Some(syscall),
        _ => None,
    }
}

fn go_on(ways: &mut FxHashMap<Syscall, Way>, syscall: Syscall) -> bool {
    let Some(family) = multiplexer(syscall) else { return go_on_one(ways, syscall) };
    // The rules that meet there are those of the calls behind it.
    let behind = |syscall: &Syscall| syscall.multiplexer().is_some_and(|(of, _)| of == family);
    let members = Syscall::all().filter(behind);
    let moved = members.filter(|member| go_on_one(ways, *member)).count();
    moved > 0
}

fn go_on_one(ways: &mut FxHashMap<Syscall, Way>, syscall: Syscall) -> bool {
    let way = ways.entry(syscall).or_insert(Way::Reuse);
    let next = way.next();
    *way = next.unwrap_or(*way);
    next.is_some()
}

/// The first cell in which a row is not what was wanted.
fn first_difference(
    store: &mut Store,
    goal: &Goal,
    wanted: &[Cell],
    found: &[Cell],
) -> Result<Option<Cell>, OverlayError> {
    let (mut a, mut b) = (wanted.to_vec(), found.to_vec());
    if !goal.exact {
        target::with_default(store, &mut a, goal.default)?;
        target::with_default(store, &mut b, goal.default)?;
    }
    Ok(a.iter().zip(&b).find(|(a, b)| a != b).map(|(a, _)| *a))
}

/// Names that no table knows, or no filter here: the base keeps its own, others come along.
fn unknown(goal: &Goal) -> BTreeMap<String, Wanted> {
    let rules = |name: &String, at: &usize| {
        let source = goal.sources.get(*at)?;
        let by = (goal.by)(name);
        Some((name.clone(), Wanted { rules: source.layer.rules_of(name), by, ordered: false }))
    };
    goal.unknown.iter().filter_map(|(name, at)| rules(name, at)).collect()
}

/// The rules for a call; `None` to leave the base's as they are.
pub(super) fn rules_for_cells(
    store: &mut Store,
    syscall: Syscall,
    row: &[Cell],
    masks: bool,
    known: &[Rule],
) -> Result<Vec<Rule>, OverlayError> {
    let style = if masks { Style::Masks } else { Style::Plain };
    synth::rules(store, syscall, row, style, known)
}

fn rules(
    store: &mut Store,
    goal: &Goal,
    syscall: Syscall,
    row: &[Cell],
    way: Way,
) -> Result<Option<Vec<Rule>>, OverlayError> {
    if matches!(way, Way::Reuse | Way::Verbatim) {
        for (at, source) in goal.sources.iter().enumerate() {
            let is_base = at == 0;
            let Some(own) = source.grid.get(syscall.index()) else { continue };
            if (way == Way::Reuse && source.fragile.contains(&syscall))
                || first_difference(store, goal, row, own)?.is_some()
            {
                continue;
            }
            let named = source.names.contains(syscall.name());
            match is_base {
                true => return Ok(None),
                false if named => return Ok(Some(source.layer.rules_of(syscall.name()))),
                // Nobody answers: the base's rules go.
                false => {}
            }
        }
    }
    let nothing = Decision::leaf(if goal.exact { UNMATCHED } else { goal.default });
    if row.iter().all(|cell| cell.decision == nothing || cell.decision == Decision::leaf(UNMATCHED))
    {
        return Ok(Some(Vec::new()));
    }
    let known = match way {
        Way::Reuse | Way::Mend => rules_of(&goal.base, syscall.name()),
        _ => Vec::new(),
    };
    let mut rules = rules_for_cells(store, syscall, row, way == Way::Masks, &known)?;
    if matches!(way, Way::Steps | Way::FullSteps) {
        rules.iter_mut().flat_map(|rule| &mut rule.args).for_each(step);
    }
    if matches!(way, Way::Full | Way::FullSteps) {
        fill(&mut rules);
    }
    Ok(Some(rules))
}

/// `LE 1` as `LT 2`, `GT 1` as `GE 2`, where no width cuts the operand.
fn step(arg: &mut ArgCmp) {
    let op = match arg.op {
        Op::Le => Op::Lt,
        Op::Gt => Op::Ge,
        _ => return,
    };
    if arg.value != u64::from(u32::MAX) && arg.value != u64::MAX {
        (arg.op, arg.value) = (op, arg.value + 1);
    }
}

/// Lets each rule test every argument that one of them tests: the paths through libseccomp's tree
/// are of one length then.
fn fill(rules: &mut [Rule]) {
    let mut indexes: Vec<u8> =
        rules.iter().flat_map(|rule| &rule.args).map(|arg| arg.index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    for rule in rules {
        for &index in &indexes {
            if rule.args.iter().all(|arg| arg.index != index) {
                let span = Span::default();
                rule.args.push(ArgCmp { index, op: Op::Ge, value: 0, value_two: 0, span });
            }
        }
        rule.args.sort_by_key(|arg| arg.index);
    }
}

pub(super) fn multiplexer(syscall: Syscall) -> Option<Multiplexer> {
    [Multiplexer::Socketcall, Multiplexer::Ipc].into_iter().find(|m| m.syscall() == Some(syscall))
}
