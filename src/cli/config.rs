//! `sdiff.toml`, as commands find it.

use super::failure::Failure;
use super::output;
use sdiff::lint::{Acceptance, Config, Date};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where acceptances are.
#[derive(Debug, clap::Args)]
pub(super) struct Configured {
    /// Where acceptances and severities are [default: sdiff.toml, if there is one]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Read no sdiff.toml
    #[arg(long, hide_short_help = true)]
    no_config: bool,
}

impl Configured {
    pub fn path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("sdiff.toml"))
    }

    pub fn read(&self) -> Result<Config, Failure> {
        let path = self.path();
        if self.no_config || (self.config.is_none() && !path.exists()) {
            return Ok(Config::default());
        }
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
        Config::parse(&text).map_err(|error| {
            let line = error.line.map_or(String::new(), |line| format!(":{line}"));
            Failure::Usage(format!("{name}{line}: {error}"))
        })
    }

    /// Tells that an acceptance counts for nothing.
    pub fn warn(&self, acceptance: &Acceptance, what: &str) {
        let (name, line) = (self.path().display(), acceptance.line());
        let rule = acceptance.rule().escape_debug();
        output::to_stderr(&format!("warning: {name}:{line}: the acceptance of {rule} {what}\n"));
    }
}

pub(super) fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Date::from_unix(since.map_or(0, |since| since.as_secs()))
}
