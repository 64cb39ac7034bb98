//! What reports are laid out for: the one place that decides on colours, widths and links.

use crate::cli::name;
use crate::cli::terminal::color::ColorChoice;
use crate::cli::terminal::pager;
use crate::report::{LEAST_WIDTH, Layout, Links};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use terminal_size::{Height, Width, terminal_size_of};

/// When places are links to their files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum LinkChoice {
    /// On a terminal with colours
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Options {
    /// Colours: always, never, or auto (on a terminal, unless NO_COLOR is set)
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    color: ColorChoice,

    /// Print a long report at once, and not by a pager (SDIFF_PAGER, PAGER, less)
    #[arg(long, global = true)]
    no_pager: bool,

    /// How wide reports are [default: as the terminal, elsewhere 100 columns]
    #[arg(long, value_name = "COLUMNS", value_parser = width, global = true)]
    width: Option<usize>,

    /// Link places to files: always, never, or auto (on a terminal with colours)
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    hyperlink: LinkChoice,
}

impl Options {
    /// Keeps what they say for the rest of the program, and gives back the colours.
    pub fn begin(&self) -> ColorChoice {
        pager::allow(!self.no_pager);
        begin(self.width, self.hyperlink);
        self.color
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    width: Option<usize>,
    links: LinkChoice,
}

static ASKED: OnceLock<Asked> = OnceLock::new();

/// Keeps what the command line says, and leaves it to each [`Layout`] whether there are colours:
/// standard output can be a terminal where standard error is none.
fn begin(width: Option<usize>, links: LinkChoice) {
    colored::control::set_override(true);
    #[cfg(windows)]
    let _ = colored::control::set_virtual_terminal(true);
    let _ = ASKED.set(Asked { width, links });
}

fn asked() -> Asked {
    ASKED.get().copied().unwrap_or_default()
}

/// `--width`: a screen's columns.
fn width(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(columns) if (LEAST_WIDTH..=10_000).contains(&columns) => Ok(columns),
        _ => Err(format!("it is a number of columns from {LEAST_WIDTH} to 10000")),
    }
}

/// What `--width` says where help is asked for: clap prints it before it has read the rest.
pub(in crate::cli) fn width_in(arguments: &[OsString]) -> Option<usize> {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let value = loop {
        match words.next()? {
            "--width" => break words.next()?,
            "--" => return None,
            word => {
                if let Some(value) = word.strip_prefix("--width=") {
                    break value;
                }
            }
        }
    };
    width(value).ok()
}

/// For what is printed.
pub(in crate::cli) fn on_stdout(color: ColorChoice) -> Layout {
    let is_terminal = io::stdout().is_terminal();
    let size = is_terminal.then(|| terminal_size_of(io::stdout())).flatten();
    let color = color.on_stdout();
    of(color, size, can_link(is_terminal && color))
}

/// For messages.
pub(in crate::cli) fn on_stderr(color: ColorChoice) -> Layout {
    let is_terminal = io::stderr().is_terminal();
    let size = is_terminal.then(|| terminal_size_of(io::stderr())).flatten();
    let color = color.on_stderr();
    of(color, size, can_link(is_terminal && color))
}

/// What clap says on standard error, in which values of options name other commands.
pub(in crate::cli) fn error_of_clap(error: &clap::Error) -> String {
    let text = error.render();
    match ColorChoice::Auto.on_stderr() {
        true => text.ansi().to_string(),
        false => text.to_string(),
    }
}

/// For a file.
pub(in crate::cli) fn in_file(color: ColorChoice) -> Layout {
    of(color == ColorChoice::Always, None, can_link(false))
}

fn of(color: bool, size: Option<(Width, Height)>, has_links: bool) -> Layout {
    // A terminal that does not know its size says 0.
    let size = size.filter(|(width, height)| width.0 > 0 && height.0 > 0);
    let width = asked().width.or(size.map(|(width, _)| usize::from(width.0).max(LEAST_WIDTH)));
    let height = size.map(|(_, height)| usize::from(height.0));
    let program = name::is_another().then(|| name::called().to_owned());
    Layout { color, width, height, links: links(has_links), program, ..Layout::default() }
}

/// Whether the reader can follow a link. Over SSH the files are on another machine.
fn can_link(is_terminal: bool) -> bool {
    match asked().links {
        LinkChoice::Always => true,
        LinkChoice::Never => false,
        LinkChoice::Auto => is_terminal && std::env::var_os("SSH_CONNECTION").is_none(),
    }
}

fn links(are_wanted: bool) -> Option<Links> {
    let folder = std::env::current_dir().ok().filter(|_| are_wanted)?;
    Some(Links { folder: folder.to_str()?.to_owned() })
}
