//! Whether bytes could be a profile, before they are read as one.

use super::held::could_hold;
use super::siblings::is_data;
use crate::baseline;
use crate::profile::Profile;
use memchr::memmem;

/// Whether a file could be a profile: it has a word that nearly every profile has, or an escape that
/// could hide one.
pub(crate) fn could_be_profile(path: &str, bytes: &[u8]) -> bool {
    let any = |words: &[&[u8]]| words.iter().any(|word| has(bytes, word));
    if any(&[b"SCMP_", b"SeccompProfile"]) || could_hold(&String::from_utf8_lossy(bytes)) {
        return true;
    }
    let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    (is_object && any(&[b"extends", b"\\u"])) || (is_data(path) && any(&[b"\\x", b"\\u", b"\\U"]))
}

/// Whether what can be read as a profile is one: much JSON extends something, and says nothing that
/// a profile would.
pub(crate) fn is_profile(path: &str, bytes: &[u8], profile: &Profile) -> bool {
    profile.default_action.is_some()
        || has(&bytes.to_ascii_lowercase(), b"syscalls")
        || profile.extends.iter().any(|name| baseline::is_spec(&name.value))
        || path.to_ascii_lowercase().contains("seccomp")
}

/// Whether the word is somewhere in the bytes.
pub(crate) fn has(bytes: &[u8], word: &[u8]) -> bool {
    memmem::find(bytes, word).is_some()
}
