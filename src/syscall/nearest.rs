//! "Did you mean": names of system calls near a misspelt one.

use super::table::Syscall;
use strsim::osa_distance;

/// Up to three known names near `name`, the nearest first; none where nothing is near enough to
/// be worth saying.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let wanted = name.trim().to_ascii_lowercase();
    let letters = Letters::of(&wanted);
    let mut near: Vec<(usize, &'static str)> = Syscall::all()
        .map(Syscall::name)
        .filter(|known| *known != name)
        .filter_map(|known| Some((distance(&wanted, &letters, known)?, known)))
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
    let letters = Letters::of(&folded);
    known
        .into_iter()
        .filter_map(|candidate| {
            let known = candidate.to_lowercase();
            Some((edits(&folded, &letters, &known, limit)?, candidate))
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How many letters a word has, and which (a bit a letter; some letters share one).
#[derive(Clone, Copy, Debug)]
struct Letters {
    count: usize,
    which: u64,
}

impl Letters {
    fn of(word: &str) -> Letters {
        let none = Letters { count: 0, which: 0 };
        word.chars().fold(none, |Letters { count, which }, letter| Letters {
            count: count + 1,
            which: which | 1 << (letter as u32 % 64),
        })
    }

    /// No fewer than these edits are between two words: each changes the length by one at most, and of
    /// the letters takes one away and brings one at most.
    fn least_edits(&self, other: &Letters) -> usize {
        let exchanged = (self.which ^ other.which).count_ones() as usize;
        self.count.abs_diff(other.count).max(exchanged.div_ceil(2))
    }
}

/// How many edits are between two words, if not more than `most`. Of most words that is seen by their letters.
fn edits(word: &str, letters: &Letters, known: &str, most: usize) -> Option<usize> {
    if letters.least_edits(&Letters::of(known)) > most {
        return None;
    }
    Some(osa_distance(word, known)).filter(|edits| *edits <= most)
}

/// How the names of one call's versions end: `futex_time64`, `stat64`, `dup3`, `pselect6`.
const VERSIONS: [&str; 8] = ["_time64", "64", "32", "1", "2", "3", "4", "6"];

/// How far apart two names are, in quarters of an edit, or none if too far.
fn distance(wanted: &str, letters: &Letters, known: &str) -> Option<usize> {
    if wanted == known {
        return Some(0);
    }
    // The call itself under the name of another version.
    if !wanted.is_empty() && stem(wanted) == stem(known) {
        return Some(2);
    }
    let most = match wanted.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    let edits = edits(wanted, letters, known, most)?;
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
    fn no_near_word_is_passed_over() {
        let names: Vec<&str> = Syscall::all().map(Syscall::name).step_by(3).collect();
        let words = names.iter().copied().chain(["", "ſocket", "clõne", "öpenat2", "рtrace"]);
        for word in words {
            for known in &names {
                let (letters, all) = (Letters::of(word), osa_distance(word, known));
                assert!(letters.least_edits(&Letters::of(known)) <= all, "{word} {known}");
                for most in 0..4 {
                    let found = edits(word, &letters, known, most);
                    assert_eq!(found, (all <= most).then_some(all), "{word} {known}");
                }
            }
        }
    }

    #[test]
    fn the_distance() {
        assert_eq!(osa_distance("", "abc"), 3);
        assert_eq!(osa_distance("clnoe", "clone"), 1);
        assert_eq!(osa_distance("kitten", "sitting"), 3);
    }
}
