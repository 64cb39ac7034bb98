//! The machine that gives a profile its meaning: who reads it, who loads it, with which library.

mod engine;
mod facts;
mod runtime;
mod version;

pub use engine::Engine;
pub use facts::{CHANGES, Change, RUN, SHIPPED, Shipped};
pub use runtime::{Runtime, RuntimeError};
pub use version::Version;

use crate::syscall::Library;

/// Engine, runtime and library: the part of the question that is no property of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    /// Who reads the profile and resolves it for a host.
    pub engine: Engine,
    /// Who turns the resolved profile into a filter.
    pub runtime: Runtime,
    /// The libseccomp that the runtime is linked with.
    pub library: Library,
}

impl Machine {
    /// Today's machine of an engine: its usual runtime and libseccomp, each in the newest version
    /// that is known.
    pub const fn newest(engine: Engine) -> Machine {
        Machine { engine, runtime: engine.usual_runtime(), library: Library::NEWEST }
    }
}
