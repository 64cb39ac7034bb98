//! Profiles at the edges of what a runtime does.

use crate::oci::{Arg, Oci, Syscall};

/// A rule with that action, written without `SCMP_ACT_`.
pub fn rule(
    names: &[&str],
    action: &str,
    errno_ret: Option<u64>,
    args: &[(u64, &str, u64)],
) -> Syscall {
    Syscall {
        names: names.iter().map(|name| name.to_string()).collect(),
        action: format!("SCMP_ACT_{action}"),
        errno_ret,
        args: args
            .iter()
            .map(|&(index, op, value)| Arg {
                index,
                value,
                value_two: 0,
                op: format!("SCMP_CMP_{op}"),
            })
            .collect(),
    }
}

/// A profile; names are written without `SCMP_`.
pub fn oci(default: &str, errno: Option<u64>, arches: &[&str], syscalls: Vec<Syscall>) -> Oci {
    Oci {
        default_action: format!("SCMP_ACT_{default}"),
        default_errno_ret: errno,
        architectures: arches.iter().map(|arch| format!("SCMP_ARCH_{arch}")).collect(),
        syscalls,
        ..Oci::default()
    }
}

/// Profiles at the edges of what a runtime does.
pub fn edges() -> Vec<(String, Oci)> {
    let all = ["X86_64", "X86", "X32"];
    let allow = || vec![rule(&["read", "socket", "clone"], "ALLOW", None, &[])];
    let mut cases = vec![
        ("no architectures", oci("ERRNO", None, &[], allow())),
        ("without the native one", oci("ERRNO", None, &["X86"], allow())),
        ("x32 missing", oci("ERRNO", None, &["X86_64", "X86"], allow())),
        ("x32 alone", oci("ERRNO", None, &["X32"], allow())),
        ("one twice", oci("ERRNO", None, &["X86", "X86"], allow())),
        ("default ENOSYS", oci("ERRNO", Some(38), &all, allow())),
        ("kill and ENOSYS", oci("KILL", Some(38), &all, allow())),
        ("kill and 0x50026", oci("KILL", Some(0x5_0026), &all, allow())),
        ("errno 0x50026", oci("ERRNO", Some(0x5_0026), &all, allow())),
        ("errno above 4095", oci("ERRNO", Some(5000), &all, allow())),
        ("errno of 17 bits", oci("ERRNO", Some(65536 + 7), &all, allow())),
        ("trace", oci("TRACE", None, &all, vec![rule(&["read"], "ERRNO", None, &[])])),
        ("log", oci("LOG", None, &all, vec![rule(&["read"], "KILL", None, &[])])),
        ("allow", oci("ALLOW", None, &all, vec![rule(&["read"], "TRAP", None, &[])])),
        ("trap", oci("TRAP", None, &all, allow())),
        ("kill process", oci("KILL_PROCESS", None, &all, allow())),
        ("no rules", oci("ERRNO", None, &all, vec![])),
        (
            "unknown names alone",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[])]),
        ),
        ("an empty name", oci("ERRNO", None, &all, vec![rule(&[""], "ALLOW", None, &[])])),
        ("an empty name, dropped", oci("ERRNO", None, &all, vec![rule(&[""], "ERRNO", None, &[])])),
        ("unknown architecture", oci("ERRNO", None, &["Z80"], allow())),
        ("mixed byte orders", oci("ERRNO", None, &["S390X"], allow())),
        ("foreign architecture", oci("ERRNO", None, &["ARM"], allow())),
        ("unknown action", oci("EPERM", None, &all, allow())),
        ("notify as the default", oci("NOTIFY", None, &all, allow())),
        ("notify on write", oci("ERRNO", None, &all, vec![rule(&["write"], "NOTIFY", None, &[])])),
        (
            "unknown operator",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", None, &[(0, "IS", 1)])]),
        ),
        (
            "unknown operator on an unknown name",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[(0, "IS", 1)])]),
        ),
        (
            "index 6",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", None, &[(6, "EQ", 1)])]),
        ),
        (
            "index 6 on an unknown name",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[(6, "EQ", 1)])]),
        ),
        (
            "two actions, unconditional",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["read"], "ALLOW", None, &[]), rule(&["read"], "LOG", None, &[])],
            ),
        ),
        (
            "two actions, one condition",
            oci(
                "ERRNO",
                None,
                &all,
                vec![
                    rule(&["read"], "ALLOW", None, &[(0, "EQ", 1)]),
                    rule(&["read"], "LOG", None, &[(0, "EQ", 1)]),
                ],
            ),
        ),
        (
            "a repeated index",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["read"], "ALLOW", None, &[(0, "GT", 1), (0, "LT", 5), (1, "EQ", 3)])],
            ),
        ),
        (
            "errnoRet on ALLOW",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", Some(5), &[])]),
        ),
        ("default errnoRet on KILL", oci("KILL", Some(5), &all, allow())),
        (
            "arm's own",
            oci("ERRNO", None, &all, vec![rule(&["breakpoint", "cacheflush"], "ALLOW", None, &[])]),
        ),
        (
            "behind the multiplexer",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["socket", "semop"], "ALLOW", None, &[(0, "EQ", 2)])],
            ),
        ),
        (
            "seven conditions",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(
                    &["mmap"],
                    "ALLOW",
                    None,
                    &[
                        (0, "GT", 1),
                        (1, "GT", 1),
                        (2, "GT", 1),
                        (3, "GT", 1),
                        (4, "GT", 1),
                        (5, "GT", 1),
                        (0, "LT", 9),
                    ],
                )],
            ),
        ),
    ]
    .into_iter()
    .map(|(name, oci)| (name.to_owned(), oci))
    .collect::<Vec<_>>();
    for count in [31, 32, 33, 40] {
        // Above 32 names, those of no meaning included, libseccomp is asked for a binary search.
        let names: Vec<String> = (0..count - 2).map(|i| format!("no_such_call_{i}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.extend(["read", "write"]);
        let rules = vec![rule(&names, "ALLOW", None, &[])];
        cases.push((format!("{count} names"), oci("ERRNO", None, &all, rules)));
    }
    let flags = |flag: &str| Oci { flags: vec![flag.into()], ..oci("ERRNO", None, &all, allow()) };
    for flag in ["TSYNC", "LOG", "SPEC_ALLOW", "NO_SUCH"] {
        cases.push((format!("flag {flag}"), flags(&format!("SECCOMP_FILTER_FLAG_{flag}"))));
    }
    cases.push(("nothing".into(), Oci::default()));
    cases
}

/// Profiles on which runtimes of different years differ.
pub fn generations() -> Vec<(String, Oci)> {
    let all = ["X86_64", "X86", "X32"];
    let allow = || vec![rule(&["read", "socket", "clone"], "ALLOW", None, &[])];
    let with = |rules: Vec<Syscall>| oci("ERRNO", None, &all, rules);
    let mut cases = vec![
        ("kill process", with(vec![rule(&["read"], "KILL_PROCESS", None, &[])])),
        ("kill thread", with(vec![rule(&["read"], "KILL_THREAD", None, &[])])),
        ("notify", with(vec![rule(&["kcmp"], "NOTIFY", None, &[])])),
        ("notify on write and read", with(vec![rule(&["read", "write"], "NOTIFY", None, &[])])),
        ("default errno 7", oci("ERRNO", Some(7), &all, allow())),
        ("default errno 7, no list", oci("ERRNO", Some(7), &[], allow())),
        ("default trace 7", oci("TRACE", Some(7), &all, vec![])),
        ("as the default", with(vec![rule(&["read"], "ERRNO", None, &[])])),
        ("as the default, by number", with(vec![rule(&["read"], "ERRNO", Some(1), &[])])),
        ("as the default, other errno", with(vec![rule(&["read"], "ERRNO", Some(2), &[])])),
        ("as the default, unknown", with(vec![rule(&["chwon"], "ERRNO", None, &[])])),
        (
            "as the default, when another errno is read",
            oci("ERRNO", Some(7), &all, vec![rule(&["read"], "ERRNO", Some(7), &[])]),
        ),
        ("errno on KILL", with(vec![rule(&["read"], "KILL", Some(5), &[])])),
        ("errno on LOG, unknown name", with(vec![rule(&["chwon"], "LOG", Some(5), &[])])),
        ("no list, kill", oci("KILL_PROCESS", None, &[], allow())),
        ("no list, allow", oci("ALLOW", None, &[], vec![rule(&["read"], "TRAP", None, &[])])),
        ("no list, x32 call", oci("ERRNO", None, &[], allow())),
        ("x32 without x86_64", oci("ERRNO", None, &["X32", "X86"], allow())),
        ("native alone", oci("ERRNO", None, &["X86_64"], allow())),
        ("native with x32", oci("ERRNO", None, &["X86_64", "X32"], allow())),
        ("late names", with(vec![rule(&["mseal", "read", "listns"], "ALLOW", None, &[])])),
        ("late architecture", oci("ERRNO", None, &["RISCV64"], allow())),
        ("later architecture", oci("ERRNO", None, &["LOONGARCH64"], allow())),
        ("empty name beside another", with(vec![rule(&["read", ""], "ALLOW", None, &[])])),
        ("no names", with(vec![rule(&[], "ALLOW", None, &[])])),
        ("no default, rules", Oci { default_action: String::new(), ..with(allow()) }),
    ]
    .into_iter()
    .map(|(name, oci)| (name.to_owned(), oci))
    .collect::<Vec<_>>();
    for name in ["SCMP_ARCH_x86", "x86", "X86_64", "scmp_arch_x86", "amd64", "SCMP_ARCH_", "i386"] {
        let oci = Oci { architectures: vec![name.into()], ..with(allow()) };
        cases.push((format!("architecture {name}"), oci));
    }
    for flags in [&["WAIT_KILLABLE_RECV"][..], &["LOG", "SPEC_ALLOW"], &["TSYNC", "NO_SUCH"]] {
        let named = flags.iter().map(|flag| format!("SECCOMP_FILTER_FLAG_{flag}"));
        cases.push((format!("flags {flags:?}"), Oci { flags: named.collect(), ..with(allow()) }));
    }
    // Filters that never look at the number: the call with the fewest tests is not there on x86_64.
    let blind = |more: usize| {
        let mut rules = vec![
            rule(&["stat64"], "ALLOW", None, &[]),
            rule(&["read"], "ALLOW", None, &[(0, "EQ", 3)]),
        ];
        let unknown: Vec<String> = (0..more).map(|i| format!("no_such_call_{i}")).collect();
        let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
        if more > 0 {
            rules.push(rule(&unknown, "ALLOW", None, &[]));
        }
        rules
    };
    for more in [0, 30, 31] {
        let rules = blind(more);
        cases.push((format!("blind, {more} more"), oci("ERRNO", None, &["X86_64", "X32"], rules)));
    }
    cases.push(("blind alone".into(), oci("ERRNO", None, &["X86_64", "X86"], blind(0))));
    // Conditions beyond the sixth, which crun does not read.
    let edge = (0..6).map(|index| (index, "GT", 1)).collect::<Vec<_>>();
    let seven = |last| rule(&["mmap"], "ALLOW", None, &[&edge[..], &[last]].concat());
    cases.push(("a seventh, repeated".into(), with(vec![seven((5, "LT", 9))])));
    cases.push(("a seventh, no index".into(), with(vec![seven((6, "LT", 9))])));
    cases.push(("a seventh, no operator".into(), with(vec![seven((0, "IS", 9))])));
    cases
}
