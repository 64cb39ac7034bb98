//! Words for capabilities and kernels.

use crate::decision::Assignment;
use crate::decision::words::{Clause, KernelRange};
use crate::profile::{Capability, KernelVersion};
use crate::semantics::Given;

/// Whether a clause needs a capability that Docker does not grant to a container that asks for
/// nothing.
pub fn needs_non_default_capability(clause: &Clause) -> bool {
    clause.capabilities.iter().any(|(capability, held)| *held && !capability.is_docker_default())
}

/// The environment of a call: `no capabilities`, `CAP_SYS_ADMIN, kernel 4.8`. The kernel is said
/// only where it matters.
pub fn environment_text(point: &Assignment, kernel_matters: bool) -> String {
    let mut words: Vec<String> = match point.capabilities == Given::docker_default() {
        true => vec!["Docker's default capabilities".to_owned()],
        false => point.capability_list().map(|c| c.name().to_owned()).collect(),
    };
    if words.is_empty() {
        words.push("no capabilities".to_owned());
    }
    if kernel_matters {
        words.push(format!("kernel {}", point.kernel));
    }
    words.join(", ")
}

/// `with CAP_SYS_ADMIN`, `without CAP_BPF`, `on kernel ≥ 4.8`: what applies, in that order.
pub(super) fn words(capabilities: &[(Capability, bool)], kernel: &[KernelRange]) -> Vec<String> {
    let chosen = |wanted: bool| -> Vec<&str> {
        let chosen = capabilities.iter().filter(|(_, held)| *held == wanted);
        chosen.map(|(capability, _)| capability.name()).collect()
    };
    let mut words = Vec::new();
    match &chosen(true)[..] {
        [] => {}
        names => words.push(format!("with {}", names.join(" and "))),
    }
    match &chosen(false)[..] {
        [] => {}
        [name] => words.push(format!("without {name}")),
        names => words.push(format!("without any of {}", names.join(", "))),
    }
    if !kernel.is_empty() {
        let ranges: Vec<String> = kernel.iter().map(range).collect();
        words.push(format!("on kernel {}", ranges.join(" or ")));
    }
    words
}

/// `with CAP_BPF or CAP_PERFMON`; of those lacked: `without all of ...`, one missing is enough.
pub(super) fn any_of(capabilities: &[Capability], held: bool) -> String {
    let names: Vec<&str> = capabilities.iter().map(|capability| capability.name()).collect();
    match (held, &names[..]) {
        (true, [one, other]) => format!("with {one} or {other}"),
        (true, _) => format!("with any of {}", names.join(", ")),
        (false, _) => format!("unless with all of {}", names.join(", ")),
    }
}

fn range(range: &KernelRange) -> String {
    let behind = range.to.and_then(KernelVersion::successor);
    match (range.from, behind) {
        (Some(from), _) if range.to == Some(from) => from.to_string(),
        (Some(from), Some(behind)) => format!("from {from} to below {behind}"),
        (Some(from), None) => format!("≥ {from}"),
        (None, Some(behind)) => format!("< {behind}"),
        (None, None) => "of any version".to_owned(),
    }
}
