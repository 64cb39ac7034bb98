//! Where results go: whole or not at all.

use super::{pager, screen};
use crate::cli::failure::Failure;
use crate::cli::name;
pub(in crate::cli) use crate::cli::terminal::color::ColorChoice;
use crate::cli::values::TextOrJson;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Writes to standard output. A reader who has seen enough (`| head`) is no trouble. A descriptor
/// that is closed (`>&-`) is none either: before `main`, Rust opens /dev/null in its place.
pub(in crate::cli) fn to_stdout(text: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() && pager::shown(text) {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints what clap has to say on standard output.
pub(in crate::cli) fn of_clap(text: &clap::Error) -> Result<(), Failure> {
    written(text.print().and_then(|()| io::stdout().flush()))
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { to: "standard output".to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// Prints a report for a reader, or writes it to a file, with lines as long as there is room.
pub(in crate::cli) fn text(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let is_printed = path.is_none_or(|path| path == Path::new("-"));
    let layout = match is_printed {
        true => screen::on_stdout(ColorChoice::Auto),
        false => screen::in_file(ColorChoice::Auto),
    };
    to(path, &crate::report::fold(text, layout.columns()))
}

/// The same of a text, or of JSON, whose lines stay as they are.
pub(in crate::cli) fn in_form(
    form: TextOrJson,
    path: Option<&Path>,
    text: &str,
) -> Result<(), Failure> {
    match form {
        TextOrJson::Text => self::text(path, text),
        TextOrJson::Json => to(path, text),
    }
}

/// Writes a message. Nobody could be told that it failed.
pub(in crate::cli) fn to_stderr(text: &str) {
    let mut text = name::in_message(text);
    if let Some(columns) = screen::on_stderr(ColorChoice::Auto).width {
        text = crate::report::fold(&text, columns).into();
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes to a file, or to standard output for `None` and `-`.
pub(in crate::cli) fn to(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) if path != Path::new("-") => to_file(path, text),
        _ => to_stdout(text),
    }
}

/// Writes a file by way of a temporary one beside it, so that a reader finds the old or the new
/// content, and never half of it.
pub(in crate::cli) fn to_file(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error| Failure::Write { to: format!("`{}`", path.display()), error };
    let target = behind_links(path).map_err(failed)?;
    let known = fs::metadata(&target).ok();
    if known.as_ref().is_some_and(|known| !known.is_file()) {
        // A device or a pipe cannot be replaced.
        return fs::write(&target, text).map_err(failed);
    }
    let temporary = temporary(&target);
    let opened = OpenOptions::new().write(true).create_new(true).open(&temporary);
    let is_ours = opened.is_ok();
    let written = opened.and_then(|mut file| {
        if let Some(known) = known {
            file.set_permissions(known.permissions())?;
        }
        file.write_all(text.as_ref())?;
        file.sync_all()?;
        fs::rename(&temporary, &target)
    });
    if written.is_err() && is_ours {
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(failed)
}

/// How many symbolic links may lead to a file, as on Linux.
const MAX_LINKS: usize = 40;

/// Of a symbolic link the file behind it is meant, be it that there is none yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(there) = fs::canonicalize(&path) {
            return Ok(there);
        }
        let Ok(to) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    Err(io::Error::other("symbolic links that lead to each other"))
}

/// `.mine.json.1234.tmp` for `mine.json`, in the same folder, for only there a rename is atomic.
fn temporary(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    target.with_file_name(name)
}
