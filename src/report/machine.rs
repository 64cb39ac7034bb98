//! The machine, where it is not the one that a reader takes for granted.

use crate::semantics::{Machine, Runtime, Settings};

/// Behind the scope of a question: the machine that is asked about.
pub(super) fn of_question(settings: &Settings) -> String {
    parts(settings.machine).iter().map(|part| format!(", {part}")).collect()
}

/// Runtime and library where they are not the engine's newest.
pub(super) fn parts(machine: Machine) -> Vec<String> {
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
