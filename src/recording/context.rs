//! What lines before this one have to do with it.

use super::entry::{AbiHint, Answer, Entry, Outcome, Which};
use super::unnamed::Unnamed;
use super::words;
use crate::syscall::{Abi, Host, Syscall, arg_name};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::HashMap;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It holds calls.
    Calls,
    /// It is known to hold none: a signal, an exit, a banner.
    None,
    /// It goes on with a call of a line before.
    Continuation,
    /// Nobody knows.
    NotUnderstood,
}

/// What the lines before said of those that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Section {
    /// Nothing.
    #[default]
    None,
    /// amicontained's list of the calls that a filter answered so.
    Probed(Answer),
    /// What Go says when it crashes, and whether the call was found in it.
    GoCrash(bool),
    /// perf's sums: `syscall calls errors ...`.
    PerfSummary,
    /// The table of `strace -c`, of programs of this mode.
    StraceCount(AbiHint, Columns),
    /// A table with these titles and their places.
    Table(Vec<(String, usize)>),
}

/// Where the columns of a table of sums stand, from 0 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) count: u8,
    pub(super) name: u8,
    pub(super) calls: Option<u8>,
    pub(super) errors: Option<u8>,
}

/// Which tool a call that waits for its end comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tool {
    Strace,
    Perf,
    Tracepoint,
    Sysdig,
}

/// How many calls can wait for their end at once.
const PENDING: usize = 65_536;
/// How long a line in parts can be.
const PART: usize = 65_536;
/// How many words are remembered with their values.
const KNOWN: usize = 65_536;

/// The state of a reader.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) section: Section,
    /// Of the line at hand.
    pub(super) line: u64,
    /// Whether its end was cut off.
    pub(super) is_cut: bool,
    /// The parts of a line whose end has not come, of standard error and output.
    /// With whether more came than there was room for.
    parts: [(String, bool); 2],
    pub(super) out: Vec<Entry>,
    /// On which ABIs an argument must mean the same to be read.
    assumed: Vec<Abi>,
    pending: HashMap<(Tool, u32), Entry>,
    /// By process: a call of which the next line says whether a filter skipped it.
    held: FxHashMap<u32, Entry>,
    /// How many lines of a tool were of a call, since its last table of sums.
    counted: FxHashMap<(Tool, Syscall), u64>,
    modes: HashMap<u32, AbiHint>,
    /// Processes whose mode no remark said: it was deduced from their calls.
    deduced: FxHashSet<u32>,
    /// Processes that ended with this line.
    pub(super) ended: Vec<Option<u32>>,
    /// Processes that were spoken of by number and have not ended.
    alive: FxHashSet<u32>,
    pub(super) unnamed: Unnamed,
    /// The process of strace's line before.
    pub(super) last: Option<u32>,
    /// By call, argument and the ABIs that it was read by.
    known: FxHashMap<(Syscall, u8, u32), Known>,
    known_count: usize,
}

/// What words for an argument stand for; nothing for those that are no number.
type Known = FxHashMap<Box<str>, Option<u64>>;

impl Context {
    pub(super) fn new(host: Option<Host>) -> Context {
        let assumed = match host {
            Some(host) => host.abis().to_vec(),
            // Both ABIs of each of the machines that nearly all recordings come from.
            None => vec![Abi::X86_64, Abi::X86, Abi::Aarch64, Abi::Arm],
        };
        Context {
            section: Section::None,
            line: 0,
            is_cut: false,
            parts: Default::default(),
            out: Vec::new(),
            assumed,
            pending: HashMap::new(),
            held: FxHashMap::default(),
            counted: FxHashMap::default(),
            modes: HashMap::new(),
            deduced: FxHashSet::default(),
            ended: Vec::new(),
            alive: FxHashSet::default(),
            unnamed: Unnamed::default(),
            last: None,
            known: FxHashMap::default(),
            known_count: 0,
        }
    }

    pub(super) fn emit(&mut self, entry: Entry) -> Kind {
        self.out
            .push(Entry { line: if entry.line == 0 { self.line } else { entry.line }, ..entry });
        Kind::Calls
    }

    /// Keeps a part of a line that a container's log has in several. What is behind a part that there was no
    /// room for belongs to no place.
    pub(super) fn keep_part(&mut self, is_out: bool, text: &str) {
        let (part, is_cut) = &mut self.parts[usize::from(is_out)];
        *is_cut |= part.len() + text.len() > PART;
        if !*is_cut {
            part.push_str(text);
        }
    }

    /// The whole line, of which this is the last part; `None` where there was none before.
    pub(super) fn whole(&mut self, is_out: bool, last: &str) -> Option<String> {
        self.keep_part(is_out, last);
        let (part, is_cut) = std::mem::take(&mut self.parts[usize::from(is_out)]);
        self.is_cut |= is_cut;
        (is_cut || part.len() > last.len()).then_some(part)
    }

    /// Lines whose last part never came.
    pub(super) fn unended(&mut self) -> Vec<String> {
        let parts = std::mem::take(&mut self.parts);
        self.is_cut = true;
        parts.into_iter().map(|(part, _)| part).filter(|part| !part.is_empty()).collect()
    }

    /// Keeps a call until its end comes.
    pub(super) fn wait(&mut self, tool: Tool, pid: u32, entry: Entry) -> Kind {
        let entry = Entry { line: self.line, ..entry };
        if self.pending.len() >= PENDING {
            self.flush();
        }
        if let Some(before) = self.pending.insert((tool, pid), entry) {
            self.out.push(before);
        }
        Kind::Calls
    }

    /// The call that waits, if it is this one.
    pub(super) fn resume(&mut self, tool: Tool, pid: u32, which: &Which) -> Option<Entry> {
        let is_it = |waiting: &Entry| match (&waiting.which, which) {
            (Which::Call(a), Which::Call(b)) => a == b,
            (a, b) => a == b,
        };
        self.pending.get(&(tool, pid)).filter(|waiting| is_it(waiting))?;
        self.pending.remove(&(tool, pid))
    }

    /// Whether an end without a beginning is that of a new process: what its parent called returns in it,
    /// too, with 0.
    pub(super) fn is_birth(&self, which: &Which, outcome: Outcome) -> bool {
        if outcome != Outcome::Returned(0) {
            return false;
        }
        let makes = |call: Syscall| matches!(call.name(), "clone" | "clone3" | "fork" | "vfork");
        match which {
            Which::Call(call) => makes(*call),
            Which::Number(number) => {
                let abi = self.abis(AbiHint::Native).first().copied();
                ["clone", "clone3", "fork", "vfork"]
                    .into_iter()
                    .filter_map(Syscall::from_name)
                    .filter_map(|call| call.number(abi?))
                    .any(|known| i64::from(known) == *number)
            }
            Which::Name(_) => false,
        }
    }

    /// The call that waits, whichever it is.
    pub(super) fn take(&mut self, tool: Tool, pid: u32) -> Option<Entry> {
        self.pending.remove(&(tool, pid))
    }

    /// Every call whose end has not come.
    pub(super) fn flush(&mut self) {
        let mut rest: Vec<Entry> = self.pending.drain().map(|(_, entry)| entry).collect();
        rest.extend(self.held.drain().map(|(_, entry)| entry));
        rest.sort_by_key(|entry| entry.line);
        self.out.append(&mut rest);
    }

    /// Keeps a call until the next line of its process.
    pub(super) fn hold(&mut self, entry: Entry) -> Kind {
        let line = if entry.line == 0 { self.line } else { entry.line };
        if self.held.len() >= PENDING {
            self.flush();
        }
        let before = self.held.insert(entry.pid.unwrap_or(0), Entry { line, ..entry });
        self.out.extend(before);
        Kind::Calls
    }

    /// Whether the call that is held for a process is this one.
    pub(super) fn is_held(&self, pid: u32, which: &Which, hint: AbiHint) -> bool {
        let Some(held) = self.held.get(&pid) else { return false };
        match (&held.which, which) {
            (Which::Call(a), Which::Call(b)) => a == b,
            (Which::Call(call), Which::Number(number)) => self
                .abis(hint)
                .iter()
                .any(|&abi| call.number(abi).is_some_and(|n| i64::from(n) == *number)),
            (a, b) => a == b,
        }
    }

    /// Emits the call that is held for a process: as a filter answered it, or as it stands.
    pub(super) fn let_go(&mut self, pid: u32, answer: Option<Answer>) {
        if self.held.is_empty() {
            return;
        }
        if let Some(held) = self.held.remove(&pid) {
            let outcome = answer.map_or(held.outcome, Outcome::Seccomp);
            self.out.push(Entry { outcome, ..held });
        }
    }

    /// Counts a line of a call, in case the tool sums them up at the end (`strace -C`, `perf trace -S`).
    pub(super) fn count(&mut self, tool: Tool, entry: &Entry) {
        if let Which::Call(syscall) = entry.which {
            *self.counted.entry((tool, syscall)).or_insert(0) += 1;
        }
    }

    /// A row of a table of sums: calls whose lines stand above it are the same ones.
    pub(super) fn sum(&mut self, tool: Tool, entry: Entry) -> Kind {
        let above = match entry.which {
            Which::Call(syscall) => self.counted.remove(&(tool, syscall)).unwrap_or(0),
            _ => 0,
        };
        let count = entry.count.saturating_sub(above);
        if above > 0 && count == 0 {
            return Kind::Continuation;
        }
        let errors = if above > 0 { 0 } else { entry.errors };
        self.emit(Entry { count, errors, ..entry })
    }

    /// A table of sums ended.
    pub(super) fn uncount(&mut self, tool: Tool) {
        self.counted.retain(|(of, _), _| *of != tool);
    }

    /// A process was spoken of by its number.
    pub(super) fn met(&mut self, pid: u32) {
        if self.alive.len() < PENDING {
            self.alive.insert(pid);
        }
    }

    /// A process ended.
    pub(super) fn gone(&mut self, pid: Option<u32>) {
        if let Some(pid) = pid {
            self.alive.remove(&pid);
        }
        self.ended.push(pid);
    }

    /// The calls of a process say in which mode it runs, until it becomes another program.
    pub(super) fn deduce_mode(&mut self, pid: Option<u32>, hint: AbiHint) {
        let pid = pid.unwrap_or(0);
        if !self.modes.contains_key(&pid) {
            self.set_mode(pid, hint);
            self.deduced.insert(pid);
        }
    }

    /// A process became another program, or ended: what was deduced of it holds no longer.
    pub(super) fn forget_mode(&mut self, pid: Option<u32>) {
        let pid = pid.unwrap_or(0);
        if self.deduced.remove(&pid) {
            self.modes.remove(&pid);
        }
    }

    /// From here on a process runs in this mode.
    pub(super) fn set_mode(&mut self, pid: u32, hint: AbiHint) {
        if self.modes.len() < PENDING {
            self.modes.insert(pid, hint);
            self.deduced.remove(&pid);
        }
    }

    /// A process was made by the one that was spoken of last.
    pub(super) fn inherit_mode(&mut self, child: u32) {
        self.inherit_mode_of(self.last, child);
    }

    /// A process was made by this one, and runs as it does.
    pub(super) fn inherit_mode_of(&mut self, parent: Option<u32>, child: u32) {
        let mode = self.mode(parent);
        if mode != AbiHint::Unknown && !self.modes.contains_key(&child) {
            self.set_mode(child, mode);
            if self.deduced.contains(&parent.unwrap_or(0)) {
                self.deduced.insert(child);
            }
        }
    }

    /// The ABI on which the call has the number, or that it is one of 32 bits, on the likely machines.
    pub(super) fn by_pair(&self, syscall: Syscall, number: i64) -> AbiHint {
        let has = |abi: &Abi| syscall.number(*abi).is_some_and(|known| i64::from(known) == number);
        let mut found = Abi::ALL.into_iter().filter(has);
        if let (Some(abi), None) = (found.next(), found.next()) {
            return AbiHint::Is(abi);
        }
        let mut likely = self.assumed.iter().copied().filter(has).peekable();
        let is_narrow = likely.peek().is_some() && likely.all(Abi::has_32bit_registers);
        if is_narrow { AbiHint::Bits32 } else { AbiHint::Unknown }
    }

    /// What is known of the mode of a process; of none, where one process was spoken of.
    pub(super) fn mode(&self, pid: Option<u32>) -> AbiHint {
        let found = match pid {
            Some(pid) => self.modes.get(&pid),
            // strace leaves the number out while there is one process: the one that is left.
            None if self.alive.len() == 1 => {
                self.alive.iter().next().and_then(|pid| self.modes.get(pid))
            }
            None if self.alive.is_empty() => {
                let one = self.modes.values().next().filter(|_| self.modes.len() == 1);
                self.modes.get(&0).or(one)
            }
            None => None,
        };
        found.copied().unwrap_or(AbiHint::Unknown)
    }

    /// The ABIs that an argument of the entry is read by.
    pub(super) fn abis(&self, hint: AbiHint) -> Vec<Abi> {
        match hint {
            AbiHint::Is(abi) => vec![abi],
            AbiHint::Bits32 => {
                self.assumed.iter().copied().filter(|abi| abi.has_32bit_registers()).collect()
            }
            AbiHint::Native => {
                let wide = self.assumed.iter().copied().filter(|abi| !abi.has_32bit_registers());
                let wide: Vec<Abi> = wide.collect();
                if wide.is_empty() { self.assumed.clone() } else { wide }
            }
            AbiHint::Unknown => self.assumed.clone(),
        }
    }

    /// The value of an argument; `abis` are those of [`Context::abis`].
    pub(super) fn argument(
        &mut self,
        syscall: Syscall,
        abis: &[Abi],
        index: u8,
        word: &str,
    ) -> Option<u64> {
        let first = word.as_bytes().first().copied()?;
        if matches!(first, b'"' | b'{' | b'[' | b'~' | b'&') || word.len() > 256 {
            return None;
        }
        if first.is_ascii_digit() {
            return words::argument(syscall, abis, index, word);
        }
        let by = abis.iter().fold(0, |set, &abi| set | 1 << abi as u32);
        let known = self.known.entry((syscall, index, by)).or_default();
        if let Some(&value) = known.get(word) {
            return value;
        }
        let value = words::argument(syscall, &Context::with_call(syscall, abis), index, word);
        if self.known_count < KNOWN {
            self.known_count += 1;
            known.insert(word.into(), value);
        }
        value
    }

    /// Those of the ABIs that have the call, if any does.
    pub(super) fn with_call(syscall: Syscall, abis: &[Abi]) -> Vec<Abi> {
        let with = abis.iter().copied().filter(|&abi| syscall.number(abi).is_some());
        let with: Vec<Abi> = with.collect();
        if with.is_empty() { abis.to_vec() } else { with }
    }

    /// Fills in arguments that stand in their order.
    pub(super) fn arguments(&mut self, entry: &mut Entry, list: &[&str]) {
        let Which::Call(syscall) = entry.which else {
            // Numbers alone can be read without knowing the call.
            for (slot, word) in entry.args.iter_mut().zip(list) {
                *slot = words::number(word);
            }
            return;
        };
        let mut abis = Context::with_call(syscall, &self.abis(entry.abi));
        // Where the oldest `mmap` is called, strace shows what stands in memory.
        if syscall.name() == "mmap" && list.len() > 1 {
            abis.retain(|&abi| arg_name(syscall, abi, 1).is_some());
            if abis.is_empty() {
                return;
            }
        }
        for (place, word) in list.iter().enumerate() {
            let name = word.split_once(['=', ':']).map(|(name, value)| (name.trim(), value.trim()));
            let is_name = |name: &str| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            let (index, value) = match name.filter(|(name, _)| is_name(name)) {
                // `clone(child_stack=NULL, flags=...)`: strace's order is not the kernel's.
                Some((name, value)) => {
                    let mut named = abis.iter().filter_map(|&abi| words::named(syscall, abi, name));
                    let Some(index) = named.next().filter(|&index| named.all(|i| i == index))
                    else {
                        continue;
                    };
                    (index, value)
                }
                None => match words::register(syscall, &abis, place) {
                    Some(index) => (index, *word),
                    None => continue,
                },
            };
            let value = self.argument(syscall, &abis, index, value);
            if let Some(slot) = entry.args.get_mut(usize::from(index)) {
                *slot = value;
            }
        }
    }
}

/// An entry with a result, where one is known.
pub(super) fn with_outcome(entry: Entry, outcome: Outcome) -> Entry {
    let outcome = if outcome == Outcome::Unknown { entry.outcome } else { outcome };
    Entry { outcome, ..entry }
}
