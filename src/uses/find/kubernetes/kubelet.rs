//! The kubelet's `seccompDefault`: what Pods have that say nothing.

use super::context;
use crate::profile::Span;
use crate::uses::read::Tree;
use crate::uses::{Given, Runner, Switch, Use};

/// What the setting gives; `by` is its name.
pub(in crate::uses::find) fn default_of(workload: &str, by: &str, node: &Tree, place: Span) -> Use {
    let mut found = Use::new(Runner::Kubernetes, workload, "", place);
    found.given = match context::switch(node) {
        Switch::On => Given::Default,
        Switch::Off => Given::Nothing,
        Switch::Open(words) => Given::Open(words),
    };
    found.container = format!("Pods without a profile ({by})");
    found.is_default = true;
    found
}

/// What a word of a command line says of it, if it does: `--seccomp-default`, `seccomp-default=false`.
pub(in crate::uses::find) fn said(word: &str) -> Option<&str> {
    match word.trim_start_matches('-').strip_prefix("seccomp-default")? {
        "" => Some("true"),
        rest => rest.strip_prefix('='),
    }
}
