//! What a Pod's specification is told by, in whatever object.

use crate::load::Value;
use crate::uses::find::value;
use crate::uses::read::Tree;

/// Where a Pod has its containers.
pub(in crate::uses::find) const LISTS: [&str; 3] =
    ["containers", "initContainers", "ephemeralContainers"];

/// A profile for all containers; removed from Kubernetes with 1.27.
pub(in crate::uses::find) const OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// A profile for the container of that name.
pub(in crate::uses::find) const OF_CONTAINER: &str =
    "container.seccomp.security.alpha.kubernetes.io/";

/// Whether an object is a Pod's specification: it has containers that are objects.
pub(in crate::uses::find) fn is_pod(node: &Tree) -> bool {
    let is_container = |node: &Tree| {
        let has = |names: &[&str]| value(node, names).is_some();
        !has(&["options", "container", "linuxParameters", "essential"])
            && (has(&["name", "image", "securityContext", "$patch", "command"]))
    };
    LISTS.iter().filter_map(|list| value(node, &[list])).any(|list| match &list.value {
        Value::Array(items) => items.iter().any(is_container),
        Value::Object(members) => members
            .iter()
            .any(|member| value(&member.value, &["image", "securityContext"]).is_some()),
        _ => false,
    })
}
