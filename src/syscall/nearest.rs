//! "Did you mean": names of system calls near a misspelt one.

use super::table::Syscall;

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

/// The one of some known words that is nearest to `word`, if one is near enough to be worth saying.
pub(crate) fn nearest_of<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = word.trim().to_ascii_lowercase();
    let apart = |known: &'a str| Some((typed(&wanted, &known.to_ascii_lowercase())?, known));
    known.into_iter().filter_map(apart).min().map(|(_, known)| known)
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
    typed(wanted, known)
}

/// The same of any two words: how far apart typing errors bring them.
fn typed(wanted: &str, known: &str) -> Option<usize> {
    let edits = edits(wanted.as_bytes(), known.as_bytes());
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

/// The optimal string alignment distance: insertions, deletions, substitutions and exchanges of
/// neighbours, each counting one.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
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
        assert_eq!(edits(b"", b"abc"), 3);
        assert_eq!(edits(b"clnoe", b"clone"), 1);
        assert_eq!(edits(b"kitten", b"sitting"), 3);
    }
}
