//! Proofs in words.

use crate::diff::Witness;
use crate::phrase::{action_text, call_text, environment_text, place};
use crate::profile::Capability;
use crate::report::sides::Report;
use crate::semantics::Given;

/// One call in one environment: `socket(AF_VSOCK, SOCK_STREAM, 0) on amd64, no capabilities`.
pub(in crate::report) fn proof(report: &Report, witness: &Witness) -> String {
    let Witness { place, number, syscall, point, asks_kernel, .. } = witness;
    let call = match syscall {
        Some(syscall) => call_text(*syscall, place.abi, &point.args),
        None => format!("call number {number}"),
    };
    let given = report.new.policy.settings().given;
    let tells_kernel = *asks_kernel || given.kernel.is_some();
    let environment = match given.capabilities {
        Some(set) if tells_kernel => format!("{}, kernel {}", capabilities(set), point.kernel),
        Some(set) => capabilities(set),
        None => environment_text(point, tells_kernel),
    };
    let from = match point.instruction_pointer {
        0 => String::new(),
        address => format!(", from address {address:#x}"),
    };
    if report.old.is_filter() && report.new.is_filter() {
        // Filters see nothing of the environment.
        return format!("{call} on {}{from}", place::one(*place));
    }
    format!("{call} on {}{from}, {environment}", place::one(*place))
}

/// One call in one environment and the two actions that it gets.
pub fn witness_text(report: &Report, witness: &Witness) -> String {
    let (from, to) = (action_text(witness.from), action_text(witness.to));
    format!("{}: {from} → {to}", proof(report, witness))
}

/// A bounding set that was given.
pub(in crate::report) fn capabilities(set: u64) -> String {
    if set == 0 {
        "no capabilities".to_owned()
    } else if set == Given::all() {
        "all capabilities".to_owned()
    } else if set == Given::docker_default() {
        "Docker's default capabilities".to_owned()
    } else {
        let names = |set: u64| {
            let held = Capability::all().filter(|capability| set >> capability.bit() & 1 == 1);
            held.map(Capability::name).collect::<Vec<&str>>()
        };
        let (default, missing) = (Given::docker_default(), names(Given::all() & !set));
        let has_default = set & default == default;
        let held = names(if has_default { set & !default } else { set });
        if missing.len() < held.len() {
            return format!("all capabilities but {}", missing.join("+"));
        }
        let held = held.join("+");
        if has_default { format!("Docker's default capabilities+{held}") } else { held }
    }
}

#[cfg(test)]
mod tests {
    use super::capabilities;
    use crate::profile::Capability;
    use crate::semantics::Given;

    #[test]
    fn a_set_is_told_by_what_is_shortest() {
        let bit = |name| 1 << Capability::from_name(name).expect("known").bit();
        let (resource, admin) = (bit("CAP_SYS_RESOURCE"), bit("CAP_SYS_ADMIN"));
        assert_eq!(capabilities(Given::all() & !resource), "all capabilities but CAP_SYS_RESOURCE");
        assert_eq!(capabilities(admin), "CAP_SYS_ADMIN");
        let more = Given::docker_default() | admin;
        assert_eq!(capabilities(more), "Docker's default capabilities+CAP_SYS_ADMIN");
    }
}
