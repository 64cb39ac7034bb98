//! Recordings of calls: files, or standard input, which may never end.

mod stream;

use crate::cli::arguments::options::Question;
use crate::cli::failure::{Failure, unopened};
use crate::cli::terminal::output;
use crate::recording::{Lines, Recorder, Recording};
use crate::report;
use std::fs::File;
use std::path::{Path, PathBuf};
use stream::{Stop, Stream};

/// Reads a recording in which there is a call.
pub(in crate::cli) fn read(path: &Path, question: &Question) -> Result<Recording, Failure> {
    read_all(&[path.to_owned()], question)
}

/// Reads recordings, in each of which there is a call, as one: of the host that was asked for, else of
/// the one that they say, else of a team's. Ctrl-C ends the reading.
pub(in crate::cli) fn read_all(
    paths: &[PathBuf],
    question: &Question,
) -> Result<Recording, Failure> {
    let asked = question.hosts.first().copied();
    let mut recorder = Recorder::new(asked).usually(question.usual_host());
    let stop = Stop::on_interrupt();
    for (at, path) in paths.iter().enumerate() {
        let name = path.display().to_string();
        let lines = read_one(&mut recorder, path, &stop).map_err(|error| {
            Failure::Usage(format!("cannot read {name}: {}", unopened(&name, &error)))
        })?;
        if stop.is_asked() {
            let unread = paths.len() - at - 1;
            let rest = if unread > 0 {
                format!(", {unread} more recordings are not read")
            } else {
                String::new()
            };
            let name = name.escape_debug();
            let total = lines.total();
            output::to_stderr(&format!(
                "note: {name} was ended by Ctrl-C after {total} lines{rest}\n"
            ));
        }
        if lines.calls == 0 {
            return Err(Failure::Usage(report::nothing_read_text(&name, &lines)));
        }
        if stop.is_asked() {
            break;
        }
    }
    Ok(recorder.finish())
}

fn read_one(recorder: &mut Recorder, path: &Path, stop: &Stop) -> std::io::Result<Lines> {
    if path == Path::new("-") {
        return recorder.read(Stream::new(std::io::stdin(), None, stop));
    }
    let file = File::open(path)?;
    let known = file.metadata()?;
    let length = known.is_file().then_some(known.len());
    recorder.read(Stream::new(file, length, stop))
}
