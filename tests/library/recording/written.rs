//! Records that are written in each format give the same calls when they are read: what is understood
//! is never wrong.

#![allow(clippy::expect_used, clippy::panic)] // helpers of tests, too

use proptest::prelude::*;
use sdiff::recording::{Answer, Outcome, Recording, read};
use sdiff::syscall::{Abi, Host, Syscall, arg_count, arg_name, errno_name};

/// A call as it was made.
#[derive(Clone, Debug)]
struct Made {
    syscall: Syscall,
    abi: Abi,
    args: [u64; 6],
    /// The result, or an errno below zero.
    result: i64,
}

/// What a format carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carries {
    /// The name alone.
    Name,
    /// Arguments by place, of which the reader may leave some open.
    Args,
    /// The first four arguments, all of them.
    Four,
    /// The name, and that a filter answered.
    Stopped,
}

fn made() -> impl Strategy<Value = Made> {
    let value = prop_oneof![
        0_u64..64,
        any::<u32>().prop_map(u64::from),
        (1_i64..1000).prop_map(|value| (-value) as u64),
    ];
    let call = (0..Syscall::count()).prop_filter_map("a call", |index| {
        let syscall = Syscall::from_index(index)?;
        syscall.number(Abi::X86_64).map(|_| syscall)
    });
    let result = prop_oneof![0_i64..100_000, (1_i64..34).prop_map(|errno| -errno)];
    let abi = prop_oneof![Just(Abi::X86_64), Just(Abi::X86), Just(Abi::Aarch64)];
    (call, abi, proptest::array::uniform6(value), result).prop_map(
        |(syscall, abi, args, result)| {
            let abi = if syscall.number(abi).is_some() { abi } else { Abi::X86_64 };
            Made { syscall, abi, args, result }
        },
    )
}

impl Made {
    fn list(&self, word: impl Fn(u8, u64) -> String) -> String {
        let count = usize::from(arg_count(self.syscall).unwrap_or(0)).min(6);
        let words = (0_u8..).zip(&self.args[..count]).map(|(index, &value)| word(index, value));
        words.collect::<Vec<_>>().join(", ")
    }

    fn hex(&self) -> String {
        self.list(|_, value| format!("{value:#x}"))
    }

    fn number(&self) -> u32 {
        self.syscall.number(self.abi).expect("filtered")
    }

    /// strace's result: syscall.c, `print_syscall_resume`.
    fn end(&self) -> String {
        match u16::try_from(-self.result) {
            Ok(errno @ 1..) => {
                format!("-1 {} (said so)", errno_name(errno).expect("errnos to 34 have names"))
            }
            _ => self.result.to_string(),
        }
    }

    /// kernel/auditsc.c: `audit_log_exit`.
    fn audit(&self, arch: &str, number: &str, exit: &str) -> String {
        let [a0, a1, a2, a3, ..] = self.args;
        let success = if self.result < 0 { "no" } else { "yes" };
        format!(
            "type=SYSCALL msg=audit(1700000000.1:7): arch={arch} syscall={number} success={success} \
             exit={exit} a0={a0:x} a1={a1:x} a2={a2:x} a3={a3:x} items=0 ppid=1 pid=7 comm=\"a b\" exe=\"/t\" key=(null)"
        )
    }
}

const ARCHES: [(Abi, &str, &str); 3] = [
    (Abi::X86_64, "c000003e", "x86_64"),
    (Abi::X86, "40000003", "i386"),
    (Abi::Aarch64, "c00000b7", "aarch64"),
];

/// The formats: what they carry, whether they name the ABI, and what they print.
fn texts(made: &Made) -> Vec<(Carries, bool, String)> {
    let (name, number, end) = (made.syscall.name(), made.number(), made.end());
    let strace = format!("{name}({}) = {end}", made.hex());
    let leaders = [
        "",
        "[pid    12] ",
        "12    ",
        "12<sh> 10:11:12.123456 ",
        "     0.000123 ",
        "2024-01-01T00:00:00.000000000Z stderr F ",
        "May 28 15:24:32 host trace[7]: ",
        "\u{1b}[31m",
    ];
    let mut all: Vec<(Carries, bool, String)> = Vec::new();
    if made.abi == Abi::X86_64 {
        all.extend(leaders.map(|leader| (Carries::Args, false, format!("{leader}{strace}"))));
        let pair = format!(
            "7 {name}({} <unfinished ...>\n8 <... futex resumed>) = 0\n7 <... {name} resumed>) = {end}",
            made.hex()
        );
        if name != "futex" {
            all.push((Carries::Args, false, pair));
        }
        let perf = made.list(|index, value| {
            let name = arg_name(made.syscall, made.abi, index).unwrap_or("x");
            format!("{name}: {value:#x}")
        });
        all.push((
            Carries::Args,
            false,
            format!("     0.123 ( 0.004 ms): cat/7 {name}({perf}) = 0"),
        ));
        let [a, b, c, d, e, f] = made.args;
        let raw = format!(
            " cat-7  [000] .... 12.000001: sys_enter: NR {number} ({a:x}, {b:x}, {c:x}, {d:x}, {e:x}, {f:x})"
        );
        all.push((Carries::Args, false, raw));
        let upper = name.to_uppercase();
        for word in [name.to_owned(), format!("SYS_{name}"), format!("__NR_{name}"), upper] {
            all.push((Carries::Name, false, word));
        }
        // sysdig.cpp (the default format), Falco's formats.cpp, bpftrace's output.cpp, the operator's
        // enricher.go, Inspektor Gadget's gadget.yaml, strace's count.c, perf's `thread__dump_stats`,
        // amicontained's main.go, Chromium's sigsys_handlers.cc, Firefox' Sandbox.cpp.
        let upper = name.to_uppercase();
        for text in [
            format!("9 10:11:12.123456789 0 cat (123) > {name} "),
            format!("9 10:11:12.1 0 cat (123) > syscall ID=7 nativeID={number}"),
            format!("10:11:12.1: Notice x (evt_type={name} user=root process=cat)"),
            format!(
                "{{\"output_fields\":{{\"evt.type\":\"{name}\",\"proc.name\":\"c\"}},\"rule\":\"r\"}}"
            ),
            format!("@[cat, {name}]: 1"),
            format!(
                "I0705 12:08:18.729660 1 enricher.go:136] audit \"type\"=\"seccomp\" \"pid\"=7 \
                 \"syscallID\"={number} \"syscallName\"=\"{name}\""
            ),
            format!("{{\"syscall\":\"{name}\",\"syscall_raw\":{number},\"pid\":7,\"comm\":\"c\"}}"),
            format!("COMM PID SYSCALL CODE\nc 7 SYS_{upper} SECCOMP_RET_LOG"),
            format!(
                "% time     seconds  usecs/call     calls    errors syscall\n 60.00    0.000012          12         1           {name}"
            ),
            format!(
                "   syscall            calls  errors  total\n   {name}   1      0     0.012     0.012     0.012     0.012      0.00%"
            ),
            format!("Blocked Syscalls (1):\n\t{upper}"),
            format!("x.cc:**CRASHING**:seccomp-bpf failure in syscall nr={number:#x}"),
            format!(
                "Sandbox: seccomp sandbox violation: pid 7, tid 7, syscall {number}, args {a} {b} {c} {d} {e} {f}."
            ),
            format!("Cause: seccomp prevented call to disallowed x86_64 system call {number}"),
            format!("  \"{name}\","),
            format!("- {name}"),
        ] {
            let word = text.lines().last().unwrap_or_default();
            // Those that tell the answer of a filter.
            let is_stopped =
                ["SYS_", "seccomp", "disallowed"].iter().any(|said| word.contains(said))
                    || text.starts_with("Blocked");
            let carries = if is_stopped { Carries::Stopped } else { Carries::Name };
            all.push((carries, false, text));
        }
        all.push((
            Carries::Name,
            false,
            format!("{{\"auditID\":\"7\",\"syscalls\":[\"{name}\"]}}"),
        ));
    }
    if made.abi == Abi::X86_64 {
        all.extend(by_name(made).map(|text| (Carries::Args, false, text)));
    }
    for (_, hex, word) in ARCHES.into_iter().filter(|(abi, ..)| *abi == made.abi) {
        let exit = made.result.to_string();
        all.push((Carries::Four, true, made.audit(hex, &number.to_string(), &exit)));
        let said = match u16::try_from(-made.result) {
            Ok(errno @ 1..) => format!("{}(said so)", errno_name(errno).expect("a name")),
            _ => exit,
        };
        all.push((Carries::Name, true, made.audit(word, name, &said)));
        // laurel's man/laurel-about.7.md, with the arguments in either form; journald's `-o json`, with a
        // text or its bytes.
        let [a, b, c, d, ..] = made.args;
        for arguments in [
            format!("\"a0\":\"{a:#x}\",\"a1\":\"{b:#x}\",\"a2\":\"{c:#x}\",\"a3\":\"{d:#x}\""),
            format!("\"ARGV\":[\"{a:#x}\",\"{b:#x}\",\"{c:#x}\",\"{d:#x}\"]"),
        ] {
            let exit = made.result;
            all.push((
                Carries::Four,
                true,
                format!(
                    "{{\"ID\":\"1.2:3\",\"SYSCALL\":{{\"arch\":\"0x{hex}\",\"syscall\":{number},\"exit\":{exit},{arguments}}},\"PROCTITLE\":{{\"ARGV\":[\"x\"]}}}}"
                ),
            ));
        }
        let message = format!(
            "SECCOMP auid=1 pid=9 comm=\"x\" sig=0 arch={hex} syscall={number} compat=0 ip=0x7f code=0x50000"
        );
        let bytes: Vec<String> = message.bytes().map(|byte| byte.to_string()).collect();
        let array = format!("{{\"_TRANSPORT\":\"audit\",\"MESSAGE\":[{}]}}", bytes.join(","));
        let text = serde_json::json!({ "MESSAGE": message, "_AUDIT_TYPE": "1326" }).to_string();
        all.extend([array, text].map(|text| (Carries::Stopped, true, text)));
    }
    all
}

/// The name of the kernel's function, after which tracepoints are called, where it is another one.
fn of_kernel(name: &str) -> &str {
    match name {
        "uname" => "newuname",
        "stat" => "newstat",
        "lstat" => "newlstat",
        "fstat" => "newfstat",
        "sendfile" => "sendfile64",
        "umount2" => "umount",
        "_sysctl" => "sysctl",
        other => other,
    }
}

/// Beginning and end by name: the kernel's trace_syscalls.c, perf's builtin-script.c; Inspektor Gadget's
/// traceloop as an object and in columns (`paramsToString`, `retToStr`).
fn by_name(made: &Made) -> impl Iterator<Item = String> + use<> {
    let name = of_kernel(made.syscall.name());
    let named = |between: &str, value: &dyn Fn(u64) -> String| {
        made.list(|index, of| {
            let name = arg_name(made.syscall, made.abi, index).unwrap_or("x");
            format!("{name}{between}{}", value(of))
        })
    };
    let hex = named(": ", &|value| format!("{value:#x}"));
    let padded = named(": ", &|value| format!("{value:#010x}"));
    let decimal = named("=", &|value| value.to_string());
    let end = made.result as u64;
    let returned = match u16::try_from(-made.result) {
        Ok(1) => "-1 (operation not permitted)".to_owned(),
        // Of these only that they failed.
        Ok(2..) => "-1 (it was so)".to_owned(),
        _ => made.result.to_string(),
    };
    let own = made.syscall.name();
    [
        format!(
            " cat-7  [000] ..... 12.000001: sys_{name}({hex})\n cat-7  [000] ..... 12.000002: sys_{name} -> {end:#x}"
        ),
        format!(
            "cat  7 [001]  1.000001:   syscalls:sys_enter_{name}: {padded}\ncat  7 [001]  1.000002:   syscalls:sys_exit_{name}: {end:#x}"
        ),
        serde_json::json!({"comm": "c", "pid": 7, "syscall": own, "parameters": decimal, "ret": returned})
            .to_string(),
        format!(
            "CPU PID        COMM             NAME                      PARAMS                 RET\n5   580012     sh               {own:<25} {decimal:<22} {returned}"
        ),
    ]
    .into_iter()
}

fn only(text: &str) -> Recording {
    let recording = read(text.as_bytes(), Some(Host::Amd64)).expect("a text");
    assert_eq!(recording.lines.not_understood, 0, "{text}");
    recording
}

fn cases() -> u32 {
    let asked = std::env::var("SDIFF_WRITTEN_CASES").ok();
    asked.map_or(300, |text| text.parse().expect("SDIFF_WRITTEN_CASES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(made in made()) {
        for (carries, names_abi, text) in texts(&made) {
            let recording = only(&text);
            let mut calls = recording.calls.iter().filter(|(seen, _)| {
                !text.contains("resumed") || seen.syscall.name() != "futex"
            });
            let (seen, tally) = calls.next().unwrap_or_else(|| panic!("no call in {text}"));
            prop_assert!(calls.next().is_none(), "{text}");
            prop_assert_eq!(seen.syscall, made.syscall, "{}", text);
            prop_assert_eq!(tally.count, 1, "{}", text);
            if names_abi {
                prop_assert_eq!(seen.abi, made.abi, "{}", text);
            }
            let count = usize::from(arg_count(made.syscall).unwrap_or(0));
            for (index, (known, value)) in seen.args.iter().zip(made.args).enumerate() {
                match carries {
                    Carries::Four if index < 4 => prop_assert_eq!(*known, Some(value), "{}", text),
                    _ => prop_assert!(known.is_none_or(|known| known == value), "{index} of {text}"),
                }
            }
            if carries == Carries::Args && count > 0 && made.syscall.number(Abi::X86).is_none() {
                prop_assert_eq!(seen.args[0], Some(made.args[0]), "{}", text);
            }
            let outcome = *tally.outcomes.keys().next().expect("one");
            let is_right = match outcome {
                Outcome::Unknown => carries != Carries::Four,
                // Texts of sums and of perf say that it succeeded.
                Outcome::Returned(_) => {
                    made.result >= 0 || text.contains("ms): ") || text.contains(" calls ")
                }
                // Traceloop says it in words.
                Outcome::Failed(0) => made.result < -1 && text.contains("-1 (it was so)"),
                Outcome::Failed(errno) => i64::from(errno) == -made.result,
                Outcome::Seccomp(_) => carries == Carries::Stopped,
            };
            prop_assert!(is_right, "{outcome:?}, {text}");
        }
    }

    /// kernel/auditsc.c (`audit_seccomp`), with the word of `include/uapi/linux/seccomp.h`.
    #[test]
    fn answers_of_filters_are_read(made in made(), which in 0_usize..6) {
        let (code, answer) = [
            (0x8000_0000_u32, Answer::Kill),
            (0x0003_0000, Answer::Trap),
            (0x0005_0001, Answer::Errno),
            (0x7fc0_0000, Answer::Notify),
            (0x7ff0_0003, Answer::Trace),
            (0x7ffc_0000, Answer::Log),
        ][which];
        let (_, arch, _) = ARCHES.into_iter().find(|(abi, ..)| *abi == made.abi).expect("listed");
        let number = made.number();
        let fields = format!(
            "auid=1 uid=0 gid=0 ses=1 subj=unconfined pid=9 comm=\"x\" exe=\"/x\" sig=0 arch={arch} \
             syscall={number} compat=0 ip=0x7f8a code={code:#x}"
        );
        for text in [
            format!("type=SECCOMP msg=audit(1700000000.1:7): {fields}"),
            format!("[   12.000000] audit: type=1326 audit(1700000000.1:7): {fields}"),
            format!("May 28 15:24:32 host audit[9]: SECCOMP {fields}"),
        ] {
            let recording = only(&text);
            let (seen, tally) = recording.calls.iter().next().expect("a call");
            prop_assert_eq!((seen.syscall, seen.abi), (made.syscall, made.abi), "{}", text);
            prop_assert_eq!(tally.outcomes.keys().next(), Some(&Outcome::Seccomp(answer)));
            prop_assert_eq!(seen.args, [None; 6]);
        }
    }
}
