//! The calls on which two opinions of a filter are compared: where its rules change their mind.

use crate::arch::{Arch, Host};
use crate::library::Library;
use crate::oci::Oci;
use crate::rng::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// A call by one of a host's ABIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The ABI.
    pub arch: Arch,
    /// The number, with bit 30 on x32.
    pub nr: u32,
    /// The arguments.
    pub args: [u64; 6],
}

/// The calls of interest for a profile, by each ABI of the host.
///
/// A number with bit 30 and without bit 31 is a call of x32, any other one is of x86_64.
pub fn calls(oci: &Oci, host: &Host, library: &Library, rng: &mut Rng) -> Vec<Call> {
    let edges = edges(oci);
    let mut all = Vec::new();
    for &arch in host.abis {
        let mut tops = 0;
        for (name, values) in &edges {
            let mut numbers: BTreeSet<u32> = library.numbers(arch, name).iter().copied().collect();
            let own = library.number(arch, name).and_then(|nr| u32::try_from(nr).ok());
            numbers.extend(own);
            tops = tops.max(own.unwrap_or(0));
            for &nr in &numbers {
                vectors(values, rng, |args| all.push(Call { arch, nr, args }));
            }
        }
        let base = if arch == Arch::X32 { 1 << 30 } else { 0 };
        let top = if tops == 0 { base } else { tops };
        let mut others = vec![base, base + 1, top.saturating_sub(1), top, top + 1, top + 2];
        others.push(base + rng.below(600) as u32);
        others.push(base | 0x3fff_ffff);
        others.extend(["socketcall", "ipc"].iter().flat_map(|n| library.numbers(arch, n)));
        if arch != Arch::X32 {
            others.push(u32::MAX);
        }
        others.extend([1 << 30, 1 << 31, (1 << 31) + 1, 3 << 30, (3 << 30) - 1, u32::MAX - 1]);
        let bit = |nr: u32| nr >> 30 == 1;
        others.retain(|&nr| match arch {
            Arch::X86_64 => !bit(nr),
            Arch::X32 => bit(nr),
            _ => true,
        });
        for nr in others {
            all.push(Call { arch, nr, args: [0; 6] });
            all.push(Call { arch, nr, args: std::array::from_fn(|_| value(rng, &[])) });
        }
    }
    all
}

/// Interesting values of one argument.
type Values = [Vec<u64>; 6];

/// Each name with the values at which its conditions change.
fn edges(oci: &Oci) -> BTreeMap<&str, Values> {
    let mut edges: BTreeMap<&str, Values> = BTreeMap::new();
    for rule in &oci.syscalls {
        for name in &rule.names {
            let values = edges.entry(name).or_default();
            for arg in &rule.args {
                let Some(values) = values.get_mut(arg.index as usize) else { continue };
                if arg.op == "SCMP_CMP_MASKED_EQ" {
                    let meets = arg.value_two & arg.value;
                    values.extend([meets, meets | !arg.value, arg.value, !arg.value]);
                    values.push(meets ^ (arg.value & arg.value.wrapping_neg())); // lowest bit
                } else {
                    let v = arg.value;
                    values.extend([v, v.wrapping_sub(1), v.wrapping_add(1)]);
                }
            }
        }
    }
    for values in edges.values_mut().flatten() {
        values.sort_unstable();
        values.dedup();
    }
    edges
}

fn vectors(values: &Values, rng: &mut Rng, mut give: impl FnMut([u64; 6])) {
    give([0; 6]);
    let edges: usize = values.iter().map(Vec::len).sum();
    if edges == 0 {
        give(std::array::from_fn(|_| rng.bits()));
        return;
    }
    // Each edge beside zeros and beside random others, ...
    for (index, of) in values.iter().enumerate() {
        for &edge in of.iter().take(24) {
            let mut args = [0; 6];
            args[index] = edge;
            give(args);
            let mut args = std::array::from_fn(|i| value(rng, &values[i]));
            args[index] = edge;
            give(args);
        }
    }
    // ... and random meetings of edges.
    for _ in 0..(8 + edges).min(48) {
        give(std::array::from_fn(|i| value(rng, &values[i])));
    }
}

fn value(rng: &mut Rng, edges: &[u64]) -> u64 {
    const COMMON: [u64; 9] = [0, 1, 2, 5, 40, 0x7e02_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX];
    if edges.is_empty() || rng.one_in(6) {
        return if rng.one_in(3) { rng.bits() } else { *rng.pick(&COMMON) };
    }
    let edge = *rng.pick(edges);
    match rng.below(8) {
        0 => edge ^ (1 << 32), // what a 32-bit comparison does not see
        1 => edge & 0xffff_ffff,
        2 => edge | 0xffff_ffff_0000_0000,
        3 => edge ^ (1 << rng.below(64)),
        _ => edge,
    }
}
