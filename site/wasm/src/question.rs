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
            hosts.push(words::host(name)?);
        }
        if hosts.is_empty() {
            hosts = Host::ALL.to_vec();
        }
        hosts.sort();
        hosts.dedup();
        let capabilities = said(&self.caps).map(words::capabilities).transpose()?;
        let kernel = said(&self.kernel).map(words::kernel).transpose()?;
        let given = Given { capabilities, kernel };
        let mut settings = Settings { hosts, given, ..Settings::new(engine) };
        if let Some(text) = said(&self.runtime) {
            settings = settings.with_runtime(words::runtime(text)?);
        }
        if let Some(text) = said(&self.libseccomp) {
            settings = settings.with_library(words::library(text)?);
        }
        Ok(settings)
    }

    /// The engine that is asked for.
    pub fn engine(&self) -> Result<Option<Engine>, String> {
        said(&self.engine).map(words::engine).transpose()
    }

    pub fn has_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }
}

/// A field of the page that is not empty.
fn said(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim).filter(|text| !text.is_empty())
}
