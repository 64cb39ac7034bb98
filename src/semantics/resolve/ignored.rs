//! What an engine does not read of a file.

use crate::machine::Engine;
use crate::profile::{Filter, Profile, Span};

/// The fields that an engine does not read, each with its first place.
pub(crate) fn ignored(profile: &Profile, engine: Engine) -> Vec<(&'static str, Span)> {
    let mut found: Vec<(&'static str, Span)> = Vec::new();
    let mut add = |field, span: Option<Span>| {
        if let Some(span) = span
            && !found.iter().any(|(known, _)| *known == field)
        {
            found.push((field, span));
        }
    };
    let bare = engine == Engine::Containerd;
    if bare {
        add("archMap", profile.arch_map.first().map(|entry| entry.architecture.span));
    }
    if engine != Engine::Podman {
        add("defaultErrno", profile.default_errno.as_ref().map(|errno| errno.span));
    }
    for rule in &profile.rules {
        let kernel = |filter: &Filter| filter.min_kernel.as_ref().map(|version| version.span);
        if bare {
            add("name", rule.name.as_ref().map(|name| name.span));
            add("includes", (!rule.includes.is_empty()).then_some(rule.span));
            add("excludes", (!rule.excludes.is_empty()).then_some(rule.span));
        } else if engine == Engine::Podman {
            add("minKernel", kernel(&rule.includes).or(kernel(&rule.excludes)));
        }
        if engine != Engine::Podman {
            add("errno", rule.errno.as_ref().map(|errno| errno.span));
        }
    }
    found
}
