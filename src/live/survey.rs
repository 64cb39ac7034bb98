//! All processes of the machine, by the filters that they hold.

use super::container::{Container, identify};
use super::engine;
use super::error::LiveError;
use super::process::{HERE, Process};
use super::status::Mode;
use crate::filter::{self, Program};
use crate::profile::Environment;
use rustc_hash::FxHashMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What was found.
#[derive(Clone, Debug)]
pub struct Survey {
    /// How many processes there were.
    pub processes: usize,
    /// The containers in which some of them are.
    pub containers: Vec<Container>,
    /// Processes by equal stack: those without filters first, if there are any, then the most of
    /// one first.
    pub groups: Vec<Group>,
    /// Processes whose filters could not be read, with why.
    pub unread: Vec<(Member, LiveError)>,
}

/// Processes that hold the same filters, to the byte.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The filters, the oldest first; none.
    pub stack: Vec<Program>,
    /// The processes, by number.
    pub members: Vec<Member>,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its number.
    pub id: u32,
    /// Its program's name, as the kernel escapes it.
    pub name: String,
    /// Which of the containers it is in.
    pub container: Option<usize>,
    /// What is around it.
    pub environment: Environment,
}

/// Looks at every process that can be seen. One that ends meanwhile is left out.
///
/// # Errors
/// [`LiveError::Unsupported`].
pub fn survey() -> Result<Survey, LiveError> {
    let folder = fs::read_dir("/proc").map_err(|_| LiveError::Unsupported)?;
    let ids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut ids: Vec<u32> = ids.collect();
    if ids.is_empty() {
        return Err(LiveError::Unsupported);
    }
    ids.sort_unstable();
    let mut found: Vec<Process> = Vec::with_capacity(ids.len());
    for id in ids {
        match Process::find(id) {
            Ok(process) if process.status.has_memory => found.push(process),
            // It ended, is hidden, or is the kernel's own.
            _ => {}
        }
    }
    let parents: FxHashMap<u32, u32> =
        found.iter().map(|process| (process.id, process.status.parent)).collect();
    let parent = |id: u32| parents.get(&id).copied();
    let (mut containers, mut unread) = (Containers::default(), Vec::new());
    let mut stacks: FxHashMap<Vec<Vec<u8>>, Vec<Member>> = FxHashMap::default();
    for (process, bytes) in found.iter().zip(read(&found)) {
        if let Err(LiveError::Ended(_)) = bytes {
            continue;
        }
        let container = identify(process.id, &parent).map(|found| containers.place(found));
        let member = Member {
            id: process.id,
            name: process.status.name.clone(),
            container,
            environment: process.environment(),
        };
        match bytes {
            Ok(bytes) => stacks.entry(bytes).or_default().push(member),
            Err(error) => unread.push((member, error)),
        }
    }
    let mut groups = Vec::with_capacity(stacks.len());
    for (bytes, members) in stacks {
        let stack =
            bytes.iter().map(|bytes| filter::decode(bytes, HERE)).collect::<Result<Vec<_>, _>>();
        match stack {
            Ok(stack) => groups.push(Group { stack, members }),
            Err(error) => unread.extend(members.into_iter().map(|member| {
                let error = LiveError::Filter(member.id, error.clone());
                (member, error)
            })),
        }
    }
    groups.sort_by_key(|group| {
        let first = group.members.first().map_or(0, |member| member.id);
        (!group.stack.is_empty(), std::cmp::Reverse(group.members.len()), first)
    });
    let mut containers = containers.0;
    engine::name_all(&mut containers);
    Ok(Survey { processes: found.len(), containers, groups, unread })
}

/// How many processes are read at a time: most of the time goes by until one has stopped.
const READERS: usize = 8;

/// The filters of each, in their order.
fn read(processes: &[Process]) -> Vec<Result<Vec<Vec<u8>>, LiveError>> {
    let (asked, free): (Vec<&Process>, Vec<&Process>) =
        processes.iter().partition(|process| process.status.mode == Mode::Filter);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut results = Vec::new();
        while let Some(process) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
            results.push((process.id, process.bytes()));
        }
        results
    };
    let mut known: FxHashMap<u32, _> =
        free.into_iter().map(|process| (process.id, process.bytes())).collect();
    thread::scope(|scope| {
        let readers = READERS.min(asked.len()).saturating_sub(1);
        let start = |_| thread::Builder::new().spawn_scoped(scope, take).ok();
        let started: Vec<_> = (0..readers).filter_map(start).collect();
        known.extend(take());
        known.extend(started.into_iter().filter_map(|thread| thread.join().ok()).flatten());
    });
    let ended = |process: &Process| Err(LiveError::Ended(process.id));
    let each = processes.iter();
    each.map(|process| known.remove(&process.id).unwrap_or_else(|| ended(process))).collect()
}

/// The containers that were seen.
#[derive(Default)]
struct Containers(Vec<Container>);

impl Containers {
    fn place(&mut self, container: Container) -> usize {
        let known = self.0.iter().position(|known| *known == container);
        known.unwrap_or_else(|| {
            self.0.push(container);
            self.0.len() - 1
        })
    }
}

impl Survey {
    /// The container of a process.
    pub fn container(&self, member: &Member) -> Option<&Container> {
        self.containers.get(member.container?)
    }

    /// Processes in containers that hold no filter at all.
    pub fn unconfined(&self) -> impl Iterator<Item = &Member> {
        let bare = self.groups.iter().filter(|group| group.stack.is_empty());
        bare.flat_map(|group| &group.members).filter(|member| member.container.is_some())
    }
}
