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
    let teller = Teller { requirement, policy, here: format!("sdiff.toml:{}", requirement.line) };
    let broken =
        judgement.broken.iter().filter_map(|(list, at, how)| teller.broken(*list, *at, how));
    let mut findings: Vec<Finding> = broken.collect();
    match judgement.more.len() > APART {
        true => findings.push(teller.more_together(judgement)),
        false => findings.extend(teller.more(judgement)),
    }
    let count = findings.len();
    let absent = judgement.absent.iter();
    findings.extend(absent.filter_map(|(list, at)| teller.absent(*list, *at)));
    findings.extend(teller.unasked(judgement));
    let beside = judgement.beside.iter();
    findings.extend(beside.filter_map(|(at, broken)| teller.beside(*at, broken)));
    for (at, finding) in findings.iter_mut().enumerate() {
        let lint = if at < count { &requirement_broken::LINT } else { &requirement_note::LINT };
        finding.identify(lint.id);
    }
    findings
}

/// Tells what became of one requirement.
struct Teller<'a> {
    requirement: &'a Requirement,
    policy: &'a Policy,
    /// Where it is written.
    here: String,
}

/// What calls of `more` are called.
fn name(syscall: Option<Syscall>) -> &'static str {
    syscall.map_or("calls without a name", |syscall| syscall.name())
}

impl Teller<'_> {
    fn call(&self, list: List, at: usize) -> Option<&Call> {
        match list {
            List::Allowed => self.requirement.allowed.get(at),
            List::Blocked | List::Within => self.requirement.blocked.get(at),
        }
    }

    fn base(&self) -> &str {
        self.requirement.within.as_deref().unwrap_or_default()
    }

    /// A finding at the rule that speaks of a call, with a proof.
    fn proved(&self, finding: Finding, syscall: Option<Syscall>, broken: &Broken) -> Finding {
        let mentions = syscall.map(|syscall| self.policy.mentions(syscall));
        let mention = mentions.and_then(|mentions| mentions.first());
        finding.at_any(mention.map(|mention| mention.span)).proved(self.proof(broken))
    }

    fn proof(&self, broken: &Broken) -> Option<Proof> {
        let Broken { place, point, action, asks_kernel, .. } = *broken;
        let engine = Some(self.policy.settings().machine.engine);
        broken.syscall.map(|syscall| Proof { place, syscall, point, action, asks_kernel, engine })
    }

    /// A call that is required to be let through or blocked, and is not.
    fn broken(&self, list: List, at: usize, broken: &Broken) -> Option<Finding> {
        let (call, here, reason) = (self.call(list, at)?, &self.here, &self.requirement.reason);
        let text = call.text();
        let (message, help) = match list {
            List::Allowed => (
                format!("not every call of `{text}` is let through, as is required: {reason}"),
                format!("allow it, or change `allowed` at {here}"),
            ),
            List::Blocked | List::Within => (
                format!("`{text}` is required to be blocked, and is let through: {reason}"),
                match self.policy.settings().given.capabilities.is_none()
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
        Some(self.proved(finding, broken.syscall, broken))
    }

    /// Many calls beyond the profile within which one has to be.
    fn more_together(&self, judgement: &Judgement) -> Finding {
        let (base, reason) = (self.base(), &self.requirement.reason);
        let names: Vec<&str> = judgement.more.keys().map(|syscall| name(*syscall)).collect();
        let message = format!(
            "{} calls are let through that {base} stops, and nothing more than it is required: {reason}: {}",
            names.len(),
            names.join(", ")
        );
        let help = format!("block them; it is required at {}", self.here);
        let first = judgement.more.values().find(|broken| broken.syscall.is_some());
        let finding = tell("within", message, help, Severity::Error);
        finding.proved(first.and_then(|broken| self.proof(broken)))
    }

    /// The same of few calls.
    fn more(&self, judgement: &Judgement) -> Vec<Finding> {
        let (base, reason) = (self.base(), &self.requirement.reason);
        let one = |(syscall, broken): (&Option<Syscall>, &Broken)| {
            let what = match syscall {
                Some(syscall) => format!("calls of `{syscall}` are"),
                None => format!("calls without a name (number {}) are", broken.number),
            };
            let message = format!(
                "{what} let through that {base} stops, and nothing more than it is required: {reason}"
            );
            let help = format!("block them; it is required at {}", self.here);
            let finding = tell(name(*syscall), message, help, Severity::Error);
            self.proved(finding, *syscall, broken)
        };
        judgement.more.iter().map(one).collect()
    }

    /// A call that no program in question has.
    fn absent(&self, list: List, at: usize) -> Option<Finding> {
        let call = self.call(list, at)?;
        let message = format!(
            "no program in question has the call `{}`, of which something is required: {}",
            call.text(),
            self.requirement.reason
        );
        let help = format!("nothing is asked then; see {}", self.here);
        Some(tell(call.syscall.name(), message, help, Severity::Info))
    }

    /// Calls that programs of some ABIs cannot be asked about, each with these.
    fn unasked(&self, judgement: &Judgement) -> Vec<Finding> {
        let mut unasked: Vec<(List, usize, Vec<&str>)> = Vec::new();
        for (list, at, abi) in &judgement.unasked {
            match unasked.last_mut().filter(|last| (last.0, last.1) == (*list, *at)) {
                Some((.., abis)) if abis.contains(&abi.name()) => {}
                Some((.., abis)) => abis.push(abi.name()),
                None => unasked.push((*list, *at, vec![abi.name()])),
            }
        }
        let one = |(list, at, abis): (List, usize, Vec<&str>)| {
            let call = self.call(list, at)?;
            let message = format!(
                "`{}` cannot be asked of programs of {}, which have no argument or constant of that \
                 name: {}",
                call.text(),
                abis.join(", "),
                self.requirement.reason
            );
            let help = format!("write it for an ABI, as in `name@x86_64(...)`, at {}", self.here);
            Some(tell(call.syscall.name(), message, help, Severity::Warning))
        };
        unasked.into_iter().filter_map(one).collect()
    }

    /// A call that is blocked, and that programs can make through another one.
    fn beside(&self, at: usize, broken: &Broken) -> Option<Finding> {
        let (call, through) = self.call(List::Blocked, at).zip(broken.syscall)?;
        let message = format!(
            "`{}` is blocked as required; programs of {} can make it through `{through}`: {}",
            call.text(),
            broken.place.abi,
            self.requirement.reason
        );
        let help = format!(
            "no filter sees what is behind its pointer: to mean it as well, add \
             `{through}({})` to `blocked` at {}",
            broken.point.args[0], self.here
        );
        let finding = tell(call.syscall.name(), message, help, Severity::Info);
        Some(self.proved(finding, broken.syscall, broken))
    }
}

fn tell(subject: &str, message: String, help: String, severity: Severity) -> Finding {
    Finding::new(subject, message, help).with_severity(severity)
}
