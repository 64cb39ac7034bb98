//! The built-in baselines: what Docker, Podman, containerd, CRI-O and `moby/profiles` ship or shipped
//! as their default profile, and every state of it on the main branches of moby and
//! containers-common, in the normal form.
//!
//! `baselines/` holds each content once, as its text or as what differs from another one's;
//! `baselines/releases.tsv` says which release ships which. Both are written by `cargo run --example
//! import-baselines`, as is the list of contents here. A content is put together when it is asked
//! for.
//!
//! ```
//! let release = sdiff::baseline::find("docker@20.10.25")?;
//! assert_eq!(release.content, "docker/20.10.18");
//! assert_eq!(sdiff::baseline::find("docker@20.10")?.version, "20.10.27");
//! // By commit, and by day: the newest state of the main branch that was there.
//! assert_eq!(sdiff::baseline::find("docker@3c28324")?.date, "2026-05-06");
//! assert_eq!(sdiff::baseline::find("docker@2021-01-27")?.version, "54eff4354b17");
//! # Ok::<(), sdiff::baseline::UnknownRelease>(())
//! ```

mod contents;
mod date;
pub mod delta;
mod product;
mod release;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use release::numbers;

pub use date::Date;
pub use product::Product;
pub use release::{Release, releases};

/// Versions that upstream took back, which nobody ships. Only `v1.0.1` is still a tag.
///
/// The source is the `retract` block in containers/common's `go.mod`: "We reverted to v0.… version
/// numbers; the v1.0.0 tag was actually deleted", and v1.0.1 "is used only to publish retraction".
pub const RETRACTED: [(Product, &str); 2] =
    [(Product::ContainersCommon, "1.0.0"), (Product::ContainersCommon, "1.0.1")];

/// The name of no profile at all: seccomp is off.
pub const UNCONFINED: &str = "unconfined";

/// How many digits of a commit name it.
const MIN_DIGITS: usize = 7;

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

/// Every release and state, by product and version.
static ALL: LazyLock<Vec<Release>> =
    LazyLock::new(|| Product::ALL.into_iter().flat_map(releases).cloned().collect());

/// Every release, by product and version, and every state of a main branch, by date.
pub fn list() -> &'static [Release] {
    &ALL
}

/// The releases and states of a product with different contents, the newest first.
pub fn contents(of: Product) -> impl Iterator<Item = &'static Release> {
    let mut seen = BTreeSet::new();
    let releases = ALL.iter().rev().filter(move |release| release.product == of);
    releases.filter(move |release| seen.insert(release.content))
}

/// Whether a specification names a built-in baseline, be it one that does not exist: `default`,
/// `unconfined`, a product, or a product with `@` and a version.
pub fn is_spec(spec: &str) -> bool {
    let product = spec.split_once('@').map_or(spec, |(product, _)| product);
    spec == "default" || spec == UNCONFINED || Product::from_name(product).is_some()
}

/// The names that [`is_spec`] knows, and no version with them.
pub fn names() -> impl Iterator<Item = &'static str> {
    let products = ["docker", "podman", "containerd", "kubernetes", "crio", "cri-o"];
    let others = ["containers-common", "profiles", "moby", UNCONFINED];
    ["default"].into_iter().chain(products).chain(others)
}

/// The release of a specification: `docker@20.10.25` itself; the newest of a line for
/// `docker@20.10`; the newest of all for `docker` and `docker@latest`. `default` is `docker`,
/// `kubernetes` is `containerd`. Of a main branch a state, by at least seven digits of its commit
/// (`docker@3c28324`) or by day (`docker@2021-01-27`): the newest that was there.
///
/// `podman@0.60`, a version of containers-common and none of Podman, is `containers-common@0.60`:
/// so it was called before Podman's own releases were built in.
///
/// # Errors
/// [`UnknownRelease`], with the releases that are near.
pub fn find(spec: &str) -> Result<&'static Release, UnknownRelease> {
    let unknown = |near| UnknownRelease { spec: spec.to_owned(), near, retracted: false };
    let (name, version) = match spec {
        "default" => ("docker", ""),
        _ => spec.split_once('@').unwrap_or((spec, "")),
    };
    let Some(named) = Product::from_name(name) else { return Err(unknown(Vec::new())) };
    let product = if is_old_name(named, version) { Product::ContainersCommon } else { named };
    if let Some(wanted) = State::of(version)
        && let Some(states) = product.states().map(releases)
    {
        return wanted.find(states).ok_or_else(|| unknown(wanted.near(states)));
    }
    let wanted = match version {
        "" | "latest" => Vec::new(),
        // Kubernetes has versions of its own, which say nothing about containerd.
        version => (name != "kubernetes")
            .then(|| numbers(version))
            .flatten()
            .ok_or_else(|| unknown(last_names(releases(product).iter(), 3)))?,
    };
    release::last_of(product, &wanted).ok_or_else(|| {
        // The last two before its place and the first two behind it.
        let releases = releases(product);
        let before = releases.iter().filter(|release| release.order < wanted);
        let behind = releases.iter().filter(|release| release.order > wanted).take(2);
        let mut near = last_names(before, 2);
        near.extend(behind.map(Release::to_string));
        let retracted = RETRACTED.iter().any(|(of, version)| {
            *of == product && numbers(version).is_some_and(|order| order.starts_with(&wanted))
        });
        UnknownRelease { retracted, ..unknown(near) }
    })
}

/// Whether it is a version of containers-common under the name that it had here before. Podman's
/// own releases with that profile begin with 2.1.
pub(crate) fn is_old_name(product: Product, version: &str) -> bool {
    let first = version.strip_prefix('v').unwrap_or(version).split('.').next();
    product == Product::Podman && first == Some("0")
}

/// What names a state of a main branch.
enum State<'a> {
    Commit(&'a str),
    Day(&'a str),
}

impl<'a> State<'a> {
    fn of(version: &'a str) -> Option<State<'a>> {
        let shape: Vec<u8> = version
            .bytes()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() })
            .collect();
        if shape == b"0000-00-00" {
            return Some(State::Day(version));
        }
        let is_commit = version.len() >= MIN_DIGITS
            && version.len() <= 40
            && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_commit.then_some(State::Commit(version))
    }

    fn find(&self, states: &'static [Release]) -> Option<&'static Release> {
        match self {
            State::Day(day) => states.iter().rfind(|state| state.date <= *day),
            State::Commit(digits) => {
                let digits = digits.to_ascii_lowercase();
                let is_it = |state: &&Release| {
                    state.version.starts_with(&digits) || digits.starts_with(state.version)
                };
                states.iter().find(is_it)
            }
        }
    }

    /// The first states before the first day, the last for a commit that is none.
    fn near(&self, states: &'static [Release]) -> Vec<String> {
        match self {
            State::Day(_) => states.iter().take(2).map(Release::to_string).collect(),
            State::Commit(_) => last_names(states.iter(), 2),
        }
    }
}

fn last_names<'r>(releases: impl Iterator<Item = &'r Release>, count: usize) -> Vec<String> {
    let names: Vec<String> = releases.map(Release::to_string).collect();
    names.into_iter().rev().take(count).rev().collect()
}
