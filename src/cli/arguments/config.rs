//! `sdiff.toml`, as commands find it.

use crate::cli::failure::Failure;
use crate::cli::terminal::output;
use crate::lint::{Acceptance, Config, Date};
use crate::load::MAX_BYTES;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// Where a team's settings are.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(in crate::cli) struct Configured {
    /// Where acceptances and other settings are [default: sdiff.toml, if there is one]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Read no sdiff.toml
    #[arg(long, hide_short_help = true)]
    no_config: bool,
}

impl Configured {
    /// Whether the command line says which file counts, or that none does.
    #[cfg(feature = "lsp")]
    pub fn is_said(&self) -> bool {
        self.no_config || self.config.is_some()
    }

    /// The file at that path; none where there is no path.
    #[cfg(feature = "lsp")]
    pub fn at(path: Option<PathBuf>) -> Configured {
        Configured { no_config: path.is_none(), config: path }
    }

    pub fn path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("sdiff.toml"))
    }

    pub fn read(&self) -> Result<Config, Failure> {
        let Some(text) = self.text()? else { return Ok(Config::default()) };
        let name = self.path().display();
        Config::parse(&text).map_err(|error| {
            let line = error.line.map_or(String::new(), |line| format!(":{line}"));
            Failure::Usage(format!("{name}{line}: {error}"))
        })
    }

    /// Where the file is in a repository; none where no settings are to count.
    pub fn path_in_repository(&self) -> Result<Option<String>, Failure> {
        if self.no_config {
            return Ok(None);
        }
        let path = plain(self.path());
        let text = path.to_str().map(|path| path.replace('\\', "/"));
        match text.filter(|_| !path.has_root()) {
            Some(text) => Ok(Some(text)),
            None => Err(Failure::Usage(
                "--config of `review` is a path in the repository, from its root: the settings are \
                 read as they were before the change"
                    .to_owned(),
            )),
        }
    }

    /// Whether somebody named the file.
    pub fn is_named(&self) -> bool {
        self.config.is_some()
    }

    /// The text of the file, if there is one and it counts.
    pub fn text(&self) -> Result<Option<String>, Failure> {
        let path = self.path();
        if self.no_config || (self.config.is_none() && !path.exists()) {
            return Ok(None);
        }
        let name = path.display();
        let wrong = |why: String| Failure::Usage(format!("cannot read {name}: {why}"));
        let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
        let mut text = String::new();
        // What could be endless is not read to its end.
        let most = MAX_BYTES as u64 + 1;
        file.take(most).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
        if text.len() > MAX_BYTES {
            return Err(wrong(format!("it is larger than {MAX_BYTES} bytes")));
        }
        Ok(Some(text))
    }

    /// A profile's path as patterns have it: from the folder of the file. What is no path below it
    /// stays as it is.
    pub fn path_of(&self, spec: &str) -> String {
        let folder = self.path().parent().unwrap_or(Path::new(""));
        let is_below = |from: &Path| {
            let whole = plain(&std::path::absolute(spec).ok()?);
            let folder = plain(&std::path::absolute(from).ok()?);
            let inside = whole.strip_prefix(folder).ok()?;
            Some(inside.to_str()?.replace('\\', "/"))
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        is_below(folder).filter(|path| !path.is_empty()).unwrap_or_else(|| spec.to_owned())
    }

    /// Where a file is that is named from the folder of the settings.
    pub fn beside(&self, name: &str) -> String {
        let folder = self.path().parent().unwrap_or(Path::new(""));
        folder.join(name).display().to_string()
    }

    /// Tells that an acceptance counts for nothing.
    pub fn warn(&self, acceptance: &Acceptance, what: &str) {
        let (name, line) = (self.path().display(), acceptance.line());
        let rule = acceptance.rule().escape_debug();
        output::to_stderr(&format!("warning: {name}:{line}: the acceptance of {rule} {what}\n"));
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

pub(in crate::cli) fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Date::from_unix(since.map_or(0, |since| since.as_secs()))
}
