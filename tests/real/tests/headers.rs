//! Constants of arguments against the headers of C of this machine: glibc's and the kernel's.

use sdiff::syscall::{Abi, Syscall, constants, header_constant, ioctl_request};
use sdiff_real::knobs;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const HEADERS: [&str; 40] = [
    "asm/termbits.h",
    "sys/socket.h",
    "netinet/in.h",
    "linux/netlink.h",
    "sys/mman.h",
    "sys/epoll.h",
    "sys/eventfd.h",
    "sys/inotify.h",
    "sys/fanotify.h",
    "sys/ioctl.h",
    "sys/ipc.h",
    "sys/mount.h",
    "sys/personality.h",
    "sys/prctl.h",
    "sys/ptrace.h",
    "sys/random.h",
    "sys/reboot.h",
    "sys/resource.h",
    "sys/shm.h",
    "sys/signalfd.h",
    "sys/swap.h",
    "sys/timerfd.h",
    "sys/stat.h",
    "sys/wait.h",
    "sys/xattr.h",
    "netinet/tcp.h",
    "linux/capability.h",
    "linux/if_ether.h",
    "fcntl.h",
    "sched.h",
    "signal.h",
    "time.h",
    "linux/bpf.h",
    "linux/futex.h",
    "linux/io_uring.h",
    "linux/keyctl.h",
    "linux/landlock.h",
    "linux/membarrier.h",
    "linux/seccomp.h",
    "linux/userfaultfd.h",
];

/// What `cc` makes of the names that are macros.
fn values(names: &[&str]) -> Result<BTreeMap<String, u64>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let program = folder.path().join("values");
    let includes: String = HEADERS.iter().map(|name| format!("#include <{name}>\n")).collect();
    let prints: String = names
        .iter()
        .map(|name| {
            format!(
                "#ifdef {name}\nprintf(\"%s %llu\\n\", \"{name}\", \
                 (unsigned long long)(unsigned)({name}));\n#endif\n"
            )
        })
        .collect();
    let source = format!("#include <stdio.h>\n{includes}int main(void) {{\n{prints}return 0; }}\n");
    let mut compiler = Command::new("cc")
        .args(["-w", "-D_GNU_SOURCE", "-xc", "-", "-o"])
        .arg(&program)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cc: {error}"))?;
    compiler.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    assert!(compiler.wait().unwrap().success(), "cc refuses\n{source}");
    let printed = Command::new(&program).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8(printed.stdout).unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    Ok(text.lines().map(pair).collect())
}

#[test]
fn constants_are_those_of_the_headers() {
    const NAME: &str = "constants_are_those_of_the_headers";
    let text = include_str!("../../../src/syscall/values/headers.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut names: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    let by_argument: Vec<(&str, u64)> = Syscall::all()
        .flat_map(|call| (0..6).flat_map(move |index| constants(call, Abi::X86_64, index)))
        .collect();
    names.extend(by_argument.iter().map(|(name, _)| *name).filter(|name| {
        name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    }));
    names.sort_unstable();
    names.dedup();
    if !cfg!(target_arch = "x86_64") {
        return knobs::skip(NAME, "headers of another machine");
    }
    let real = match values(&names) {
        Ok(real) => real,
        Err(reason) => return knobs::skip(NAME, &reason),
    };
    let mut wrong = Vec::new();
    let mut held = 0;
    for (name, value) in &real {
        let by_name = header_constant(Abi::X86_64, name);
        let known = by_argument.iter().filter(|(known, _)| known == name).map(|(_, value)| *value);
        for known in by_name.into_iter().chain(known) {
            // `int` in C: a negative one is told by its lower half.
            if known as u32 != *value as u32 {
                wrong.push(format!("{name}: {known}, the headers say {value}"));
            }
            held += 1;
        }
    }
    println!(
        "{held} values of {} names; {} are in no header here",
        real.len(),
        names.len() - real.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(real.len() > 500, "{}", real.len());
}

/// Each header is compiled by itself: two of them do not go together.
#[test]
fn requests_are_those_of_the_headers() {
    const NAME: &str = "requests_are_those_of_the_headers";
    if !cfg!(target_arch = "x86_64") {
        return knobs::skip(NAME, "headers of another machine");
    }
    let text = include_str!("../../../src/syscall/values/requests.txt");
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut calls = String::new();
    let mut names: Vec<&str> = Vec::new();
    for section in text.split("\n@ ").skip(1) {
        let (header, rows) = section.split_once('\n').unwrap();
        if !Path::new("/usr/include").join(header).exists()
            && !Path::new("/usr/include/x86_64-linux-gnu").join(header).exists()
        {
            continue;
        }
        let at = files.len();
        let mut source = format!(
            "#include <stdio.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <linux/types.h>\n\
             #include <linux/ioctl.h>\n#include <linux/if.h>\n#include <{header}>\nvoid say_{at}(void) {{\n"
        );
        for name in rows.lines().filter_map(|row| row.split(' ').next()) {
            source +=
                &format!("#ifdef {name}\nprintf(\"{name} %u\\n\", (unsigned)({name}));\n#endif\n");
            names.push(name);
        }
        source += "}\n";
        calls += &format!("void say_{at}(void); say_{at}();\n");
        let file = folder.path().join(format!("{at}.c"));
        fs::write(&file, source).unwrap();
        files.push(file);
    }
    let main = folder.path().join("main.c");
    fs::write(&main, format!("int main(void) {{\n{calls}return 0; }}\n")).unwrap();
    files.push(main);
    let program = folder.path().join("requests");
    let built = Command::new("cc").arg("-w").args(&files).arg("-o").arg(&program).status();
    match built {
        Ok(status) => assert!(status.success(), "cc refuses the headers"),
        Err(error) => return knobs::skip(NAME, &format!("cc: {error}")),
    }
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    let mut wrong = Vec::new();
    for line in printed.lines() {
        let (name, value) = line.split_once(' ').unwrap();
        let known = ioctl_request(Abi::X86_64, name);
        if known != value.parse().ok() {
            wrong.push(format!("{name}: {known:?}, the headers say {value}"));
        }
    }
    let held = printed.lines().count();
    println!("{held} of {} requests are in headers here", names.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(held > 2000, "{held}");
}
