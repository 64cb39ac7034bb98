//! Commands of shells, as far as words go: quotes, continued lines, comments, here-documents.

use super::span;
use crate::load::Lines;
use crate::profile::Span;

/// A file with more words than this is read so far.
const MAX_WORDS: usize = 200_000;

/// Commands in commands deeper than this are passed over.
const MAX_DEPTH: usize = 16;

/// A word without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::uses) struct Word {
    pub text: String,
    /// Whether a variable or a command's output is in it.
    pub is_open: bool,
    /// Whether any of it is in quotes.
    pub is_quoted: bool,
    pub place: Span,
}

/// The commands of a script that stands behind so many bytes; what stands in `$(...)` is a command
/// of its own as well.
pub(in crate::uses) fn commands(text: &str, offset: usize) -> Vec<Vec<Word>> {
    read(text, offset).0
}

/// A here-document: what a script writes, or hands to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::uses) struct Here {
    /// Where it begins and ends.
    pub place: Span,
    /// Where it goes, if that is said by a plain word.
    pub target: String,
}

/// The commands of a script, and its here-documents.
pub(in crate::uses) fn read(text: &str, offset: usize) -> (Vec<Vec<Word>>, Vec<Here>) {
    nested(text, offset, 0)
}

fn nested(text: &str, offset: usize, depth: usize) -> (Vec<Vec<Word>>, Vec<Here>) {
    let mut reader = Reader {
        depth,
        bytes: text.as_bytes(),
        text,
        offset,
        at: 0,
        commands: Vec::new(),
        command: Vec::new(),
        waiting: Vec::new(),
        target: String::new(),
        here: Vec::new(),
        lines: None,
        words: 0,
    };
    reader.read();
    (reader.commands, reader.here)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    offset: usize,
    at: usize,
    commands: Vec<Vec<Word>>,
    command: Vec<Word>,
    /// Ends of here-documents that begin with the next line.
    waiting: Vec<String>,
    /// Where what this line's command says goes.
    target: String,
    here: Vec<Here>,
    /// Where each line stands, once that is asked for.
    lines: Option<Lines<'t>>,
    words: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn finish(&mut self) {
        if !self.command.is_empty() {
            let command = std::mem::take(&mut self.command);
            self.commands.push(command);
        }
    }

    fn read(&mut self) {
        while let Some(byte) = self.peek(0) {
            if self.words > MAX_WORDS {
                break;
            }
            match (byte, self.peek(1)) {
                (b'\\', Some(b'\n')) => self.at += 2,
                (b'\\', Some(b'\r')) if self.peek(2) == Some(b'\n') => self.at += 3,
                (b'\n', _) => {
                    self.at += 1;
                    self.finish();
                    self.here_documents();
                }
                (b' ' | b'\t' | b'\r', _) => self.at += 1,
                (b'#', _) => self.line(),
                (b'<', Some(b'<')) if self.peek(2) != Some(b'<') => self.here_word(),
                (b'<' | b'>', _) => {
                    self.at += 1;
                    while matches!(self.peek(0), Some(b'>' | b'<' | b'&' | b' ')) {
                        self.at += 1;
                    }
                    // Where it goes is no word of the command.
                    let is_out = byte == b'>';
                    if let Some(word) = self.word().filter(|word| is_out && !word.is_open)
                        && !word.text.starts_with("/dev/")
                        && !word.text.bytes().all(|byte| byte.is_ascii_digit())
                    {
                        self.target = word.text;
                    }
                }
                (b';' | b'|' | b'&' | b'(' | b')' | b'`', _) => {
                    self.at += 1;
                    self.finish();
                }
                _ => {
                    let before = self.at;
                    if let Some(word) = self.word() {
                        self.words += 1;
                        self.command.push(word);
                    }
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        self.finish();
    }

    fn line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn here_word(&mut self) {
        self.at += 2;
        while matches!(self.peek(0), Some(b'-' | b'~' | b' ')) {
            self.at += 1;
        }
        if let Some(word) = self.word() {
            self.waiting.push(word.text);
        }
    }

    /// How long what follows is up to the line that is this word, and with it.
    fn end_of(&mut self, word: &str) -> Option<(usize, usize)> {
        let lines = self.lines.get_or_insert_with(|| Lines::new(self.text));
        let (start, end) = lines.next(word, self.at)?;
        Some((start - self.at, end - self.at))
    }

    /// What a here-document holds is text, not commands.
    fn here_documents(&mut self) {
        let target = std::mem::take(&mut self.target);
        for end in std::mem::take(&mut self.waiting) {
            if let Some((inner, length)) = self.end_of(&end) {
                let start = self.offset + self.at;
                // `tee FILE` writes as well.
                let is_tee = |command: &&Vec<Word>| command.iter().any(|word| word.text == "tee");
                let tee = self.commands.iter().rev().take(2).find(is_tee);
                let file = tee
                    .and_then(|command| {
                        command.iter().rev().find(|word| !word.text.starts_with('-'))
                    })
                    .filter(|word| !word.is_open && target.is_empty() && word.text != "tee");
                let target = file.map_or(target.clone(), |word| word.text.clone());
                self.here.push(Here { place: span(start, start + inner), target });
                self.at += length;
            }
        }
    }

    /// One word; nested commands in it are read as commands of their own.
    fn word(&mut self) -> Option<Word> {
        let start = self.at;
        let (mut text, mut is_open, mut is_quoted) = (String::new(), false, false);
        let mut from = self.at;
        let push = |text: &mut String, whole: &str, from: usize, to: usize| {
            text.push_str(whole.get(from..to).unwrap_or(""));
        };
        let mut double = false;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' if matches!(self.peek(1), Some(b'\n')) => {
                    push(&mut text, self.text, from, self.at);
                    if !double {
                        break;
                    }
                    self.at += 2;
                    from = self.at;
                }
                b'\\' => {
                    push(&mut text, self.text, from, self.at);
                    from = self.at + 1;
                    let next = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next());
                    self.at += 1 + next.map_or(0, char::len_utf8);
                }
                b'"' => {
                    push(&mut text, self.text, from, self.at);
                    (double, is_quoted) = (!double, true);
                    self.at += 1;
                    from = self.at;
                }
                b'\'' if !double => {
                    push(&mut text, self.text, from, self.at);
                    is_quoted = true;
                    let rest = self.text.get(self.at + 1..).unwrap_or("");
                    let end = rest.find('\'').unwrap_or(rest.len());
                    text.push_str(rest.get(..end).unwrap_or(""));
                    self.at = (self.at + end + 2).min(self.text.len());
                    from = self.at;
                }
                b'$' => {
                    is_open |= self.peek(1).is_some_and(|next| {
                        next.is_ascii_alphanumeric() || b"_{(@*#?!$".contains(&next)
                    });
                    self.variable();
                }
                b'`' if double => {
                    is_open = true;
                    self.at += 1;
                }
                b'{' if self.peek(1) == Some(b'{') => {
                    is_open = true;
                    let rest = self.text.get(self.at..).unwrap_or("");
                    self.at += rest.find("}}").map_or(rest.len(), |end| end + 2);
                }
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>'
                | b'`'
                    if !double =>
                {
                    break;
                }
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.text.len());
        push(&mut text, self.text, from, end);
        (end > start).then(|| Word {
            text,
            is_open,
            is_quoted,
            place: span(self.offset + start, self.offset + end),
        })
    }

    /// Over `$NAME`, `${...}` or `$(...)`.
    fn variable(&mut self) {
        self.at += 1;
        let (open, close) = match self.peek(0) {
            Some(b'{') => (b'{', b'}'),
            Some(b'(') => (b'(', b')'),
            _ => return,
        };
        let start = self.at + 1;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == open {
                depth += 1;
            } else if byte == close {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
        }
        if open == b'(' && self.words < MAX_WORDS && self.depth < MAX_DEPTH {
            let inner = self.text.get(start..self.at.saturating_sub(1)).unwrap_or("");
            self.words += inner.len() / 4;
            let (commands, here) = nested(inner, self.offset + start, self.depth + 1);
            self.commands.extend(commands);
            self.here.extend(here);
        }
    }
}
