//! Whose call a name is, the tool is told by an option. Here it is that of the one architecture that the
//! text compares with; those whose calls it names as `i386.read` do not count: of an architecture that the
//! tool was not told it writes that. Newer calls have one number everywhere.

use super::token::Token;
use crate::syscall::{Abi, Syscall};

/// The words of the architectures that the tool knows.
pub(super) const ARCHITECTURES: [(&str, &str, Abi); 5] = [
    ("ARCH_X86_64", "amd64", Abi::X86_64),
    ("ARCH_I386", "i386", Abi::X86),
    ("ARCH_AARCH64", "aarch64", Abi::Aarch64),
    ("ARCH_RISCV64", "riscv64", Abi::Riscv64),
    ("ARCH_S390X", "s390x", Abi::S390x),
];

/// What holds of names and halves with which a text says no architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// Whose calls its names are, where that is certain.
    pub abi: Option<Abi>,
    /// Whether the higher half of an argument comes first, where that is certain.
    pub is_big: Option<bool>,
}

/// That of a text.
pub(super) fn meant(tokens: &[Token<'_>]) -> Meant {
    let mut compared: Vec<Abi> = Vec::new();
    let mut spelled: Vec<Abi> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_prefix = tokens.get(at + 1).is_some_and(|next| next.text == ".");
        for (name, prefix, abi) in ARCHITECTURES {
            if token.is(name) && !compared.contains(&abi) {
                compared.push(abi);
            }
            let in_comment = token.comment.strip_prefix(prefix);
            if is_prefix && token.text == prefix
                || in_comment.is_some_and(|behind| behind.starts_with('.'))
            {
                spelled.push(abi);
            }
        }
    }
    // The one of which the tool was told has no prefix. It alone can be x86_64 where x32's calls have none.
    let bare: Vec<Abi> = compared.iter().copied().filter(|abi| !spelled.contains(abi)).collect();
    let is_x32 = |pair: &[Token<'_>]| {
        let name = pair[1].text.strip_prefix("x32_");
        matches!(pair[0].text, "==" | "!=") && name.is_some_and(|name| called(name, None).is_some())
    };
    let abi = match bare[..] {
        [one] => Some(one),
        _ => tokens.windows(2).any(is_x32).then_some(Abi::X86_64),
    };
    // No machine of one order has an architecture of the other.
    let is_big = compared.first().is_some_and(|abi| abi.is_big_endian());
    let is_one = compared.iter().all(|abi| abi.is_big_endian() == is_big);
    let is_big = abi.map(Abi::is_big_endian).or(is_one.then_some(is_big));
    Meant { abi, is_big }
}

/// The number that a name has on all architectures of the tool that have the call.
pub(super) fn everywhere(name: &str) -> Option<u32> {
    let numbers = ARCHITECTURES.iter().map(|(.., abi)| called(name, Some(*abi))?.number(*abi));
    let mut numbers = numbers.flatten();
    let first = numbers.next()?;
    numbers.all(|number| number == first).then_some(first)
}

/// The call that a name of the tool's tables means: some are those of old headers.
pub(super) fn called(name: &str, abi: Option<Abi>) -> Option<Syscall> {
    let name = match (name, abi) {
        ("pread", _) => "pread64",
        ("pwrite", _) => "pwrite64",
        ("timerfd", _) => "timerfd_create",
        ("madvise1", _) => "madvise",
        ("newfstat", _) => "fstat",
        ("getdents", Some(Abi::Aarch64)) => "getdents64",
        _ => name,
    };
    Syscall::from_name(name)
}
