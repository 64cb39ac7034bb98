//! One process.

use super::container::{Container, identify};
use super::error::{self, LiveError};
use super::status::{Mode, Status};
use super::{machine, tracer};
use crate::filter::{self, ByteOrder, Program};
use crate::profile::{CAPABILITY_COUNT, Environment};
use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

/// The first user namespace's number (`PROC_USER_INIT_INO` in the kernel's `proc_ns.h`).
const FIRST_USER_NAMESPACE: &str = "user:[4026531837]";

/// The byte order of this machine's filters.
pub(super) const HERE: ByteOrder = ByteOrder::of(cfg!(target_endian = "big"));

/// How often a process is asked again that another one traces.
const TRIES: u32 = 50;

/// A process as it was when it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number, as the one that asks sees it. A thread has one as well, and filters of its own.
    pub id: u32,
    /// What the kernel says of it.
    pub status: Status,
    /// Whether it is in the first user namespace, where that can be seen. In another one its
    /// capabilities are for that one alone.
    pub in_first_user_namespace: Option<bool>,
}

impl Process {
    /// The process of that number.
    ///
    /// # Errors
    /// [`LiveError`]: there is none, or this is no Linux with `/proc`.
    pub fn find(id: u32) -> Result<Process, LiveError> {
        let status = match fs::read_to_string(format!("/proc/{id}/status")) {
            Ok(text) => Status::parse(&text).ok_or(LiveError::Status(id))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(match fs::exists("/proc/self/status") {
                    Ok(true) => LiveError::NoProcess(id),
                    _ => LiveError::Unsupported,
                });
            }
            // It ended between opening and reading.
            Err(error) if error.raw_os_error() == Some(error::ESRCH) => {
                return Err(LiveError::NoProcess(id));
            }
            Err(error) => return Err(LiveError::Unreadable(id, error.to_string())),
        };
        let namespace = fs::read_link(format!("/proc/{id}/ns/user")).ok();
        let in_first = namespace.map(|link| link.as_os_str() == FIRST_USER_NAMESPACE);
        Ok(Process { id, status, in_first_user_namespace: in_first })
    }

    /// The process that asks.
    ///
    /// # Errors
    /// As [`Process::find`].
    pub fn own() -> Result<Process, LiveError> {
        Process::find(std::process::id())
    }

    /// Its filters, the oldest first; none where it has none, which anybody may know. To read those
    /// that it has takes root, and that the asker has none itself.
    ///
    /// # Errors
    /// [`LiveError`], with what to do.
    pub fn filters(&self) -> Result<Vec<Program>, LiveError> {
        let programs = self.bytes()?.into_iter().map(|bytes| filter::decode(&bytes, HERE));
        programs.collect::<Result<_, _>>().map_err(|error| LiveError::Filter(self.id, error))
    }

    /// The same as the kernel's bytes.
    pub(super) fn bytes(&self) -> Result<Vec<Vec<u8>>, LiveError> {
        match self.status.mode {
            _ if self.status.has_ended() => return Err(LiveError::Ended(self.id)),
            Mode::Off => return Ok(Vec::new()),
            Mode::Strict => return Err(LiveError::Strict(self.id)),
            Mode::Filter => {}
        }
        if self.status.group == std::process::id() {
            return Err(LiveError::Own);
        }
        let mut tries = 0..TRIES;
        loop {
            let (step, error) = match tracer::filters(self.id) {
                Ok(filters) => return Ok(filters),
                Err(refused) => refused,
            };
            let error = error::refused(self.id, step, &error);
            // Another sdiff may be at it, which takes no longer than this one.
            let may_pass = matches!(error, LiveError::Traced { .. } | LiveError::Forbidden(_));
            if !may_pass || tries.next().is_none() {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// What an answer can hang on: capabilities, kernel, host.
    pub fn environment(&self) -> Environment {
        Environment {
            capabilities: Some(self.status.bounding & ((1 << CAPABILITY_COUNT) - 1)),
            no_new_privileges: self.status.no_new_privileges,
            hosts: machine::host().into_iter().collect(),
            kernel: machine::kernel(),
        }
    }

    /// The container that it is in, as its control group and the processes above it tell.
    pub fn container(&self) -> Option<Container> {
        let parent = |id: u32| Some(Process::find(id).ok()?.status.parent);
        identify(self.id, &parent)
    }
}
