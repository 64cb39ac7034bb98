//! Profiles that ask for much work, each by a few lines. Also for the benchmark and the search.

#![allow(dead_code)] // each of its users wants some of it

use std::fmt::Write;

/// A way of asking for work, by the number of rules (or names, or capabilities).
pub type Shape = fn(usize) -> String;

/// Every kind of growth that is known, with its name.
pub const SHAPES: [(&str, Shape); 14] = [
    ("names", names),
    ("same name", same_name),
    ("EQ", eq),
    ("EQ of 64 bits", eq_wide),
    ("EQ of two", eq_two),
    ("NE", ne),
    ("masks", masks),
    ("ranges", ranges),
    ("ranges of 64 bits", ranges_wide),
    ("ranges of two", ranges_two),
    ("errnos", errnos),
    ("capabilities", capabilities),
    ("kernels", kernels),
    ("all arguments", all_arguments),
];

const CAPABILITIES: [&str; 16] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "MAC_ADMIN",
    "MKNOD",
    "NET_ADMIN",
    "SYS_ADMIN",
];

/// A profile that blocks what its rules do not say.
pub fn profile(rules: impl IntoIterator<Item = String>) -> String {
    let rules: Vec<String> = rules.into_iter().collect();
    format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{}]}}"#, rules.join(",\n"))
}

/// A rule for `ioctl`, with conditions and one more member.
pub fn rule(args: &[(u8, &str, u64, u64)], more: &str) -> String {
    let arg = |&(index, op, value, two): &(u8, &str, u64, u64)| {
        format!(r#"{{"index":{index},"op":"SCMP_CMP_{op}","value":{value},"valueTwo":{two}}}"#)
    };
    let args: Vec<String> = args.iter().map(arg).collect();
    let args = args.join(",");
    format!(r#"{{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{args}]{more}}}"#)
}

fn with_capability(at: usize) -> String {
    let name = CAPABILITIES[at % CAPABILITIES.len()];
    format!(r#","includes":{{"caps":["CAP_{name}"]}}"#)
}

/// Rules of one name each, in turn of all that there are.
pub fn names(count: usize) -> String {
    let all: Vec<&str> = sdiff::syscall::Syscall::all().map(|call| call.name()).collect();
    profile((0..count).map(|at| {
        let name = all[at % all.len()];
        format!(r#"{{"names":["{name}"],"action":"SCMP_ACT_ALLOW"}}"#)
    }))
}

/// One name many times in one rule, and some rules that hang on a capability each.
pub fn same_name(count: usize) -> String {
    same_name_with(count, 8)
}

/// As [`same_name`], with so many capabilities.
pub fn same_name_with(count: usize, capabilities: usize) -> String {
    let mut names = String::from(r#""ioctl""#);
    for _ in 1..count {
        let _ = write!(names, r#","ioctl""#);
    }
    let condition = r#"{"index":1,"op":"SCMP_CMP_EQ","value":1}"#;
    let first = format!(r#"{{"names":[{names}],"action":"SCMP_ACT_ALLOW","args":[{condition}]}}"#);
    let more = (0..capabilities).map(|at| rule(&[(5, "EQ", at as u64, 0)], &with_capability(at)));
    profile(std::iter::once(first).chain(more))
}

/// One value each.
pub fn eq(count: usize) -> String {
    profile((0..count as u64).map(|at| rule(&[(1, "EQ", at, 0)], "")))
}

/// One value each, in the upper half.
pub fn eq_wide(count: usize) -> String {
    profile((0..count as u64).map(|at| rule(&[(1, "EQ", at << 32 | at, 0)], "")))
}

/// A pair of values each.
pub fn eq_two(count: usize) -> String {
    profile((0..count as u64).map(|at| rule(&[(1, "EQ", at, 0), (2, "EQ", at * 7 % 101, 0)], "")))
}

/// All but one value each.
pub fn ne(count: usize) -> String {
    profile((0..count as u64).map(|at| rule(&[(1, "NE", at, 0)], "")))
}

/// Two bits each.
pub fn masks(count: usize) -> String {
    profile((0..count as u64).map(|at| {
        let bit = 1 << (at % 20);
        rule(&[(1, "MASKED_EQ", bit | 1 << (20 + at / 20 % 40), bit)], "")
    }))
}

/// Bounds from below and above, in turn.
pub fn ranges(count: usize) -> String {
    let op = |at: u64| if at.is_multiple_of(2) { "LT" } else { "GE" };
    profile((0..count as u64).map(|at| rule(&[(1, op(at), 7 * at + 1, 0)], "")))
}

/// The same, in the upper half.
pub fn ranges_wide(count: usize) -> String {
    let op = |at: u64| if at.is_multiple_of(2) { "LE" } else { "GT" };
    profile((0..count as u64).map(|at| rule(&[(1, op(at), at << 32 | 7, 0)], "")))
}

/// Bounds of two arguments each.
pub fn ranges_two(count: usize) -> String {
    profile((0..count as u64).map(|at| rule(&[(1, "GE", at * 10, 0), (2, "LE", at * 3, 0)], "")))
}

/// Bounds with another errno each.
pub fn errnos(count: usize) -> String {
    profile((0..count as u64).map(|at| {
        let errno = 2 + at % 4000;
        let text = rule(&[(1, "GE", at, 0)], &format!(r#","errnoRet":{errno}"#));
        text.replace("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO")
    }))
}

/// 500 rules, and rules that hang on a capability each.
pub fn capabilities(count: usize) -> String {
    eq_with(500, count.min(CAPABILITIES.len()))
}

/// Rules of one value each, and rules that hang on a capability each.
pub fn eq_with(count: usize, capabilities: usize) -> String {
    let first = (0..count as u64).map(|at| rule(&[(1, "EQ", at, 0)], ""));
    let more = (0..capabilities).map(|at| rule(&[(5, "EQ", at as u64, 0)], &with_capability(at)));
    profile(first.chain(more))
}

/// Rules that hang on another kernel each, the newest first.
pub fn kernels(count: usize) -> String {
    profile((0..count as u64).rev().map(|at| {
        let kernel = format!("{}.{}", 1 + at / 256 % 255, at % 256);
        rule(&[(1, "EQ", at, 0)], &format!(r#","includes":{{"minKernel":"{kernel}"}}"#))
    }))
}

/// One name many times, and rules of two conditions whose answer takes many words: masks of all but a few
/// bits, upper halves and both ends, some of them for a capability or a kernel. What a search for dear
/// profiles found (`examples/dearest_profiles.rs`).
pub fn tangled(count: usize) -> String {
    let names = vec![r#""ioctl""#; 40 * count].join(",");
    let first = format!(
        r#"{{"names":[{names}],"action":"SCMP_ACT_ALLOW","args":[{{"index":1,"op":"SCMP_CMP_EQ","value":1}}]}}"#
    );
    let number = |at: u64| match at % 6 {
        0 => (at % 64) << 32,
        1 => ((at % 64) << 32) | (at % 8),
        2 => 1 << (at % 64),
        3 => u64::MAX - at % 64,
        _ => at * 17 % 1000,
    };
    let op = |at: u64| ["NE", "GT", "LT", "MASKED_EQ", "GE", "LE", "EQ"][(at % 7) as usize];
    let more = (0..count as u64).map(|at| {
        let arg = |of: u64| ((of % 6) as u8, op(of), number(of * 5), number(of * 11));
        let more = match at % 5 {
            0 => with_capability(at as usize % 6),
            1 => r#","excludes":{"caps":["CAP_BPF"]}"#.to_owned(),
            2 => format!(r#","includes":{{"minKernel":"{}.{}"}}"#, 1 + at % 9, at % 60),
            _ => String::new(),
        };
        rule(&[arg(at), arg(at * 3 + 1)], &more)
    });
    profile(std::iter::once(first).chain(more))
}

/// Conditions on all arguments.
pub fn all_arguments(count: usize) -> String {
    let op = |at: u64| ["EQ", "GE", "LT", "NE", "MASKED_EQ", "GT"][(at % 6) as usize];
    profile((0..count as u64).map(|at| {
        let arg = |index: u8| (index, op(at + u64::from(index)), at * 3 + u64::from(index), at);
        rule(&[0, 1, 2, 3, 4, 5].map(arg), "")
    }))
}
