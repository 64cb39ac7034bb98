//! Which of many known profiles a stack of filters is, or is nearest to.

use super::VerifyError;
use super::grid::machines;
use crate::decision::{Limits, Set, Store};
use crate::diff::agreement;
use crate::filter::{Filter, Program};
use crate::profile::Profile;
use crate::semantics::{Engine, Machine, Policy, Settings};

/// A profile that is known, with the engine that reads it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// Who reads it.
    pub engine: Engine,
}

/// What filters are, or are nearest to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// Which of the candidates.
    pub candidate: usize,
    /// Which machine makes the filters of it, or the newest.
    pub machine: Machine,
    /// How many calls of the host's own programs get another answer; 0 where the two are one
    /// function, for every call of all programs.
    pub differs: usize,
    /// The filter of the stack (0 is the oldest) that is meant by itself; none for all of them together.
    pub alone: Option<usize>,
}

/// Finds profiles for stacks of one environment. Policies are built once.
#[derive(Debug)]
pub struct Finder<'a> {
    candidates: Vec<Candidate<'a>>,
    settings: Settings,
    store: Store,
    /// What the newest machine makes of each, where it starts at all.
    policies: Vec<Option<Policy>>,
    /// Machines that made filters here before: one box seldom has more.
    seen: Vec<Machine>,
}

/// Store for all candidates, before it is begun anew.
const MOST_NODES: usize = 400_000;
/// For many questions: what the candidates are is asked once.
const LIMITS: Limits = Limits { work: 3_000_000_000, memory: 160 << 20 };

/// On how many candidates, the nearest first, other machines are tried.
const TRIED: usize = 3;

/// How many calls another machine changes at most: the names that an older libseccomp does not
/// know, and those that runc's stub answers. What differs in more is of another making.
const BY_MACHINE: usize = 160;

impl<'a> Finder<'a> {
    /// For a question, of which the host and the environment count; each candidate has its own engine.
    /// Of candidates that fit alike the first wins.
    pub fn new(candidates: Vec<Candidate<'a>>, settings: &Settings) -> Finder<'a> {
        let (store, policies) = (Store::new(LIMITS), Vec::new());
        Finder { candidates, settings: settings.clone(), store, policies, seen: Vec::new() }
    }

    /// The candidate that a stack is or is nearest to, of those that `is_meant` takes; none where
    /// no candidate starts. Where the whole stack is none, each filter of it is tried.
    ///
    /// # Errors
    /// [`VerifyError`]: a stack that no kernel has, or a bound.
    pub fn find(
        &mut self,
        stack: &[Program],
        is_meant: &dyn Fn(usize) -> bool,
    ) -> Result<Option<Nearest>, VerifyError> {
        let whole = self.of(stack, is_meant)?;
        if stack.len() < 2 || whole.is_some_and(|nearest| nearest.differs == 0) {
            return Ok(whole);
        }
        let mut best = whole;
        for (at, program) in stack.iter().enumerate() {
            let found = self.of(std::slice::from_ref(program), is_meant)?;
            if let Some(found) = found
                && best.is_none_or(|best| found.differs < best.differs)
            {
                best = Some(Nearest { alone: Some(at), ..found });
            }
        }
        Ok(best)
    }

    fn of(
        &mut self,
        stack: &[Program],
        is_meant: &dyn Fn(usize) -> bool,
    ) -> Result<Option<Nearest>, VerifyError> {
        self.prepare();
        let filter =
            Filter::new(&mut self.store, stack)?.policy(&mut self.store, &self.settings)?;
        let mut near: Vec<Nearest> = Vec::new();
        for (candidate, policy) in self.policies.iter().enumerate() {
            let Some(policy) = policy.as_ref().filter(|_| is_meant(candidate)) else { continue };
            let machine = Machine::newest(self.candidates[candidate].engine);
            let differs = differing(policy, &filter);
            let is_one = differs == 0 && agreement(&mut self.store, policy, &filter)? == Set::ALL;
            if is_one {
                return Ok(Some(Nearest { candidate, machine, differs, alone: None }));
            }
            // Other programs' calls differ, or numbers without a name.
            near.push(Nearest { candidate, machine, differs: differs.max(1), alone: None });
        }
        // The first of those that fit alike stays first.
        near.sort_by_key(|nearest| nearest.differs);
        let tried = near.iter().take(TRIED).filter(|nearest| nearest.differs <= BY_MACHINE);
        for nearest in tried.copied().collect::<Vec<_>>() {
            if let Some(machine) = self.maker(nearest, &filter)? {
                return Ok(Some(Nearest { machine, differs: 0, ..nearest }));
            }
        }
        Ok(near.first().copied())
    }

    /// Builds what the newest machines make of the candidates, where that is to be done.
    fn prepare(&mut self) {
        if !self.policies.is_empty() && self.store.node_count() <= MOST_NODES {
            return;
        }
        self.store = Store::new(LIMITS);
        let store = &mut self.store;
        let policies = self.candidates.iter().map(|candidate| {
            let settings = self.settings.clone().read_by(candidate.engine);
            let machine = Machine::newest(candidate.engine);
            Policy::build(store, candidate.profile, &Settings { machine, ..settings }).ok()
        });
        self.policies = policies.collect();
    }

    /// The machine of the candidate's engine that makes the filter of it.
    fn maker(&mut self, nearest: Nearest, filter: &Policy) -> Result<Option<Machine>, VerifyError> {
        let Candidate { profile, engine } = self.candidates[nearest.candidate];
        let is_its = |machine: &Machine| machine.engine == engine;
        let all = machines(Machine::newest(engine)).into_iter().filter(is_its);
        let seen = self.seen.iter().copied().filter(is_its).collect::<Vec<_>>();
        for machine in seen.into_iter().chain(all) {
            let settings = Settings { machine, ..self.settings.clone() };
            let Ok(policy) = Policy::build(&mut self.store, profile, &settings) else { continue };
            if agreement(&mut self.store, &policy, filter)? == Set::ALL {
                if !self.seen.contains(&machine) {
                    self.seen.push(machine);
                }
                return Ok(Some(machine));
            }
        }
        Ok(None)
    }
}

/// How many calls of the first host's own programs get another answer.
fn differing(a: &Policy, b: &Policy) -> usize {
    let native = |policy: &'_ Policy| -> Option<Vec<_>> {
        let abis = policy.hosts().first()?.abis.as_ref().ok()?;
        Some(abis.first()?.calls().map(|(.., decision)| decision).collect())
    };
    match (native(a), native(b)) {
        (Some(a), Some(b)) => a.iter().zip(&b).filter(|(a, b)| a != b).count(),
        _ => usize::MAX,
    }
}
