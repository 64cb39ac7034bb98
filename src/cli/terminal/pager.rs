//! Long texts on a terminal, by the user's pager, as git does it.
//!
//! The pager is what `SDIFF_PAGER` or `PAGER` says, else `less`. An empty one, `cat`, and
//! `--no-pager` mean none. A text that fits the screen is printed.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

static IS_ALLOWED: AtomicBool = AtomicBool::new(true);

/// Whether a pager may be used.
pub(in crate::cli) fn allow(is_allowed: bool) {
    IS_ALLOWED.store(is_allowed, Ordering::Relaxed);
}

/// Shows a text in the pager, if it is longer than the terminal; returns whether it did. Standard
/// output must be a terminal.
pub(in crate::cli) fn shown(text: &str) -> bool {
    let is_long = || {
        terminal_size::terminal_size()
            .is_some_and(|(_, height)| text.lines().count() >= usize::from(height.0))
    };
    IS_ALLOWED.load(Ordering::Relaxed) && is_long() && paged(text)
}

fn paged(text: &str) -> bool {
    let said = |name| std::env::var(name).ok();
    let pager = said("SDIFF_PAGER").or_else(|| said("PAGER")).unwrap_or_else(|| "less".to_owned());
    if pager.trim().is_empty() || pager.trim() == "cat" {
        return false;
    }
    let mut command = command(&pager);
    command.stdin(Stdio::piped());
    // As git sets it: colours as they are, and no pager where one screen is enough.
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // A reader who has seen enough closes it.
        let _ = stdin.write_all(text.as_bytes());
    }
    // What a shell says of a program that is not there or does not start: nothing was shown.
    !child.wait().is_ok_and(|status| matches!(status.code(), Some(126 | 127)))
}

/// The user's words are a shell's, as in `PAGER='less -S'`.
fn command(pager: &str) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("sh");
        command.args(["-c", pager]);
        return command;
    }
    let mut words = pager.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}
