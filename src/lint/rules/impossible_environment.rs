//! `impossible-environment`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::{Capability, Filter, Rule};
use crate::semantics::Reader;
use crate::syscall::Host;

pub(super) const LINT: Lint = Lint {
    id: "impossible-environment",
    severity: Severity::Warning,
    summary: "a rule that no host, capability set and kernel keeps",
    story: "\
`includes` must all hold, and nothing of `excludes` may. A rule that includes a host which there is
not (`x32` is an ABI of amd64, never a host), a capability that Linux does not have, or the same
capability that it excludes, is dropped on every machine. An `excludes.minKernel` of \"\" is version
0.0, which every kernel reaches.

`arches` holds tokens of hosts: `amd64` stands for all programs of that machine.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["x32"]}}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let reader = Reader::new(context.engine(), context.profile);
    if !reader.reads_filters() {
        return Ok(Vec::new());
    }
    let rules = context.profile.rules.iter();
    let findings = rules.filter_map(|rule| {
        let why = never(rule, reader)?;
        let first = rule.name.iter().chain(&rule.names).next()?;
        let message = format!("no container ever has this rule: {why}");
        let help = "correct `includes` and `excludes`, or remove the rule";
        Some(Finding::new(&first.value, message, help).at(rule.span))
    });
    Ok(findings.collect())
}

/// Why no environment keeps a rule, if that is so.
fn never(rule: &Rule, reader: Reader) -> Option<String> {
    let Rule { includes, excludes, .. } = rule;
    let is_one = |filter: &Filter, host: Host| {
        filter.arches.iter().any(|arch| reader.token(host).is_some_and(|token| arch.value == token))
    };
    let is_kept = |host: &Host| {
        (includes.arches.is_empty() || is_one(includes, *host)) && !is_one(excludes, *host)
    };
    if !Host::ALL.iter().any(is_kept) {
        let names: Vec<&str> = includes.arches.iter().map(|arch| &*arch.value).collect();
        return Some(match Host::ALL.iter().any(|host| is_one(includes, *host)) {
            true => "every host that it includes it excludes as well".to_owned(),
            false => format!("`{}` is no host", names.join("`, `")),
        });
    }
    for cap in &includes.caps {
        if Capability::from_name(&cap.value).is_none() {
            return Some(format!("it needs `{}`, which is no capability", cap.value));
        }
        if excludes.caps.iter().any(|other| other.value == cap.value) {
            return Some(format!("it both includes and excludes {}", cap.value));
        }
    }
    if !reader.reads_kernel() {
        return None;
    }
    let version = |filter: &Filter| reader.kernel_version(&filter.min_kernel.as_ref()?.value);
    let below = version(excludes)?;
    let from = version(includes).unwrap_or_default();
    (below <= from)
        .then(|| format!("every kernel from {from} on is excluded by `minKernel` {below}"))
}
