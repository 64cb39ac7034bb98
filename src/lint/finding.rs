//! What a lint has to say.

use crate::decision::Assignment;
use crate::diff::Place;
use crate::phrase::{action_text, call_text, environment_text, place};
use crate::profile::{Action, Span};
use crate::semantics::Engine;
use crate::syscall::Syscall;
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The profile does something else than it says, or than is wise.
    Warning,
    /// No container starts.
    Error,
}

impl Severity {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that a lint found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The lint's id.
    pub lint: &'static str,
    /// Names the finding for as long as it says the same of the same, wherever in the file:
    /// `no-effect-clone-5f3a90c2`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where the profile says it.
    pub span: Option<Span>,
    /// Another place that it is about.
    pub other: Option<Span>,
    /// The system call that it is about, or another word: `defaultAction`.
    pub subject: String,
    /// What happens in the kernel, in a sentence.
    pub message: String,
    /// The mend, in a sentence.
    pub help: String,
    /// One call that shows it.
    pub witness: Option<Proof>,
    /// Whether the severity is its own, and not the lint's.
    pub(crate) is_adjusted: bool,
}

/// One call in one environment, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which programs make it.
    pub place: Place,
    /// The call.
    pub syscall: Syscall,
    /// The environment and the arguments.
    pub point: Assignment,
    /// What the profile answers.
    pub action: Action,
    /// Whether the answer hangs on the kernel.
    pub asks_kernel: bool,
    /// Who reads the profile so, if not the engine that was asked for.
    pub engine: Option<Engine>,
}

/// A call, where and under what, and its answer: `socketcall(SYS_SOCKET, 0) on amd64 ...: ALLOW`.
impl fmt::Display for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = call_text(self.syscall, self.place.abi, &self.point.args);
        let environment = environment_text(&self.point, self.asks_kernel);
        write!(out, "{call} on {}, {environment}", place::one(self.place))?;
        if let Some(engine) = self.engine {
            write!(out, ", read by {}", engine.name())?;
        }
        write!(out, ": {}", action_text(self.action))
    }
}

impl Finding {
    /// A finding without a place or a witness, and without an id: that is given when the lint is
    /// done.
    pub(crate) fn new(subject: &str, message: String, help: impl Into<String>) -> Finding {
        Finding {
            lint: "",
            id: String::new(),
            severity: Severity::Info,
            span: None,
            other: None,
            subject: subject.to_owned(),
            message,
            help: help.into(),
            witness: None,
            is_adjusted: false,
        }
    }

    pub(crate) fn at(mut self, span: Span) -> Finding {
        self.span = (span != Span::default()).then_some(span);
        self
    }

    pub(crate) fn at_any(mut self, span: Option<Span>) -> Finding {
        self.span = span.filter(|span| *span != Span::default());
        self
    }

    pub(crate) fn beside(mut self, span: Option<Span>) -> Finding {
        self.other = span.filter(|span| *span != Span::default());
        self
    }

    pub(crate) fn proved(mut self, proof: Option<Proof>) -> Finding {
        self.witness = proof;
        self
    }

    /// For one finding of a lint that is worse, or not as bad, as usual.
    pub(crate) fn with_severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self.is_adjusted = true;
        self
    }

    /// Gives the id: a hash of all that is said, but for places in the file.
    pub(crate) fn identify(&mut self, lint: &'static str) {
        let mut hash: u32 = 0x811c_9dc5; // FNV-1a
        for byte in [lint, &self.subject, &self.message].join("\0").bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        self.lint = lint;
        self.id = format!("{lint}-{}-{hash:08x}", self.subject);
    }
}
