//! The numbers as the crate `syscalls` has them, corrected by the supplement: from them
//! `src/syscall/table/rows.rs` is written.

#![allow(clippy::expect_used)] // a table that is not as it should be ends the test

use super::supplement::{ELSEWHERE, NEWEST, SUPPLEMENTS, n32_number};
use sdiff::syscall::Abi;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The ABIs of a row, in its order. The other byte orders of these machines have their numbers.
pub const COLUMNS: [Abi; 14] = [
    Abi::X86_64,
    Abi::X86,
    Abi::X32,
    Abi::Aarch64,
    Abi::Arm,
    Abi::Loongarch64,
    Abi::Mips,
    Abi::Mips64,
    Abi::Mips64n32,
    Abi::Ppc,
    Abi::Ppc64,
    Abi::Riscv64,
    Abi::S390,
    Abi::S390x,
];

/// Each name with its numbers, without what the numbers of an ABI start from.
pub type Rows = BTreeMap<&'static str, BTreeMap<Abi, u32>>;

/// Every name that has a number on some ABI, and those that libseccomp knows of others.
pub fn rows() -> Rows {
    let mut rows = Rows::new();
    read_crate(&mut rows);
    derive(&mut rows);
    for supplement in SUPPLEMENTS {
        for name in supplement.drop.split_ascii_whitespace() {
            rows.entry(name).or_default().remove(&supplement.abi);
        }
        set(&mut rows, supplement.abi, supplement.set);
    }
    // Placeholders of the crate end here, without a number on any ABI.
    rows.retain(|_, row| !row.is_empty());
    rows.extend(ELSEWHERE.split_ascii_whitespace().map(|name| (name, BTreeMap::new())));
    rows
}

fn set(rows: &mut Rows, abi: Abi, pairs: &'static str) {
    let mut words = pairs.split_ascii_whitespace();
    while let (Some(name), Some(number)) = (words.next(), words.next()) {
        rows.entry(name).or_default().insert(abi, number.parse().expect("a number"));
    }
}

fn read_crate(rows: &mut Rows) {
    // Every table of the crate has its own type. Its `iter` leaves out the last call, so we go by
    // number.
    macro_rules! read {
        ($($arch:ident as $abi:ident),*) => {$({
            use syscalls::$arch::Sysno;
            for number in Sysno::first().id()..=Sysno::last().id() {
                if let Some(call) = Sysno::new(number as usize) {
                    let name = call.name();
                    let name = name.strip_prefix("r#").unwrap_or(name);
                    let number = number as u32 - base(Abi::$abi);
                    rows.entry(name).or_default().insert(Abi::$abi, number);
                }
            }
            set(rows, Abi::$abi, NEWEST);
        })*};
    }
    read!(x86_64 as X86_64, x86 as X86, arm as Arm, aarch64 as Aarch64);
    read!(loongarch64 as Loongarch64, riscv64 as Riscv64, s390x as S390x);
    read!(mips as Mips, mips64 as Mips64, powerpc as Ppc, powerpc64 as Ppc64);
}

/// What the numbers of an ABI start from in the crate.
fn base(abi: Abi) -> u32 {
    match abi {
        Abi::Mips => 4000,
        Abi::Mips64 => 5000,
        _ => 0,
    }
}

/// Fills the ABIs that the crate lacks from their nearest relatives.
fn derive(rows: &mut Rows) {
    for row in rows.values_mut() {
        let relatives = [
            (Abi::X86_64, Abi::X32, (|n| n) as fn(u32) -> u32),
            (Abi::Mips64, Abi::Mips64n32, n32_number),
            (Abi::S390x, Abi::S390, |n| n),
        ];
        for (from, to, renumber) in relatives {
            if let Some(&number) = row.get(&from) {
                row.insert(to, renumber(number));
            }
        }
    }
}

/// The text of `src/syscall/table/rows.rs`.
pub fn text(rows: &Rows) -> String {
    let columns: Vec<&str> = COLUMNS.iter().map(|abi| abi.name()).collect();
    let mut text = format!(
        "//! Written by `SDIFF_WRITE_TABLES=1 cargo test --test library syscall_table` from the crate\n\
         //! `syscalls` and the supplement beside that test. Not to be edited.\n\
         //!\n\
         //! The columns: {} and {}.\n\
         //! Numbers are without what those of the ABI start from; `N` is none.\n\n\
         use super::COLUMN_COUNT;\n\n\
         pub(super) const N: u32 = u32::MAX;\n\n\
         #[rustfmt::skip]\n\
         pub(super) const ROWS: &[(&str, [u32; COLUMN_COUNT])] = &[\n",
        columns[..7].join(", ") + ",\n//! " + &columns[7..13].join(", "),
        columns[13]
    );
    for (name, row) in rows {
        let number = |abi| row.get(abi).map_or("N".to_owned(), u32::to_string);
        let numbers: Vec<String> = COLUMNS.iter().map(number).collect();
        writeln!(text, "    (\"{name}\", [{}]),", numbers.join(", ")).expect("a text");
    }
    text + "];\n"
}
