//! Gadgets, loggers and programs that were stopped: formats of which the corpus has one sample or none.

use super::tools::is;

/// Inspektor Gadget's gadgets/traceloop (README.mdx, program.go `retToStr`, `paramsToString`), before 0.30
/// pkg/gadgets/traceloop: columns are cut to their width, and `-1` is no errno.
#[test]
fn traceloop_in_columns_and_objects() {
    let text = "\
K8S.NODE            K8S.NAMESPACE       K8S.PODNAME         K8S.CONTAINERNAME   CPU         PID COMM      SYSCALL     PARAMETERS      RET
minikube-docker     test-traceloop-ns   test-traceloop-pod  test-traceloop-pod  2         95419 ls        brk         brk=0        94032…
minikube-docker     test-traceloop-ns   test-traceloop-pod  test-traceloop-pod  2         95419 ls        access      filename=\"/… -1 (P…
minikube-docker     test-traceloop-ns   test-traceloop-pod  test-traceloop-pod  2         95419 ls        exit_group  error_code=0      X
RUNTIME.CONTAINERNAME                        CPU         PID COMM             SYSCALL                     PARAMETERS                  RET
test-traceloop                            5         58054 ls               access                    filename=\"/etc/ld.so.… -1 (Permissi…
CPU PID        COMM             NAME                      PARAMS                                                       RET
5   580012     sh               unshare                   unshare_flags=268435456                             -1 (operation not permitted)
2   580012     ls               write                     fd=1, buf=\"a, b\\n\" 6, count=6                      6
2   580012     my prog          socket                    family=2, type=1, protocol=0                        3
3   1234       runc:[2:INIT]    unshare                   ...                        unfinished
";
    is(
        text,
        &[
            "brk(0x0) = done",
            "access() = -0",
            "exit_group(0x0) = ?",
            "access() = -13",
            "unshare(0x10000000) = -1",
            "write(0x1, -, 0x6) = done",
            "socket(0x2, 0x1, 0x0) = done",
            "unshare() = ?",
        ],
    );
    for (object, call) in [
        (
            r#"{"cpu":2,"pid":9,"comm":"ls","syscall":"unshare","parameters":"unshare_flags=268435456","ret":"-1 (no such file or directory)"}"#,
            "unshare(0x10000000) = -2",
        ),
        (
            r#"{"event":{"timestamp":1},"pid":2,"comm":"ls","syscall":"openat","parameters":[{"name":"dfd","value":"4294967196"},{"name":"filename","value":"x"},{"name":"flags","value":"524288"}],"ret":"3"}"#,
            "openat(0xffffff9c, -, 0x80000) = done",
        ),
    ] {
        is(object, &[call]);
    }
}

/// Its gadgets/audit_seccomp (README.mdx), with columns cut at either end, and its name of `sendfile`.
#[test]
fn audit_seccomp_in_narrow_columns() {
    let text = "\
K8S.NODE          K8S.NAMESPACE   K8S.PODNAME     K8S.CONTAINERN… COMM          PID     TID      CODE      SYSCALL
minikube-docker   default         mypod           container1      mkdir       60482   60482      …_RET_LOG SYS_MKDIR
minikube-docker   default         mypod           container1      unshare     60483   60483      …L_THREAD SYS_UNSH…
";
    is(text, &["mkdir() = Log", "unshare() = Kill"]);
    let object = r#"{"code":"SECCOMP_RET_LOG","proc":{"comm":"x","pid":1},"syscall":"SYS_SENDFILE64","syscall_raw":40}"#;
    is(object, &["sendfile() = Log"]);
    is(r#"{"node":"minikube","type":"debug","message":"tracer attached"}"#, &[]);
}

/// Tracee's types/trace/trace.go, api/v1beta1/event.proto, and its table (pkg/cmd/printer).
#[test]
fn tracee() {
    for (text, call) in [
        (
            r#"{"processId":2,"hostProcessId":7,"processName":"b","eventId":"257","eventName":"openat","returnValue":3,"syscall":"openat","contextFlags":{"isCompat":false},"args":[{"name":"dirfd","type":"int","value":-100},{"name":"pathname","type":"const char*","value":"/t"},{"name":"flags","type":"string","value":"O_WRONLY|O_CREAT|O_TRUNC"},{"name":"mode","type":"mode_t","value":438}]}"#,
            "openat(0xffffffffffffff9c, -, 0x241, 0x1b6) = done",
        ),
        (
            r#"{"processId":2,"processName":"b","eventId":"41","eventName":"socket","returnValue":-97,"syscall":"socket","contextFlags":{"isCompat":true},"args":[{"name":"domain","type":"string","value":"AF_ALG"},{"name":"protocol","type":"int","value":0}]}"#,
            "x86 socket(0x26, -, 0x0) = -97",
        ),
        (
            r#"{"processId":2,"processName":"b","eventId":"722","eventName":"security_file_open","returnValue":0,"syscall":"openat","args":[{"name":"flags","type":"string","value":"O_WRONLY"}]}"#,
            "openat() = ?",
        ),
        (
            r#"{"timestamp":"1","id":"unshare","name":"unshare","workload":{"process":{"thread":{"name":"x","hostTid":9,"syscall":"unshare"}}},"data":[{"name":"returnValue","int64":"-1"},{"name":"flags","uInt64":"268435456"}]}"#,
            "unshare(0x10000000) = -1",
        ),
    ] {
        is(text, &[call]);
    }
    let table = "\
TIME             UID    COMM             PID     TID     RET              EVENT                     ARGS
14:20:26:066742  0      ls               12345   12345   -1               unshare                   flags: CLONE_NEWUSER
14:20:26:066742  0      ls               12345   12345   0                security_file_open        pathname: /x
";
    is(table, &["unshare(0x10000000) = -1"]);
}

/// laurel's src/coalesce.rs: `ARGV` or `a0`, several records of a kind, `translate.universal`.
#[test]
fn laurel() {
    for (text, call) in [
        (
            r#"{"ID":"1.2:3","SYSCALL":{"arch":"0xc000003e","syscall":101,"success":"yes","exit":0,"pid":2,"comm":"strace","ARGV":["0x4206","0x29b07b","0x0","0x51"]}}"#,
            "ptrace(0x4206, 0x29b07b, 0x0, 0x51) = done",
        ),
        (
            r#"{"ID":"1.2:3","SYSCALL":{"arch":"0xc00000b7","syscall":97,"success":"no","exit":-1,"a0":"0x10000000","a1":"0x0","a2":"0x0","a3":"0x0","ARCH":"aarch64","SYSCALL":"unshare"}}"#,
            "aarch64 unshare(0x10000000, 0x0, 0x0, 0x0) = -1",
        ),
        (
            r#"{"ID":"1.2:3","SECCOMP":[{"arch":"0xc000003e","syscall":165,"code":"0x50000"}],"SYSCALL":{"arch":"0xc000003e","syscall":165,"success":"no","exit":-1,"ARGV":["0x1"]}}"#,
            "mount(0x1) = Errno",
        ),
        (
            r#"{"ID":"1.2:3","SYSCALL":{"arch":"x86_64","syscall":"mount","success":"no","exit":"EPERM"}}"#,
            "mount() = -1",
        ),
    ] {
        is(text, &[call]);
    }
    is(r#"{"ID":"1.2:3","PATH":[{"name":"/x"}]}"#, &[]);
}

/// systemd's logs-show.c (`output_export`, `output_verbose`, `output_json`), containerd's
/// internal/cri/io/logger.go, moby's jsonfilelog (lines of 16 KiB are cut).
#[test]
fn messages_of_logs() {
    let call = "openat(0xffffffffffffff9c, -, 0x0) = done";
    let export = "\
__CURSOR=s=1;i=2
__REALTIME_TIMESTAMP=1622229872180000
_TRANSPORT=audit
_AUDIT_FIELD_SYSCALL=250
MESSAGE=SECCOMP auid=1 uid=0 pid=3 sig=0 arch=c000003e syscall=250 compat=0 ip=0x7f code=0x50000

SYSLOG_IDENTIFIER=strace
MESSAGE=openat(AT_FDCWD, \"a\", O_RDONLY) = 3
-- Boot 0123456789abcdef0123456789abcdef --
Tue 2024-05-28 15:24:32.123456 CEST [s=1;i=2;b=3;m=4;t=5;x=6]
    PRIORITY=6
";
    is(export, &["keyctl() = Errno", call]);
    let bytes = "openat(AT_FDCWD, \"a\", O_RDONLY) = 3".bytes().map(|byte| byte.to_string());
    let bytes = bytes.collect::<Vec<_>>().join(",");
    is(&format!("{{\"MESSAGE\":[{bytes}],\"_PID\":\"1\"}}"), &[call]);
    is("{\"MESSAGE\":null,\"_PID\":\"1\"}", &[]);
    let parts = "\
2024-01-01T00:00:00.000000000Z stderr P openat(AT_FDCWD, \"a\", O_RD
2024-01-01T00:00:00.000000001Z stdout F getpid() = 3
2024-01-01T00:00:00.000000002Z stderr F ONLY) = 3
";
    is(parts, &["getpid() = done", call]);
    // The last part never came.
    is("2024-01-01T00:00:00.000000000Z stderr P openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n", &[call]);
    // More parts than there is room for: a cut line, and none with a hole in it.
    let part = format!("2024-01-01T00:00:00.000000000Z stderr P {}\n", "x".repeat(16_000));
    let parts =
        "2024-01-01T00:00:00.000000000Z stderr P write(2, \"".to_owned() + "\n" + &part.repeat(5);
    is(
        &(parts + "2024-01-01T00:00:00.000000000Z stderr F \", 80000) = 80000\ngetpid() = 3\n"),
        &["write(0x2) = ?", "getpid() = done"],
    );
    let long = "x".repeat(16_384 - 18);
    let docker = format!(
        "{{\"log\":\"openat(AT_FDCWD, \\\"{long}\",\"stream\":\"stderr\"}}\n{{\"log\":\"\\\", O_RDONLY) = 3\\n\",\"stream\":\"stderr\"}}"
    );
    is(&docker, &[call]);
    is("write(2, \"web-1 exited with code 0\", 24) = 24", &["write(0x2, -, 0x18) = done"]);
    is("<no matches>\nAttaching to web-1\nweb-1 exited with code 0\n", &[]);
}

/// kernel/auditsc.c; auparse's interpret.c (`print_arch`): a number means nothing on an unknown machine.
#[test]
fn audit_of_other_machines() {
    let of = |arch: &str| {
        format!(
            "type=SECCOMP msg=audit(1.2:3): pid=9 comm=6D79 sig=0 arch={arch} syscall=165 code=0x50000"
        )
    };
    is(&of("unknown-elf-type(0xc0000102)"), &["loongarch64 getrusage() = Errno"]);
    is(&of("c00000f5"), &["none() = Errno"]);
}

/// Printed by perf 6.1 and Linux 6.x: a new process returns from the call of its parent.
#[test]
fn a_new_process_makes_no_call() {
    let perf = "\
              sh  4398 [001]  1628.958641: raw_syscalls:sys_enter: NR 58 (1, 2, 0, 8, 2, 1)
              sh  4406 [001]  1628.958788:  raw_syscalls:sys_exit: NR 58 = 0
              sh  4398 [001]  1628.958833:  raw_syscalls:sys_exit: NR 58 = 4406
              sh  4407 [001]  1628.958834:  syscalls:sys_exit_clone: 0x0
";
    is(perf, &["vfork(0x1, 0x2, 0x0, 0x8, 0x2, 0x1) = done"]);
    is("     0.1 ( 0.1 ms): sh/9  ... [continued]: clone()) = 0", &[]);
    let sysdig = "\
1 10:11:12.1 1 sh (14974) > clone
2 10:11:12.1 1 sh (14974) < clone res=7 exe=sh args=-c. flags=25165824(CLONE_FILES|CLONE_FS) uid=0
3 10:11:12.1 1 sh (7) < clone res=0 exe=sh args=-c. flags=25165824(CLONE_FILES|CLONE_FS) uid=0
4 10:11:12.1 1 web-1 (0123456789ab) sh (7:1) > getuid
";
    is(sysdig, &["clone() = done", "getuid() = ?"]);
}

/// Go's runtime/traceback.go, amicontained's main.go (`--debug`), debuggerd's tombstone.cpp under logcat,
/// klog's klog.go, Falco's formats.cpp, bpftrace's output.cpp.
#[test]
fn programs_and_their_loggers() {
    let go = "\
SIGSYS: bad system call
PC=0x47fabc m=0 sigcode=1

goroutine 1 [running]:
syscall.Syscall(0xa5, 0x1, 0x2, 0x3)
\t/usr/local/go/src/syscall/asm_linux_amd64.s:27 +0x5 fp=0xc00008ce40 sp=0xc00008ce38
syscall.Syscall(0x1, 0x1, 0x2, 0x3)
main.main()
rax    0xa5
exit status 2
";
    is(go, &["mount(0x1, 0x2, 0x3) = Kill"]);
    let contained = "Allowed Syscalls (2):\n\tREAD WRITE\nBlocked Syscalls (1):\n\tMOUNT\nLooking for Docker.sock\n";
    is(contained, &["read() = Allow", "write() = Allow", "mount() = Blocked"]);
    let android = "\
01-01 10:11:12.123  1234  1234 F DEBUG   : pid: 1234, tid: 1234, name: x  >>> com.x <<<
01-01 10:11:12.123  1234  1234 F DEBUG   : Cause: seccomp prevented call to disallowed arm64 system call 425
01-01 10:11:12.123  1234  1234 F DEBUG   :     x0  000000000000007f  x1  0000000000000000
F/DEBUG   ( 1234): Abort message: 'x'
";
    is(android, &["aarch64 io_uring_setup() = Kill"]);
    let klog = "\
I0623 12:51:04.257890 1854764 enricher.go:44] log-enricher \"msg\"=\"Starting log-enricher on node: x\"
I1111 10:00:00.1234567 1 enricher.go:420] \"audit\" logger=\"log-enricher\" type=\"seccomp\" pid=1 syscallID=165 syscallName=\"mount\"
";
    is(klog, &["mount() = ?"]);
    let falco = "\
10:11:12.123456789: Error File below / opened for writing (user=root command=sh file=/x)
{\"output\":\"x\",\"rule\":\"r\",\"output_fields\":{\"evt.type\":\"container\"}}
";
    is(falco, &[]);
    let bpftrace = "\
{\"type\": \"attached_probes\", \"data\": {\"probes\": 1}}
{\"type\": \"map\", \"data\": {\"@\": {\"tracepoint:syscalls:sys_enter_openat\": 3}}}
cat tracepoint:syscalls:sys_enter_unshare
Lost 12 events
";
    is(bpftrace, &["openat() = ? x3 !0", "unshare() = ?"]);
}

/// Printed by bpftrace 0.17: by a map without a name, by those of several keys, and by its own syscount.bt.
#[test]
fn sums_of_bpftrace() {
    let text = "\
Attaching 3 probes...
@[4]: 1
@[257]: 12
@syscalls[mount, 165]: 3
@by[77, sync, tracepoint:syscalls:sys_enter_unshare]: 2
";
    is(text, &["stat() = ?", "openat() = ? x12 !0", "mount() = ? x3 !0", "unshare() = ? x2 !0"]);
    let syscount = "\
Counting syscalls... Hit Ctrl-C to end.
^C
Top 10 syscalls IDs:
@syscall[46]: 2026

Top 10 processes:
@process[mount]: 1173
@process[(sd-pam)]: 4
";
    is(syscount, &["sendmsg() = ? x2026 !0"]);
    is("@process_calls[mount]: 3\n", &["mount() = ? x3 !0"]);
    // Results, processes and programs.
    for other in [
        "@[-2]: 3\n@[0]: 40\n",
        "@[47110]: 2\n@[12]: 5\n",
        "@[12]: 5\n@[47110]: 2\n",
        "@[cat, 257]: 5\n@[cat]: 2\n",
    ] {
        let recording = sdiff::recording::read(other.as_bytes(), None).expect("a text");
        assert_eq!((recording.lines.not_understood, recording.calls.len()), (2, 0), "{other}");
        assert_eq!(recording.lines.total(), 2, "{other}");
    }
    let json = "{\"type\": \"map\", \"data\": {\"@\": {\"12\": 5, \"47110\": 2}}}\n";
    let recording = sdiff::recording::read(json.as_bytes(), None).expect("a text");
    assert_eq!((recording.lines.not_understood, recording.calls.len()), (1, 0));
}
