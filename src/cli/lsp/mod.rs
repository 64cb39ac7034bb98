//! `sdiff lsp`: a language server, so that editors show what `check` finds while a profile is written.
//!
//! One thread reads messages ([`wire`]), another one answers ([`server`]). Each document is text, lines and
//! what was said of it; it is judged anew once it was left alone for a moment.

mod document;
mod hover;
mod judge;
mod lines;
mod server;
mod wire;

use crate::cli::arguments::options::Question;
use crate::cli::failure::Failure;
use server::{Ended, Server};
use std::io::{self, BufReader};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Serve editors: findings as one types, explanations, mends (language server)
///
/// Speaks the Language Server Protocol over standard input and output. Editors start it; docs/editors.md
/// says how each of them is told to. It judges as `check` does, with the nearest sdiff.toml of each file
/// up to the repository or the folder that the editor has opened, and takes documents that hold no profile
/// for what they are: it says nothing of them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What some editors add: there is no other way to speak with it
    #[arg(long, hide = true)]
    stdio: bool,

    #[command(flatten)]
    question: Question,
}

/// A document is judged when nothing came for so long.
const PAUSE: Duration = Duration::from_millis(80);

/// Or at the latest so long after it was changed.
const LATEST: Duration = Duration::from_millis(1000);

/// So many messages wait; then the editor does.
const WAITING: usize = 64;

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let (sender, messages) = sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin().lock());
        loop {
            let read = wire::read(&mut input);
            let is_last = !matches!(read, Ok(Some(_)));
            if sender.send(read).is_err() || is_last {
                return;
            }
        }
    });
    let mut server = Server::new(&args.question, io::stdout().lock());
    let mut since: Option<Instant> = None;
    loop {
        let next = match since {
            Some(since) if since.elapsed() >= LATEST => Err(RecvTimeoutError::Timeout),
            Some(_) => messages.recv_timeout(PAUSE),
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let outcome = match next {
            Ok(Ok(Some(message))) => server.take(message),
            // The editor is gone without a word.
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::from(1)),
            Ok(Err(error)) => {
                return Err(Failure::Usage(format!(
                    "no message of the protocol: {error}; an editor starts `sdiff lsp`, as \
                     docs/editors.md says"
                )));
            }
            Err(RecvTimeoutError::Timeout) => server.judge_next(),
        };
        match outcome {
            Ok(()) => {}
            Err(Ended::Exit(status)) => return Ok(ExitCode::from(status)),
            Err(Ended::Closed) => return Ok(ExitCode::from(1)),
        }
        since = match server.has_changes() {
            true => since.or_else(|| Some(Instant::now())),
            false => None,
        };
    }
}
