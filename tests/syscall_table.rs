//! Holds the table of system calls equal to libseccomp's own (`src/syscalls.csv` of its
//! release 2.6.1), name by name and ABI by ABI.

use sdiff::syscall::{Abi, Syscall};
use std::path::Path;

const CSV: &str = "../shared/upstream/libseccomp/syscalls-2.6.1.csv";

/// libseccomp's column for the ABI and what it adds to the numbers in it.
fn column(abi: Abi) -> (&'static str, u32) {
    match abi {
        Abi::X86_64 => ("x86_64", 0),
        Abi::X86 => ("x86", 0),
        Abi::X32 => ("x32", 0x4000_0000),
        Abi::Aarch64 => ("aarch64", 0),
        Abi::Arm => ("arm", 0),
        Abi::Loongarch64 => ("loongarch64", 0),
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

#[test]
fn the_table_is_libseccomps() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CSV);
    let Ok(csv) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no {}", path.display());
        println!("skipped: libseccomp's table is not at {}", path.display());
        return;
    };
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("the head of the table");
    let rows: Vec<_> = lines.collect();

    let mut theirs: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    theirs.sort_unstable();
    let ours: Vec<&str> = Syscall::all().map(Syscall::name).collect();
    assert_eq!(ours, theirs, "the names");

    for abi in Abi::ALL {
        let (name, base) = column(abi);
        let column = head.iter().position(|&field| field == name).expect("the ABI's column");
        for row in &rows {
            let theirs = match row[column] {
                "PNR" => None,
                number => Some(number.parse::<u32>().expect("a number") + base),
            };
            let ours = Syscall::from_name(row[0]).and_then(|call| call.number(abi));
            assert_eq!(ours, theirs, "{} on {abi}", row[0]);
        }
    }
}
