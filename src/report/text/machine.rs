//! The machine, where it is not the one that a reader takes for granted.

use super::super::{Report, Side};
use crate::semantics::{Engine, Machine, Runtime, Settings};

/// Behind a side's name: what is read by the engine that it is made for, and Docker's own, needs no
/// word, unless the other side is read by another.
pub(in crate::report) fn of_side(report: &Report, side: &Side) -> String {
    if side.is_filter() {
        return String::new();
    }
    let machine = side.machine();
    let sides = [report.old.machine(), report.new.machine()];
    let differ = sides[0].engine != sides[1].engine;
    let is_usual = machine.engine == Engine::of_loaded(side.loaded);
    let is_plain = is_usual && (machine.engine == Engine::Docker || side.loaded.baseline.is_some());
    let mut words = match is_plain && !differ {
        true => String::new(),
        false => format!(" under {}", machine.engine.name()),
    };
    if !is_shared(report) {
        let parts = parts(machine);
        if !parts.is_empty() {
            let join = if words.is_empty() { " under" } else { " with" };
            words += &format!("{join} {}", parts.join(" and "));
        }
    }
    words
}

/// Of two sides that are read or loaded differently: by whom each.
pub(in crate::report) fn of_sides(report: &Report) -> Option<String> {
    let words = |side: &Side| {
        let machine = side.machine();
        let (engine, library) = (machine.engine.name(), machine.library);
        format!(
            "{} is read by {engine}, with {} and libseccomp {library}",
            side.label(),
            machine.runtime
        )
    };
    let is_told = !report.is_read_alike();
    is_told.then(|| format!("{}; {}", words(&report.old), words(&report.new)))
}

/// Behind the scope, where both sides have the same runtime and library.
pub(super) fn of_both(report: &Report) -> String {
    match is_shared(report) {
        true => of_question(report.new.policy.settings()),
        false => String::new(),
    }
}

/// The same of a question.
pub(super) fn of_question(settings: &Settings) -> String {
    parts(settings.machine).iter().map(|part| format!(", {part}")).collect()
}

/// Whether runtime and library need no word for each side: they are the same, or each the newest
/// of its engine.
fn is_shared(report: &Report) -> bool {
    let sides = [report.old.machine(), report.new.machine()];
    parts(sides[0]) == parts(sides[1])
}

/// Runtime and library where they are not the engine's newest.
fn parts(machine: Machine) -> Vec<String> {
    let newest = Machine::newest(machine.engine);
    let mut parts = Vec::new();
    match machine.runtime {
        runtime if runtime == newest.runtime => {}
        Runtime::None => parts.push("no ENOSYS stub".to_owned()),
        runtime => parts.push(runtime.to_string()),
    }
    if machine.library != newest.library {
        parts.push(format!("libseccomp {}", machine.library));
    }
    parts
}
