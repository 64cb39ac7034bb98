//! Writes `src/syscall/values/requests.txt`, the requests of `ioctl`, from the kernel's headers.
//!
//! `cargo run --example import-requests > src/syscall/values/requests.txt`, on an x86_64 machine with `cc`.
//! A request holds the size of what is given with it, which a C compiler alone knows: for programs of
//! 64 bits and of 32.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Where the headers are.
const ROOT: &str = "/usr/include";
/// Debian's place for `asm/`, which the compiler does not look at for programs of 32 bits.
const MACHINE: &str = "/usr/include/x86_64-linux-gnu";
const FOLDERS: [&str; 9] =
    ["linux", "linux/hsi", "linux/dvb", "linux/usb", "sound", "rdma", "drm", "mtd", "scsi"];

/// How requests begin that are plain numbers, from the time before `_IOC`.
const PLAIN: [&str; 12] = [
    "SIOC",
    "TIOC",
    "FIO",
    "HDIO_",
    "CDROM",
    "LOOP_",
    "VT_",
    "KD",
    "PIO_",
    "GIO_",
    "SG_",
    "SCSI_IOCTL",
];

/// What stands before each header: types that some use without including them.
const BEFORE: &str = "#include <stddef.h>\n#include <stdint.h>\n#include <linux/types.h>\n\
    #include <linux/ioctl.h>\n#include <asm/ioctls.h>\n#include <linux/if.h>\n";

fn main() -> Result<(), Box<dyn Error>> {
    let include = std::env::temp_dir().join(format!("import-requests-{}", std::process::id()));
    // glibc's headers ask for it where the C library of 32 bits is not installed.
    std::fs::create_dir_all(include.join("gnu"))?;
    std::fs::write(include.join("gnu/stubs-32.h"), "")?;
    let include = include.to_string_lossy().into_owned();
    let mut found: BTreeMap<String, (String, u32, Option<u32>)> = BTreeMap::new();
    let mut torn: BTreeSet<String> = BTreeSet::new();
    let mut headers = vec!["asm/ioctls.h".to_owned(), "asm-generic/ioctls.h".to_owned()];
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(Path::new(ROOT).join(folder)) else { continue };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".h")).collect();
        names.sort();
        headers.extend(names.iter().map(|name| format!("{folder}/{name}")));
    }
    for header in &headers {
        let names = requests(header)?;
        if names.is_empty() {
            continue;
        }
        let wide = values(header, &names, &[])?;
        let narrow = values(header, &names, &["-m32", "-I", &include, "-I", MACHINE])?;
        for (name, value) in wide {
            let new = (header.clone(), value, narrow.get(&name).copied());
            match found.get(&name) {
                Some(old) if (old.1, old.2) != (new.1, new.2) => {
                    torn.insert(name);
                }
                Some(_) => {}
                None => {
                    found.insert(name, new);
                }
            }
        }
    }
    std::fs::remove_dir_all(&include)?;
    // Of each its name, and its numbers for programs of 64 bits and for those of x86.
    type Requests<'a> = Vec<(&'a str, u32, Option<u32>)>;
    let mut by_header: BTreeMap<&str, Requests> = BTreeMap::new();
    for (name, (header, wide, narrow)) in found.iter().filter(|(name, _)| !torn.contains(*name)) {
        by_header.entry(header).or_default().push((name, *wide, *narrow));
    }
    println!(
        "# Requests of ioctl in the kernel's headers, written by examples/import_requests.rs: for programs\n\
         # of 64 bits, and where they differ for those of x86, too (`-` where no header says it)."
    );
    for (header, names) in by_header {
        println!("@ {header}");
        for (name, wide, narrow) in names {
            match narrow {
                Some(narrow) if narrow == wide => println!("{name} {wide:#x}"),
                Some(narrow) => println!("{name} {wide:#x} {narrow:#x}"),
                None => println!("{name} {wide:#x} -"),
            }
        }
    }
    Ok(())
}

/// The macros of a header that are requests.
fn requests(header: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let source = format!("{BEFORE}#include <{header}>\n");
    let said = compiled(&["-E", "-dM", "-xc", "-"], &source)?;
    if !said.status.success() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8(said.stdout)?;
    let macros: Vec<(&str, bool, &str)> = text
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("#define ")?;
            let end = line.find([' ', '(']).unwrap_or(line.len());
            let has_parameters = line[end..].starts_with('(');
            Some((&line[..end], has_parameters, &line[end..]))
        })
        .collect();
    // Whatever is made of `_IOC`.
    let mut made: BTreeSet<&str> = BTreeSet::from(["_IOC"]);
    loop {
        let before = made.len();
        for (name, _, body) in &macros {
            let mut words = body.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            if words.any(|word| made.contains(word)) {
                made.insert(name);
            }
        }
        if made.len() == before {
            break;
        }
    }
    let own =
        std::fs::read_to_string(Path::new(ROOT).join(header)).unwrap_or_else(|_| text.clone());
    let is_plain = |name: &str, body: &str| {
        PLAIN.iter().any(|start| name.starts_with(start))
            && body.trim().strip_prefix("0x").is_some_and(|rest| rest.len() == 4)
    };
    let is_request = |&&(name, has_parameters, body): &&(&str, bool, &str)| {
        !has_parameters
            && !name.starts_with('_')
            && own.contains(name)
            && (made.contains(name) || is_plain(name, body))
    };
    Ok(macros.iter().filter(is_request).map(|(name, ..)| (*name).to_owned()).collect())
}

/// What the compiler makes of the names, without those that are no constants for it.
fn values(
    header: &str,
    names: &[String],
    arguments: &[&str],
) -> Result<BTreeMap<String, u32>, Box<dyn Error>> {
    let mut names: Vec<&String> = names.iter().collect();
    while !names.is_empty() {
        let mut source = format!("{BEFORE}#include <{header}>\n");
        let first = source.lines().count() + 1;
        for (at, name) in names.iter().enumerate() {
            source += &format!("unsigned sdiff_{at} = (unsigned)({name});\n");
        }
        let all = ["-w", "-S", "-O0", "-xc", "-o", "-", "-"];
        let said = compiled(&[arguments, &all].concat(), &source)?;
        if said.status.success() {
            return Ok(read(&String::from_utf8(said.stdout)?, &names));
        }
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        let lines = errors.lines().filter_map(|line| line.strip_prefix("<stdin>:"));
        let bad: BTreeSet<usize> = lines
            .filter_map(|line| line.split(':').next()?.parse::<usize>().ok()?.checked_sub(first))
            .collect();
        if bad.is_empty() {
            eprintln!("{header} {arguments:?}: {}", errors.lines().next().unwrap_or_default());
            break;
        }
        names =
            names.iter().enumerate().filter(|(at, _)| !bad.contains(at)).map(|(_, n)| *n).collect();
    }
    Ok(BTreeMap::new())
}

/// The values in the assembler's text: `sdiff_0:` and below it `.long 44672`; `.zero 4` is none.
fn read(text: &str, names: &[&String]) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut at: Option<usize> = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(label) = line.strip_suffix(':') {
            at = label.strip_prefix("sdiff_").and_then(|at| at.parse().ok());
        } else if let (Some(value), Some(name)) =
            (line.strip_prefix(".long"), at.and_then(|at| names.get(at)))
            && let Ok(value) = value.trim().parse::<i64>()
        {
            found.insert((*name).clone(), value as u32);
        }
    }
    found
}

fn compiled(arguments: &[&str], source: &str) -> Result<Output, Box<dyn Error>> {
    let mut child = Command::new("cc")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let source = source.to_owned();
    let writer = std::thread::spawn(move || input.write_all(source.as_bytes()));
    let done = child.wait_with_output()?;
    let _ = writer.join();
    Ok(done)
}
