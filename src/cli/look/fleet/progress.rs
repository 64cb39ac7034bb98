//! A bar on a terminal's standard error, where it lasts.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A bar that shows itself when a second is over.
pub(super) struct Bar {
    bar: ProgressBar,
    begun: Instant,
    is_shown: AtomicBool,
    is_terminal: bool,
}

impl Bar {
    pub fn new(length: usize) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} files, {eta} left")
        {
            bar.set_style(style);
        }
        let is_terminal = std::io::stderr().is_terminal();
        let bar = Bar { bar, begun: Instant::now(), is_shown: AtomicBool::new(false), is_terminal };
        if is_terminal {
            let shown = bar.bar.clone();
            // Without it the signal ends the program just as well, and leaves half a bar behind.
            let _ = ctrlc::set_handler(move || {
                shown.finish_and_clear();
                std::process::exit(130);
            });
        }
        bar
    }

    /// A file is done.
    pub fn step(&self) {
        self.bar.inc(1);
        if self.is_terminal
            && self.begun.elapsed() > Duration::from_secs(1)
            && !self.is_shown.swap(true, Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// All are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
