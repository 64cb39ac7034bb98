//! The words and signs of such a source.

/// A word or a sign, and the line that it is on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub line: usize,
    pub text: &'a str,
    /// What the comment on its line says.
    pub comment: &'a str,
}

impl Token<'_> {
    /// Whether it is this keyword: they are written in either case.
    pub fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Whether a text is such a source, by its first statement.
pub(in super::super) fn is_named(text: &str) -> bool {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        split(number, line, &mut tokens);
        if tokens.len() > 8 {
            break;
        }
    }
    let mut words = tokens.iter().map(|token| token.text);
    let mut first = words.next();
    let mut second = words.next();
    while second == Some(":") && first.is_some_and(is_word) {
        (first, second) = (words.next(), words.next());
    }
    let (Some(first), Some(second)) = (first, second) else { return false };
    match first.to_ascii_lowercase().as_str() {
        "a" | "x" => SIGNS.contains(&second) && !matches!(second, ":" | "?" | ")"),
        "mem" => second == "[",
        "if" => second == "(",
        "return" | "goto" | "jmp" | "jump" => is_word(second) || second == "(",
        _ => false,
    }
}

pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The longer ones first.
const SIGNS: [&str; 24] = [
    "<<", ">>", "==", "!=", ">=", "<=", ">", "<", "=", "+", "-", "*", "/", "|", "^", "&", "!", "(",
    ")", "[", "]", "?", ":", ".",
];

/// The words and signs of a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        split(number, line, &mut tokens);
    }
    tokens
}

fn split<'a>(number: usize, line: &'a str, tokens: &mut Vec<Token<'a>>) {
    let (code, comment) = line.split_once('#').unwrap_or((line, ""));
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if is_word(rest) {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if let Some(end) = rest.strip_prefix("/*").and_then(|behind| behind.find("*/")) {
            end + 4
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            sign.map_or(first.len_utf8(), |sign| sign.len())
        };
        let (text, behind) = rest.split_at(length);
        tokens.push(Token { line: number + 1, text, comment: comment.trim() });
        rest = behind.trim_start();
    }
}
