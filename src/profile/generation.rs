//! Which generation of an engine reads a profile.

/// Which generation of its engine reads a profile: that of today a file, that of its own release a
/// built-in default. Each name says since when; a default under another engine than its own is a
/// file like any other.
///
/// The commits are those of moby's reader (`profiles/seccomp` in moby/moby, `seccomp` in
/// moby/profiles) that change an answer of a default.
///
/// The reader of containers-common (`pkg/seccomp`) learnt `defaultErrnoRet` (adee333d, 2021) and
/// `errno` as a name (a27cbd69, 2021), and no default had either before its reader knew it, so that
/// there is one generation. containerd asked every capability set where it now asks the bounding
/// one (9435aeeb, 2018), which holds all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Docker 1.10 and 1.11: the filter's architectures come from a table in the engine's code
    /// (`arches()` in `seccomp_default.go`), whatever the file says that was generated from it.
    Moby1_10,
    /// Docker 1.12: that table has s390x as well (bf2a577c, 2016).
    Moby1_12,
    /// Docker 1.13: `archMap` for seven hosts; hosts are called as libseccomp calls them
    /// (5ff21add, 2016). `minKernel` is read as a release, such as 4.8.0 (1124543c, 2018).
    Moby1_13,
    /// Docker 20.10: a table of hosts of its own, without riscv64 (ccbb00c8, 2020) and
    /// loongarch64; `minKernel` has two parts (4539e7f0, 2020).
    Moby20_10,
    /// Today's. moby's table got riscv64 in Docker 27.3, 25.0.7 and 23.0.16 (1161b790, 2024) and
    /// loongarch64 in 29.4.2 (moby/profiles 8a311062, 2026), before which no default named it.
    #[default]
    Today,
    /// The default is the engine's own code, which asks for capabilities, kernel and host itself:
    /// containerd and CRI-O.
    OwnCode,
}
