//! What one question may cost, counted in one place.
//!
//! A few kilobytes of rules can ask for hours of work: the environments that keep different rules
//! double with each capability, trees are walked once a rule, diagrams grow with what they are made
//! of. So whatever can grow with what is in a file is charged to the [`Meter`] of the question: every
//! [`Store`](super::Store) has one, and stores that serve one question share it
//! ([`Store::beside`](super::Store::beside)). Where a bound is reached the question ends in
//! [`TooLarge`], and never in a guess.
//!
//! A unit of work is about a nanosecond of a machine of these years, and what a [`Part`] costs was
//! measured. It is a count, not a clock: one question costs the same on every machine.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

/// What work is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Part {
    /// Pairs of nodes of decision diagrams that operations look at.
    Diagrams,
    /// Nodes of diagrams that are looked at once, one by one.
    Walks,
    /// Rules that are gone through: for a host, an ABI and a system call.
    Rules,
    /// Tests that walks through libseccomp's tree come by.
    Tests,
    /// Blocks of libseccomp's program, written or followed.
    Blocks,
    /// Classes of environments that keep the same rules.
    Environments,
    /// Names and rules of a file, read for their meaning once more.
    Names,
}

impl Part {
    /// All of them, in the order of their numbers.
    pub const ALL: [Part; 7] = [
        Part::Diagrams,
        Part::Walks,
        Part::Rules,
        Part::Tests,
        Part::Blocks,
        Part::Environments,
        Part::Names,
    ];

    /// What one of them costs, in units: measured on whole profiles, with what hangs on it (memory
    /// that no cache holds, tables that grow).
    const fn cost(self) -> u64 {
        match self {
            Part::Diagrams => 100,
            Part::Walks => 30,
            Part::Rules => 8,
            Part::Tests => 5,
            Part::Blocks => 150,
            Part::Environments => 500,
            Part::Names => 150,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Part::Diagrams | Part::Walks => "decision diagrams of its conditions",
            Part::Rules => "going through its rules",
            Part::Tests => "libseccomp's tree of its tests",
            Part::Blocks => "the blocks of libseccomp's program",
            Part::Environments => "the environments that keep different rules",
            Part::Names => "reading its names",
        }
    }
}

/// What a question has done so far, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Nothing that is counted.
    #[default]
    Begun,
    /// Rules of a profile were read.
    Rules,
    /// Hosts were decided.
    Hosts,
    /// Rules of one system call were put into libseccomp's tree.
    Tree,
    /// Names were tried for whether they do anything.
    Idle,
    /// Changes were described.
    Changes,
    /// Machines were tried.
    Machines,
    /// Layers were read.
    Layers,
}

impl Stage {
    const ALL: [Stage; 8] = [
        Stage::Begun,
        Stage::Rules,
        Stage::Hosts,
        Stage::Tree,
        Stage::Idle,
        Stage::Changes,
        Stage::Machines,
        Stage::Layers,
    ];

    const fn words(self) -> &'static str {
        match self {
            Stage::Begun => "",
            Stage::Rules => "rules read",
            Stage::Hosts => "hosts decided",
            Stage::Tree => "rules of the call put into the tree",
            Stage::Idle => "names tried",
            Stage::Changes => "changes described",
            Stage::Machines => "machines tried",
            Stage::Layers => "layers read",
        }
    }
}

/// How much a question may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of work.
    pub work: u64,
    /// Bytes of memory for what grows: nodes of diagrams, lists, trees.
    pub memory: u64,
}

impl Default for Limits {
    /// Within 2 seconds and, with what a process and a file of the largest size take besides, 256 MiB.
    /// Docker's default takes a small fraction.
    fn default() -> Self {
        Limits { work: 1_200_000_000, memory: 150 << 20 }
    }
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// [`Limits::work`], in units.
    Work(u64),
    /// [`Limits::memory`], in bytes.
    Memory(u64),
    /// So many classes of environments for one system call.
    Environments(u32),
}

/// A bound was reached before the question was answered. Nothing is known about it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TooLarge {
    /// Which.
    pub bound: Bound,
    /// On what most of the work was spent, and how many hundredths of it.
    pub mostly: (Part, u8),
    /// What the work was about, as [`Meter::set_subject`] was told.
    pub subject: Option<u16>,
    /// How far it got: what was done, of how many.
    pub got_to: (Stage, u32, u32),
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bound {
            Bound::Work(units) => {
                let (part, share) = (self.mostly.0.words(), self.mostly.1);
                write!(f, "it takes more than {} million units of work", units / 1_000_000)?;
                write!(f, ", {share} % of them for {part}")?;
            }
            Bound::Memory(bytes) => {
                write!(f, "it takes more than {} MiB of memory", bytes >> 20)?;
                write!(f, " for {}", self.mostly.0.words())?;
            }
            Bound::Environments(classes) => {
                write!(f, "its rules depend on the environment in more than {classes} ways")?;
            }
        }
        match self.got_to {
            (Stage::Begun, ..) => Ok(()),
            (stage, done, of) => write!(f, " ({done} of {of} {})", stage.words()),
        }
    }
}

impl std::error::Error for TooLarge {}

impl TooLarge {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match (self.bound, self.mostly.0) {
            (Bound::Environments(_), _) | (_, Part::Environments) => {
                "give `--caps` and `--kernel` to ask for one environment at a time"
            }
            _ => "write fewer rules or conditions for the call, or ask for one host with `--host`",
        }
    }
}

/// A bound was reached; [`Meter::too_large`] tells which. It is small, for what is called most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent;

/// Counts the work and memory of one question. Shared by threads it can miss some.
#[derive(Debug, Default)]
pub struct Meter {
    limits: Limits,
    work: AtomicU64,
    memory: AtomicU64,
    /// Units by [`Part`]; of the first, what the others leave.
    parts: [AtomicU64; Part::ALL.len()],
    /// `u32::MAX` for none.
    subject: AtomicU32,
    stage: AtomicU8,
    done: AtomicU32,
    of: AtomicU32,
    /// 0 for none.
    ration: AtomicU64,
}

fn add(to: &AtomicU64, amount: u64) -> u64 {
    // No locked instruction: a question is one thread's, and a count that misses some is no harm.
    let now = to.load(Relaxed).saturating_add(amount);
    to.store(now, Relaxed);
    now
}

impl Meter {
    /// Nothing is spent yet.
    pub fn new(limits: Limits) -> Meter {
        let subject = AtomicU32::new(u32::MAX);
        Meter { limits, subject, ..Meter::default() }
    }

    /// The units spent.
    pub fn work(&self) -> u64 {
        self.work.load(Relaxed)
    }

    /// The units spent on a part.
    pub fn work_on(&self, part: Part) -> u64 {
        let of = |part: Part| self.parts[part as usize].load(Relaxed);
        match part {
            Part::Diagrams => {
                let others = Part::ALL.iter().skip(1).map(|part| of(*part));
                self.work().saturating_sub(others.sum())
            }
            part => of(part),
        }
    }

    /// How many steps operations on diagrams have made.
    pub(super) fn steps(&self) -> u64 {
        self.work_on(Part::Diagrams) / Part::Diagrams.cost()
    }

    /// The bytes held.
    pub fn memory(&self) -> u64 {
        self.memory.load(Relaxed)
    }

    /// What it bounds.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What the work is about from now on: a number that means something to who asks.
    pub fn set_subject(&self, subject: Option<u16>) {
        self.subject.store(subject.map_or(u32::MAX, u32::from), Relaxed);
    }

    /// How far it has got.
    pub fn set_progress(&self, stage: Stage, done: usize, of: usize) {
        self.stage.store(stage as u8, Relaxed);
        self.done.store(u32::try_from(done).unwrap_or(u32::MAX), Relaxed);
        self.of.store(u32::try_from(of).unwrap_or(u32::MAX), Relaxed);
    }

    /// Charges a part so many times, where nothing can be given up: the next charge finds out.
    pub fn spend(&self, part: Part, times: usize) {
        let units = part.cost().saturating_mul(times as u64);
        add(&self.work, units);
        add(&self.parts[part as usize], units);
    }

    /// Charges a part so many times.
    ///
    /// # Errors
    /// [`TooLarge`] where that is more than is left.
    pub fn charge(&self, part: Part, times: usize) -> Result<(), TooLarge> {
        self.spend(part, times);
        self.check()
    }

    /// A step in a diagram.
    #[inline]
    pub(super) fn step(&self) -> Result<(), Spent> {
        let now = self.work.load(Relaxed) + Part::Diagrams.cost();
        self.work.store(now, Relaxed);
        if now > self.limits.work { Err(Spent) } else { Ok(()) }
    }

    /// # Errors
    /// [`TooLarge`] where more is spent or held than may be.
    pub fn check(&self) -> Result<(), TooLarge> {
        match self.work() > self.limits.work || self.memory() > self.limits.memory {
            true => Err(self.too_large()),
            false => Ok(()),
        }
    }

    /// Takes memory.
    ///
    /// # Errors
    /// [`TooLarge`] where that is more than is left.
    pub fn hold(&self, bytes: u64) -> Result<(), TooLarge> {
        add(&self.memory, bytes);
        self.check()
    }

    /// Gives memory back.
    pub fn release(&self, bytes: u64) {
        self.memory.store(self.memory().saturating_sub(bytes), Relaxed);
    }

    /// A meter for a part of the question that may take a share of what is left, one in so many;
    /// [`Meter::settle`] charges what it took.
    pub fn allowance(&self, one_in: u64) -> Meter {
        let Limits { work, memory } = self.limits;
        let left = |limit: u64, taken: u64| limit.saturating_sub(taken) / one_in.max(1);
        Meter::new(Limits { work: left(work, self.work()), memory: left(memory, self.memory()) })
    }

    /// Lets one call's tests take no more than one in so many of what is left from now on, 0 for all of
    /// it: where a call without an answer gives way, it leaves the others what they need.
    pub fn ration(&self, one_in: u64) {
        self.ration.store(one_in, Relaxed);
    }

    /// The allowance of one call's tests, where they are rationed.
    pub(crate) fn rationed(&self) -> Option<Meter> {
        match self.ration.load(Relaxed) {
            0 => None,
            one_in => Some(self.allowance(one_in)),
        }
    }

    /// Charges the work of an allowance.
    pub fn settle(&self, allowance: &Meter) {
        add(&self.work, allowance.work());
        for (own, of) in self.parts.iter().zip(&allowance.parts) {
            add(own, of.load(Relaxed));
        }
    }

    /// The error for what is spent now.
    pub fn too_large(&self) -> TooLarge {
        let bound = match self.memory() > self.limits.memory {
            true => Bound::Memory(self.limits.memory),
            false => Bound::Work(self.limits.work),
        };
        self.error(bound)
    }

    /// The error of a bound.
    pub fn error(&self, bound: Bound) -> TooLarge {
        let dearest = Part::ALL.into_iter().max_by_key(|part| self.work_on(*part));
        let part = dearest.unwrap_or(Part::Diagrams);
        let share = self.work_on(part).saturating_mul(100) / self.work().max(1);
        let stage = Stage::ALL.get(usize::from(self.stage.load(Relaxed)));
        TooLarge {
            bound,
            mostly: (part, share.min(100) as u8),
            subject: u16::try_from(self.subject.load(Relaxed)).ok(),
            got_to: (
                stage.copied().unwrap_or_default(),
                self.done.load(Relaxed),
                self.of.load(Relaxed),
            ),
        }
    }
}

/// Memory that is held for as long as this is.
#[derive(Debug)]
pub struct Memory {
    meter: Arc<Meter>,
    bytes: u64,
}

impl Memory {
    /// Nothing yet.
    pub fn new(meter: &Arc<Meter>) -> Memory {
        Memory { meter: meter.clone(), bytes: 0 }
    }

    /// Takes more.
    ///
    /// # Errors
    /// [`TooLarge`] where that is more than is left.
    pub fn more(&mut self, bytes: u64) -> Result<(), TooLarge> {
        self.bytes += bytes;
        self.meter.hold(bytes)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.meter.release(self.bytes);
    }
}
