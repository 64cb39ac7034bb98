//! How the tables in text files of this room name ABIs.

use super::abi::Abi;

/// Whether the ABI is one of `list`: names between commas, where `mips*` is every ABI whose
/// name starts with `mips`.
pub(super) fn among(abi: Abi, list: &str) -> bool {
    list.split(',').any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => abi.name().starts_with(start),
        None => abi.name() == pattern,
    })
}

/// The lines that carry facts: neither empty nor comments.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A number as C writes it: decimal or `0x`.
pub(super) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// Whether a list names only ABIs that exist.
#[cfg(test)]
pub(super) fn is_abi_list(list: &str) -> bool {
    list.split(',').all(|pattern| Abi::ALL.into_iter().any(|abi| among(abi, pattern)))
}
