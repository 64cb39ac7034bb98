//! Real profiles, as files that were published.

use sdiff::profile::Format;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Names that the main crate knows from libseccomp 2.6.1 and Debian's 2.5.4 does not, so that it
/// cannot judge them; and `map_shadow_stack`, which it knows on fewer ABIs.
pub const NEWER: [&str; 22] = [
    "atomic_barrier",
    "atomic_cmpxchg_32",
    "file_getattr",
    "file_setattr",
    "getpagesize",
    "getxattrat",
    "listmount",
    "listns",
    "listxattrat",
    "lsm_get_self_attr",
    "lsm_list_modules",
    "lsm_set_self_attr",
    "map_shadow_stack",
    "mseal",
    "open_tree_attr",
    "removexattrat",
    "riscv_hwprobe",
    "rseq_slice_yield",
    "setxattrat",
    "statmount",
    "uprobe",
    "uretprobe",
];

/// Every JSON file in a folder and those below.
///
/// # Panics
/// Where the folder cannot be listed to its end.
pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
}

/// The profile in a file.
pub fn whole(path: &Path) -> Option<Value> {
    let mut profile: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    if let Some(inner) = profile.pointer("/linux/seccomp") {
        profile = inner.clone();
    }
    profile.get("syscalls").is_some_and(Value::is_array).then_some(profile)
}

/// The profile in a file, without the newer names, and how many of those there were.
pub fn profile(path: &Path) -> Option<(Value, usize)> {
    let mut profile = whole(path)?;
    let newer = |name: &Value| name.as_str().is_some_and(|name| NEWER.contains(&name));
    let mut left_out = 0;
    for rule in profile.get_mut("syscalls")?.as_array_mut()? {
        if rule.get("name").is_some_and(newer) {
            rule["name"] = Value::from("no_such_call");
            left_out += 1;
        }
        if let Some(names) = rule.get_mut("names").and_then(Value::as_array_mut) {
            let before = names.len();
            names.retain(|name| !newer(name));
            left_out += before - names.len();
        }
    }
    Some((profile, left_out))
}

/// Every file that can be a layer: a decade of upstream's defaults, and what people publish.
pub fn layers(shared: &Path) -> Vec<Value> {
    let mut paths = Vec::new();
    for folder in ["upstream", "corpus/json"] {
        files(&shared.join(folder), &mut paths);
    }
    let profiles = paths.iter().filter_map(|path| {
        let (profile, _) = profile(path)?;
        let text = profile.to_string();
        let loaded = sdiff::load::parse("layer", text.as_bytes(), &Default::default()).ok()?;
        // The reference reads Docker's dialect here.
        (loaded.profile.format == Format::Docker).then_some(profile)
    });
    profiles.collect()
}
