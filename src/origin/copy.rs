//! Whether a text is a copy of a default at all.
//!
//! Whoever writes a list of his own names what his programs call. A default also names what hardly a
//! program calls: the calls of other ABIs, and those of old times. By these a copy is told, and not by
//! how near it is: every short list is near to the shortest default.

use super::distance::Read;
use super::entry::{entries, lets_through};
use super::known::KNOWN;
use super::state::{Bits, Known, State, ones, set};
use crate::profile::Profile;
use crate::syscall::{Abi, Syscall};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What speaks for a copy of a default, and against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    /// How many of the names that all defaults let through, and that amd64 has not, it lets through,
    /// and how many there are: `chown32`, `_llseek`, `ugetrlimit`.
    pub foreign_names: (usize, usize),
    /// The same of [`OLD`].
    pub old_names: (usize, usize),
    /// How many of the values of `personality` that all defaults let through it has, and how many
    /// there are.
    pub personalities: (usize, usize),
    /// How like the names of amd64 are that it and the default that is nearest in this let through: those
    /// of both by those of one of them, from 0 to 1.
    pub likeness: f64,
    /// How many of the names that amd64 has, and that no default lets through, it lets through, and how
    /// many there are: `create_module`, `tuxcall`.
    pub table_names: (usize, usize),
    /// How many entries it has.
    pub entries: usize,
    /// How many of them the nearest default lacks.
    pub added: usize,
}

/// Calls that every default lets through, that amd64 has, and that hardly a program makes: for what
/// never worked (`epoll_ctl_old`), what glibc has no function for (`io_cancel`), and what another call
/// has taken the place of (`remap_file_pages`).
pub const OLD: [&str; 20] = [
    "epoll_ctl_old",
    "epoll_wait_old",
    "get_thread_area",
    "io_cancel",
    "io_destroy",
    "io_getevents",
    "ioprio_get",
    "ioprio_set",
    "mq_getsetattr",
    "mq_notify",
    "mq_timedreceive",
    "readahead",
    "remap_file_pages",
    "restart_syscall",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "sched_rr_get_interval",
    "semtimedop",
    "set_thread_area",
    "vmsplice",
];

/// A name counts for one of all defaults where at least nine in ten have it.
const ALL: (usize, usize) = (9, 10);

/// What is compared with all defaults.
struct Common {
    /// Names of other ABIs that all of them let through, by [`Universe::names`](super::state::Universe).
    foreign: Bits,
    /// Those of [`OLD`].
    old: Bits,
    /// Names that amd64 has and some of them lets through.
    amd64: Bits,
    /// How many names amd64 has that none of them lets through.
    table: usize,
    /// Entries for the values of `personality` that all of them let through.
    personalities: Vec<usize>,
}

static COMMON: LazyLock<Common> = LazyLock::new(|| {
    let Known { universe, states } = &*KNOWN;
    let mut counts = vec![0; universe.names.len()];
    let values = (0..universe.entries.len()).filter(|id| {
        universe.said(*id).is_some_and(|(name, body)| {
            name == "personality" && !body.args.is_empty() && body.lets_through()
        })
    });
    let mut values: Vec<(usize, usize)> = values.map(|id| (id, 0)).collect();
    for state in states {
        for name in ones(&state.open) {
            if let Some(count) = counts.get_mut(name) {
                *count += 1;
            }
        }
        for (id, count) in &mut values {
            *count += usize::from(state.rules.iter().any(|(_, bits)| has(bits, *id)));
        }
    }
    let is_common = |count: usize| count * ALL.1 >= states.len() * ALL.0;
    let chosen = |is_chosen: &dyn Fn(&str, usize) -> bool| {
        let mut bits = vec![0; universe.names.len().div_ceil(64)];
        for (at, (name, count)) in universe.names.iter().zip(&counts).enumerate() {
            if is_chosen(name, *count) {
                set(&mut bits, at);
            }
        }
        bits
    };
    let is_foreign = |name: &str| Syscall::from_name(name).is_some() && !is_amd64(name);
    let in_none = |call: &Syscall| {
        let at = universe.name_of(call.name());
        is_amd64(call.name()) && at.is_none_or(|at| counts.get(at) == Some(&0))
    };
    Common {
        foreign: chosen(&|name, count| is_common(count) && is_foreign(name)),
        old: chosen(&|name, _| OLD.contains(&name)),
        amd64: chosen(&|name, count| count > 0 && is_amd64(name)),
        table: Syscall::all().filter(in_none).count(),
        personalities: values.iter().filter(|(_, n)| is_common(*n)).map(|(id, _)| *id).collect(),
    }
});

fn has(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

fn is_amd64(name: &str) -> bool {
    Syscall::from_name(name).is_some_and(|call| call.number(Abi::X86_64).is_some())
}

fn shared(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones() as usize).sum()
}

impl Marks {
    pub(super) fn of(profile: &Profile, read: &Read, added: usize) -> Marks {
        let open = entries(profile).filter(|(_, rule)| lets_through(rule.action.value));
        let open: BTreeSet<&str> = open.map(|(name, _)| name).collect();
        let Common { foreign, old, amd64, table, personalities } = &*COMMON;
        let mut own = vec![0; foreign.len()];
        let mut others = 0;
        for name in &open {
            match KNOWN.universe.name_of(name).filter(|at| has(amd64, *at) || !is_amd64(name)) {
                Some(at) => set(&mut own, at),
                None => others += usize::from(is_amd64(name)),
            }
        }
        let of = |names: &[u64]| (shared(&own, names), shared(names, names));
        let own_amd64 = shared(&own, amd64) + others;
        let like = |state: &State| {
            let both = own.iter().zip(&state.open).zip(amd64);
            let both: usize = both.map(|((a, b), c)| (a & b & c).count_ones() as usize).sum();
            let theirs = shared(&state.open, amd64);
            both as f64 / (own_amd64 + theirs - both).max(1) as f64
        };
        Marks {
            foreign_names: of(foreign),
            old_names: of(old),
            personalities: (
                personalities.iter().filter(|id| read.has(**id)).count(),
                personalities.len(),
            ),
            table_names: (others, *table),
            likeness: KNOWN.states.iter().map(like).fold(0.0, f64::max),
            entries: read.len(),
            added,
        }
    }

    /// Whether a text with these marks is a copy of a default: it has two fifths of the names that
    /// only other ABIs have; or half of the old ones and two values of `personality`; or three in four old ones, and
    /// its names of amd64 are a default's but for a seventh. It is none that has a fifth of the names that
    /// no default lets through (a list made of a table of all calls), or a fifth of whose entries
    /// are in no default.
    pub fn is_copy(&self) -> bool {
        let at_least =
            |(held, of): (usize, usize), share: f64| held as f64 >= of.max(1) as f64 * share;
        let is_like = at_least(self.foreign_names, 0.4)
            || at_least(self.old_names, 0.5) && self.personalities.0 >= 2
            || at_least(self.old_names, 0.75) && self.likeness >= 6.0 / 7.0;
        is_like && !at_least(self.table_names, 0.2) && self.added * 5 <= self.entries
    }
}
