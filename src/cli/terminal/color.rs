//! `--color`, and what the environment says of colours.

use std::io::{self, IsTerminal};

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum ColorChoice {
    /// On a terminal
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl ColorChoice {
    pub fn on_stdout(self) -> bool {
        self.decide(|| io::stdout().is_terminal())
    }

    pub fn on_stderr(self) -> bool {
        self.decide(|| io::stderr().is_terminal())
    }

    fn decide(self, is_terminal: impl FnOnce() -> bool) -> bool {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set("NO_COLOR") => false,
            ColorChoice::Auto => {
                let force = std::env::var_os("CLICOLOR_FORCE");
                let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                force.is_some_and(|value| !value.is_empty() && value != "0")
                    || (is_terminal() && !is_dumb)
            }
        }
    }
}
