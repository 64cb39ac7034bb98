//! Uses of profiles, as a review saw them.

use super::region::Region;
use serde::Serialize;

/// A container, or a default for containers, in a file that is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenUse {
    /// The file.
    pub path: String,
    /// What holds it: `Deployment/web`, `compose`.
    pub workload: String,
    /// Its name in there.
    pub container: String,
    /// Whose words they are: `kubernetes`, `docker`, `podman`, `nerdctl`, or `unknown` for a line that
    /// belongs to no use.
    pub runner: &'static str,
    /// What it had, in words; none where it was not there.
    pub old: Option<String>,
    /// What it has, in words; none where it is gone.
    pub new: Option<String>,
    /// `same`, `weakened`, `tightened`, `changed`, `not-judged`, `added`, `removed`.
    pub verdict: &'static str,
    /// Why it is not judged.
    pub why: Option<String>,
    /// Where the new side says it.
    pub place: Option<Region>,
    /// Where the old side says it.
    pub old_place: Option<Region>,
}
