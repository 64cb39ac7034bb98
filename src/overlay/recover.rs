//! A profile for a function that no profile is known of: that of filters in the kernel.

use super::layers::error::OverlayError;
use super::layers::layer::{self, Cell, Filters, Grid, Layer};
use super::layers::source::Source;
use super::merge::{with_architectures, with_default};
use super::synthesis::goal::Goal;
use super::synthesis::realise::realise;
use crate::decision::var::{ARG_BITS, Group, INSTRUCTION_POINTER};
use crate::decision::{Assignment, Decision, Leaf, Store};
use crate::diff::{agreement, differing};
use crate::load::{LoadOptions, parse};
use crate::profile::{Action, Format, Profile, Rule, Span, Spanned, to_json};
use crate::semantics::{AbiPolicy, Engine, Policy, Problem, Runtime, Settings, action, leaf};
use crate::syscall::{Abi, Host, Syscall, numbers};
use std::collections::BTreeMap;

/// What [`recover`] found.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// A profile that Docker loads.
    pub profile: Profile,
    /// Under what it was held against the function.
    pub settings: Settings,
    /// What it is there.
    pub policy: Policy,
    /// Whether it is that function, for every call, number and argument.
    pub is_equal: bool,
    /// Calls that no rules give what is wanted, each with the reason: here they get what is
    /// wanted of native programs, or the strictest of their answers.
    pub unsaid: Vec<(Syscall, OverlayError)>,
}

/// Finds the profile that has a function on its hosts, under the machine that is asked for or, where
/// the function cannot be had there, under crun or runc: these two differ in what they answer to
/// numbers above all that a profile names.
///
/// Where no profile has it, the result is the one that was found to differ in the fewest places:
/// [`Recovered::is_equal`] says so, and a comparison with the function says where.
///
/// # Errors
/// [`OverlayError`], where no profile at all was found.
pub fn recover(
    store: &mut Store,
    wanted: &Policy,
    settings: &Settings,
) -> Result<Recovered, OverlayError> {
    let hosts = wanted.hosts().iter().map(|on| on.host).collect();
    let asked = Settings { hosts, ..settings.clone() }.read_by(Engine::Docker);
    let mut machines = vec![asked.clone()];
    for runtime in [Runtime::RUNC, Runtime::CRUN] {
        if machines.iter().all(|known| known.machine.runtime.program() != runtime.program()) {
            machines.push(asked.clone().with_runtime(runtime));
        }
    }
    let mut best: Option<(usize, Recovered)> = None;
    let mut failed = None;
    for settings in machines {
        store.meter().ration(RATION);
        let found = under(store, wanted, &settings);
        store.meter().ration(0);
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                failed.get_or_insert(error);
                continue;
            }
        };
        if found.is_equal {
            return Ok(found);
        }
        let point = Assignment::default();
        let count = differing(store, &found.policy, wanted, &point)?;
        if best.as_ref().is_none_or(|(least, _)| count < *least) {
            best = Some((count, found));
        }
    }
    match best {
        Some((_, found)) => Ok(found),
        None => Err(failed.unwrap_or(OverlayError::NoHost)),
    }
}

/// Of what is left for the question, one in so many is what libseccomp's tests of one call may take. A call
/// takes its part for some ways to write it, under each runtime, before it gives way.
const RATION: u64 = 16;

/// The answer of runc's stub.
const ENOSYS: Action = Action::Errno(38);

/// The profile for one machine.
fn under(
    store: &mut Store,
    wanted: &Policy,
    settings: &Settings,
) -> Result<Recovered, OverlayError> {
    let places: Vec<(Host, &AbiPolicy)> = wanted
        .hosts()
        .iter()
        .flat_map(|on| on.abis.iter().flatten().map(|abi| (on.host, abi)))
        .filter(|(host, abi)| abi.abi == host.native() || is_said(store, wanted, *host, abi))
        .collect();
    let mut filters: Filters = Vec::new();
    for &(host, abi) in &places {
        match filters.last_mut().filter(|(last, _)| *last == host) {
            Some((_, abis)) => abis.push(abi.abi),
            None => filters.push((host, vec![abi.abi])),
        }
    }
    let native = places.iter().find(|(host, abi)| abi.abi == host.native());
    let default = native.map_or(Decision::leaf(0), |(_, abi)| abi.default());
    let default = strictest(store, default);
    let tops: BTreeMap<(Host, Abi), u32> =
        places.iter().map(|&(host, abi)| ((host, abi.abi), top(abi))).collect();
    let has_stub = settings.machine.runtime.has_stub();
    let mut rows: Grid = vec![Vec::new(); Syscall::count()];
    for &(host, abi) in &places {
        for (number, syscall, decision) in abi.calls() {
            let Some(row) = rows.get_mut(syscall.index()) else { continue };
            // What the stub says need not be said.
            let is_above = has_stub && tops.get(&(host, abi.abi)).is_some_and(|top| number > *top);
            let decision = if is_above { Decision::leaf(default) } else { decision };
            row.push(Cell { host, abi: abi.abi, decision });
        }
    }
    let base = with_default(Profile::default(), default, default);
    let base = with_architectures(&base, &filters)?;
    let layer = Layer { name: String::new(), profile: base.clone() };
    let nothing = layer::constant(&filters);
    let source = Source::new(store, &layer, &nothing, &filters, Some(default))
        .map_err(OverlayError::of_layer(0))?;
    let sources = [source];
    let rows = rows.into_iter().map(|row| (!row.is_empty()).then_some(row)).collect();
    let by = |_: &str| String::new();
    let (exact, unknown) = (false, BTreeMap::new());
    let mut goal =
        Goal { base, default, filters, rows, exact, sources: &sources, unknown, by: &by };
    let mut unsaid = hanging_on_the_address(store, &mut goal);
    let merged = loop {
        match realise(store, &goal) {
            Ok(merged) => break merged,
            Err(error) => give_way(store, &mut goal, &mut unsaid, error)?,
        }
    };
    let mut profile = merged.profile;
    if has_stub {
        name_the_highest(&mut profile, &tops, default);
    }
    let profile = read_again(&profile)?;
    let policy = Policy::build(store, &profile, settings)
        .map_err(|error| OverlayError::Refused(Box::new(error)))?;
    let is_equal = agreement(store, &policy, wanted)?.is_all();
    let unsaid = unsaid.into_iter().filter_map(|(syscall, why)| Some((syscall, why?))).collect();
    Ok(Recovered { profile, settings: settings.clone(), policy, is_equal, unsaid })
}

/// Whether a filter can have an ABI. One that kills every call is said by leaving it out, and one that
/// blocks every call in another way than the default action by nothing: out is nearer than in, for
/// each rule would be one for other programs, too.
fn is_said(store: &Store, wanted: &Policy, host: Host, abi: &AbiPolicy) -> bool {
    let native = wanted.abi(host, host.native()).map(AbiPolicy::default);
    let runs = abi.runs();
    let is_one = runs.iter().all(|(_, decision)| Some(decision) == runs.first().map(|run| &run.1));
    let one = runs.first().and_then(|(_, decision)| decision.as_leaf()).filter(|_| is_one);
    let is_default = |one: Leaf| native.map(|native| strictest(store, native)) == Some(one);
    abi.in_filter && one.is_none_or(|one| is_default(one) || action(one).lets_through())
}

/// The highest number, of those that are not x32's by their bit, that does not get what runc's stub
/// answers.
fn top(abi: &AbiPolicy) -> u32 {
    let stub = Decision::leaf(leaf(ENOSYS));
    let named = abi.calls().filter(|(.., decision)| *decision != stub);
    named.map(|(number, ..)| number).max().unwrap_or(0)
}

/// The strictest of a function's leaves.
fn strictest(store: &Store, decision: Decision) -> Leaf {
    let leaves = store.leaves(decision).into_iter();
    leaves.min_by_key(|leaf| action(*leaf).rank()).unwrap_or(leaf(Action::KillProcess))
}

/// Why a call does not get what is wanted, and how far the wish was taken back already.
type Unsaid = BTreeMap<Syscall, Option<OverlayError>>;

/// No rule sees from where a call is made.
fn hanging_on_the_address(store: &mut Store, goal: &mut Goal) -> Unsaid {
    let mut unsaid = Unsaid::new();
    let address = Group::Arg(INSTRUCTION_POINTER);
    for syscall in Syscall::all() {
        let Some(Some(row)) = goal.rows.get_mut(syscall.index()) else { continue };
        for cell in row.iter_mut().filter(|cell| store.asks(cell.decision, address)) {
            cell.decision = Decision::leaf(strictest(store, cell.decision));
            unsaid.insert(syscall, Some(OverlayError::Address { syscall }));
        }
    }
    unsaid
}

/// Takes back what no rules say: first of programs of other widths, then altogether.
fn give_way(
    store: &mut Store,
    goal: &mut Goal,
    unsaid: &mut Unsaid,
    error: OverlayError,
) -> Result<(), OverlayError> {
    let Some(syscall) = about(&error) else { return Err(error) };
    let Some(Some(row)) = goal.rows.get_mut(syscall.index()) else { return Err(error) };
    let is_native = |cell: &Cell| cell.abi == cell.host.native();
    let is_first = !unsaid.contains_key(&syscall);
    let native = row.iter().find(|cell| is_native(cell)).map(|cell| cell.decision);
    match native {
        Some(native) if is_first && row.iter().any(|cell| !is_native(cell)) => {
            let low = low_half(store, native)?;
            for cell in row.iter_mut().filter(|cell| !is_native(cell)) {
                cell.decision = low;
            }
        }
        _ => {
            let all = row.iter().map(|cell| strictest(store, cell.decision));
            let one = all.min_by_key(|leaf| action(*leaf).rank());
            let one = Decision::leaf(one.unwrap_or(goal.default));
            if row.iter().all(|cell| cell.decision == one) {
                return Err(error);
            }
            row.iter_mut().for_each(|cell| cell.decision = one);
        }
    }
    unsaid.entry(syscall).or_insert(Some(error));
    Ok(())
}

/// What rules for 64-bit arguments mean to programs of 32 bits.
fn low_half(store: &mut Store, decision: Decision) -> Result<Decision, OverlayError> {
    let is_high = |var| match crate::decision::var::group(var) {
        group @ Group::Arg(_) => var < group.range().0 + ARG_BITS / 2,
        _ => false,
    };
    Ok(store.fix(decision, &|var| is_high(var).then_some(false))?)
}

/// Which call an error is about.
fn about(error: &OverlayError) -> Option<Syscall> {
    match error {
        OverlayError::TooLarge { syscall, .. } | OverlayError::TooManyRules { syscall, .. } => {
            Some(*syscall)
        }
        OverlayError::NotOneText { call, .. }
        | OverlayError::OneWidth { call, .. }
        | OverlayError::NotProved { call, .. } => Some(call.syscall),
        OverlayError::Refused(error) => match error.kind {
            Problem::Refused { syscall, .. } | Problem::TooLarge { syscall, .. } => Some(syscall),
            _ => None,
        },
        _ => None,
    }
}

/// runc's stub begins above the highest number that a profile names, be it in a rule that says no more
/// than the default action.
fn name_the_highest(profile: &mut Profile, tops: &BTreeMap<(Host, Abi), u32>, default: Leaf) {
    let mut missing: Vec<&str> = Vec::new();
    for (&(_, abi), top) in tops {
        let named = numbers(abi).iter().find(|(number, _)| number == top);
        let Some(name) = named.map(|(_, syscall)| syscall.name()) else { continue };
        let mut names = profile.rules.iter().flat_map(|rule| &rule.names);
        if !missing.contains(&name) && names.all(|known| known.value != name) {
            missing.push(name);
        }
    }
    if missing.is_empty() {
        return;
    }
    missing.sort_unstable();
    let default = action(default);
    profile.rules.push(Rule {
        span: Span::default(),
        name: None,
        names: missing.into_iter().map(|name| Spanned::bare(name.to_owned())).collect(),
        action: Spanned::bare(default.name()),
        errno_ret: match default {
            Action::Errno(value) | Action::Trace(value) => Some(Spanned::bare(value.into())),
            _ => None,
        },
        errno: None,
        args: Vec::new(),
        comment: Some("runc answers ENOSYS above the highest number that is named".to_owned()),
        includes: Default::default(),
        excludes: Default::default(),
    });
}

fn read_again(profile: &Profile) -> Result<Profile, OverlayError> {
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let read = parse("the recovered profile", to_json(profile).as_bytes(), &options);
    read.map(|loaded| loaded.profile).map_err(|error| OverlayError::Unreadable(error.to_string()))
}
