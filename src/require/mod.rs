//! Whether a profile is what a team requires: `[[require]]` of `sdiff.toml`.
//!
//! `blocked`: no call that is meant is let through, whatever program of the hosts in question makes it,
//! with whatever capabilities and kernel the question leaves open. `allowed`: every call that is meant is let
//! through; asked of the programs whose ABI the filter has, unless the call names its ABI. `within`:
//! nothing is let through that another profile stops. All three are exact: sets are compared, and what
//! breaks one is proved with a call.
//!
//! ```
//! use sdiff::lint::Config;
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::require;
//! use sdiff::semantics::{Engine, Settings};
//!
//! let config = Config::parse(
//!     "[[require]]\nblocked = [\"socket(AF_ALG)\"]\nreason = \"CVE-2026-31431\"",
//! )?;
//! let text = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["socket"], "action": "SCMP_ACT_ALLOW" } ] }"#;
//! let loaded = parse("mine.json", text.as_bytes(), &LoadOptions::default())?;
//! let findings = require::findings(
//!     &loaded,
//!     &config.requirements().iter().collect::<Vec<_>>(),
//!     &[Settings::new(Engine::Docker)],
//!     &|name| Err(format!("no file {name}")),
//! )?;
//! assert_eq!(findings[0].lint, "requirement-broken");
//! assert!(findings[0].witness.is_some_and(|proof| proof.point.args[0] == 38)); // AF_ALG
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod judge;
mod words;

pub use judge::{Broken, Judge, Judgement, List};

use crate::decision::{Store, TooLarge};
use crate::lint::{Finding, Requirement};
use crate::load::{self, LoadOptions, Loaded};
use crate::semantics::{Engine, Policy, SemanticsError, Settings};
use std::collections::HashMap;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequireError {
    /// What a requirement says to stay within is nothing to compare with.
    #[error("sdiff.toml:{line}: `within = \"{}\"`: {why}", .name.escape_debug())]
    #[allow(missing_docs)]
    Base { name: String, line: usize, why: String },
    /// A bound of the decision engine.
    #[error(transparent)]
    Meaning(#[from] SemanticsError),
}

/// What a profile breaks of these requirements, as each of several questions has it; what several of
/// them break alike is told once. `open` loads what is not built in, by its path from the folder of
/// `sdiff.toml`. A profile that does not load breaks nothing: no container starts with it.
///
/// # Errors
/// [`RequireError`]
pub fn findings(
    loaded: &Loaded,
    requirements: &[&Requirement],
    questions: &[Settings],
    open: &dyn Fn(&str) -> Result<Loaded, String>,
) -> Result<Vec<Finding>, RequireError> {
    let mut findings: Vec<Finding> = Vec::new();
    if requirements.is_empty() {
        return Ok(findings);
    }
    let mut bases: HashMap<&str, Loaded> = HashMap::new();
    for requirement in requirements {
        let Some(name) = &requirement.within else { continue };
        if !bases.contains_key(name.as_str()) {
            let why = |why| RequireError::Base { name: name.clone(), line: requirement.line, why };
            let base = match crate::baseline::is_spec(name) {
                true => load::load(name, &LoadOptions::default()).map_err(|e| e.to_string()),
                false => open(name),
            };
            bases.insert(name, base.map_err(why)?);
        }
    }
    for settings in questions {
        let mut store = Store::default();
        let policy = match Policy::build(&mut store, &loaded.profile, settings) {
            Ok(policy) => policy,
            Err(error) if error.is_bound() => return Err(error.into()),
            Err(_) => continue,
        };
        let mut policies = HashMap::new();
        for (name, base) in &bases {
            let own = Engine::of_loaded(base);
            // A default means what it does to the engine that ships it, and a file what the profile does.
            let is_own = base.baseline.is_some() || own != Engine::Docker;
            let settings = if is_own { settings.clone().read_by(own) } else { settings.clone() };
            policies.insert(*name, Policy::build(&mut store, &base.profile, &settings)?);
        }
        let bound = |bound: TooLarge| SemanticsError::too_large(bound, &loaded.profile);
        let mut judge = Judge::new(&mut store, &policy);
        for requirement in requirements {
            let base = requirement.within.as_deref().and_then(|name| policies.get(name));
            let judgement = judge.judge(requirement, base).map_err(bound)?;
            for finding in words::findings(requirement, &judgement, &policy) {
                if !findings.iter().any(|known| known.id == finding.id) {
                    findings.push(finding);
                }
            }
        }
    }
    let several = questions.len() > 1;
    if !several {
        // Who reads the profile goes without saying.
        findings
            .iter_mut()
            .filter_map(|f| f.witness.as_mut())
            .for_each(|proof| proof.engine = None);
    }
    Ok(findings)
}
