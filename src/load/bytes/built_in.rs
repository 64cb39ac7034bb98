//! The built-in defaults, loaded as any profile is.

use crate::baseline::{self, Product, Release, UnknownRelease};
use crate::load::error::{LoadError, LoadErrorKind};
use crate::load::siblings::NoSiblings;
use crate::load::source::SourceKind;
use crate::load::warning::{Warning, WarningKind};
use crate::load::{LoadOptions, Loaded, parse_as};
use crate::profile::{Format, Span};

/// Loads the baseline of a specification.
pub(crate) fn load(spec: &str) -> Result<Loaded, LoadError> {
    if spec == baseline::UNCONFINED {
        return parse_unconfined(spec);
    }
    let release =
        baseline::find(spec).map_err(|UnknownRelease { spec: wanted, near, retracted }| {
            let kind = match retracted {
                true => LoadErrorKind::RetractedBaseline { spec: wanted, near },
                false => LoadErrorKind::UnknownBaseline { spec: wanted, near },
            };
            LoadError::whole(spec, kind)
        })?;
    // What is asked of the format is asked of files: a built-in one has its own.
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    let mut loaded = parse_baseline(spec, release, &options)?;
    if let Some((name, version)) = spec.split_once('@')
        && Product::from_name(name).is_some_and(|product| baseline::is_old_name(product, version))
    {
        let kind = WarningKind::RenamedBaseline(format!("{}@{version}", release.product));
        loaded.warnings.insert(0, Warning { kind, span: Span::default() });
    }
    Ok(loaded)
}

/// Reads a built-in baseline.
pub(crate) fn parse_baseline(
    name: &str,
    release: &'static Release,
    options: &LoadOptions,
) -> Result<Loaded, LoadError> {
    let text = release.text();
    let mut loaded = parse_as(name, SourceKind::Baseline, text.as_bytes(), options, &NoSiblings)?;
    loaded.profile.generation = release.generation();
    Ok(Loaded { baseline: Some(release), ..loaded })
}

/// No profile at all, which every engine takes for seccomp switched off.
fn parse_unconfined(name: &str) -> Result<Loaded, LoadError> {
    let options = LoadOptions { format: Some(Format::Docker), ..LoadOptions::default() };
    parse_as(name, SourceKind::Baseline, b"{}\n", &options, &NoSiblings)
}
