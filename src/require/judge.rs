//! Requirements against a policy: sets against sets.

use crate::call::Call;
use crate::decision::var::Group;
use crate::decision::{Assignment, Decision, Set, Store, TooLarge};
use crate::diff::Place;
use crate::lint::Requirement;
use crate::profile::{Action, KernelVersion};
use crate::semantics::{self, AbiPolicy, Policy};
use crate::syscall::{Abi, Host, Syscall};
use std::collections::{BTreeMap, HashMap};

/// Which list of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the words of the file
pub enum List {
    Blocked,
    Allowed,
    Within,
}

/// One call that is not as required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which programs make it.
    pub place: Place,
    /// Its number there.
    pub number: u32,
    /// Which, if the number has a name.
    pub syscall: Option<Syscall>,
    /// The environment and the arguments.
    pub point: Assignment,
    /// What the profile answers.
    pub action: Action,
    /// Whether the answer hangs on the kernel.
    pub asks_kernel: bool,
}

/// What became of a requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What is broken: a call of the file's list, by its place, and one call that shows it.
    pub broken: Vec<(List, usize, Broken)>,
    /// Of `within`, the calls that are let through and were not to be: one that shows it for each name.
    pub more: BTreeMap<Option<Syscall>, Broken>,
    /// Calls of a list that no program in question has.
    pub absent: Vec<(List, usize)>,
    /// Calls of a list that cannot be meant for programs of an ABI, as it has other arguments.
    pub unasked: Vec<(List, usize, Abi)>,
    /// Calls that are blocked as required, and that a multiplexer makes all the same.
    pub beside: Vec<(usize, Broken)>,
}

/// A kernel for proofs that do not ask for one.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };

/// Judges requirements of one policy.
#[derive(Debug)]
pub struct Judge<'a> {
    store: &'a mut Store,
    policy: &'a Policy,
    /// What a decision lets through.
    open: HashMap<Decision, Set>,
    /// The calls that a text means on an ABI.
    meant: HashMap<(String, Abi), Option<Set>>,
}

impl<'a> Judge<'a> {
    /// A judge of a policy, which is in that store.
    pub fn new(store: &'a mut Store, policy: &'a Policy) -> Judge<'a> {
        Judge { store, policy, open: HashMap::new(), meant: HashMap::new() }
    }

    /// What becomes of a requirement, `base` being what it says to stay within, on the same hosts and in
    /// the same store.
    ///
    /// # Errors
    /// A bound of the store.
    pub fn judge(
        &mut self,
        requirement: &Requirement,
        base: Option<&Policy>,
    ) -> Result<Judgement, TooLarge> {
        let mut judgement = Judgement::default();
        for (list, calls) in
            [(List::Blocked, &requirement.blocked), (List::Allowed, &requirement.allowed)]
        {
            for (at, call) in calls.iter().enumerate() {
                self.one(&mut judgement, list, at, call)?;
            }
        }
        if let Some(base) = base {
            self.within(&mut judgement, base)?;
        }
        self.store.meter().check()?;
        Ok(judgement)
    }

    fn one(
        &mut self,
        judgement: &mut Judgement,
        list: List,
        at: usize,
        call: &Call,
    ) -> Result<(), TooLarge> {
        let policy = self.policy;
        let mut is_known = false;
        let mut broken = None;
        let mut beside = None;
        for (host, abi) in programs(policy) {
            let Some(number) = call.syscall.number(abi.abi) else { continue };
            if call.abi().is_some_and(|only| only != abi.abi) {
                continue;
            }
            is_known = true;
            let Some(meant) = self.meant(call, abi.abi)? else {
                judgement.unasked.push((list, at, abi.abi));
                continue;
            };
            let is_served = abi.in_filter || abi.abi == host.native() || call.abi().is_some();
            if broken.is_some() || (list == List::Allowed && !is_served) {
                continue;
            }
            let decision = abi.decision(number);
            let open = self.open(decision)?;
            let wrong = match list {
                List::Allowed => self.store.minus(meant, open)?,
                List::Blocked | List::Within => self.store.and(meant, open)?,
            };
            let place = Place { host, abi: abi.abi };
            broken = self.shown(place, (number, Some(call.syscall)), decision, wrong)?;
            if list == List::Blocked && broken.is_none() && beside.is_none() {
                beside = self.multiplexed(place, abi, call.syscall)?;
            }
        }
        if !is_known {
            judgement.absent.push((list, at));
        }
        match (broken, beside) {
            (Some(broken), _) => judgement.broken.push((list, at, broken)),
            (None, Some(beside)) => judgement.beside.push((at, beside)),
            (None, None) => {}
        }
        Ok(())
    }

    /// A call of the multiplexer that does the same, if that is let through.
    fn multiplexed(
        &mut self,
        place: Place,
        abi: &AbiPolicy,
        syscall: Syscall,
    ) -> Result<Option<Broken>, TooLarge> {
        if !place.abi.has_multiplexers() {
            return Ok(None);
        }
        let found = syscall.multiplexer().and_then(|(multiplexer, call)| {
            let number = multiplexer.syscall()?.number(place.abi)?;
            Some((multiplexer.syscall()?, number, u64::from(call)))
        });
        let Some((syscall, number, call)) = found else { return Ok(None) };
        let same = Call::of(syscall, [Some(call), None, None, None, None, None]);
        let same = same.set(self.store, place.abi)?;
        let decision = abi.decision(number);
        let open = self.open(decision)?;
        let open = self.store.and(same, open)?;
        self.shown(place, (number, Some(syscall)), decision, open)
    }

    fn within(&mut self, judgement: &mut Judgement, base: &Policy) -> Result<(), TooLarge> {
        let policy = self.policy;
        for (host, abi) in programs(policy) {
            let place = Place { host, abi: abi.abi };
            let known = base.abi(host, abi.abi);
            let mut ask = |number, syscall, decision| -> Result<(), TooLarge> {
                let there = known.map(|known| known.decision(number));
                if there == Some(decision) || judgement.more.contains_key(&syscall) {
                    return Ok(());
                }
                let mut more = self.open(decision)?;
                if let Some(there) = there {
                    let there = self.open(there)?;
                    more = self.store.minus(more, there)?;
                }
                if let Some(broken) = self.shown(place, (number, syscall), decision, more)? {
                    judgement.more.insert(syscall, broken);
                }
                Ok(())
            };
            for (number, syscall, decision) in abi.calls() {
                ask(number, Some(syscall), decision)?;
            }
            let mut ends: Vec<u32> = abi.others().iter().map(|(upto, _)| *upto).collect();
            ends.extend(known.iter().flat_map(|known| known.others()).map(|(upto, _)| *upto));
            ends.sort_unstable();
            ends.dedup();
            let mut from = 0;
            for upto in ends {
                if let Some(number) = semantics::unnamed(abi.abi, from, upto) {
                    ask(number, None, abi.decision(number))?;
                }
                from = upto.saturating_add(1);
            }
        }
        Ok(())
    }

    fn meant(&mut self, call: &Call, abi: Abi) -> Result<Option<Set>, TooLarge> {
        // An open call means the same everywhere, and there is no need to write it down.
        if call.is_open() {
            return Ok(Some(call.set(self.store, abi)?));
        }
        let key = (call.text().to_owned(), abi);
        if let Some(known) = self.meant.get(&key) {
            return Ok(*known);
        }
        let meant = call.on(abi).map(|call| call.set(self.store, abi)).transpose()?;
        self.meant.insert(key, meant);
        Ok(meant)
    }

    fn open(&mut self, decision: Decision) -> Result<Set, TooLarge> {
        if let Some(known) = self.open.get(&decision) {
            return Ok(*known);
        }
        let lets = |leaf| semantics::action(leaf).lets_through();
        let open = self.store.set_where(decision, &lets)?;
        self.open.insert(decision, open);
        Ok(open)
    }

    /// One call of a set, in the environment of the question.
    fn shown(
        &mut self,
        place: Place,
        (number, syscall): (u32, Option<Syscall>),
        decision: Decision,
        set: Set,
    ) -> Result<Option<Broken>, TooLarge> {
        if set.is_empty() {
            return Ok(None);
        }
        // In a register of 32 bits there is nothing above.
        let possible = crate::call::possible(self.store, place.abi)?;
        let set = self.store.and(set, possible)?;
        let Some(mut point) = self.store.witness(set) else { return Ok(None) };
        let given = self.policy.settings().given;
        point.capabilities = given.capabilities.unwrap_or(point.capabilities);
        let newer = Assignment { kernel: given.kernel.unwrap_or(KERNEL), ..point };
        if given.kernel.is_some() || self.store.contains(set, &newer) {
            point = newer;
        }
        let action = semantics::action(self.store.evaluate(decision, &point));
        let asks_kernel = given.kernel.is_some() || self.store.asks(decision, Group::Kernel);
        Ok(Some(Broken { place, number, syscall, point, action, asks_kernel }))
    }
}

/// The programs in question, the native ones of each host first. On a host on which no container
/// starts there are none.
fn programs(policy: &Policy) -> impl Iterator<Item = (Host, &AbiPolicy)> {
    let of = |host: &'_ semantics::HostPolicy| host.host;
    policy
        .hosts()
        .iter()
        .flat_map(move |host| host.abis.iter().flatten().map(move |abi| (of(host), abi)))
}
