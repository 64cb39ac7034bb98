//! Holds the table of system calls equal to libseccomp's own (`src/syscalls.csv` of each of its
//! releases), name by name and ABI by ABI, and to the crate `syscalls`, from which it is written.

mod crate_table;
mod supplement;

use sdiff::syscall::{Abi, Library, Syscall, numbers};
use std::collections::HashMap;
use std::path::Path;

/// libseccomp's column for the ABI and what it adds to the numbers in it.
fn column(abi: Abi, library: Library) -> (&'static str, u32) {
    match abi {
        Abi::X86_64 => ("x86_64", 0),
        Abi::X86 => ("x86", 0),
        Abi::X32 => ("x32", 0x4000_0000),
        Abi::Aarch64 => ("aarch64", 0),
        Abi::Arm => ("arm", 0),
        Abi::Loongarch64 => ("loongarch64", 0),
        // `__SCMP_NR_BASE` is missing in arch-mips.c of 2.5.2.
        Abi::Mips | Abi::Mipsel if library == Library::V2_5_2 => ("mips", 0),
        Abi::Mips | Abi::Mipsel => ("mips", 4000),
        Abi::Mips64 | Abi::Mipsel64 => ("mips64", 5000),
        Abi::Mips64n32 | Abi::Mipsel64n32 => ("mips64n32", 6000),
        Abi::Ppc => ("ppc", 0),
        Abi::Ppc64 | Abi::Ppc64le => ("ppc64", 0),
        Abi::Riscv64 => ("riscv64", 0),
        Abi::S390 => ("s390", 0),
        Abi::S390x => ("s390x", 0),
    }
}

/// A release's table: its names, each with its row, and the head.
type Table = (Vec<String>, HashMap<String, Vec<String>>);

fn table(library: Library) -> Option<Table> {
    let file = format!("../shared/upstream/libseccomp/syscalls-{library}.csv");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let Ok(csv) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no {}", path.display());
        println!("skipped: libseccomp's table is not at {}", path.display());
        return None;
    };
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = csv.lines().map(fields);
    let head = lines.next().unwrap_or_default();
    Some((head, lines.map(|row| (row[0].clone(), row)).collect()))
}

#[test]
fn the_table_is_libseccomps() {
    let Some((_, rows)) = table(Library::NEWEST) else { return };
    let mut theirs: Vec<&str> = rows.keys().map(String::as_str).collect();
    theirs.sort_unstable();
    let ours: Vec<&str> = Syscall::all().map(Syscall::name).collect();
    assert_eq!(ours, theirs, "the names");
}

#[test]
fn names_and_numbers_are_those_of_each_release() {
    for library in Library::ALL {
        let Some((head, rows)) = table(library) else { continue };
        assert!(rows.len() > 400, "{library}: {} names", rows.len());
        for call in Syscall::all() {
            let row = rows.get(call.name());
            assert_eq!(call.since() <= library, row.is_some(), "{} in {library}", call.name());
            let Some(row) = row else { continue };
            for abi in Abi::ALL {
                let (name, base) = column(abi, library);
                // loongarch64 came with 2.6.0.
                let Some(column) = head.iter().position(|field| field == name) else {
                    assert!(abi == Abi::Loongarch64 && library < Library::V2_6_0, "{abi}");
                    continue;
                };
                let theirs = match row[column].as_str() {
                    "PNR" => None,
                    number => Some(number.parse::<u32>().expect("a number") + base),
                };
                let ours = call.number_in(abi, library);
                assert_eq!(ours, theirs, "{} on {abi} in {library}", call.name());
                if library == Library::NEWEST {
                    assert_eq!(call.number(abi), theirs, "{} on {abi}", call.name());
                }
            }
        }
        let unknown: Vec<_> =
            rows.keys().filter(|name| Syscall::from_name(name).is_none()).collect();
        assert!(unknown.is_empty(), "{library}: {unknown:?}");
    }
}

/// A new version of the crate, or of the supplement, is written with `SDIFF_WRITE_TABLES=1`.
#[test]
fn the_rows_are_those_of_the_crate_with_the_supplement() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/syscall/table/rows.rs");
    let text = crate_table::text(&crate_table::rows());
    if std::env::var_os("SDIFF_WRITE_TABLES").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    let is_written = std::fs::read_to_string(&path).expect("a text") == text;
    assert!(is_written, "{} is another one: SDIFF_WRITE_TABLES=1 writes it", path.display());
}

/// What is looked up is what the rows say, on every ABI and by name and number.
#[test]
fn what_is_looked_up_is_what_the_rows_say() {
    let rows = crate_table::rows();
    assert!(Syscall::all().map(Syscall::name).eq(rows.keys().copied()));
    let other_order = |abi| match abi {
        Abi::Mipsel => Abi::Mips,
        Abi::Mipsel64 => Abi::Mips64,
        Abi::Mipsel64n32 => Abi::Mips64n32,
        Abi::Ppc64le => Abi::Ppc64,
        abi => abi,
    };
    for abi in Abi::ALL {
        let (_, base) = column(abi, Library::NEWEST);
        let mut pairs = Vec::new();
        for (name, row) in &rows {
            let call = Syscall::from_name(name).expect("a name");
            let number = row.get(&other_order(abi)).map(|number| number + base);
            assert_eq!(call.number(abi), number, "{name} on {abi}");
            pairs.extend(number.map(|number| (number, call)));
        }
        pairs.sort_unstable();
        assert_eq!(numbers(abi), pairs, "{abi}");
    }
}
