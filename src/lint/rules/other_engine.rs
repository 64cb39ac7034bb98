//! `other-engine`

use crate::decision::TooLarge;
use crate::diff::{Comparison, Direction, Witness, sketch};
use crate::lint::context::Context;
use crate::lint::usual::usual;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::profile::Format;
use crate::semantics::ignored;
use crate::semantics::{Engine, Policy};

pub(super) const LINT: Lint = Lint {
    id: "other-engine",
    severity: Severity::Info,
    summary: "a profile that another engine reads in another way, with what it lets through there",
    story: "\
The same file means different things to different engines, and none of them says so. Docker reads
`includes`, `excludes`, `archMap`, the single `name` and `minKernel`. Podman and CRI-O do not read
`minKernel`, and do read `errno` and `defaultErrno`, which Docker does not. containerd (in Kubernetes, and
`ctr`) hands the file to runc as it is: every rule applies whatever its `includes`, and without
`archMap` the filter knows the native programs alone. Docker's own default, given to Kubernetes on
containerd as a `Localhost` profile, lets through dozens of calls that it blocks under Docker, `mount`,
`bpf` and `unshare` among them, and kills every 32-bit program.

The lint compares the function under the engine that the dialect is made for with that under the
others, with Docker's capabilities (or `--caps`). It is a `warning` for the engine that is asked for:
by `--engine`, or because the profile lies in a `kubelet` folder or a Kubernetes object. The difference
itself is shown by `sdiff mine.json mine.json --new-engine containerd`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let own = match context.profile.format {
        Format::ContainersCommon => Engine::Podman,
        Format::Docker => Engine::Docker,
        // Nothing in it is read by one engine alone.
        Format::Oci | Format::Operator => return Ok(Vec::new()),
    };
    let mut findings = Vec::new();
    let Some(meant) = build(context, own) else { return Ok(findings) };
    for other in [Engine::Docker, Engine::Podman, Engine::Containerd] {
        let ignored = ignored(context.profile, other);
        if other.reads_as(own) || ignored.is_empty() {
            continue;
        }
        let names: Vec<String> = ignored.iter().map(|(field, _)| format!("`{field}`")).collect();
        let fields = names.join(", ");
        let severity = match other.reads_as(context.engine()) {
            true => Severity::Warning,
            false => LINT.severity,
        };
        let span = ignored.first().map(|(_, span)| *span);
        let Some(there) = build(context, other) else { continue };
        let comparison = sketch(&mut context.store, &meant, &there)?;
        if comparison.is_same_policy() {
            continue;
        }
        let (effect, proof) = effect(&comparison, own, other);
        let message = format!("{} does not read {fields}: {effect}", product(other));
        let help = format!(
            "see `sdiff FILE FILE --old-engine {} --new-engine {}`; give it a profile made for it: \
             leave out the rules that are not for every container there, and these fields",
            own.name(),
            other.name()
        );
        let finding = Finding::new(other.name(), message, help).at_any(span);
        findings.push(finding.proved(proof).with_severity(severity));
    }
    Ok(findings)
}

fn build(context: &mut Context, engine: Engine) -> Option<Policy> {
    if engine.reads_as(context.engine()) {
        return Some(context.usual.clone());
    }
    let settings = usual(&context.settings).read_by(engine);
    Policy::build(&mut context.store, context.profile, &settings).ok()
}

const fn product(engine: Engine) -> &'static str {
    match engine {
        Engine::Docker | Engine::DockerNext => "Docker",
        Engine::Podman | Engine::CriO => "Podman (and CRI-O)",
        Engine::Containerd => "containerd",
    }
}

/// What the other reading does, in words, and a call that it lets through.
fn effect(comparison: &Comparison, own: Engine, other: Engine) -> (String, Option<Proof>) {
    let weaker: Vec<&crate::diff::Change> =
        comparison.changes.iter().filter(|change| change.kind.is_weaker()).collect();
    let mut names: Vec<&str> = Vec::new();
    for change in &weaker {
        let effects = change.effects.iter().filter(|effect| effect.direction == Direction::Weaker);
        for effect in effects {
            names.extend(effect.witness.syscall.map(|syscall| syscall.name()));
        }
    }
    names.dedup();
    let under = product(own);
    let Some((_, first)) = comparison.first_weaker() else {
        return (format!("some calls that {under} allows are blocked there"), None);
    };
    let shown = match names.len() {
        0..=4 => names.join("`, `"),
        count => format!("{}` and {} more `calls", names[..3].join("`, `"), count - 3),
    };
    let shown = format!("`{shown}`").replace("`calls`", "calls");
    let Witness { place, syscall, point, to, asks_kernel, .. } = first.witness;
    let proof = syscall.map(|syscall| Proof {
        place,
        syscall,
        point,
        action: to,
        asks_kernel,
        engine: Some(other),
    });
    (format!("there {shown} get a more permissive action than under {under}"), proof)
}
