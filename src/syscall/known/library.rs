//! Releases of libseccomp, and the names that each knows.
//!
//! A name that a runtime's libseccomp does not know is ignored without a word. The facts are those
//! of each release's own table, `src/syscalls.csv`; `tests/library/semantics/syscall_table.rs` holds them to it.

use crate::syscall::abi::Abi;
use crate::syscall::table::Syscall;
use std::fmt;

/// A release of libseccomp, ordered by version.
///
/// 2.5.0 is the first whose table is known here, and the first with `SCMP_ACT_NOTIFY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the variants are the releases' own numbers
pub enum Library {
    V2_5_0,
    V2_5_1,
    V2_5_2,
    V2_5_3,
    V2_5_4,
    V2_5_5,
    V2_5_6,
    V2_6_0,
    V2_6_1,
}

use Library::*;

/// What each release knows that the one before it does not, in its order; 2.5.0 knows the rest.
const ADDED: [(Library, &[&str]); 7] = [
    (
        V2_5_2,
        &[
            "close_range",
            "epoll_pwait2",
            "landlock_add_rule",
            "landlock_create_ruleset",
            "landlock_restrict_self",
            "memfd_secret",
            "mount_setattr",
            "process_madvise",
            "quotactl_fd",
        ],
    ),
    (V2_5_3, &["process_mrelease"]),
    (V2_5_4, &["futex_waitv", "set_mempolicy_home_node"]),
    (
        V2_5_5,
        &[
            "cachestat",
            "fchmodat2",
            "futex_requeue",
            "futex_wait",
            "futex_wake",
            "map_shadow_stack",
        ],
    ),
    (
        V2_5_6,
        &[
            "getxattrat",
            "listmount",
            "listxattrat",
            "lsm_get_self_attr",
            "lsm_list_modules",
            "lsm_set_self_attr",
            "mseal",
            "removexattrat",
            "riscv_hwprobe",
            "setxattrat",
            "statmount",
            "uretprobe",
        ],
    ),
    (V2_6_0, &["atomic_barrier", "atomic_cmpxchg_32", "getpagesize"]),
    (
        V2_6_1,
        &["file_getattr", "file_setattr", "listns", "open_tree_attr", "rseq_slice_yield", "uprobe"],
    ),
];

/// The first release that knows each call, by [`Syscall::index`].
static SINCE: [Library; Syscall::count()] = {
    let mut since = [V2_5_0; Syscall::count()];
    let mut release = 0;
    while release < ADDED.len() {
        let (library, names) = ADDED[release];
        let mut at = 0;
        while at < names.len() {
            if let Some(syscall) = Syscall::from_bytes(names[at].as_bytes()) {
                since[syscall.index()] = library;
            }
            at += 1;
        }
        release += 1;
    }
    since
};

/// Calls whose numbers on some ABIs came later than the name.
const MEMFD_SECRET: Option<Syscall> = Syscall::from_bytes(b"memfd_secret");
const MAP_SHADOW_STACK: Option<Syscall> = Syscall::from_bytes(b"map_shadow_stack");

impl Library {
    /// Every known release, the oldest first.
    pub const ALL: [Library; 9] =
        [V2_5_0, V2_5_1, V2_5_2, V2_5_3, V2_5_4, V2_5_5, V2_5_6, V2_6_0, V2_6_1];

    /// The newest known release.
    pub const NEWEST: Library = V2_6_1;

    /// The number, as in `2.5.4`.
    pub const fn name(self) -> &'static str {
        match self {
            V2_5_0 => "2.5.0",
            V2_5_1 => "2.5.1",
            V2_5_2 => "2.5.2",
            V2_5_3 => "2.5.3",
            V2_5_4 => "2.5.4",
            V2_5_5 => "2.5.5",
            V2_5_6 => "2.5.6",
            V2_6_0 => "2.6.0",
            V2_6_1 => "2.6.1",
        }
    }

    /// The release of that number; of a line (`2.5`), its newest.
    pub fn from_name(name: &str) -> Option<Library> {
        let of_line = |library: &&Library| {
            library
                .name()
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        Library::ALL.iter().filter(|_| !name.is_empty()).rev().find(of_line).copied()
    }

    /// The known release next to a text that names none: the last that is not newer, else the
    /// oldest.
    pub fn nearest(name: &str) -> Library {
        let numbers = |text: &str| -> Vec<u32> {
            text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
        };
        let wanted = numbers(name);
        let known = Library::ALL.into_iter().rev();
        let mut older = known.filter(|library| numbers(library.name()) <= wanted);
        older.next().unwrap_or(V2_5_0)
    }

    /// Whether it numbers every call that it knows as the newest release does: since 2.5.6.
    pub const fn has_newest_numbers(self) -> bool {
        self as u8 >= V2_5_6 as u8
    }

    /// Whether it does something else than the release before it with names that both know: it numbers
    /// some calls in another way, has other multiplexers, or compares arguments in another way.
    pub(crate) const fn mends_or_renumbers(self) -> bool {
        matches!(self, V2_5_2 | V2_5_3 | V2_5_5 | V2_5_6 | V2_6_1)
    }

    /// Whether it can have another number for a call that it knows than the newest release.
    pub(crate) fn renumbers(self, syscall: Syscall) -> bool {
        let is_late = || [MEMFD_SECRET, MAP_SHADOW_STACK].contains(&Some(syscall));
        !self.has_newest_numbers() && (self == V2_5_2 || is_late())
    }

    /// Whether rules for the calls behind `socketcall` and `ipc` are added to these as well on an
    /// ABI: on mips and the 32-bit ppc only since 2.5.2 (its commits e976080 and f93a872).
    pub const fn spreads_to_multiplexers(self, abi: Abi) -> bool {
        let is_late = matches!(abi, Abi::Mips | Abi::Mipsel | Abi::Ppc);
        abi.has_multiplexers() && (!is_late || self as u8 >= V2_5_2 as u8)
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Syscall {
    /// Whether a release of libseccomp knows the name.
    pub fn is_known_to(self, library: Library) -> bool {
        library == Library::NEWEST || self.since() <= library
    }

    /// The first known release of libseccomp that knows the name; an older one ignores it.
    pub fn since(self) -> Library {
        SINCE[self.index()]
    }

    /// [`Syscall::number`], as a release of libseccomp knows it. Of an ABI that the release does
    /// not have (loongarch64 before 2.6.0) it is the number of the newest.
    pub fn number_in(self, abi: Abi, library: Library) -> Option<u32> {
        if library.has_newest_numbers() {
            return self.number(abi);
        }
        // Every other number came with the name.
        let late = match abi {
            Abi::S390 | Abi::S390x | Abi::Riscv64 if Some(self) == MEMFD_SECRET => V2_5_5,
            Abi::X32 if Some(self) == MAP_SHADOW_STACK => V2_5_6,
            _ => V2_5_0,
        };
        let number = self.number(abi).filter(|_| library >= late)?;
        // 2.5.2 forgot what the numbers of o32 begin with (mended by its commit 049b648).
        let is_o32 = matches!(abi, Abi::Mips | Abi::Mipsel);
        Some(if is_o32 && library == V2_5_2 { number % 4000 } else { number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_newest_release() {
        assert_eq!(Library::from_name("2.5"), Some(V2_5_6));
        assert_eq!(Library::from_name("2"), Some(V2_6_1));
        assert_eq!(Library::from_name("2.5.4"), Some(V2_5_4));
        assert_eq!(Library::from_name("2.5.40"), None);
        assert_eq!(Library::from_name(""), None);
        assert_eq!(Library::ALL.last(), Some(&Library::NEWEST));
    }

    #[test]
    fn what_is_renumbered_is_known() {
        for (library, abi) in Library::ALL.iter().flat_map(|l| Abi::ALL.map(|abi| (*l, abi))) {
            for call in Syscall::all().filter(|call| !library.renumbers(*call)) {
                assert_eq!(call.number_in(abi, library), call.number(abi), "{call} {library}");
            }
        }
    }

    #[test]
    fn neighbours_that_mend_nothing_number_alike() {
        for pair in Library::ALL.windows(2).filter(|pair| !pair[1].mends_or_renumbers()) {
            for abi in Abi::ALL {
                let spreads = |library: &Library| library.spreads_to_multiplexers(abi);
                assert_eq!(spreads(&pair[0]), spreads(&pair[1]), "{abi:?} {}", pair[1]);
                for call in Syscall::all().filter(|call| call.is_known_to(pair[0])) {
                    let number = |library: &Library| call.number_in(abi, *library);
                    assert_eq!(number(&pair[0]), number(&pair[1]), "{call} {}", pair[1]);
                }
            }
        }
    }

    #[test]
    fn names_are_sorted_and_known() {
        for (library, names) in ADDED {
            assert!(names.is_sorted(), "{library}");
            assert!(names.iter().all(|name| Syscall::from_name(name).is_some()), "{library}");
        }
    }
}
