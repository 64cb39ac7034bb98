//! Bytes of files and of git: the only I/O of the library's loader beside folders ([`crate::load::siblings`]).

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::load::error::{LoadError, LoadErrorKind};
use crate::load::values::tree::MAX_BYTES;

/// Whether there is something at that path, be it unreadable.
pub(in crate::load) fn exists(path: &str) -> bool {
    Path::new(path).symlink_metadata().is_ok()
}

/// A file that cannot be read.
pub(in crate::load) fn unreadable(name: &str, error: &io::Error) -> LoadError {
    LoadError::whole(name, LoadErrorKind::Unreadable(error.to_string()))
}

/// Reads to the end, or to the limit and no further.
pub(in crate::load) fn limited(name: &str, from: impl Read) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let mut from = from.take(MAX_BYTES as u64 + 1);
    from.read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    match bytes.len() > MAX_BYTES {
        true => Err(LoadError::whole(name, LoadErrorKind::TooLarge(MAX_BYTES))),
        false => Ok(bytes),
    }
}

/// git in a folder, or in the working folder.
pub(in crate::load) fn git(folder: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        // Of a stranger's files one could be a bare repository with a configuration of its own.
        command.arg("-C").arg(folder).args(["-c", "safe.bareRepository=explicit"]);
        command.env("GIT_NO_LAZY_FETCH", "1");
    }
    command.stdin(Stdio::null());
    command
}

/// The bytes of `REV:path`, unfiltered.
pub(in crate::load) fn git_blob(spec: &str, folder: Option<&Path>) -> Result<Vec<u8>, LoadError> {
    let failed = |message: &str| LoadError::whole(spec, LoadErrorKind::Git(message.to_owned()));
    // The caller saw to it that the specification does not start with a dash.
    let mut child = git(folder)
        .args(["cat-file", "blob", spec])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let bytes = match child.stdout.take() {
        Some(stdout) => limited(spec, stdout),
        None => Ok(Vec::new()),
    };
    if bytes.is_err() {
        // It may still be writing.
        let _ = child.kill();
    }
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    let bytes = bytes?;
    match output.status.success() {
        true => Ok(bytes),
        false => {
            let message = String::from_utf8_lossy(&output.stderr);
            let first = message.lines().next().unwrap_or("it fails without a message");
            Err(failed(first.trim_start_matches("fatal: ")))
        }
    }
}
