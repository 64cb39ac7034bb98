//! What tools print with options and in versions that the corpus has no sample of. Where a line is quoted
//! as a tool printed it, the tool is named; the others are written after its source.

#![allow(clippy::expect_used)] // helpers of tests, too

use sdiff::recording::{Entry, Kind, Outcome, Reader};

/// Each call in short, in the order of its lines: `mount(1, -, 3) = 0`, with what is open as `-`.
pub(super) fn calls(text: &str) -> Vec<String> {
    let mut reader = Reader::new(None);
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines() {
        let (kind, found) = reader.line(line.as_bytes(), false);
        assert_ne!(kind, Kind::NotUnderstood, "{line}");
        entries.extend(found);
    }
    entries.extend(reader.finish());
    entries.sort_by_key(|entry| entry.line);
    entries.iter().map(|entry| short(&reader, entry)).collect()
}

fn short(reader: &Reader, entry: &Entry) -> String {
    let settled = reader.deduction().settle(entry);
    let name = settled.syscall.map_or("none".to_owned(), |call| call.to_string());
    let args = settled.args;
    let known = args.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let args = args[..known].iter().map(|arg| match arg {
        Some(value) => format!("{value:#x}"),
        None => "-".to_owned(),
    });
    let args = args.collect::<Vec<_>>().join(", ");
    let end = match entry.outcome {
        Outcome::Unknown => "?".to_owned(),
        Outcome::Returned(_) => "done".to_owned(),
        Outcome::Failed(errno) => format!("-{errno}"),
        Outcome::Seccomp(answer) => format!("{answer:?}"),
    };
    let mut text = format!("{name}({args}) = {end}");
    if settled.abi.name() != "x86_64" {
        text = format!("{} {text}", settled.abi.name());
    }
    if entry.count != 1 || entry.errors > 0 {
        text += &format!(" x{} !{}", entry.count, entry.errors);
    }
    text
}

#[track_caller]
pub(super) fn is(text: &str, expected: &[&str]) {
    assert_eq!(calls(text), expected, "{text}");
}

/// Printed by strace 6.1 of a program under a filter: the result of a call that was skipped is what stood
/// in the register.
#[test]
fn strace_of_a_call_that_a_filter_trapped_or_killed() {
    let trapped = "\
mkdir(\"/nonex/x\", 0700)                 = 83
--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7feda7207829, si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} ---
rt_sigreturn({mask=[]})                 = 83
getpid()                                = 989
";
    is(trapped, &["mkdir(-, 0x1c0) = Trap", "rt_sigreturn() = done", "getpid() = done"]);
    let killed = "mkdir(\"/nonex/x\", 0700)                 = 83\n+++ killed by SIGSYS +++\n";
    is(killed, &["mkdir(-, 0x1c0) = Kill"]);
    // Between the two, another process.
    let both = "7 mkdir(\"/x\", 0700) = 83\n8 write(1, \"x\", 1) = 1\n8 getpid() = 8\n7 +++ killed by SIGSYS +++\n";
    is(both, &["mkdir(-, 0x1c0) = Kill", "write(0x1, -, 0x1) = done", "getpid() = done"]);
    // One that was done and ended as any other.
    is("write(1, \"x\", 1) = 1\n+++ exited with 0 +++\n", &["write(0x1, -, 0x1) = done"]);
    is("read(0, \"\", 1) = 0", &["read(0x0, -, 0x1) = done"]);
}

/// strace.c (`printleader`), unwind.c (`STACK_ENTRY_*`), syscall.c (`print_err_ret`), secontext.c.
#[test]
fn strace_with_rarer_options() {
    is("1234<my prog> close(3) = 0", &["close(0x3) = done"]);
    is("1700000000 close(3) = 0", &["close(0x3) = done"]);
    is("syscall_0x1d1(0x1) = -1 (errno 530)", &["listxattrat(0x1) = -530"]);
    is(
        "openat(AT_FDCWD [user_u:user_r:user_t:s0], \"x\" [system_u:object_r:etc_t:s0], O_RDONLY) = 3 [system_u:object_r:etc_t:s0]",
        &["openat(0xffffffffffffff9c, -, 0x0) = done"],
    );
    let stack = "close(3) = 0\n > ./a.out(main+0x10) [0x1149] /home/x/a.c:12\n > BUG IN print\n";
    is(stack, &["close(0x3) = done"]);
    is("7 ????( <unfinished ...>\n7 <... ???? resumed>) = ?\n7 +++ killed by SIGKILL +++", &[]);
}

/// Printed by strace 6.1 of a static program of 32 bits, with `-n` and without: i386 has no `accept`, `send`,
/// `recv` and `semop` of its own.
#[test]
fn strace_of_calls_inside_of_others() {
    let lines = [
        ("102", "send(4, \"hi\", 2, 0)                 = 2", "x86 socketcall(0x9) = done"),
        ("102", "recv(5, \"hi\", 2, 0)                 = 2", "x86 socketcall(0xa) = done"),
        (
            "102",
            "accept(5, NULL, NULL)  = -1 EINVAL (Invalid argument)",
            "x86 socketcall(0x5) = -22",
        ),
        (
            "117",
            "semop(0, [{sem_num=2, sem_op=0, sem_flg=0}], 1) = -1 EFBIG (File too large)",
            "x86 ipc(0x1) = -27",
        ),
    ];
    let expected: Vec<&str> = lines.iter().map(|(.., is)| *is).collect();
    let execve = "execve(\"./t\", [\"./t\"], 0x7ffc /* 35 vars */) = 0";
    let plain: Vec<String> = lines.iter().map(|(_, line, _)| format!("7 {line}")).collect();
    let numbered: Vec<String> =
        lines.iter().map(|(n, line, _)| format!("[{n:>4}] {line}")).collect();
    // A list of names alone is one of a machine that many have.
    is("read\nnewfstatat\nsend\n", &["read() = ?", "newfstatat() = ?", "x86 socketcall(0x9) = ?"]);
    for (before, lines) in [
        (format!("7 {execve}\n"), plain),
        (format!("[  59] {execve}\n[  59] [ Process PID=7 runs in 32 bit mode. ]\n"), numbered),
    ] {
        let found = calls(&(before + &lines.join("\n")));
        assert_eq!(found[1..], expected, "{lines:?}");
    }
    // Without numbers a socket is made as every C library of i386 makes it.
    let made = "socket(AF_UNIX, SOCK_STREAM, 0) = 3\n";
    let both = format!("[ 102] {made}[ 359] {made}");
    is(&both, &["x86 socketcall(0x1) = done", "x86 socket(0x1, 0x1, 0x0) = done"]);
    let old = format!("{execve}\nfstat64(0, {{}}) = 0\n{made}");
    assert_eq!(calls(&old)[2], "x86 socketcall(0x1) = done");
    let table = "\
System call usage summary for 32 bit mode:
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
100.00    0.000012           1        12         2 socket
------ ----------- ----------- --------- --------- ----------------
100.00    0.000020           1        12         2 total
";
    is(table, &["x86 socketcall(0x1) = ? x12 !2"]);
}

/// While one process is left, strace -f leaves its number out (strace.c, `printleader`): a parent of 64
/// bits is not one of 32 bits for the child that was.
#[test]
fn a_mode_is_that_of_its_process() {
    let text = "\
fork(strace: Process 8 attached
) = 8
[pid     7] wait4(-1,  <unfinished ...>
strace: [ Process PID=8 runs in 32 bit mode. ]
[pid     8] close(3) = 0
[pid     8] +++ exited with 0 +++
<... wait4 resumed>NULL, 0, NULL) = 8
open(\"x\", O_RDONLY) = 3
";
    let mut reader = Reader::new(None);
    let mut entries = Vec::new();
    for line in text.lines() {
        entries.extend(reader.line(line.as_bytes(), false).1);
    }
    entries.extend(reader.finish());
    let found: Vec<String> = entries.iter().map(|entry| short(&reader, entry)).collect();
    assert!(found.contains(&"x86 close(0x3) = done".to_owned()), "{found:?}");
    assert!(found.contains(&"open(-, 0x0) = done".to_owned()), "{found:?}");
}

/// count.c (`call_summary_pers`): `-C`, whose table is of the lines above it; `-U` with other columns.
#[test]
fn sums_of_strace_are_counted_once() {
    let text = "\
openat(AT_FDCWD, \"a\", O_RDONLY) = 3
openat(AT_FDCWD, \"b\", O_RDONLY) = -1 ENOENT (No such file or directory)
close(3) = 0
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000012           6         2         1 openat
 40.00    0.000008           8         1           close
------ ----------- ----------- --------- --------- ----------------
100.00    0.000020           6         3         1 total
";
    let of = |text: &str| sdiff::recording::read(text.as_bytes(), None).expect("a text");
    let counts: Vec<u64> = of(text).calls.values().map(|tally| tally.count).collect();
    assert_eq!(counts, [1, 2]);
    assert_eq!((of(text).lines.continuations, of(text).lines.not_understood), (2, 0));
    let again = text.split_once("% time").expect("a table").1;
    is(&format!("% time{again}"), &["openat() = ? x2 !1", "close() = ?"]);
    let named = "\
    calls syscall             errors
--------- ---------------- ---------
       12 openat                   2
        1 close
--------- ---------------- ---------
       13 total                    2
";
    is(named, &["openat() = ? x12 !2", "close() = ?"]);
    let wall = "\
% time     seconds  usecs/call wall-total     calls    errors syscall
------ ----------- ----------- ---------- --------- --------- ----------------
  0.00    0.000000           0   0.000123         7         1 newfstatat
";
    is(wall, &["newfstatat() = ? x7 !1"]);
}

/// Printed by perf 6.1 (`perf trace`, `-S`, `-F all`, `--errno-summary`): what is zero is left out.
#[test]
fn perf_trace_with_its_options() {
    is("     0.051 ( 0.000 ms): ls/4343 minfault [elf_load+0x28a] => 0x7f6612e0e110 (?k)", &[]);
    let text = "\
     0.100 ( 0.002 ms): sh/7 unshare(unshare_flags: NEWUSER) = -1 EPERM (Operation not permitted)
     0.200 ( 0.002 ms): sh/7 unshare() = 0
     0.300 ( 0.002 ms): sh/7 socket(family: INET, type: STREAM) = 3
     0.400 ( 0.002 ms): sh/7 prctl(option: SET_NAME, arg2: 0x7f) = 0
     0.500 ( 0.002 ms): sh/7 setns(fd: 3</proc/1/ns/net>) = 0
";
    is(
        text,
        &[
            "unshare(0x10000000) = -1",
            "unshare(0x0) = done",
            "socket(0x2, 0x1, 0x0) = done",
            "prctl(0xf, 0x7f) = done",
            "setns(0x3, 0x0) = done",
        ],
    );
    // `trace.show_arg_names=no`: which one is left out is not said.
    is("     0.1 ( 0.1 ms): sh/7 socket(AF_INET, SOCK_STREAM) = 3", &["socket() = done"]);
    let summed = "\
     0.100 ( 0.002 ms): sh/7 close(fd: 3) = -1 EBADF (Bad file descriptor)

 Summary of events:

 sh (7), 2 events, 97.4%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   close                  1      1     0.700     0.015     0.018     0.039      3.36%
\t\t\t\tEBADF: 1
";
    is(summed, &["close(0x3) = -9"]);
}

/// Printed by Linux' `trace` file and `perf script`.
#[test]
fn tracepoints_at_the_end_of_a_process() {
    is(
        "              ls-690     [000] .....  2296.906795: sys_exit_group(error_code: 2)\n",
        &["exit_group(0x2) = ?"],
    );
    let signal = "\
              sh  4398 [001]  1628.955814: raw_syscalls:sys_enter: NR 15 (0, 0, 0, 0, 0, 0)
              sh  4398 [001]  1628.955815:  raw_syscalls:sys_exit: NR -1 = 4406
              sh  4398 [001]  1628.955816:  raw_syscalls:sys_exit: NR 165 = -1
              sh  4398 [001]  1628.955817:  syscalls:sys_exit_access: 0xfffffffffffffffe
";
    is(
        signal,
        &["rt_sigreturn(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) = ?", "mount() = -1", "access() = -2"],
    );
}
