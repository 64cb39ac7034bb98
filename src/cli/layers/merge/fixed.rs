//! Faces of a result that have no conditions.

use super::args::{Args, Form};
use crate::cli::failure::Failure;
use crate::decision::Store;
use crate::overlay;
use crate::profile::{Profile, to_json};
use crate::semantics::Engine;
use std::path::Path;

/// A result without conditions.
pub(in crate::cli) fn fixed(
    args: &Args,
    store: &mut Store,
    profile: &Profile,
) -> Result<String, Failure> {
    let settings = args.question.settings(Engine::Docker);
    let hangs = overlay::Hangs::of(profile);
    let lacks_host = hangs.on_host && settings.hosts.len() != 1;
    let lacks_kernel = hangs.on_kernel && settings.given.kernel.is_none();
    if lacks_host || lacks_kernel {
        let lacks = match (lacks_host, lacks_kernel) {
            (true, true) => "one --host, --kernel",
            (true, false) => "one --host",
            _ => "--kernel",
        };
        let message = format!(
            "--format oci and operator have no conditions, and rules or architectures here hang on \
             them: give {lacks}, and --caps if they are not Docker's default"
        );
        return Err(Failure::Usage(message));
    }
    let default = crate::semantics::Given::docker_default();
    let capabilities = settings.given.capabilities.unwrap_or(default);
    let fixed =
        overlay::fixed(store, profile, &settings.hosts, capabilities, settings.given.kernel)?;
    if args.format == Form::Oci {
        return Ok(to_json(&fixed));
    }
    let stem = |path: &str| Path::new(path).file_stem().map(|s| s.to_string_lossy().into_owned());
    let spec = args.layers.last().or(args.base.as_ref());
    let name = spec.and_then(|spec| stem(spec));
    Ok(overlay::operator_yaml(&fixed, &name.unwrap_or_default())?)
}
