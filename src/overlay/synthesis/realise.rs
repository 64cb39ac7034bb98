//! From a definition to a profile that is proved to be it.
//!
//! Each system call gets its rules in the first of several [ways](super::ways). The profile is then
//! built again; a call for which it is not what was asked goes on to the next way.

use super::goal::{Goal, first_difference, multiplexer};
use super::multiplexed::{self, Multiplexed};
use super::plan::{Edits, Wanted};
use super::ways::Ways;
use crate::decision::Store;
use crate::load::{LoadOptions, parse};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{self, Cell, Grid, Layer};
use crate::profile::{Format, Profile, to_json};
use crate::semantics::{Problem, SemanticsError};
use crate::syscall::{Abi, Host, Syscall};
use std::collections::BTreeMap;

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
    /// ABIs that [`Strategy::Stack`] leaves out of the filter, because a layer does, where some layer
    /// kills processes: without the ABI, the thread alone is killed.
    ///
    /// [`Strategy::Stack`]: crate::overlay::Strategy::Stack
    pub softened: Vec<(Host, Abi)>,
}

/// Finds the profile.
pub(in crate::overlay) fn realise(store: &mut Store, goal: &Goal) -> Result<Merged, OverlayError> {
    let mut ways = Ways::default();
    let base = Layer { name: String::new(), profile: goal.base.clone() };
    loop {
        let mut wanted = rules(store, goal, &mut ways)?;
        let mut built = Built::new(store, goal, &base, &wanted)?;
        let count = wanted.len();
        let kept = built.grid.as_ref().map_err(|e| OverlayError::Refused(Box::new(e.clone())));
        let multiplexed = match multiplexed::own_rules(store, goal, &mut wanted, kept) {
            Ok(multiplexed) => multiplexed,
            Err(OverlayError::Refused(error)) => {
                go_on_refused(goal, *error, &mut ways)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        if wanted.len() > count {
            built = Built::new(store, goal, &base, &wanted)?;
        }
        let Built { edits, profile, grid } = built;
        let grid = match grid {
            Ok(grid) => grid,
            Err(error) => {
                go_on_refused(goal, error, &mut ways)?;
                continue;
            }
        };
        let wrong = wrong(store, goal, &grid)?;
        if !wrong.is_empty() {
            go_on_wrong(store, goal, &profile, &wrong, &grid, &mut ways)?;
        } else if !hangs_on_order(store, goal, &base, &profile, &mut ways) {
            let hosts = goal.filters.iter().map(|(host, _)| *host).collect();
            let (base, softened) = (goal.base.clone(), Vec::new());
            return Ok(Merged { base, edits, profile, hosts, multiplexed, softened });
        }
    }
}

/// What came of rules, written and read again.
struct Built {
    edits: Edits,
    profile: Profile,
    grid: Result<Grid, SemanticsError>,
}

impl Built {
    fn new(
        store: &mut Store,
        goal: &Goal,
        base: &Layer,
        wanted: &BTreeMap<String, Wanted>,
    ) -> Result<Built, OverlayError> {
        let edits = Edits::new(&goal.base, wanted);
        let text = to_json(&edits.apply(&goal.base));
        let options = LoadOptions { format: Some(Format::Docker), document: None };
        let profile = parse("the merged profile", text.as_bytes(), &options)
            .map_err(|error| OverlayError::Unreadable(error.to_string()))?
            .profile;
        let layer = base.with(profile);
        let grid = layer.matches(store, &goal.base, &goal.filters);
        Ok(Built { edits, profile: layer.profile, grid })
    }
}

/// Lets a call that libseccomp refuses, or that would take it too long, go on to another way.
fn go_on_refused(goal: &Goal, error: SemanticsError, ways: &mut Ways) -> Result<(), OverlayError> {
    let (syscall, goes_on) = match error.kind {
        Problem::Refused { syscall, .. } => (Some(syscall), ways.go_on_refused(syscall, goal)),
        Problem::TooLarge { syscall, .. } => (Some(syscall), ways.simplify(syscall)),
        _ => (None, false),
    };
    if goes_on {
        return Ok(());
    }
    let why = syscall.and_then(|syscall| ways.why(syscall));
    Err(why.unwrap_or_else(|| OverlayError::Refused(Box::new(error))))
}

/// The rules for every call that shall have others than the base's, but for the multiplexers.
fn rules(
    store: &mut Store,
    goal: &Goal,
    ways: &mut Ways,
) -> Result<BTreeMap<String, Wanted>, OverlayError> {
    let mut wanted = unknown(goal);
    for syscall in Syscall::all().filter(|syscall| multiplexer(*syscall).is_none()) {
        if goal.row(syscall).is_none() && !ways.is_reshaped(syscall) {
            continue;
        }
        let found = loop {
            match ways.rules(store, goal, syscall) {
                Err(error) => ways.go_on_without(syscall, error)?,
                Ok(found) => break found,
            }
        };
        if let Some(rules) = found {
            let by = (goal.by)(syscall.name());
            let ordered = ways.is_ordered(syscall);
            wanted.insert(syscall.name().to_owned(), Wanted { rules, by, ordered });
        }
    }
    Ok(wanted)
}

/// The calls that get something else than was wanted, those that shall stay as they are in the base
/// among them, each with the first place where it does.
fn wrong(
    store: &mut Store,
    goal: &Goal,
    grid: &Grid,
) -> Result<Vec<(Syscall, Cell)>, OverlayError> {
    let mut wrong = Vec::new();
    for syscall in Syscall::all().filter(|syscall| multiplexer(*syscall).is_none()) {
        if let (Some(row), Some(found)) = (goal.wanted(syscall), grid.get(syscall.index()))
            && let Some(cell) = first_difference(store, goal, row, found)?
        {
            wrong.push((syscall, cell));
        }
    }
    Ok(wrong)
}

/// Lets calls that get something else go on to their next way.
fn go_on_wrong(
    store: &mut Store,
    goal: &Goal,
    profile: &Profile,
    wrong: &[(Syscall, Cell)],
    grid: &Grid,
    ways: &mut Ways,
) -> Result<(), OverlayError> {
    let blind = layer::blind(store, profile, &goal.filters)
        .map_err(|error| OverlayError::Refused(Box::new(error)))?;
    let (mut padded, mut ended) = (Vec::new(), None);
    for &(syscall, cell) in wrong {
        if blind.contains(&(cell.host, cell.abi)) {
            if !padded.iter().any(|(abi, _)| *abi == cell.abi) {
                padded.push((cell.abi, ways.pad(profile, cell.abi)));
            }
            if padded.iter().any(|(abi, more)| *abi == cell.abi && *more) {
                continue;
            }
        }
        if !ways.go_on(syscall) {
            ended = Some((syscall, cell));
        }
    }
    let Some((syscall, cell)) = ended else { return Ok(()) };
    let place = |other: &&Cell| (other.host, other.abi) == (cell.host, cell.abi);
    let found = grid.get(syscall.index()).and_then(|row| row.iter().find(place));
    let found = found.map_or(cell.decision, |found| found.decision);
    let error = ways.why(syscall);
    Err(error
        .unwrap_or_else(|| OverlayError::not_proved(store, syscall, cell, found, goal.default)))
}

/// Whether the rules in the reverse order are refused or mean something else, for calls that have
/// another way to get their rules.
fn hangs_on_order(
    store: &mut Store,
    goal: &Goal,
    base: &Layer,
    profile: &Profile,
    ways: &mut Ways,
) -> bool {
    let is_open = |ways: &Ways, syscall: Syscall| {
        ways.is_open(syscall) && goal.row(syscall).is_some() && multiplexer(syscall).is_none()
    };
    // Of a call with one rule the order does not matter.
    let mut several = BTreeMap::new();
    for name in profile.rules.iter().flat_map(|rule| &rule.names) {
        *several.entry(name.value.as_str()).or_insert(0) += 1;
    }
    let several = several.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name);
    let forth = layer::naming(profile, &several.collect());
    let mut back = forth.clone();
    back.rules.reverse();
    let mut matches = |profile| base.with(profile).matches(store, &goal.base, &goal.filters);
    let Ok(grid) = matches(forth) else { return false };
    match matches(back) {
        Ok(other) => {
            let rows = Syscall::all().zip(grid.iter().zip(&other));
            let differing = rows.filter(|(_, (a, b))| a != b).map(|(syscall, _)| syscall);
            let open: Vec<Syscall> = differing.filter(|s| is_open(ways, *s)).collect();
            open.iter().filter(|syscall| ways.go_on(**syscall)).count() > 0
        }
        Err(SemanticsError { kind: Problem::Refused { syscall, .. }, .. }) => {
            is_open(ways, syscall) && ways.go_on(syscall)
        }
        Err(_) => false,
    }
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
