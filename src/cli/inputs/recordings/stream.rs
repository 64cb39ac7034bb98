//! Bytes that come as long as they like: with a bar on a terminal, and until Ctrl-C.

use crate::cli::terminal::progress::Bar;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How much is read at once, and how many of these may wait.
const CHUNK: usize = 1 << 18;
const WAITING: usize = 4;
/// How often somebody who asked for the end is listened to.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long after that the source may go on: a tracer that got the same Ctrl-C has last lines.
const GRACE: Duration = Duration::from_millis(300);

/// Whether the user wants no more.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Is asked by Ctrl-C; by a second one the program ends as it does without this.
    pub fn on_interrupt() -> Stop {
        let stop = Stop::default();
        let asked = stop.0.clone();
        // Where there is no such handler, Ctrl-C ends the program.
        let _ = ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        stop
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A source that a thread of its own reads, for nothing else can be done while one waits for bytes.
#[derive(Debug)]
pub(super) struct Stream {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    stop: Stop,
    stopped: Option<Instant>,
    bar: Bar,
}

impl Stream {
    /// Of a source that has this many bytes, if that is known.
    pub fn new(source: impl Read + Send + 'static, length: Option<u64>, stop: &Stop) -> Stream {
        let (sender, chunks) = sync_channel(WAITING);
        let bar = Bar::new(
            length,
            match length {
                Some(_) => "{wide_bar} {bytes} of {total_bytes}, {eta} left",
                None => "{spinner} {bytes} read; Ctrl-C ends it",
            },
        );
        std::thread::spawn(move || pump(source, &sender));
        Stream { chunks, chunk: Vec::new(), at: 0, stop: stop.clone(), stopped: None, bar }
    }

    /// The next bytes; none at the end.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if self.stop.is_asked() {
                let since = *self.stopped.get_or_insert_with(Instant::now);
                if since.elapsed() > GRACE {
                    return Ok(None);
                }
            }
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => return chunk.map(Some),
                Err(RecvTimeoutError::Timeout) if self.stopped.is_none() => self.bar.add(0),
                Err(_) => return Ok(None),
            }
        }
    }
}

/// Reads until there is nothing more, or nobody who wants it.
fn pump(mut source: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let found = match source.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => {
                chunk.truncate(count);
                Ok(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = found.is_err();
        if sender.send(found).is_err() || is_last {
            return;
        }
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.chunk.len() {
            self.chunk = self.next()?.unwrap_or_default();
            self.at = 0;
            self.bar.add(self.chunk.len() as u64);
        }
        Ok(self.chunk.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let found = self.fill_buf()?;
        let count = found.len().min(buffer.len());
        buffer[..count].copy_from_slice(&found[..count]);
        self.consume(count);
        Ok(count)
    }
}
