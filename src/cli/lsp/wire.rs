//! Messages on a pipe: a header with the length, then JSON.
//!
//! Written here rather than taken from a crate: `lsp-server` sets aside as many bytes as a header
//! claims, and ends at the first message that it does not understand.

use serde_json::Value;
use std::io::{self, BufRead, Read, Write};

/// The largest message that is read: a document of the size that profiles may have, each byte of it
/// escaped.
const MAX_MESSAGE: usize = 6 * crate::load::MAX_BYTES + (1 << 20);

/// The longest line of a header.
const MAX_HEADER: u64 = 4096;

/// So many lines a header has at most.
const MAX_HEADERS: usize = 32;

/// What a client sends.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message, or something else in JSON.
    Value(Value),
    /// What is no JSON.
    Malformed(String),
}

/// The next message; none at the end of the input.
///
/// # Errors
/// Where a header is none, or claims too much: nobody knows then where the next message begins.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else { return Ok(None) };
    let mut bytes = Vec::new();
    input.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(value) => Incoming::Value(value),
        Err(error) => Incoming::Malformed(error.to_string()),
    }))
}

/// The length that a header gives.
fn header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut length = None;
    for at in 0..MAX_HEADERS {
        let mut line = Vec::new();
        let read = input.by_ref().take(MAX_HEADER).read_until(b'\n', &mut line)?;
        if read == 0 && at == 0 {
            return Ok(None);
        }
        let line = line.strip_suffix(b"\n").ok_or_else(|| wrong("a header has no end"))?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            let length = length.ok_or_else(|| wrong("a header has no Content-Length"))?;
            return Ok(Some(length));
        }
        let line = std::str::from_utf8(line).map_err(|_| wrong("a header is no text"))?;
        let (name, value) =
            line.split_once(':').ok_or_else(|| wrong("a line of a header has no colon"))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let value: usize =
                value.trim().parse().map_err(|_| wrong("Content-Length is no number"))?;
            if value > MAX_MESSAGE {
                return Err(wrong("a message is longer than is read"));
            }
            length = Some(value);
        }
    }
    Err(wrong("a header has too many lines"))
}

/// Writes a message.
///
/// # Errors
/// Where the pipe is closed.
pub(super) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
