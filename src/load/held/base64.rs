//! Base64 (RFC 4648), and `data:` URLs (RFC 2397).

/// The word that every profile has, at each of the three places that it can have in a group of three
/// bytes, without the letters that hang on what stands beside it: of `SCMP_ACT_`.
pub(super) const WORDS: [&str; 3] = ["U0NNUF9BQ1Rf", "NDTVBfQUNUX", "TQ01QX0FDVF"];

/// Whether a text has that word in base64.
pub(in crate::load) fn has_base64(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

/// What base64 says, white space left out; none where it is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits, mut padding) = (0_u32, 0_u32, 0_usize);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ if byte.is_ascii_whitespace() => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    (padding <= 2 && bits < 6 && word == 0).then_some(bytes)
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
