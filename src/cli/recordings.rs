//! Recordings of calls: files, or standard input.

use super::failure::Failure;
use sdiff::recording::{self, Recording};
use sdiff::report;
use sdiff::syscall::Host;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Reads a recording in which there is a call.
pub(super) fn read(path: &Path, host: Option<Host>) -> Result<Recording, Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let recording = match path == Path::new("-") {
        true => recording::read(std::io::stdin().lock(), host),
        false => File::open(path).and_then(|file| recording::read(BufReader::new(file), host)),
    };
    let recording = recording.map_err(failed)?;
    if recording.lines.calls == 0 {
        let name = path.display().to_string();
        return Err(Failure::Usage(report::nothing_read_text(&name, &recording)));
    }
    Ok(recording)
}
