//! Base64 (RFC 4648), and `data:` URLs (RFC 2397).

use ::base64::Engine;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// How what gzip packs begins in base64.
pub(super) const PACKED: &str = "H4sI";

/// The word that every profile has, at each of the three places that it can have in a group of three
/// bytes, without the letters that hang on what stands beside it: of `SCMP_ACT_`.
pub(super) const WORDS: [&str; 3] = ["U0NNUF9BQ1Rf", "NDTVBfQUNUX", "TQ01QX0FDVF"];

/// Whether a text has that word in base64.
pub(in crate::load) fn has_base64(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

/// Padding may be missing, as in URLs.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What base64 says, of either alphabet, white space left out; none where it is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let plain = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => byte,
    };
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(plain);
    ENGINE.decode(letters.collect::<Vec<u8>>()).ok()
}

/// What bytes packed by gzip hold; none where they are broken, or hold more than is left of `budget`,
/// of which it is taken.
pub(super) fn unpacked(bytes: &[u8], budget: &mut usize) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(*budget as u64 + 1).read_to_end(&mut unpacked);
    let left = budget.checked_sub(unpacked.len());
    *budget = left.unwrap_or(0);
    (read.is_ok() && left.is_some()).then_some(unpacked)
}

/// What a `data:` URL holds; none where it is none, or no such encoding.
pub(super) fn of_url(url: &str) -> Option<Vec<u8>> {
    let (about, data) = url.trim().strip_prefix("data:")?.split_once(',')?;
    let bytes = percent(data)?;
    match about.ends_with(";base64") {
        true => decode(std::str::from_utf8(&bytes).ok()?),
        false => Some(bytes),
    }
}

fn percent(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after.get(2..)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_the_rfc() {
        for (said, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9v\n  YmFy"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(said.as_bytes()), "{text}");
        }
        for text in ["Z", "Zg=a", "Zg===", "Z*", "Zh=="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    /// What `gzip -9n | base64` prints; a bomb ends at the bound.
    #[test]
    fn packed() {
        let said = decode("H4sIAAAAAAACA0tMSk7hAgCspIpYBQAAAA==").expect("base64");
        let unpack = |bytes: &[u8]| unpacked(bytes, &mut 1000);
        assert_eq!(unpack(&said).as_deref(), Some(&b"abcd\n"[..]));
        assert_eq!(unpack(&said[..said.len() - 9]), None);
        // Files that were packed one by one and put together are one file.
        assert_eq!(unpack(&[&said[..], &said[..]].concat()).as_deref(), Some(&b"abcd\nabcd\n"[..]));
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(&mut std::io::repeat(b'a').take(1001), &mut bomb).expect("packs");
        assert_eq!(unpack(&bomb.finish().expect("packs")), None);
        // Several share what may be unpacked.
        let mut budget = 9;
        let each = [(); 3].map(|()| unpacked(&said, &mut budget).is_some());
        assert_eq!((each, budget), ([true, false, false], 0));
    }

    #[test]
    fn the_word_is_found_wherever_it_stands() {
        // What `base64` prints.
        for text in [
            "ewoic1NDTVBfQUNUX0UiCg==",
            "IlNDTVBfQUNUX0UiCg==",
            "ICJTQ01QX0FDVF9FIgo=",
            "U0NNUF9BQ1RfRQo=",
        ] {
            let said = String::from_utf8(decode(text).unwrap()).unwrap();
            assert!(said.contains("SCMP_ACT_") && has_base64(text), "{text}: {said}");
        }
        assert!(!has_base64("U0NNUF9BUkNIX1g4Ngo="));
    }

    #[test]
    fn urls() {
        assert_eq!(of_url("data:,a%20b").as_deref(), Some(&b"a b"[..]));
        assert_eq!(
            of_url("data:text/plain;charset=utf-8;base64,Zm9v").as_deref(),
            Some(&b"foo"[..])
        );
        assert_eq!(of_url("data:;base64,Zm9vYg%3D%3D").as_deref(), Some(&b"foob"[..]));
        assert_eq!(of_url("https://a/b,c"), None);
        assert_eq!(of_url("data:,%é"), None);
    }
}
