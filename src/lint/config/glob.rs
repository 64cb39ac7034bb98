//! Patterns of paths.

/// Whether a path matches a pattern: `?` is a character and `*` any number of them, but no `/`;
/// `**` is anything. A pattern without a `/` matches the file's name alone.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let of = |path: &str| from(pattern.as_bytes(), path.as_bytes());
    of(path) || !pattern.contains('/') && of(name)
}

/// Goes on from the last star when the rest does not fit, so that it takes time in proportion to
/// the product of both lengths at most.
fn from(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut deep: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some(b'*') if pattern.get(p + 1) == Some(&b'*') => {
                p += 2;
                deep = Some((p, t));
                star = None;
                continue;
            }
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
                continue;
            }
            None if t == text.len() => return true,
            Some(&wanted)
                if text.get(t).is_some_and(|&c| c == wanted || wanted == b'?' && c != b'/') =>
            {
                p += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        if let Some((after, at)) = star.as_mut()
            && text.get(*at).is_some_and(|&c| c != b'/')
        {
            *at += 1;
            (p, t) = (*after, *at);
        } else if let Some((after, at)) = deep.as_mut()
            && *at < text.len()
        {
            *at += 1;
            star = None;
            (p, t) = (*after, *at);
        } else {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, path, wanted) in [
            ("mine.json", "a/b/mine.json", true),
            ("a/*.json", "a/mine.json", true),
            ("a/*.json", "./a/mine.json", true),
            ("a/*.json", "a/b/mine.json", false),
            ("a/**", "a/b/mine.json", true),
            ("**/mine.json", "a/b/mine.json", true),
            ("**/b/*.json", "a/b/mine.json", true),
            ("**/c/*.json", "a/b/mine.json", false),
            ("m?ne.json", "mine.json", true),
            ("a?b", "a/b", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
