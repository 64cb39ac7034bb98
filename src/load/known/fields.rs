//! The fields of profiles, by who reads them.

use crate::load::values::tree::{Node, same_folded};

/// Names of fields; the list itself tells whose they are.
pub(in crate::load) type Fields = &'static [&'static str];

/// The fields of the runtime specification come first: an OCI object has these alone.
pub(in crate::load) const PROFILE: Fields = &[
    "defaultAction",
    "defaultErrnoRet",
    "architectures",
    "flags",
    "listenerPath",
    "listenerMetadata",
    "syscalls",
    "archMap",
    "defaultErrno",
    // Read when layers are merged, ignored by every engine.
    "extends",
    "strategy",
];
pub(in crate::load) const PROFILE_OCI: Fields = PROFILE.split_at(7).0;
pub(in crate::load) const PROFILE_OPERATOR: Fields = &[
    "defaultAction",
    "architectures",
    "flags",
    "listenerPath",
    "listenerMetadata",
    "syscalls",
    "baseProfileName",
    "state",
    "disabled",
];
pub(in crate::load) const RULE: Fields =
    &["names", "action", "errnoRet", "args", "name", "errno", "comment", "includes", "excludes"];
pub(in crate::load) const RULE_OCI: Fields = RULE.split_at(4).0;
pub(in crate::load) const ARG: Fields = &["index", "value", "valueTwo", "op"];
pub(in crate::load) const ARCH_MAP: Fields = &["architecture", "subArchitectures"];
pub(in crate::load) const FILTER: Fields = &["arches", "caps", "minKernel"];

/// Whether a key is a field of a profile, in any case: what tells a profile from other JSON.
pub(in crate::load) fn is_profile_field(key: &str) -> bool {
    PROFILE.iter().any(|field| same_folded(key, field))
}

/// Whether an object has a field of a profile.
pub(in crate::load) fn has_profile_field(root: &Node) -> bool {
    root.members().iter().any(|member| is_profile_field(&member.key))
}

/// Whether Docker or Podman would read a key among these fields, which are not all of theirs.
pub(in crate::load) fn docker_alone_reads(key: &str, fields: Fields) -> bool {
    match fields {
        _ if fields == RULE_OCI => RULE.contains(&key) && key != "comment",
        _ if fields == PROFILE_OCI || fields == PROFILE_OPERATOR => {
            PROFILE.iter().take(PROFILE.len() - 2).any(|field| *field == key)
        }
        _ => false,
    }
}
