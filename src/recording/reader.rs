//! Line after line, with bounded memory.

use super::context::{Context, Kind};
use super::deduce::Deduction;
use super::entry::Entry;
use super::format;
use super::tally::{Lines, Recording, Tallies};
use super::width::Widths;
use crate::syscall::Host;
use std::io::{self, BufRead};

/// How much of a line is read; the rest is skipped.
const LINE: usize = 65_536;

/// Reads a recording line by line.
#[derive(Debug)]
pub struct Reader {
    context: Context,
    widths: Widths,
    deduction: Deduction,
    lines: Lines,
}

impl Reader {
    /// A reader of what was recorded on this host; without one, of what the lines say.
    pub fn new(host: Option<Host>) -> Reader {
        Reader {
            context: Context::new(host),
            widths: Widths::default(),
            deduction: Deduction::new(host),
            lines: Lines::default(),
        }
    }

    /// Reads one line, without its end. `is_cut` says that it was longer. Calls whose end was
    /// awaited come with a later line.
    pub fn line(&mut self, bytes: &[u8], is_cut: bool) -> (Kind, Vec<Entry>) {
        self.context.line += 1;
        self.context.is_cut = is_cut;
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches(['\r', '\n', '\0']);
        let clean;
        let text = if text.contains('\u{1b}') {
            clean = without_colours(text);
            &clean
        } else {
            text
        };
        let kind = format::line(text, &mut self.context);
        self.lines.count(kind, self.context.line, text);
        // Rows that wait stand above this line.
        let rows = self.rows(Some(self.context.line));
        self.context.out.splice(0..0, rows);
        (kind, self.taken())
    }

    /// The calls whose end never came, also those of lines whose last part did not.
    pub fn finish(&mut self) -> Vec<Entry> {
        for text in self.context.unended() {
            let kind = format::unended(&text, &mut self.context);
            self.lines.ended(kind, self.context.line, &text);
        }
        self.context.flush();
        let rows = self.rows(None);
        self.context.out.extend(rows);
        let mut entries = self.taken();
        let rest = self.widths.finish();
        for entry in &rest {
            self.deduction.learn(entry);
        }
        entries.extend(rest);
        entries
    }

    /// The calls of a map without a name that ended before a line, or with the recording.
    fn rows(&mut self, line: Option<u64>) -> Vec<Entry> {
        self.context.unnamed.ended(line).unwrap_or_else(|lines| {
            self.lines.take_back(lines);
            Vec::new()
        })
    }

    /// What is known of the machine so far.
    pub const fn deduction(&self) -> &Deduction {
        &self.deduction
    }

    /// How many lines were what.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    fn taken(&mut self) -> Vec<Entry> {
        let taken = std::mem::take(&mut self.context.out);
        let mut entries = Vec::with_capacity(taken.len());
        for entry in taken {
            self.widths.add(entry, &mut self.context, &mut entries);
        }
        for pid in std::mem::take(&mut self.context.ended) {
            self.widths.end(pid, &mut self.context, &mut entries);
        }
        for entry in &entries {
            self.deduction.learn(entry);
        }
        entries
    }
}

/// Reads a whole recording. Memory does not grow with it.
///
/// # Errors
/// What the source says.
pub fn read(source: impl BufRead, host: Option<Host>) -> io::Result<Recording> {
    let mut recorder = Recorder::new(host);
    recorder.read(source)?;
    Ok(recorder.finish())
}

/// Joins recordings of one machine. Memory does not grow with them.
#[derive(Debug)]
pub struct Recorder {
    host: Option<Host>,
    deduction: Deduction,
    tallies: Tallies,
    lines: Lines,
}

impl Recorder {
    /// Of what was recorded on this host; without one, on what the lines say.
    pub fn new(host: Option<Host>) -> Recorder {
        Recorder {
            host,
            deduction: Deduction::new(host),
            tallies: Tallies::default(),
            lines: Lines::default(),
        }
    }

    /// The same, where this is the host if no line says another one.
    #[must_use]
    pub fn usually(self, host: Option<Host>) -> Recorder {
        Recorder { deduction: self.deduction.usually(host), ..self }
    }

    /// Reads one to its end, and gives what became of its lines.
    ///
    /// # Errors
    /// What the source says.
    pub fn read(&mut self, mut source: impl BufRead) -> io::Result<Lines> {
        let mut reader = Reader { deduction: self.deduction, ..Reader::new(self.host) };
        let mut line = Vec::new();
        while let Some(is_cut) = next(&mut source, &mut line)? {
            for entry in reader.line(&line, is_cut).1 {
                self.tallies.add(entry);
            }
        }
        for entry in reader.finish() {
            self.tallies.add(entry);
        }
        self.deduction = reader.deduction;
        self.lines.join(&reader.lines);
        Ok(reader.lines)
    }

    /// All of them together.
    pub fn finish(self) -> Recording {
        self.tallies.settle(self.deduction, self.lines)
    }
}

/// The next line, and whether it was cut; none at the end.
fn next(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut is_cut, mut is_any) = (false, false);
    loop {
        let found = match source.fill_buf() {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if found.is_empty() {
            return Ok(is_any.then_some(is_cut));
        }
        is_any = true;
        let end = found.iter().position(|&byte| byte == b'\n');
        let text = &found[..end.unwrap_or(found.len())];
        let room = LINE.saturating_sub(line.len());
        is_cut |= text.len() > room;
        line.extend_from_slice(&text[..text.len().min(room)]);
        let used = text.len() + usize::from(end.is_some());
        source.consume(used);
        if end.is_some() {
            return Ok(Some(is_cut));
        }
    }
}

/// Without the escapes by which terminals colour.
fn without_colours(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        clean += &rest[..at];
        let behind = &rest[at + 2..];
        match behind.find(|c: char| c.is_ascii_alphabetic()) {
            Some(end) => rest = &behind[end + 1..],
            None => return clean,
        }
    }
    clean + rest
}
