//! The built-in baselines: what Docker, Podman and `moby/profiles` ship or shipped as their default
//! profile, in the normal form.
//!
//! `baselines/` holds each content once; `baselines/index.tsv` says which release ships which. Both
//! are written by `cargo run --example import-baselines`, as is the list of contents here.
//!
//! ```
//! let release = sdiff::baseline::find("docker@20.10.25")?;
//! assert_eq!(release.content, "docker/20.10.18");
//! assert_eq!(sdiff::baseline::find("docker@20.10")?.version, "20.10.27");
//! # Ok::<(), sdiff::baseline::UnknownRelease>(())
//! ```

mod contents;

use std::fmt;
use std::sync::LazyLock;

use crate::load::{LoadError, LoadErrorKind, LoadOptions, Loaded};
use crate::profile::Format;

/// Who ships a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Docker Engine (moby).
    Docker,
    /// containers-common, whose profile Podman, Buildah and CRI-O use; versions are its own.
    Podman,
    /// The Go module `moby/profiles/seccomp`, which BuildKit and others use.
    Profiles,
}

/// A release and the profile that it ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Whose.
    pub product: Product,
    /// Its version: `29.4.3`.
    pub version: &'static str,
    /// When it came out: `2026-05-06`.
    pub date: &'static str,
    /// The content's name: its path in `baselines/` without `.json`. Equal for releases that ship
    /// the same profile.
    pub content: &'static str,
    /// The upstream tag from which the content was taken; the first that has it.
    pub tag: &'static str,
    /// The commit of that tag.
    pub commit: &'static str,
    /// The SHA-256 of the upstream file, in hexadecimal.
    pub sha256: &'static str,
    /// The version's numbers, by which releases are ordered.
    order: Vec<u32>,
}

/// Versions that upstream took back, which nobody ships. Only `v1.0.1` is still a tag.
///
/// The source is the `retract` block in containers/common's `go.mod`: "We reverted to v0.… version
/// numbers; the v1.0.0 tag was actually deleted", and v1.0.1 "is used only to publish retraction".
pub const RETRACTED: [(Product, &str); 2] =
    [(Product::Podman, "1.0.0"), (Product::Podman, "1.0.1")];

/// No built-in baseline has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no built-in baseline `{spec}`{}", if *.retracted { ": upstream retracted it" } else { "" })]
pub struct UnknownRelease {
    /// What was asked for.
    pub spec: String,
    /// Releases that are near to it, the newest last.
    pub near: Vec<String>,
    /// Whether it is one of [`RETRACTED`].
    pub retracted: bool,
}

/// Sorted by product and version.
static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let lines = include_str!("../../baselines/index.tsv").lines().skip(1);
    let mut releases: Vec<Release> = lines.filter_map(Release::from_line).collect();
    releases.sort_by(|a, b| (a.product, &a.order).cmp(&(b.product, &b.order)));
    releases
});

impl Product {
    /// The name before the `@`.
    pub const fn name(self) -> &'static str {
        match self {
            Product::Docker => "docker",
            Product::Podman => "podman",
            Product::Profiles => "profiles",
        }
    }

    /// The product of a name before the `@`; `moby` and `containers-common` are known as well.
    pub fn from_name(name: &str) -> Option<Product> {
        Some(match name {
            "docker" | "moby" => Product::Docker,
            "podman" | "containers-common" => Product::Podman,
            "profiles" => Product::Profiles,
            _ => return None,
        })
    }

    /// The dialect in which its profile is read.
    pub const fn format(self) -> Format {
        match self {
            Product::Podman => Format::ContainersCommon,
            Product::Docker | Product::Profiles => Format::Docker,
        }
    }
}

impl Release {
    /// The profile, as JSON that Docker (or Podman) can load as it is.
    pub fn text(&self) -> &'static str {
        let at = contents::CONTENTS.binary_search_by_key(&self.content, |(name, _)| name);
        at.ok().and_then(|at| contents::CONTENTS.get(at)).map_or("", |(_, text)| text)
    }

    fn from_line(line: &'static str) -> Option<Release> {
        let mut fields = line.split('\t');
        let mut field = || fields.next();
        let product = Product::from_name(field()?)?;
        let version = field()?;
        Some(Release {
            product,
            version,
            date: field()?,
            content: field()?,
            tag: field()?,
            commit: field()?,
            sha256: field()?,
            order: numbers(version)?,
        })
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// As the user names it: `docker@29.4.3`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.product, self.version)
    }
}

/// Every release, by product and version.
pub fn list() -> &'static [Release] {
    &RELEASES
}

/// Whether a specification names a built-in baseline, be it one that does not exist: `default`, a
/// product, or a product with `@` and a version.
pub fn is_spec(spec: &str) -> bool {
    let product = spec.split_once('@').map_or(spec, |(product, _)| product);
    spec == "default" || Product::from_name(product).is_some()
}

/// The release of a specification: `docker@20.10.25` itself; the newest of a line for
/// `docker@20.10`; the newest of all for `docker` and `docker@latest`. `default` is `docker`.
///
/// # Errors
/// [`UnknownRelease`], with the releases that are near.
pub fn find(spec: &str) -> Result<&'static Release, UnknownRelease> {
    let unknown = |near| UnknownRelease { spec: spec.to_owned(), near, retracted: false };
    let (name, version) = match spec {
        "default" => ("docker", ""),
        _ => spec.split_once('@').unwrap_or((spec, "")),
    };
    let Some(product) = Product::from_name(name) else { return Err(unknown(Vec::new())) };
    let releases = || RELEASES.iter().filter(move |release| release.product == product);
    let wanted = match version {
        "" | "latest" => Vec::new(),
        version => numbers(version).ok_or_else(|| unknown(last_names(releases(), 3)))?,
    };
    let found = releases().rfind(|release| release.order.starts_with(&wanted));
    found.ok_or_else(|| {
        // The last two before its place and the first two behind it.
        let before = releases().filter(|release| release.order < wanted);
        let behind = releases().filter(|release| release.order > wanted).take(2);
        let mut near = last_names(before, 2);
        near.extend(behind.map(Release::to_string));
        let retracted = RETRACTED.iter().any(|(of, version)| {
            *of == product && numbers(version).is_some_and(|order| order.starts_with(&wanted))
        });
        UnknownRelease { retracted, ..unknown(near) }
    })
}

/// Loads the baseline of a specification.
pub(crate) fn load(spec: &str) -> Result<Loaded, LoadError> {
    let release = find(spec).map_err(|UnknownRelease { spec: wanted, near, retracted }| {
        let kind = match retracted {
            true => LoadErrorKind::RetractedBaseline { spec: wanted, near },
            false => LoadErrorKind::UnknownBaseline { spec: wanted, near },
        };
        LoadError::whole(spec, kind)
    })?;
    // What is asked of the format is asked of files: a built-in one has its own.
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    crate::load::parse_baseline(spec, release, &options)
}

fn last_names<'r>(releases: impl Iterator<Item = &'r Release>, count: usize) -> Vec<String> {
    let names: Vec<String> = releases.map(Release::to_string).collect();
    names.into_iter().rev().take(count).rev().collect()
}

/// The numbers of a version; a `v` before it is allowed.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').map(|part| part.parse().ok()).collect()
}
