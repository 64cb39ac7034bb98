//! Rows as lines: written as they are judged, and read again.

use crate::cli::arguments::faces::Faces;
use crate::cli::failure::Failure;
use crate::cli::terminal::output;
use crate::fleet::{Fleet, Row};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Where rows go. To a file they go whole or not at all, so that they are held until the end.
pub(super) enum Sink<'a> {
    /// Nobody asked for them.
    Nowhere,
    /// Standard output.
    Stdout(BufWriter<io::Stdout>),
    /// A file.
    File(&'a Path, String),
    /// The reader has seen enough.
    Closed,
}

/// A longer line is no row.
const MAX_LINE: usize = 16 << 20;

impl<'a> Sink<'a> {
    pub fn new(is_asked: bool, faces: &'a Faces) -> Result<Sink<'a>, Failure> {
        Ok(match (is_asked && !faces.is_quiet(), faces.output()) {
            (false, _) => Sink::Nowhere,
            (true, Some(path)) if path != Path::new("-") => Sink::File(path, String::new()),
            (true, _) => Sink::Stdout(BufWriter::new(io::stdout())),
        })
    }

    pub fn take(&mut self, row: &Row) -> Result<(), Failure> {
        let line = || {
            let line = serde_json::to_string(row);
            line.map(|line| line + "\n").map_err(|error| wrong(io::Error::other(error)))
        };
        match self {
            Sink::Nowhere | Sink::Closed => Ok(()),
            Sink::File(_, text) => {
                text.push_str(&line()?);
                Ok(())
            }
            Sink::Stdout(out) => match out.write_all(line()?.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    *self = Sink::Closed;
                    Ok(())
                }
                outcome => outcome.map_err(wrong),
            },
        }
    }

    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Sink::Nowhere | Sink::Closed => Ok(()),
            Sink::File(path, text) => output::to_file(path, &text),
            Sink::Stdout(mut out) => match out.flush() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(wrong(error)),
                _ => Ok(()),
            },
        }
    }
}

fn wrong(error: io::Error) -> Failure {
    Failure::Write { to: "standard output".to_owned(), error }
}

/// Takes the rows of a file in; `-` is standard input.
pub(super) fn read(path: &Path, fleet: &mut Fleet) -> Result<(), Failure> {
    let shown = path.display().to_string().escape_debug().to_string();
    let failed = |error: io::Error| Failure::Usage(format!("cannot read {shown}: {error}"));
    let mut reader: Box<dyn BufRead> = match path == Path::new("-") {
        true => Box::new(BufReader::new(io::stdin())),
        false => Box::new(BufReader::new(File::open(path).map_err(failed)?)),
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut bounded = io::Read::take(&mut reader, MAX_LINE as u64 + 1);
        if bounded.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.len() > MAX_LINE {
            return Err(Failure::Usage(format!(
                "{shown}:{number}: the line is longer than 16 MiB"
            )));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row = serde_json::from_slice(&line).map_err(|error| {
            let column = error.column();
            Failure::Usage(format!(
                "{shown}:{number}:{column}: no row of `sdiff fleet --rows`: {error}"
            ))
        })?;
        fleet.add(row);
    }
    Ok(())
}
