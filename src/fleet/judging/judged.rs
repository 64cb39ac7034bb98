//! What a profile and what a file come to, whatever they are called.

use crate::fleet::row::{Breach, Confinement, Facts, Origin, Row, Unread};
use crate::load::{LoadError, Source};
use crate::semantics::{Engine, SemanticsError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a profile comes to, whatever it is called.
#[derive(Clone, Debug)]
pub(in crate::fleet) struct Judged {
    pub engine: Engine,
    pub fingerprint: String,
    pub others: BTreeMap<String, String>,
    pub origin: Option<Origin>,
    pub facts: Facts,
}

/// The profiles in a file, whatever it is called.
#[derive(Clone, Debug, Default)]
pub(in crate::fleet) struct Contents {
    pub profiles: Vec<(Option<String>, Outcome, Vec<Breach>)>,
    /// Containers that an engine has inspected: name, and what they get.
    pub containers: Vec<(String, Confinement, String)>,
}

pub(in crate::fleet) type Outcome = Result<Arc<Judged>, Fault>;

/// Why one is not judged.
#[derive(Clone, Debug)]
pub(in crate::fleet) struct Fault {
    pub at: Option<(u32, u32)>,
    pub why: String,
}

impl Fault {
    pub fn of_load(error: &LoadError) -> Fault {
        let at = error.position().map(|position| (position.line, position.column));
        Fault { at, why: error.kind().to_string() }
    }

    pub fn of_meaning(error: &SemanticsError, source: &Source) -> Fault {
        let at = error.span.map(|span| source.position(span.start));
        Fault {
            at: at.map(|position| (position.line, position.column)),
            why: error.kind.to_string(),
        }
    }

    pub fn row(self, name: &str) -> Row {
        let (line, column) = (self.at.map(|at| at.0), self.at.map(|at| at.1));
        Row::Unread(Unread { name: name.to_owned(), line, column, why: self.why, trouble: false })
    }
}
