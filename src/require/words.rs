//! What is broken, as findings.

use super::judge::{Broken, Judgement, List};
use crate::call::Call;
use crate::lint::{Finding, Proof, Requirement, Severity, requirement_broken, requirement_note};
use crate::semantics::Policy;
use crate::syscall::Syscall;

/// So many calls of one `within` are a finding each; more are one together.
const APART: usize = 16;

/// The findings of one requirement.
pub(super) fn findings(
    requirement: &Requirement,
    judgement: &Judgement,
    policy: &Policy,
) -> Vec<Finding> {
    let Requirement { reason, line, .. } = requirement;
    let here = format!("sdiff.toml:{line}");
    let call = |list: List, at: usize| -> Option<&Call> {
        match list {
            List::Allowed => requirement.allowed.get(at),
            List::Blocked | List::Within => requirement.blocked.get(at),
        }
    };
    let place = |syscall: Option<Syscall>| {
        let mentions = syscall.map(|syscall| policy.mentions(syscall));
        mentions.and_then(|mentions| mentions.first()).map(|mention| mention.span)
    };
    let proof = |broken: &Broken| {
        let Broken { place, point, action, asks_kernel, .. } = *broken;
        let engine = Some(policy.settings().machine.engine);
        broken.syscall.map(|syscall| Proof { place, syscall, point, action, asks_kernel, engine })
    };
    let mut findings = Vec::new();
    let tell = |subject: &str, message: String, help: String, severity: Severity| {
        Finding::new(subject, message, help).with_severity(severity)
    };
    for (list, at, broken) in &judgement.broken {
        let Some(call) = call(*list, *at) else { continue };
        let text = call.text();
        let (message, help) = match list {
            List::Allowed => (
                format!("not every call of `{text}` is let through, as is required: {reason}"),
                format!("allow it, or change `allowed` at {here}"),
            ),
            List::Blocked | List::Within => (
                format!("`{text}` is required to be blocked, and is let through: {reason}"),
                match policy.settings().given.capabilities.is_none()
                    && broken.point.capabilities != 0
                {
                    true => format!(
                        "block it, or say by `caps` which containers are meant; it is required at \
                         {here}"
                    ),
                    false => format!("block it; it is required at {here}"),
                },
            ),
        };
        let finding = tell(call.syscall.name(), message, help, Severity::Error);
        findings.push(finding.at_any(place(broken.syscall)).proved(proof(broken)));
    }
    let base = requirement.within.as_deref().unwrap_or_default();
    let name = |syscall: &Option<Syscall>| syscall.map_or("calls without a name", |s| s.name());
    if judgement.more.len() > APART {
        let names: Vec<&str> = judgement.more.keys().map(name).collect();
        let message = format!(
            "{} calls are let through that {base} stops, and nothing more than it is required: {reason}: {}",
            names.len(),
            names.join(", ")
        );
        let help = format!("block them; it is required at {here}");
        let first = judgement.more.values().find(|broken| broken.syscall.is_some());
        let finding = tell("within", message, help, Severity::Error);
        findings.push(finding.proved(first.and_then(proof)));
    } else {
        for (syscall, broken) in &judgement.more {
            let what = match syscall {
                Some(syscall) => format!("calls of `{syscall}` are"),
                None => format!("calls without a name (number {}) are", broken.number),
            };
            let message = format!(
                "{what} let through that {base} stops, and nothing more than it is required: {reason}"
            );
            let help = format!("block them; it is required at {here}");
            let finding = tell(name(syscall), message, help, Severity::Error);
            findings.push(finding.at_any(place(*syscall)).proved(proof(broken)));
        }
    }
    let broken = findings.len();
    for (list, at) in &judgement.absent {
        let Some(call) = call(*list, *at) else { continue };
        let message = format!(
            "no program in question has the call `{}`, of which something is required: {reason}",
            call.text()
        );
        let help = format!("nothing is asked then; see {here}");
        findings.push(tell(call.syscall.name(), message, help, Severity::Info));
    }
    let mut unasked: Vec<(List, usize, Vec<&str>)> = Vec::new();
    for (list, at, abi) in &judgement.unasked {
        match unasked.last_mut().filter(|last| (last.0, last.1) == (*list, *at)) {
            Some((.., abis)) if abis.contains(&abi.name()) => {}
            Some((.., abis)) => abis.push(abi.name()),
            None => unasked.push((*list, *at, vec![abi.name()])),
        }
    }
    for (list, at, abis) in unasked {
        let Some(call) = call(list, at) else { continue };
        let abis = abis.join(", ");
        let message = format!(
            "`{}` cannot be asked of programs of {abis}, which have no argument or constant of that \
             name: {reason}",
            call.text()
        );
        let help = format!("write it for an ABI, as in `name@x86_64(...)`, at {here}");
        findings.push(tell(call.syscall.name(), message, help, Severity::Warning));
    }
    for (at, broken) in &judgement.beside {
        let Some((call, through)) = call(List::Blocked, *at).zip(broken.syscall) else { continue };
        let message = format!(
            "`{}` is blocked as required; programs of {} can make it through `{through}`: {reason}",
            call.text(),
            broken.place.abi
        );
        let help = format!(
            "no filter sees what is behind its pointer: to mean it as well, add \
             `{through}({})` to `blocked` at {here}",
            broken.point.args[0]
        );
        let finding = tell(call.syscall.name(), message, help, Severity::Info);
        findings.push(finding.at_any(place(broken.syscall)).proved(proof(broken)));
    }
    for (at, finding) in findings.iter_mut().enumerate() {
        let lint = if at < broken { &requirement_broken::LINT } else { &requirement_note::LINT };
        finding.identify(lint.id);
    }
    findings
}
