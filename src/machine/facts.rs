//! What each part of the machine changes, and who ships which: facts with a source each.

/// Something that answers change with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// From which version on: `runc 1.1.15`.
    pub since: &'static str,
    /// What is so since then.
    pub what: &'static str,
    /// Where that is known from.
    pub source: &'static str,
}

/// Who ships which runtimes and library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The distribution or product, and its release.
    pub by: &'static str,
    /// Its runc, where it has one.
    pub runc: Option<&'static str>,
    /// Its crun, where it has one.
    pub crun: Option<&'static str>,
    /// Its libseccomp; products that are no distribution link the one of their build.
    pub libseccomp: Option<&'static str>,
    /// Where that is known from.
    pub source: &'static str,
}

const fn change(since: &'static str, what: &'static str, source: &'static str) -> Change {
    Change { since, what, source }
}

/// The versions that were run as well; of the others the source was read.
pub const RUN: [(&str, &str); 2] =
    [("runc", "1.0.0-rc93, 1.1.5, 1.1.15, 1.3.6"), ("crun", "0.17, 1.8.1, 1.21, 1.28")];

/// What changes an answer or a start, by program, the oldest first.
pub const CHANGES: &[Change] = &[
    change(
        "runc 1.0.0-rc93",
        "ENOSYS for calls above all that the profile names, on the ABIs that it lists",
        "opencontainers/runc 7a8d7162f",
    ),
    change("runc 1.0.0-rc95", "reads defaultErrnoRet", "opencontainers/runc c61f60625"),
    change(
        "runc 1.0.2",
        "leaves out rules whose action is the default one; before, they stop the start",
        "opencontainers/runc 960182fdf",
    ),
    change("runc 1.1.0", "knows SCMP_ACT_NOTIFY", "opencontainers/runc 2b025c017"),
    change(
        "runc 1.1.3",
        "knows SCMP_ACT_KILL_PROCESS; ENOSYS for `setup` on s390 and s390x",
        "opencontainers/runc d105e052d, 8b93f9fb3",
    ),
    change(
        "runc 1.1.15",
        "that ENOSYS is for the native ABI too where the profile does not list it (not in 1.2.0-rc)",
        "opencontainers/runc 618e149e4, ccc500c42",
    ),
    change(
        "runc 1.2.0",
        "takes flags; asks for a binary search from 33 names on",
        "opencontainers/runc 58ea21dae, b265d1288",
    ),
    change(
        "runc 1.5.0",
        "knows SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (read, not run)",
        "opencontainers/runc 7dd372d40",
    ),
    change(
        "crun 0.19",
        "reads defaultErrnoRet; refuses an errno beside an action that takes none",
        "containers/crun 0c5b9208, edf7f157",
    ),
    change("crun 1.6", "knows SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "containers/crun 396ac888"),
    change(
        "crun (all known)",
        "no ENOSYS of its own; reads six conditions of a rule (until its pull request 2220, in no \
         release that is known here)",
        "containers/crun src/libcrun/seccomp.c",
    ),
    change(
        "docker@next",
        "tells the runtime the host's own architecture whatever the profile lists, so that runc before \
         1.1.15 has that ENOSYS for it too (a pull request of June 2026, in no release that is known here; \
         read, not run)",
        "moby/profiles 614a5c25",
    ),
    change(
        "libseccomp 2.5.2",
        "spreads rules to socketcall and ipc on mips and ppc too",
        "seccomp/libseccomp e976080, f93a872",
    ),
    change(
        "libseccomp 2.6.1",
        "mends an argument comparison (GHSA-4q85-33p6-j5g6)",
        "seccomp/libseccomp 700b140",
    ),
];

const fn debian(
    by: &'static str,
    [runc, crun, libseccomp]: [&'static str; 3],
    source: &'static str,
) -> Shipped {
    Shipped { by, runc: Some(runc), crun: Some(crun), libseccomp: Some(libseccomp), source }
}

const fn product(by: &'static str, runc: &'static str, source: &'static str) -> Shipped {
    Shipped { by, runc: Some(runc), crun: None, libseccomp: None, source }
}

/// What people have, the distributions first.
pub const SHIPPED: &[Shipped] = &[
    debian("Debian 11", ["1.0.0-rc93", "0.17", "2.5.1"], "packages of bullseye"),
    debian("Debian 12", ["1.1.5", "1.8.1", "2.5.4"], "packages of bookworm"),
    debian("Debian 13", ["1.1.15", "1.21", "2.6.0"], "packages of trixie"),
    debian("Debian sid (November 2026)", ["1.3.6", "1.28", "2.6.1"], "packages of sid"),
    product("Docker 23.0.0", "1.1.4", "moby/moby v23.0.0, Dockerfile"),
    product("Docker 24.0.9", "1.1.12", "moby/moby v24.0.9, Dockerfile"),
    product("Docker 26.1.5", "1.1.12", "moby/moby v26.1.5, Dockerfile"),
    product("Docker 27.5.1", "1.2.4", "moby/moby v27.5.1, Dockerfile"),
    product("Docker 28.0.4", "1.2.6", "moby/moby v28.0.4, Dockerfile"),
    product("Docker 28.5.2", "1.3.3", "moby/moby v28.5.2, Dockerfile"),
    product("Docker 29.7.2", "1.4.3", "moby/moby docker-v29.7.2, Dockerfile"),
    product("containerd 1.4.13", "1.0.3", "containerd/containerd, script/setup/runc-version"),
    product("containerd 1.5.18", "1.1.4", "containerd/containerd, script/setup/runc-version"),
    product("containerd 1.6.39", "1.3.0", "containerd/containerd, script/setup/runc-version"),
    product("containerd 1.7.34", "1.3.6", "containerd/containerd, script/setup/runc-version"),
    product("containerd 2.0.11", "1.3.6", "containerd/containerd, script/setup/runc-version"),
    product("containerd 2.2.7", "1.3.6", "containerd/containerd, script/setup/runc-version"),
    product("containerd 2.3.4", "1.4.3", "containerd/containerd, script/setup/runc-version"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Engine, Runtime};
    use crate::syscall::Library;

    #[test]
    fn what_is_shipped_can_be_asked_for() {
        for shipped in SHIPPED {
            let parsed = |program: &str, version: Option<&str>| {
                version.is_none_or(|v| Runtime::parse(&format!("{program}@{v}")).is_ok())
            };
            assert!(parsed("runc", shipped.runc), "{}", shipped.by);
            assert!(parsed("crun", shipped.crun), "{}", shipped.by);
            assert!(shipped.libseccomp.is_none_or(|v| Library::from_name(v).is_some()));
        }
    }

    #[test]
    fn changes_name_versions_that_are_known() {
        for change in CHANGES.iter().filter(|change| !change.since.contains("all known")) {
            let (program, version) = change.since.split_once(' ').unwrap_or((change.since, ""));
            let known = match program {
                "docker@next" => Engine::from_name(program).is_some(),
                "libseccomp" => Library::from_name(version).is_some(),
                _ => Runtime::parse(&format!("{program}@{version}")).is_ok(),
            };
            assert!(known, "{}", change.since);
        }
    }
}
