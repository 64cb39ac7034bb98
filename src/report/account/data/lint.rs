//! What a lint found.

use crate::lint::Finding;
use crate::load::Source;
use crate::phrase::{action_text, call_text};
use serde_json::{Value, json};

pub(in crate::report) fn finding_json(source: Option<&Source>, finding: &Finding) -> Value {
    let place = |span: Option<crate::profile::Span>| {
        let (source, span) = source.zip(span)?;
        let position = source.position(span.start);
        Some(json!({ "line": position.line, "column": position.column }))
    };
    let proof = finding.witness.as_ref().map(|proof| {
        let names: Vec<&str> = proof.point.capability_list().map(|c| c.name()).collect();
        json!({
            "call": call_text(proof.syscall, proof.place.abi, &proof.point.args),
            "host": proof.place.host.name(),
            "abi": proof.place.abi.name(),
            "syscall": proof.syscall.name(),
            "args": proof.point.args,
            "capabilities": names,
            "kernel": proof.point.kernel.to_string(),
            "engine": proof.engine.map(|engine| engine.name()),
            "action": action_text(proof.action),
        })
    });
    json!({
        "id": finding.id,
        "lint": finding.lint,
        "severity": finding.severity.name(),
        "subject": finding.subject,
        "message": finding.message,
        "help": finding.help,
        "place": place(finding.span),
        "other": place(finding.other),
        "proof": proof,
    })
}
