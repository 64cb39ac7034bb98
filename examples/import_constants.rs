//! Writes `src/syscall/values/headers.txt` from the headers of the machine: glibc's and the kernel's.
//!
//! `cargo run --example import-constants > src/syscall/values/headers.txt`, on an x86_64 machine with `cc`.
//! `cc` tells which names there are, and a program that it makes tells their values: the headers
//! are C, and only a C compiler reads them right.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

const HEADERS: [&str; 18] = [
    "sys/socket.h",
    "netinet/in.h",
    "linux/netlink.h",
    "sys/mman.h",
    "sys/epoll.h",
    "sys/ptrace.h",
    "linux/keyctl.h",
    "linux/futex.h",
    "sys/resource.h",
    "time.h",
    "sys/prctl.h",
    "sys/mount.h",
    "sys/stat.h",
    "sys/xattr.h",
    "netinet/tcp.h",
    "fcntl.h",
    "linux/capability.h",
    "linux/if_ether.h",
];

/// How the names of constants of arguments begin, as in `src/syscall/values/headers.rs`.
const STARTS: [&str; 24] = [
    "AF_",
    "CAP_",
    "CLOCK_",
    "EPOLL_CTL_",
    "ETH_P_",
    "FD_CLOEXEC",
    "FUTEX_",
    "IPPROTO_",
    "IPV6_",
    "IP_",
    "KEYCTL_",
    "KEY_SPEC_",
    "MADV_",
    "MAP_",
    "MS_MGC_VAL",
    "NETLINK_",
    "PF_",
    "PROT_",
    "RUSAGE_",
    "SOL_",
    "SO_",
    "S_IF",
    "TCP_",
    "XATTR_",
];

fn main() -> Result<(), Box<dyn Error>> {
    let includes: String = HEADERS.iter().map(|name| format!("#include <{name}>\n")).collect();
    let macros = compiled(&["-D_GNU_SOURCE", "-E", "-dM", "-xc", "-"], &includes)?;
    let mut names: Vec<&str> = macros
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split(' ').next())
        .filter(|name| STARTS.iter().any(|start| name.starts_with(start)) && !name.contains('('))
        // `MAP_TYPE` and `KEYCTL_CAPS0_*` are masks and results, `MAP_FAILED` is a result, and `*_MAX` no
        // value of an argument.
        .filter(|name| !name.ends_with("_MAX") && !name.contains("CAPS") && !name.contains("TYPE"))
        .filter(|name| *name != "MAP_FAILED")
        .collect();
    names.sort_unstable();
    let folder = std::env::temp_dir().join(format!("import-constants-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let program = folder.join("values");
    let prints: String = names
        .iter()
        .map(|name| {
            // Keyrings and whose usage it is are `int`; the others go into registers as they are.
            let is_int = name.starts_with("KEY_SPEC_") || name.starts_with("RUSAGE_");
            let by = if is_int { "(long long)(int)" } else { "(long long)(unsigned)" };
            format!("printf(\"%s %lld\\n\", \"{name}\", {by}({name}));\n")
        })
        .collect();
    let source = format!("#include <stdio.h>\n{includes}int main(void) {{\n{prints}return 0; }}\n");
    let place = program.to_str().ok_or("the folder's name is no text")?;
    compiled(&["-D_GNU_SOURCE", "-xc", "-", "-o", place], &source)?;
    let values = Command::new(&program).output()?;
    fs::remove_dir_all(&folder)?;
    println!(
        "# Constants of arguments in the headers of glibc and the kernel, written by\n\
         # examples/import_constants.rs. Values are those of asm-generic."
    );
    print!("{}", String::from_utf8(values.stdout)?);
    Ok(())
}

fn compiled(arguments: &[&str], source: &str) -> Result<String, Box<dyn Error>> {
    let mut child =
        Command::new("cc").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(source.as_bytes())?;
    let done = child.wait_with_output()?;
    if !done.status.success() {
        return Err("cc failed".into());
    }
    Ok(String::from_utf8(done.stdout)?)
}
