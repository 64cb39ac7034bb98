//! What the page asks.

use sdiff::baseline;
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::semantics::{Engine, Given, Settings, words};
use sdiff::syscall::Host;
use serde::Deserialize;

/// A question. What is not said stays open, as on the command line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Question {
    /// What is asked.
    pub ask: Ask,
    /// The old profile, or the base of a merge.
    pub old: Option<Side>,
    /// The new profile, or the one that is looked at.
    pub new: Option<Side>,
    /// Names of hosts; none are all.
    #[serde(default)]
    hosts: Vec<String>,
    engine: Option<String>,
    runtime: Option<String>,
    libseccomp: Option<String>,
    kernel: Option<String>,
    caps: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// The built-in profiles, engines, hosts, runtimes.
    Lists,
    /// What the new one lets through that the old one does not.
    Diff,
    /// What the new one says but does not do.
    Check,
    /// The new one as a layer over the old one.
    Merge,
}

/// A built-in profile, or a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Side {
    Builtin { builtin: String },
    Text { name: String, text: String },
}

impl Side {
    pub fn load(&self) -> Result<Loaded, String> {
        let loaded = match self {
            // What is none would be looked for in files.
            Side::Builtin { builtin } if !baseline::is_spec(builtin) => {
                return Err(format!("`{builtin}` is no built-in profile"));
            }
            Side::Builtin { builtin } => load::load(builtin, &LoadOptions::default()),
            Side::Text { name, text } => {
                load::parse(name, text.as_bytes(), &LoadOptions::default())
            }
        };
        let loaded = loaded.map_err(|error| error.render(false))?;
        match loaded.profile.extends.is_empty() {
            true => Ok(loaded),
            false => Err(format!(
                "{} extends other files, which a page cannot read: `sdiff merge` makes one file of them",
                loaded.source.name
            )),
        }
    }
}

impl Question {
    /// The question to an engine.
    pub fn settings(&self, engine: Engine) -> Result<Settings, String> {
        let mut hosts = Vec::new();
        for name in &self.hosts {
            hosts.push(words::host(name).map_err(|why| wrong("host", name, &why))?);
        }
        if hosts.is_empty() {
            hosts = Host::ALL.to_vec();
        }
        hosts.sort();
        hosts.dedup();
        let capabilities = asked("capabilities", &self.caps, words::capabilities)?;
        let kernel = asked("kernel", &self.kernel, words::kernel)?;
        let given = Given { capabilities, kernel };
        let mut settings = Settings { hosts, given, ..Settings::new(engine) };
        if let Some(runtime) = asked("runtime", &self.runtime, words::runtime)? {
            settings = settings.with_runtime(runtime);
        }
        if let Some(library) = asked("libseccomp", &self.libseccomp, words::library)? {
            settings = settings.with_library(library);
        }
        Ok(settings)
    }

    /// The engine that is asked for.
    pub fn engine(&self) -> Result<Option<Engine>, String> {
        asked("engine", &self.engine, words::engine)
    }

    pub fn has_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }
}

/// What a field of the page says, where it is not empty.
fn asked<T>(
    name: &str,
    field: &Option<String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let text = field.as_deref().map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| read(text).map_err(|why| wrong(name, text, &why))).transpose()
}

fn wrong(name: &str, text: &str, why: &str) -> String {
    format!("error: {name} `{}`: {why}", text.escape_debug())
}
