//! Profiles in what is written out in scripts, images' files and Terraform's: here-documents.

use super::place::Place;
use super::{Found, Said, WORD};
use crate::load::values::lines::Lines;
use crate::load::values::tree::Parsed;
use std::borrow::Cow;

/// Whether a text is HCL, as far as its lines tell: a here-document or an object that is made into JSON
/// is an argument's value.
pub(super) fn is_hcl(text: &str) -> bool {
    text.lines().any(|line| {
        let value =
            line.trim_start().split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        value.is_some_and(|(key, value)| {
            let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.\"/".contains(c);
            let starts = |word| value.starts_with(word);
            !key.is_empty()
                && key.chars().all(is_key)
                && (starts("<<") || starts("[<<") || starts("jsonencode(") || starts("yamlencode("))
        })
    })
}

/// The profiles in the here-documents of a text that begins there.
pub(super) fn find<'t>(text: &'t str, start: usize, found: &mut Found<'t>) -> Parsed<()> {
    let ends = Lines::new(text);
    let mut at = 0;
    while let Some(line) = text.get(at..).and_then(|rest| rest.split_inclusive('\n').next()) {
        at += line.len();
        let Some((word, name)) = head(line) else { continue };
        // One without an end is none: `1 << 2`.
        let Some((to, end)) = ends.next(word, at) else { continue };
        let (from, body) = (at, text.get(at..to).unwrap_or(""));
        at = end;
        if body.contains(WORD) && body.trim_start().starts_with('{') {
            let place = Place::Behind((start + from) as u32);
            let said = Said::Text(Cow::Borrowed(body.trim_end()), place);
            let span = crate::profile::Span {
                start: (start + from) as u32,
                end: (start + from + 1) as u32,
            };
            found.add(name.to_owned(), said, span)?;
        }
    }
    Ok(())
}

/// The word that ends a here-document which begins behind this line, and where what it says goes.
fn head<'l>(line: &'l str) -> Option<(&'l str, &'l str)> {
    let (before, after) = line.split_once("<<")?;
    let after = after.trim_start_matches(['-', '~']).trim_start_matches(' ');
    let after = after.trim_start_matches(['"', '\'', '\\']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    if word.is_empty() || before.trim_start().starts_with('#') {
        return None;
    }
    let rest = rest.trim_start_matches(['"', '\'']);
    // `cat > FILE <<EOF`, `<<EOF > FILE`, `tee FILE <<EOF`, `COPY <<EOF FILE`.
    let marked = |(words, mark): (&'l str, &str)| {
        let after = words.split_once(mark)?.1.trim_start_matches('>');
        after.split_whitespace().find(|word| !word.starts_with('-') && *word != "/dev/null")
    };
    let is_copied = before.trim_start().starts_with("COPY");
    let name = [(before, "tee "), (rest, "tee "), (before, ">"), (rest, ">")]
        .into_iter()
        .find_map(marked)
        .or_else(|| rest.split_whitespace().next().filter(|_| is_copied));
    let name = name.unwrap_or("here-document").trim_matches(['"', '\'', '/']);
    Some((word, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        for (line, expected) in [
            ("cat > /etc/a.json <<EOF", Some(("EOF", "etc/a.json"))),
            ("cat <<-'EOF' >\"a.json\"", Some(("EOF", "a.json"))),
            ("sudo tee -a /etc/b.json << EOF >/dev/null", Some(("EOF", "etc/b.json"))),
            ("COPY <<EOF /c.json", Some(("EOF", "c.json"))),
            ("kubectl apply -f - <<~END", Some(("END", "here-document"))),
            ("# cat <<EOF", None),
            ("cat <<< word", None),
            ("a << 2", Some(("2", "here-document"))),
            ("a", None),
        ] {
            assert_eq!(head(line), expected, "{line}");
        }
    }
}
