//! Names of calls, numbers, results and arguments, as the tools write them.

use super::entry::{AbiHint, Outcome, Which};
use crate::syscall::{
    Abi, Syscall, arg_count, arg_name, constant_value, errno_number, header_constant, ioctl_request,
};
use std::borrow::Cow;

/// The call that a word names, in any of the ways that people paste: `mount`, `SYS_mount`,
/// `__NR_mount`, `MOUNT`, `sys_mount`, `__x64_sys_mount`, `syscall_0xa5`, `unknown-syscall(165)`.
pub(super) fn call(word: &str) -> Option<(Which, AbiHint)> {
    let unknown = AbiHint::Unknown;
    if let Some(syscall) = Syscall::from_name(word) {
        return Some((Which::Call(syscall), unknown));
    }
    if word.len() > 64 {
        return None;
    }
    // strace's for the oldest call of its name, on 32-bit ABIs.
    if word == "old_mmap" {
        return Some((Which::Call(kernels(word)?), AbiHint::Bits32));
    }
    for prefix in ["syscall_", "unknown_syscall_", "SYS_", "NR_", "__NR_"] {
        let Some(rest) = word.strip_prefix(prefix) else { continue };
        if let Some(hex) = rest.strip_prefix("0x") {
            return Some((Which::Number(i64::from_str_radix(hex, 16).ok()?), unknown));
        }
        // strace before 4.22 wrote them in decimal.
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Some((Which::Number(rest.parse().ok()?), unknown));
        }
    }
    if let Some(inner) = word.strip_prefix("unknown-syscall(") {
        return Some((Which::Number(inner.strip_suffix(')')?.parse().ok()?), unknown));
    }
    // The kernel's wrappers, by architecture (arch/*/include/asm/syscall_wrapper.h).
    for (prefix, abi) in [
        ("__x64_sys_", AbiHint::Is(Abi::X86_64)),
        ("__ia32_sys_", AbiHint::Is(Abi::X86)),
        ("__ia32_compat_sys_", AbiHint::Is(Abi::X86)),
        ("__arm64_sys_", AbiHint::Is(Abi::Aarch64)),
        ("__arm64_compat_sys_", AbiHint::Is(Abi::Arm)),
        ("__riscv_sys_", AbiHint::Is(Abi::Riscv64)),
        ("__s390x_sys_", AbiHint::Is(Abi::S390x)),
        ("__se_sys_", unknown),
        ("__do_sys_", unknown),
        ("do_sys_", unknown),
    ] {
        if let Some(name) = word.strip_prefix(prefix) {
            return Some((Which::Call(kernels(name)?), abi));
        }
    }
    let lower = word.to_ascii_lowercase();
    let bare = ["__nr_", "sys_", "nr_"].into_iter().find_map(|prefix| lower.strip_prefix(prefix));
    let name = bare.unwrap_or(&lower);
    Syscall::from_name(name).map(|syscall| (Which::Call(syscall), unknown))
}

/// The call whose name a narrow column cuts (`SYS_UNSH…`), if there is one alone.
pub(super) fn cut_call(word: &str) -> Option<(Which, AbiHint)> {
    let start = word.strip_suffix('…')?.to_ascii_lowercase();
    let start = start.trim_start_matches("sys_");
    let mut found = (0..Syscall::count())
        .filter_map(Syscall::from_index)
        .filter(|call| call.name().len() > start.len() && call.name().starts_with(start));
    match (found.next(), found.next()) {
        (Some(call), None) if !start.is_empty() => Some((Which::Call(call), AbiHint::Unknown)),
        _ => None,
    }
}

/// The call of a name and a number, which say together on which ABI it was. Some tools name a call after
/// the kernel's function (`SYS_SENDFILE64` with 40 is x86_64's `sendfile`).
pub(super) fn pair(name: &str, number: Option<i64>) -> Option<(Which, AbiHint)> {
    let (which, hint) = call(name)?;
    let (Which::Call(syscall), Some(number)) = (&which, number) else { return Some((which, hint)) };
    let has = |call: Syscall| {
        Abi::ALL.into_iter().any(|abi| call.number(abi).is_some_and(|n| i64::from(n) == number))
    };
    if !has(*syscall) {
        let lower = name.to_ascii_lowercase();
        let other = kernels(lower.trim_start_matches("sys_"));
        return match other.filter(|&other| has(other)) {
            Some(other) => Some((Which::Call(other), by_pair(other, number))),
            // The two do not agree: the number is what a filter sees.
            None => Some((Which::Number(number), AbiHint::Unknown)),
        };
    }
    let hint = if hint == AbiHint::Unknown { by_pair(*syscall, number) } else { hint };
    Some((which, hint))
}

/// The one ABI on which the call has the number. x32's numbers have bit 30.
pub(super) fn by_pair(syscall: Syscall, number: i64) -> AbiHint {
    let mut found = Abi::ALL
        .into_iter()
        .filter(|&abi| syscall.number(abi).is_some_and(|known| i64::from(known) == number));
    match (found.next(), found.next()) {
        (Some(abi), None) => AbiHint::Is(abi),
        _ => AbiHint::Unknown,
    }
}

/// The call of a function of the kernel, after which tracepoints are called. It is another name than
/// the call's own where the function was renewed (`fs/stat.c`, `kernel/sys.c`, `fs/namespace.c`,
/// `fs/read_write.c`).
pub(super) fn kernels(name: &str) -> Option<Syscall> {
    let call = match name {
        "newuname" => "uname",
        "newstat" => "stat",
        "newlstat" => "lstat",
        "newfstat" => "fstat",
        "sendfile64" => "sendfile",
        "umount" => "umount2",
        "oldumount" => "umount",
        "sysctl" => "_sysctl",
        "llseek" => "_llseek",
        "mmap_pgoff" => "mmap2",
        "old_mmap" => "mmap",
        other => other,
    };
    Syscall::from_name(call)
}

/// A number in decimal, hexadecimal or octal as C writes it; a negative one as its two's complement.
pub(super) fn number(word: &str) -> Option<u64> {
    if let Some(positive) = word.strip_prefix('-') {
        return number(positive).map(u64::wrapping_neg).filter(|_| !positive.starts_with('-'));
    }
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return (word == "NULL").then_some(0);
    }
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok();
    }
    match word.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ => word.parse().ok(),
    }
}

/// What a call gave: `3`, `0x7f00`, `-1 EPERM (Operation not permitted)`, `?`, `-1(EPERM)`, `-38`.
/// None for a text that is no result.
pub(super) fn outcome(text: &str) -> Option<Outcome> {
    let text = text.trim_start();
    if text.starts_with('?') {
        return Some(Outcome::Unknown);
    }
    let end = text.find([' ', '<', '(', '\t']).unwrap_or(text.len());
    let value = number(text[..end].trim_end_matches([',', ';']))? as i64;
    let behind = text[end..].trim_start_matches([' ', '(']);
    if value < 0 {
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = &behind[..end.unwrap_or(behind.len())];
        // Inside the kernel alone (`include/linux/errno.h`): a signal came, and the call goes on.
        if name.starts_with("ERESTART") {
            return Some(Outcome::Unknown);
        }
        if name.starts_with('E') {
            return Some(Outcome::Failed(errno_number(name).unwrap_or(0)));
        }
        // strace's `-1 (errno 530)`, of a number that has no name.
        let named = behind.strip_prefix("errno ").and_then(|rest| rest.split(')').next());
        let errno = named.and_then(|errno| errno.parse().ok()).unwrap_or(value.unsigned_abs());
        if matches!(errno, 512..=514 | 516) {
            return Some(Outcome::Unknown);
        }
        if errno < 4096 {
            return Some(Outcome::Failed(errno as u16));
        }
    }
    Some(Outcome::Returned(value))
}

/// The value of an argument as a tool writes it, where it is one that a filter sees, and the same on
/// each of `abis`.
pub(super) fn argument(syscall: Syscall, abis: &[Abi], index: u8, word: &str) -> Option<u64> {
    let word = without_remarks(word);
    let word = bare(&word);
    if let Some(value) = number(word) {
        return Some(value);
    }
    let mut values = abis.iter().map(|&abi| constant(syscall, abi, index, word));
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// Without the description of a file (`3</etc/passwd>`, `AT_FDCWD</root>`) and its SELinux context
/// (`AT_FDCWD [system_u:object_r:etc_t:s0]`).
fn bare(word: &str) -> &str {
    let word = word.trim();
    let word = match word.split_once(" [") {
        Some((before, context)) if context.ends_with(']') && context.contains(':') => before,
        _ => word,
    };
    match word.find('<') {
        Some(at) if word.ends_with('>') && !word[..at].contains(['"', '<']) => word[..at].trim(),
        _ => word,
    }
}

/// Without strace's remarks, of which each part of `0x3 /* SOCK_RAW */|0x80000 /* SOCK_CLOEXEC */` can
/// have one.
fn without_remarks(word: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, behind)) = rest.split_once("/*") {
        text += before.trim_end();
        // A remark that was cut off ends what is known.
        rest = behind.split_once("*/").map_or("", |(_, behind)| behind);
    }
    if text.is_empty() && rest.len() == word.len() {
        return Cow::Borrowed(word);
    }
    Cow::Owned(text + rest)
}

/// `A|B`: numbers, and constants of the argument.
fn constant(syscall: Syscall, abi: Abi, index: u8, text: &str) -> Option<u64> {
    let name = arg_name(syscall, abi, index)?;
    if text.is_empty() || text.starts_with(['"', '{', '[', '~']) {
        return None;
    }
    if text.starts_with("_IOC(") {
        return request(abi, text);
    }
    // Two names of one number: strace does not know the driver. Old ones compare parts of it alone, so
    // that the headers can have two numbers.
    if text.contains(" or ") {
        let names = || text.split(" or ").map(str::trim);
        if let Some(value) = names().find_map(|name| constant_value(syscall, abi, index, name)) {
            return Some(value);
        }
        let mut known = names().filter_map(|name| constant(syscall, abi, index, name));
        let first = known.next()?;
        return known.all(|other| other == first).then_some(first);
    }
    let mut value = 0;
    for word in text.split('|').map(str::trim) {
        value |= match number(word) {
            Some(number) => number,
            None if word.contains("<<") => {
                let (left, right) = word.split_once("<<")?;
                number(left)?.checked_shl(number(right)?.try_into().ok()?)?
            }
            None if word.starts_with("htons(") => {
                let inner = word.strip_prefix("htons(")?.strip_suffix(')')?;
                let value = number(inner).or_else(|| header_constant(abi, inner))?;
                let value = u16::try_from(value).ok()?;
                u64::from(if abi.is_big_endian() { value } else { value.swap_bytes() })
            }
            // The kernel's own, between those that have a name (strace's `signal.c`).
            None if word.starts_with("SIGRT_") => 32 + number(word.strip_prefix("SIGRT_")?)?,
            None if word == "AT_FDCWD" || (word == "CWD" && name.ends_with("fd")) => {
                -100_i64 as u64
            }
            None if word == "SIGCHLD" && syscall.name() == "clone" => {
                if abi.name().starts_with("mips") { 18 } else { 17 }
            }
            None => constant_value(syscall, abi, index, word)
                .or_else(|| header_constant(abi, word))
                .or_else(|| ioctl_request(abi, word).filter(|_| name == "request"))
                .or_else(|| short(syscall, abi, index, word))?,
        };
    }
    Some(value)
}

/// `_IOC(_IOC_READ, 0x54, 0x2a, 0x2c)`, as strace writes a request that has no name
/// (`include/uapi/asm-generic/ioctl.h`; mips and powerpc have an `asm/ioctl.h` of their own).
fn request(abi: Abi, text: &str) -> Option<u64> {
    let is_own = abi.name().starts_with("mips") || abi.name().starts_with("ppc");
    let (none, write, shift, size_bits) = if is_own { (1, 4, 29, 13) } else { (0, 1, 30, 14) };
    let inner = text.strip_prefix("_IOC(")?.strip_suffix(')')?;
    let mut parts = inner.split(',').map(str::trim);
    let mut direction = 0;
    for word in parts.next()?.split('|') {
        direction |= match word {
            "_IOC_NONE" => none,
            "_IOC_READ" => 2,
            "_IOC_WRITE" => write,
            other => number(other)?,
        };
    }
    let [kind, order, size] = [parts.next()?, parts.next()?, parts.next()?].map(number);
    let (kind, order, size) = (kind?, order?, size?);
    let is_whole = parts.next().is_none()
        && direction < 1 << (32 - shift)
        && kind < 256
        && order < 256
        && size < 1 << size_bits;
    is_whole.then_some(direction << shift | size << 16 | kind << 8 | order)
}

/// perf leaves the common start of constants out: `RDONLY|CLOEXEC`, `STREAM`, `PRIVATE`.
fn short(syscall: Syscall, abi: Abi, index: u8, word: &str) -> Option<u64> {
    const STARTS: [&str; 16] = [
        "O_",
        "SOCK_",
        "AF_",
        "PROT_",
        "MAP_",
        "CLONE_",
        "AT_",
        "PTRACE_",
        "MADV_",
        "EPOLL_CTL_",
        "PR_",
        "MS_",
        "KEYCTL_",
        "BPF_",
        "F_",
        "ARCH_",
    ];
    STARTS
        .into_iter()
        .find_map(|prefix| constant_value(syscall, abi, index, &format!("{prefix}{word}")))
        .or_else(|| {
            let prefix = match arg_name(syscall, abi, index)? {
                "domain" => "AF_",
                "protocol" => "IPPROTO_",
                _ => return None,
            };
            header_constant(abi, &format!("{prefix}{word}"))
        })
}

/// The register of the argument in this place: none where a 64-bit argument before it may have
/// moved it.
pub(super) fn register(syscall: Syscall, abis: &[Abi], place: usize) -> Option<u8> {
    if place >= 6 {
        return None;
    }
    let narrow = abis.iter().filter(|abi| abi.has_32bit_registers());
    for &abi in narrow {
        // A half of an argument has no name.
        let count = usize::from(arg_count(syscall).unwrap_or(0));
        if place < count && (0..=place).any(|index| arg_name(syscall, abi, index as u8).is_none()) {
            return None;
        }
    }
    Some(place as u8)
}

/// The register of an argument that is given by its name: that of the manual, of the kernel's source
/// (perf, tracepoints: `include/linux/syscalls.h`), or strace's for `clone`.
pub(super) fn named(syscall: Syscall, abi: Abi, name: &str) -> Option<u8> {
    let place = |fits: &dyn Fn(&str) -> bool| {
        let mut found = (0..6).filter(|&index| arg_name(syscall, abi, index).is_some_and(fits));
        // One of two would be a guess.
        found.next().filter(|_| found.next().is_none())
    };
    let others: &[&str] = match name {
        "child_stack" => &["stack"],
        "parent_tidptr" => &["parent_tid"],
        "child_tidptr" => &["child_tid"],
        "dfd" => &["dirfd"],
        "proto" => &["protocol"],
        "filename" | "path" => &["pathname", "path", "filename"],
        "dev_name" => &["source"],
        "dir_name" => &["target"],
        "family" => &["domain"],
        "type" => &["filesystemtype"],
        "fd" => &["sockfd"],
        "cmd" => &["request", "op"],
        // The kernel's own: kernel/fork.c, security/keys/keyctl.c, kernel/seccomp.c, net/socket.c,
        // arch/x86/kernel/process_64.c.
        "clone_flags" | "unshare_flags" => &["flags"],
        "newsp" => &["stack"],
        "option" => &["operation", "code"],
        "op" => &["operation", "futex_op"],
        _ => &[],
    };
    place(&|known| known == name)
        .or_else(|| place(&|known| others.contains(&known)))
        // `flags` for `mountflags`.
        .or_else(|| place(&|known| name == "flags" && known.ends_with(name)))
}
