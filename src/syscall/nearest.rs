//! "Did you mean": names of system calls near a misspelt one.

use super::table::Syscall;
use strsim::osa_distance;

/// Up to three known names near `name`, the nearest first; none where nothing is near enough to
/// be worth saying.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let wanted = name.trim().to_ascii_lowercase();
    let mut near: Vec<(usize, &'static str)> = Syscall::all()
        .map(Syscall::name)
        .filter(|known| *known != name)
        .filter_map(|known| Some((distance(&wanted, known)?, known)))
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// Words longer than this are no typing mistakes.
const LONGEST: usize = 64;

/// The known word with the fewest edits from `word`, if these are few for its length.
pub fn nearest_of<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let folded = word.to_lowercase();
    let limit = (word.chars().count() / 4).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How the names of one call's versions end: `futex_time64`, `stat64`, `dup3`, `pselect6`.
const VERSIONS: [&str; 8] = ["_time64", "64", "32", "1", "2", "3", "4", "6"];

/// How far apart two names are, in quarters of an edit, or none if too far.
fn distance(wanted: &str, known: &str) -> Option<usize> {
    if wanted == known {
        return Some(0);
    }
    // The call itself under the name of another version.
    if !wanted.is_empty() && stem(wanted) == stem(known) {
        return Some(2);
    }
    let edits = osa_distance(wanted, known);
    let most = match wanted.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    if edits > most {
        return None;
    }
    // Few typing errors hit the first letter.
    let same_start = wanted.as_bytes().first() == known.as_bytes().first();
    Some(4 * edits + if same_start { 0 } else { 1 })
}

/// The name without prefixes and suffixes that tell versions apart.
fn stem(name: &str) -> &str {
    let name = name.strip_prefix("sys_").or_else(|| name.strip_prefix("__nr_")).unwrap_or(name);
    let name = name.strip_prefix('_').or_else(|| name.strip_prefix("new")).unwrap_or(name);
    VERSIONS.into_iter().find_map(|version| name.strip_suffix(version)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(name: &str) -> Option<&'static str> {
        nearest(name).first().copied()
    }

    #[test]
    fn typing_errors() {
        assert_eq!(first("clnoe"), Some("clone"));
        assert_eq!(first("unshaer"), Some("unshare"));
        assert_eq!(first("io_uring_setpu"), Some("io_uring_setup"));
        assert_eq!(first("getdent"), Some("getdents"));
        assert_eq!(first("Socket"), Some("socket"));
        assert_eq!(first("sys_read"), Some("read"));
    }

    #[test]
    fn any_known_words() {
        let known = ["docker", "podman", "containerd", "CAP_SYS_PTRACE"];
        assert_eq!(nearest_of("Dokcer", known), Some("docker"));
        assert_eq!(nearest_of("continerd", known), Some("containerd"));
        assert_eq!(nearest_of("cap_sys_ptrase", known), Some("CAP_SYS_PTRACE"));
        assert_eq!(nearest_of("rkt", known), None);
        let known = ["chown", "chroot", "clone", "SCMP_ACT_ALLOW"];
        assert_eq!(nearest_of("chwon", known), Some("chown"));
        assert_eq!(nearest_of("scmp_act_allow", known), Some("SCMP_ACT_ALLOW"));
        assert_eq!(nearest_of("socket", known), None);
        assert_eq!(nearest_of("", known), None);
        assert_eq!(nearest_of(&"x".repeat(1 << 20), known), None);
    }

    #[test]
    fn other_versions_of_the_call() {
        assert_eq!(nearest("fstatat")[..2], ["fstatat64", "newfstatat"]);
        assert!(nearest("ppoll64").contains(&"ppoll_time64"));
    }

    #[test]
    fn nothing_where_nothing_is_near() {
        assert!(nearest("frobnicate").is_empty());
        assert!(nearest("x").is_empty());
        assert!(nearest("").is_empty());
    }

    #[test]
    fn the_distance() {
        assert_eq!(osa_distance("", "abc"), 3);
        assert_eq!(osa_distance("clnoe", "clone"), 1);
        assert_eq!(osa_distance("kitten", "sitting"), 3);
    }
}
