//! The words of a source of C, and of lists that other languages and tools print.

/// A word, and the line that it is on, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub line: usize,
    pub word: Word<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    Name(&'a str),
    Number(u64),
    /// What is between quotes.
    Text(&'a str),
    /// A line of the preprocessor that the compiler has not followed yet.
    Directive(&'a str),
    Sign(char),
    /// Digits that are no number of C.
    Odd(&'a str),
}

/// All words; comments, and the marks of lines that a preprocessor leaves, are none.
pub(super) fn words(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut line, mut rest, mut is_first) = (1, text, true);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\n' => {
                (line, is_first) = (line + 1, true);
                rest = &rest[1..];
                continue;
            }
            _ if first.is_whitespace() || first == '\\' => first.len_utf8(),
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '#' if is_first => directive(rest),
            '"' | '\'' => quoted(rest, first),
            _ if first.is_ascii_digit() => run(rest),
            _ if first.is_alphabetic() || first == '_' => run(rest),
            _ => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(length);
        if let Some(word) = self::word(word, first, is_first) {
            tokens.push(Token { line, word });
            is_first = false;
        }
        line += word.matches('\n').count();
        rest = behind;
    }
    tokens
}

fn word(word: &str, first: char, is_first: bool) -> Option<Word<'_>> {
    let is_comment = word.starts_with("//") || word.starts_with("/*");
    if first.is_whitespace() || first == '\\' || is_comment {
        return None;
    }
    Some(match first {
        '#' if is_first => {
            let named = word[1..].trim_start();
            let is_mark =
                named.starts_with(|c: char| c.is_ascii_digit()) || named.starts_with("line");
            return (!is_mark).then_some(Word::Directive(word.lines().next().unwrap_or(word)));
        }
        '"' | '\'' => Word::Text(word[1..].trim_end_matches(first)),
        _ if first.is_ascii_digit() => number(word).map_or(Word::Odd(word), Word::Number),
        _ if first.is_alphabetic() || first == '_' => Word::Name(word),
        sign => Word::Sign(sign),
    })
}

/// How long a name or a number is.
fn run(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// To the end of the line, and of those that it is continued on.
fn directive(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.trim_end_matches('\n').len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
        length += 1;
    }
    length.min(text.len())
}

/// To the quote that ends it, on the same line.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A number as C writes it: a 0 before it makes it octal.
pub(in crate::filter::program::text) fn number(word: &str) -> Option<u64> {
    let digits = word.trim_end_matches(['u', 'U', 'l', 'L']);
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    u64::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}
