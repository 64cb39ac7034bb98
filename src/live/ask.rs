//! Other programs, asked with a bound on time and on what they say.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take. An engine's client waits for ever for a daemon that hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that is read of what it says.
const MOST_BYTES: u64 = 16 << 20;

/// What a program says on standard output; or why it says nothing, in words.
pub(super) fn ask(program: &str, arguments: &[&str]) -> Result<String, String> {
    let (succeeded, said, complained) = run(program, arguments)?;
    if succeeded {
        return Ok(said);
    }
    let line = complained.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(line.map_or("it fails without a word".to_owned(), str::to_owned))
}

/// The same of one that is asked for several things, and fails where it does not know them all.
pub(super) fn ask_what_is_known(program: &str, arguments: &[&str]) -> Result<String, String> {
    run(program, arguments).map(|(_, said, _)| said)
}

/// Whether it succeeds, and its two outputs.
fn run(program: &str, arguments: &[&str]) -> Result<(bool, String, String), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "not installed".to_owned(),
        _ => format!("cannot be run: {error}"),
    })?;
    let deadline = Instant::now() + PATIENCE;
    let late = || format!("no answer within {} seconds", PATIENCE.as_secs());
    let (stdout, stderr) = (heard(child.stdout.take()), heard(child.stderr.take()));
    let left = || deadline.saturating_duration_since(Instant::now());
    // A program's own children can keep its outputs open when it has ended.
    let said = stdout.and_then(|said| said.recv_timeout(left()).ok());
    let complained = stderr.and_then(|said| said.recv_timeout(left()).ok()).unwrap_or_default();
    let Some(status) = ended(&mut child, deadline) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(late());
    };
    Ok((status, said.ok_or_else(late)?, complained))
}

/// What comes from a pipe, up to a bound.
fn heard(from: Option<impl Read + Send + 'static>) -> Option<Receiver<String>> {
    let from = from?;
    let (send, receive) = channel();
    let read = move || {
        let mut bytes = Vec::new();
        let _ = from.take(MOST_BYTES).read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    };
    thread::Builder::new().spawn(read).ok()?;
    Some(receive)
}

/// Whether it succeeded; nothing where it goes on.
fn ended(child: &mut Child, deadline: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    }
}
