//! Formats of which the corpus has no sample, from the source of the tools; the lines were written for
//! these tests.

#![allow(clippy::expect_used)] // helpers of tests, too

use sdiff::recording::{Outcome, Recording, read};
use sdiff::syscall::{Abi, Host};

fn recording(text: &str) -> Recording {
    read(text.as_bytes(), Some(Host::Amd64)).expect("a text")
}

/// `name(arguments)` of each call, in the order of names.
#[track_caller]
fn holds(text: &str, calls: &[(&str, u64)]) -> Recording {
    let recording = recording(text);
    assert_eq!(recording.lines.not_understood, 0, "{:?}", recording.lines.first);
    let found: Vec<(&str, u64)> =
        recording.calls.iter().map(|(seen, tally)| (seen.syscall.name(), tally.count)).collect();
    assert_eq!(found, calls, "{text}");
    recording
}

/// strace.c (`printleader`), syscall.c; `-f -tt -T -r -y -yy -i -k -X raw -Y`.
#[test]
fn strace_with_its_options() {
    let one = [("openat", 1)];
    for line in [
        "openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "[pid    12] openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "[pid 12<sh>] openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "12    openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "12<sh> openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "12 10:11:12.123456 openat(AT_FDCWD, \"a\", O_RDONLY) = 3 <0.000012>",
        "10:11:12 openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "1700000000.123456 openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "     0.000123 openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "12 (+     0.000123) openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "[00007f7b2e770662] openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "[ 257] [00007f7b2e770662] openat(AT_FDCWD, \"a\", O_RDONLY) = 3",
        "openat(AT_FDCWD</root>, \"a\", O_RDONLY) = 3</root/a,b(c>",
        "openat(0xffffff9c, 0x7ffe, 0) = 0x3",
        "openat(-100 /* AT_FDCWD */, \"a\", 0 /* O_RDONLY */) = 3",
        "web-1  | openat(AT_FDCWD, \"a) = 1\", O_RDONLY) = 3",
        "{\"log\":\"openat(AT_FDCWD, \\\"a\\\", O_RDONLY) = 3\\n\",\"stream\":\"stderr\",\"time\":\"x\"}",
    ] {
        let recording = holds(line, &one);
        let (seen, tally) = recording.calls.iter().next().expect("a call");
        assert_eq!(seen.args[2], Some(0), "{line}");
        assert_eq!(seen.args[0].map(|dir| dir as u32), Some(-100_i32 as u32), "{line}");
        assert_eq!(tally.outcomes.keys().next(), Some(&Outcome::Returned(0)), "{line}");
    }
    let stack =
        "getpid() = 7\n > /usr/lib/libc.so.6(getpid+0x5d) [0xf8b2d]\n > /bin/t(main) [0x1]\n";
    assert_eq!(holds(stack, &[("getpid", 1)]).lines.none, 2);
    let said = "strace: Process 12 attached\nProcess 12 detached\n--- SIGCHLD {si_signo=SIGCHLD} ---\n\
                +++ killed by SIGSYS (core dumped) +++\nread(0, \"\", 1) = 0\n";
    assert_eq!(holds(said, &[("read", 1)]).lines.none, 4);
    let fds = "write(3<TCP:[127.0.0.1:40->127.0.0.1:80]>, \"a\", 1) = 1";
    let recording = holds(fds, &[("write", 1)]);
    assert_eq!(recording.calls.keys().next().expect("one").args[2], Some(1));
    let pairs = "1 read(0,  <unfinished ...>\n2 getpid() = 2\n1 <... read resumed>\"x\", 1) = 1\n";
    assert_eq!(holds(pairs, &[("getpid", 1), ("read", 1)]).lines.continuations, 1);
    let clone = "clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 8";
    let recording = holds(clone, &[("clone", 1)]);
    assert_eq!(recording.calls.keys().next().expect("one").args[0], Some(0x0100_0011));
}

/// strace's xlat.c (`sprintflags_ex`, `XLAT_STYLE_VERBOSE`): each part has a remark of its own.
#[test]
fn every_part_of_flags_counts() {
    for (line, args) in [
        ("socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3", [16, 0x80003, 0]),
        (
            "socket(0x10 /* AF_NETLINK */, 0x3 /* SOCK_RAW */|0x80000 /* SOCK_CLOEXEC */, 0 /* NETLINK_ROUTE */) = 3",
            [16, 0x80003, 0],
        ),
        (
            "socket(0x10 /* AF_NETLINK */, 0x2 /* SOCK_DGRAM */|0x80800 /* SOCK_CLOEXEC|SOCK_NONBLOCK */, 0xff /* NETLINK_??? */) = -1 EPROTONOSUPPORT (Protocol not supported)",
            [16, 0x80802, 255],
        ),
    ] {
        let recording = holds(line, &[("socket", 1)]);
        let seen = recording.calls.keys().next().expect("a call");
        assert_eq!(seen.args[..3], args.map(Some), "{line}");
    }
}

fn first(text: &str) -> (sdiff::recording::Seen, Outcome) {
    let recording = recording(text);
    assert_eq!(recording.lines.not_understood, 0, "{:?}", recording.lines.first);
    let (seen, tally) = recording.calls.iter().next().expect("a call");
    (*seen, *tally.outcomes.keys().next().expect("an end"))
}

/// strace's util.c (`sprintxval_ex`), ioctl.c (`ioctl_print_code`), syscall.c; asm-generic/ioctl.h.
#[test]
fn requests_of_drivers() {
    for (word, value) in [
        ("TCGETS2", 0x802c_542a),
        ("_IOC(_IOC_READ, 0x54, 0x2a, 0x2c)", 0x802c_542a),
        ("_IOC(_IOC_READ|_IOC_WRITE, 0xaa, 0x3f, 0x18)", 0xc018_aa3f),
        ("_IOC(_IOC_NONE, 0xae, 0x1, 0)", 0xae01),
        ("SNDCTL_TMR_TIMEBASE or TCGETS", 0x5401),
    ] {
        let (seen, _) = first(&format!("ioctl(3, {word}, 0x7ffe) = 0"));
        assert_eq!(seen.args[1], Some(value), "{word}");
    }
    for (host, value) in [(Host::Mips64, 0x4030_542a), (Host::Ppc64le, 0x402c_7413)] {
        let word =
            if host == Host::Mips64 { "TCGETS2" } else { "_IOC(_IOC_READ, 0x74, 0x13, 0x2c)" };
        let text = format!("ioctl(3, {word}, 0x7ffe) = 0");
        let recording = read(text.as_bytes(), Some(host)).expect("a text");
        assert_eq!(recording.calls.keys().next().expect("a call").args[1], Some(value), "{word}");
    }
}

/// strace before 4.22 (syscall.c: `SYS_%lu`, `syscall_%lu`); strace's count.c and strace.c for modes; strace
/// names the call that `socketcall` carries.
#[test]
fn what_strace_says_of_the_call() {
    assert_eq!(first("syscall_437(0x1, 0x2) = 3").0.syscall.name(), "openat2");
    assert_eq!(
        first("SYS_317(0x1) = -1 ENOSYS (Function not implemented)").0.syscall.name(),
        "seccomp"
    );
    let (seen, _) = first("[ 102] socket(AF_INET, SOCK_STREAM, 0) = 3");
    let args = [Some(1), None, None, None, None, None];
    assert_eq!((seen.syscall.name(), seen.abi, seen.args), ("socketcall", Abi::X86, args));
    assert_eq!(first("[   3] read(0, \"\", 1) = 0").0.abi, Abi::X86);
    let (page, _) = first("ptrace(2)");
    assert_eq!((page.syscall.name(), page.args), ("ptrace", [None; 6]));
    assert_eq!(first("read(0, 0x7f, 1) = ? ERESTARTSYS (To be restarted)").1, Outcome::Unknown);
    let child =
        "[ Process PID=7 runs in 32 bit mode. ]\n[pid 7] fork() = 8\n[pid 8] getpid() = 8\n";
    assert!(recording(child).calls.keys().all(|seen| seen.abi == Abi::X86), "{child}");
    let said =
        "strace: [ Process PID=7 runs in 32 bit mode. ]\n[pid 7] fork(strace: Process 8 attached\n";
    assert_eq!(recording(said).lines.total(), 2);
    let sums = "System call usage summary for 32 bit mode:\n\
                % time     seconds  usecs/call     calls    errors syscall\n \
                60.00    0.000012           1        12           read\n";
    assert_eq!(first(sums).0.abi, Abi::X86);
}

/// strace tells a program's mode on standard error, also with `-o FILE`; where the calls say it.
#[test]
fn the_calls_of_a_process_say_its_mode() {
    let text = "\
7 execve(\"/bin/sh\", [\"sh\"], 0x7ffe /* 9 vars */) = 0
7 getuid() = 0
7 newfstatat(3, \"\", {}, AT_EMPTY_PATH) = 0
7 clone(child_stack=NULL, flags=SIGCHLD) = 8
8 execve(\"/opt/old\", [\"old\"], 0x7ffe /* 9 vars */) = 0
8 getpid() = 8
8 fstat64(3, {}) = 0
8 time(NULL) = 1
8 execve(\"/bin/true\", [\"true\"], 0x7ffe /* 9 vars */) = 0
8 getppid() = 7
8 newfstatat(3, \"\", {}, AT_EMPTY_PATH) = 0
8 +++ exited with 0 +++
7 gettid() = 7
";
    let recording = read(text.as_bytes(), None).expect("a text");
    let of = |name: &str| -> Vec<Abi> {
        let found = recording.calls.keys().filter(|seen| seen.syscall.name() == name);
        found.map(|seen| seen.abi).collect()
    };
    for name in ["getpid", "time", "fstat64"] {
        assert_eq!(of(name), [Abi::X86], "{name}");
    }
    for name in ["getuid", "clone", "getppid", "gettid"] {
        assert!(of(name).iter().all(|&abi| abi == Abi::X86_64), "{name}: {:?}", of(name));
    }
}

/// strace's futex.c, lseek.c, io.c, mem.c: what is not in its register's place is not read from there.
#[test]
fn arguments_that_are_moved() {
    for (line, known) in [
        ("futex(0x10, FUTEX_WAIT_BITSET, 7, NULL, FUTEX_BITSET_MATCH_ANY) = 0", 2),
        ("futex(0x10, FUTEX_LOCK_PI, NULL) = 0", 2),
        ("preadv2(3, [], 0, 5, RWF_HIPRI) = 0", 3),
        ("[ 140] _llseek(3, 4096, [4096], SEEK_SET) = 0", 1),
        ("[ 192] mmap2(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0x1000) = 0x10000", 5),
    ] {
        let (seen, _) = first(line);
        let count = seen.args.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        assert!(count <= known, "{line}: {:?}", seen.args);
    }
    // i386's oldest `mmap` gets the place of its arguments.
    let (seen, _) = first("[  90] mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x10000");
    assert_eq!((seen.abi, seen.args), (Abi::X86, [None; 6]));
    let (seen, _) = first("mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x7f00");
    assert_eq!(seen.args, [Some(0), Some(4096), Some(1), Some(1), Some(3), Some(0)]);
}

/// Of headers that no argument's table has.
#[test]
fn constants_of_the_headers() {
    for (line, index, value) in [
        ("ioctl(3, KVM_RUN, 0) = 0", 1, 0xae80_u64),
        ("[  16] ioctl(3, BLKGETSIZE64, [1]) = 0", 1, 0x8008_1272),
        ("mount(\"a\", \"/b\", \"c\", MS_MGC_VAL|MS_RDONLY, NULL) = 0", 3, 0xc0ed_0001),
        ("socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) = 3", 2, 0x300),
        ("socket(0x11, 0x3, htons(0x3 /* ETH_P_ALL */)) = 3", 2, 0x300),
        ("keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) = 5", 1, -3_i64 as u64),
        ("prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) = 1", 1, 21),
    ] {
        assert_eq!(first(line).0.args[index], Some(value), "{line}");
    }
    // Its size is another one for a program of 32 bits.
    let narrow = first("[  54] ioctl(3, BLKGETSIZE64, [1]) = 0");
    assert_eq!((narrow.0.abi, narrow.0.args[1]), (Abi::X86, Some(0x8004_1272)));
}

/// auparse's interpret.c and famtab.h, kernel/audit.c, systemd's `journalctl -o cat`; a program's name
/// is no field.
#[test]
fn audit_says_no_more_than_it_does() {
    let of = "arch=x86_64 syscall=socket success=yes exit=3";
    let (seen, _) = first(&format!(
        "type=SYSCALL msg=audit(12/16/20 15:17:56.2:4) : {of} a0=netlink a1=SOCK_RAW a2=ip a3=0x0"
    ));
    assert_eq!(seen.args[..3], [Some(16), Some(3), Some(0)]);
    let (seen, _) = first(&format!(
        "type=SYSCALL msg=audit(12/16/20 15:17:56.2:4) : {of} a0=local a1=SOCK_STREAM a2=tcp a3=0x0"
    ));
    assert_eq!(seen.args[..3], [Some(1), Some(1), Some(6)]);
    let fields =
        "pid=9 comm=\"a arch=40000003 syscall=1\" sig=0 arch=c000003e syscall=165 code=0x50000";
    for start in ["type=1326 audit(1.0:3): ", "type=SECCOMP msg=audit(1.0:3): ", "SECCOMP "] {
        let (seen, _) = first(&format!("{start}{fields}"));
        assert_eq!((seen.syscall.name(), seen.abi), ("mount", Abi::X86_64), "{start}");
    }
    let lost =
        "kauditd_printk_skb: 30 callbacks suppressed\naudit: audit_lost=7 audit_rate_limit=0\n";
    assert_eq!(recording(lost).lines.none, 2);
    let again = "type=SYSCALL msg=audit(1.0:3): arch=c000003e syscall=35 success=no exit=-516 a0=1 a1=0 a2=0 a3=0";
    assert_eq!(first(again).1, Outcome::Unknown);
}

/// perf's builtin-trace.c and trace/beauty, trace_output.c (`record-tgid`), builtin-script.c; sysdig's
/// ppm_events_public.h (`PPME_GENERIC_E`); Inspektor Gadget's traceloop; Falco's formats.cpp.
#[test]
fn names_that_tools_give_their_arguments() {
    for (call, value) in [
        ("unshare(unshare_flags: NEWUSER|NEWNS)", 0x1002_0000),
        ("clone(clone_flags: VM|0x11, newsp: 0x7f)", 0x111),
        ("keyctl(option: 1)", 1),
        ("socket(family: LOCAL, type: STREAM, protocol: IP)", 1),
        ("prctl(option: SET_NAME, arg2: 0x7f)", 15),
    ] {
        let (seen, _) = first(&format!("     1.000 ( 0.010 ms): cat/7 {call} = 0"));
        assert_eq!(seen.args[0], Some(value), "{call}");
    }
    let group =
        " my-prog-1-123   (    99) [001] ....1  10.000001: sys_unshare(unshare_flags: 10000000)";
    assert_eq!(first(group).0.args[0], Some(0x1000_0000));
    let generic = "9 10:11:12.1 0 cat (123) > syscall ID=318 nativeID=435";
    assert_eq!(first(generic).0.syscall.name(), "clone3");
    let generic = "9 10:11:12.1 0 cat (123) > syscall ID=96(getpriority) nativeID=140";
    assert_eq!(first(generic).0.syscall.name(), "getpriority");
    let falco =
        r#"{"output_fields":{"evt.type":"unshare","evt.res":"EPERM","proc.pid":9},"rule":"r"}"#;
    assert_eq!(first(falco).1, Outcome::Failed(1));
    let table = "CPU PID COMM NAME PARAMS RET\n0 12 ls openat dfd=1 3\n";
    assert_eq!(first(table).0.syscall.name(), "openat");
    // A line of something else behind a table, whose last word stands where a call would.
    let behind = "CPU PID  COMM SYSCALL RET\n@[cat, 257]: 5\n";
    assert_eq!(recording(behind).lines.not_understood, 1);
    assert_eq!(first("0 read\n").0.abi, Abi::X86_64);
    assert_eq!(first("0x1b5\n").0.syscall.name(), "openat2");
}

/// strace's count.c (`call_summary_pers`).
#[test]
fn sums_of_strace() {
    let text = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000012           1        12         2 openat
 40.00    0.000008           8         1           mount
------ ----------- ----------- --------- --------- ----------------
100.00    0.000020           1        13         2 total
";
    let recording = holds(text, &[("mount", 1), ("openat", 12)]);
    let opened = recording.calls.iter().last().expect("openat").1;
    assert_eq!(opened.outcomes[&Outcome::Failed(0)], 2);
}

/// audit's auparse/interpret.c, seccomptab.h; kernel/auditsc.c.
#[test]
fn audit_records() {
    let text = "\
----
type=PROCTITLE msg=audit(05/28/21 15:24:32.180:55) : proctitle=mount
type=SECCOMP msg=audit(05/28/21 15:24:32.180:55) : auid=unset uid=root pid=7 comm=mount exe=/m sig=SIG0 arch=x86_64 syscall=mount compat=0 ip=0x7f8a code=errno
type=SYSCALL msg=audit(05/28/21 15:24:32.180:56) : arch=x86_64 syscall=socket success=no exit=EPERM(Operation not permitted) a0=inet a1=SOCK_STREAM a2=ip items=0 ppid=1 pid=7 comm=t
type=CWD msg=audit(1622229872.180:55): cwd=\"/\"
type=SECCOMP msg=audit(1622229872.180:55): auid=1 sig=31 arch=40000003 syscall=21 compat=1 ip=0x7f code=0x80000000
<5>[   12.000000] audit: type=1326 audit(1622229872.180:55): auid=1 pid=3 comm=\"a b\" sig=0 arch=c000003e syscall=250 compat=0 ip=0x7f code=0x50000
";
    holds(text, &[("keyctl", 1), ("mount", 1), ("mount", 1), ("socket", 1)]);
}

/// The operator's enricher.go and jsonenricher.go; Inspektor Gadget's gadget.yaml; laurel's
/// laurel-audit-records.7.md; Falco's formats.cpp.
#[test]
fn objects() {
    let klog = "I0705 12:08:18.729660 1843190 enricher.go:136] audit \"timestamp\"=\"1625486870.273:187492\" \
                \"type\"=\"seccomp\" \"pid\"=1843190 \"syscallID\"=10 \"syscallName\"=\"mprotect\"";
    holds(klog, &[("mprotect", 1)]);
    holds(
        r#"{"auditID":"7","syscalls":["mount","keyctl"],"timestamp":"x"}"#,
        &[("keyctl", 1), ("mount", 1)],
    );
    let gadget = r#"{"code":"SECCOMP_RET_ERRNO","comm":"m","pid":7,"syscall":"SYS_MOUNT"}"#;
    holds(gadget, &[("mount", 1)]);
    let laurel =
        r#"{"ID":"1.2:3","SECCOMP":{"arch":"0xc000003e","syscall":165,"code":"0x50000","pid":7}}"#;
    holds(laurel, &[("mount", 1)]);
    let falco =
        r#"{"output":"x","output_fields":{"evt.type":"ptrace","proc.name":"gdb"},"rule":"r"}"#;
    holds(falco, &[("ptrace", 1)]);
    let journal = r#"{"MESSAGE":"audit: type=1326 audit(1.2:3): sig=0 arch=c000003e syscall=165 code=0x50000"}"#;
    holds(journal, &[("mount", 1)]);
}

/// Chromium's sigsys_handlers.cc, Firefox' Sandbox.cpp, debuggerd's utility.cpp.
#[test]
fn programs_that_were_stopped() {
    holds(
        "x.cc:**CRASHING**:seccomp-bpf failure in syscall nr=0x25 arg1=0x5 arg2=0x7f",
        &[("alarm", 1)],
    );
    holds("x.cc:**CRASHING**:seccomp-bpf failure in clone()", &[("clone", 1)]);
    let firefox = "Apr 22 17:25:28 cp1 gnome-panel.desktop[7]: Sandbox: seccomp sandbox violation: pid 7, \
                   tid 7, syscall 332, args 33 1406 4096 4095 1407 1.";
    let recording = holds(firefox, &[("statx", 1)]);
    assert_eq!(recording.calls.keys().next().expect("one").args[0], Some(33));
    let android = "F/DEBUG   ( 999): signal 31 (SIGSYS), code 1 (SYS_SECCOMP), fault addr --------\n\
                   Cause: seccomp prevented call to disallowed arm64 system call 425\n";
    holds(android, &[("io_uring_setup", 1)]);
    let none = self::recording("SIGSYS: bad system call\nBad system call (core dumped)\n");
    assert_eq!((none.lines.none, none.lines.calls), (2, 0));
}

/// The kernel's trace_syscalls.c, perf's builtin-script.c and builtin-trace.c, bpftrace's output.cpp.
#[test]
fn tracepoints() {
    let text = "\
 cat-7  [000] ...1.  12.000001: sys_openat(dfd: ffffff9c, filename: 7f00, flags: 80000, mode: 0)
 cat-7  [000] ...1.  12.000002: sys_openat -> 0x3
 cat  7 [000]  12.000003: raw_syscalls:sys_enter: NR 165 (1, 2, 3, 0, 0, 0)
 cat  7 [000]  12.000004: syscalls:sys_enter_newuname: name: 0x7ffc
@[cat, tracepoint:syscalls:sys_enter_close]: 4
@[kprobe:__x64_sys_keyctl]: 2
";
    holds(text, &[("close", 4), ("keyctl", 2), ("mount", 1), ("openat", 1), ("uname", 1)]);
    let perf = "     1.0 (         ): sleep/7 nanosleep(rqtp: 0x7f) ...\n\
                \x20    ? ( 9.1 ms): sleep/7  ... [continued]: nanosleep()) = 0\n";
    assert_eq!(holds(perf, &[("nanosleep", 1)]).lines.continuations, 1);
    // `--no-comm`, `--call-graph`.
    let perf = "     1.0 ( 0.1 ms): 7 close(fd: 3)                   = 0\n\
                \x20                                      __close (/usr/lib/libc.so.6)\n\
                \x20                                      [0xffff] ([unknown])\n";
    assert_eq!(holds(perf, &[("close", 1)]).lines.none, 2);
}

#[test]
fn lists() {
    holds("[\n  \"read\",\n  \"write\"\n]\n", &[("read", 1), ("write", 1)]);
    holds("[\"read\", \"write\"]", &[("read", 1), ("write", 1)]);
    holds("names: [read, write]\n", &[("read", 1), ("write", 1)]);
    holds("syscalls:\n  - read\n", &[("read", 1)]);
    holds("     12 openat\n      3 read\n", &[("openat", 12), ("read", 3)]);
    holds("openat 12\n", &[("openat", 12)]);
}

#[test]
fn what_is_no_record_is_not_taken_for_one() {
    for line in [
        "mount(8) failed",
        "permission denied",
        "open the file",
        "keyctll",
        "type=SECCOMP msg=audit(1.2:3): sig=0",
        "{\"level\":\"info\"}",
        "read(0, \"",
        "perl: cannot open x",
    ] {
        let recording = recording(line);
        assert_eq!((recording.lines.calls, recording.lines.not_understood), (0, 1), "{line}");
    }
}

/// Lines that nobody wrote in good faith.
#[test]
fn hostile_lines_are_bounded() {
    let mut text = vec![b'('; 10_000_000];
    text.extend_from_slice(b"\nopenat(\xff\xfe, \"\x1b[31m");
    text.extend(std::iter::repeat_n(b'a', 1_000_000));
    text.extend_from_slice(b"\n\x1b[31mread(0) = 0\x1b[0m\r\n");
    let recording = read(&text[..], None).expect("bytes");
    assert_eq!(recording.lines.total(), 3);
    assert!(recording.lines.first.iter().all(|(_, line)| line.len() < 1000));
    assert!(recording.calls.keys().any(|seen| seen.syscall.name() == "read"));
}
