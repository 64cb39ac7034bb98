//! How far it is, on a terminal's standard error, for those who have waited a second.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// From when on it is shown.
const QUIET: Duration = Duration::from_secs(1);

/// A bar that several threads move on. It draws on a terminal alone, and goes with this.
#[derive(Debug)]
pub(in crate::cli) struct Bar {
    length: Option<u64>,
    template: &'static str,
    begun: Instant,
    done: AtomicU64,
    shown: Arc<OnceLock<ProgressBar>>,
}

impl Bar {
    /// A bar of this length, if that is known, which looks as `indicatif` makes of the template.
    pub fn new(length: Option<u64>, template: &'static str) -> Bar {
        let (done, shown) = Default::default();
        Bar { length, template, begun: Instant::now(), done, shown }
    }

    /// So much more is done.
    pub fn add(&self, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        if self.begun.elapsed() >= QUIET {
            self.shown.get_or_init(|| self.drawn()).set_position(done);
        }
    }

    fn drawn(&self) -> ProgressBar {
        let bar = self.length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        match ProgressStyle::with_template(self.template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }

    /// Takes it from the screen.
    pub fn clear(&self) {
        if let Some(bar) = self.shown.get() {
            bar.finish_and_clear();
        }
    }

    /// Ctrl-C leaves no half a bar behind. Without such a handler it ends the program just as well.
    pub fn ends_with_the_program(&self) {
        let shown = self.shown.clone();
        let _ = ctrlc::set_handler(move || {
            if let Some(bar) = shown.get() {
                bar.finish_and_clear();
            }
            std::process::exit(130);
        });
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
