//! The reader of recordings against the real `ausearch -i`, on records that are written here: what it
//! prints in words is read as what the raw record says.

use sdiff::recording::{Outcome, Reader, Which, read};
use sdiff::syscall::{Abi, Host, numbers};
use sdiff_real::knobs;
use std::path::PathBuf;
use std::process::Command;

/// The program, and where its libraries are if it is not installed (`SDIFF_AUDIT`: a folder in which
/// the packages auditd and libauparse0 are unpacked).
fn ausearch() -> Option<(PathBuf, Option<PathBuf>)> {
    match std::env::var_os("SDIFF_AUDIT").map(PathBuf::from) {
        Some(folder) => {
            let program = folder.join("sbin/ausearch");
            program.exists().then(|| (program, Some(folder.join("lib/x86_64-linux-gnu"))))
        }
        None => {
            let program = PathBuf::from("/usr/sbin/ausearch");
            program.exists().then_some((program, None))
        }
    }
}

const ARCHES: [(Abi, &str); 3] =
    [(Abi::X86_64, "c000003e"), (Abi::X86, "40000003"), (Abi::Aarch64, "c00000b7")];

#[test]
fn ausearch_in_words_is_the_raw_record() {
    const NAME: &str = "ausearch_in_words_is_the_raw_record";
    let Some((program, libraries)) = ausearch() else {
        return knobs::skip(NAME, "no ausearch (package auditd, or SDIFF_AUDIT)");
    };
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw.log");
    let mut lines = Vec::new();
    for (abi, arch) in ARCHES {
        for (at, &(number, _)) in numbers(abi).iter().enumerate() {
            let id = lines.len() + 1;
            // ausearch leaves bits of flags out that have no name: 5 is `O_WRONLY` to it.
            let (a0, a1, a2) = (at % 64, at % 3, at % 3);
            let exit = if at % 2 == 0 { 0 } else { -((at % 33) as i64 + 1) };
            let success = if exit < 0 { "no" } else { "yes" };
            lines.push(format!(
                "type=SYSCALL msg=audit(17000{id:05}.123:{id}): arch={arch} syscall={number} success={success} \
                 exit={exit} a0={a0:x} a1={a1:x} a2={a2:x} a3=0 items=0 ppid=1 pid=7 auid=0 uid=0 gid=0 euid=0 \
                 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm=\"a\" exe=\"/t\" key=(null)"
            ));
            let id = lines.len() + 1;
            lines.push(format!(
                "type=SECCOMP msg=audit(17000{id:05}.123:{id}): auid=0 uid=0 gid=0 ses=1 pid=9 comm=\"x\" exe=\"/x\" \
                 sig=0 arch={arch} syscall={number} compat=0 ip=0x7f8a code=0x7ffc0000"
            ));
        }
    }
    std::fs::write(&raw, lines.join("\n") + "\n").unwrap();
    let mut command = Command::new(program);
    command.args(["-i", "-if"]).arg(&raw);
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Vec<&str> = text.lines().filter(|line| line.starts_with("type=")).collect();
    assert_eq!(said.len(), lines.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read(text.as_bytes(), None).unwrap().lines.not_understood, 0);
    let (mut in_words, mut arguments) = (0, 0);
    for (line, words) in lines.iter().zip(said) {
        let one = |text: &str| {
            let mut reader = Reader::new(Some(Host::Amd64));
            let (_, mut entries) = reader.line(text.as_bytes(), false);
            assert_eq!(entries.len(), 1, "{text}");
            let entry = entries.remove(0);
            let settled = reader.deduction().settle(&entry);
            (entry, settled)
        };
        let ((raw, is), (told, of_words)) = (one(line), one(words));
        assert_eq!(of_words.abi, is.abi, "{words}");
        // A call that this ausearch does not know is a number to it.
        if let Which::Call(call) = told.which {
            assert_eq!(Some(call), is.syscall, "{words}");
            in_words += 1;
        }
        assert_eq!(of_words.syscall, is.syscall, "{words}");
        let is_same = match (raw.outcome, told.outcome) {
            (Outcome::Returned(_), Outcome::Returned(_)) => true,
            (raw, told) => raw == told,
        };
        assert!(is_same, "{:?}, {:?}: {words}", raw.outcome, told.outcome);
        for (known, is) in told.args.iter().zip(raw.args) {
            if known.is_some() {
                assert_eq!(known.map(|v| v as u32), is.map(|v| v as u32), "{words}\n{line}");
                arguments += 1;
            }
        }
    }
    println!("{} records, {in_words} in words, {arguments} arguments", lines.len());
    assert!(in_words > lines.len() / 2 && arguments > lines.len(), "{in_words}, {arguments}");
}

/// What `perf trace` and `bpftrace` say of a program here, where they run: the output of the test, and so
/// of CI, says of each whether it did.
#[test]
fn tools_of_the_kernel_are_read_where_they_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("perf");
    let line = file.to_str().unwrap();
    match recorded("perf", &["trace", "-o", line, "cat", "/etc/hostname"], &file) {
        Err(reason) => knobs::tell(&format!("perf trace: did not run: {reason}")),
        Ok(text) => {
            let lines = read(text.as_bytes(), Some(Host::Amd64)).unwrap();
            knobs::tell(&format!("perf trace: ran: {} lines with calls", lines.lines.calls));
            assert_eq!(lines.lines.not_understood, 0, "{:?}", lines.lines.first);
            let names: Vec<&str> = lines.calls.keys().map(|seen| seen.syscall.name()).collect();
            for name in ["openat", "read", "write", "close"] {
                assert!(names.contains(&name), "{name}: {names:?}");
            }
        }
    }
    let file = folder.path().join("bpftrace");
    let line = file.to_str().unwrap();
    let script = "tracepoint:raw_syscalls:sys_enter { @sys[args->id] = count(); }";
    match recorded("bpftrace", &["-o", line, "-e", script, "-c", "/bin/cat /etc/hostname"], &file) {
        Err(reason) => knobs::tell(&format!("bpftrace: did not run: {reason}")),
        Ok(text) => {
            let lines = read(text.as_bytes(), Some(Host::Amd64)).unwrap();
            knobs::tell(&format!("bpftrace: ran: {} lines with calls", lines.lines.calls));
            assert_eq!(lines.lines.not_understood, 0, "{:?}", lines.lines.first);
            assert!(lines.calls.keys().any(|seen| seen.syscall.name() == "openat"));
        }
    }
}

/// What a tool wrote to a file, or why it did not.
fn recorded(tool: &str, arguments: &[&str], file: &std::path::Path) -> Result<String, String> {
    let output = Command::new(tool).args(arguments).output().map_err(|error| error.to_string())?;
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() && !text.is_empty() {
        return Ok(text);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("nothing was recorded").to_owned())
}
