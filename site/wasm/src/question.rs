//! What the page asks.

use sdiff::baseline;
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{Engine, Given, Runtime, Settings};
use sdiff::syscall::{Host, Library};
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
            hosts.push(Host::from_name(name).ok_or_else(|| format!("no host `{name}`"))?);
        }
        if hosts.is_empty() {
            hosts = Host::ALL.to_vec();
        }
        hosts.sort();
        hosts.dedup();
        let kernel = said(&self.kernel).map(|text| {
            KernelVersion::parse(text).ok_or("a kernel version is two numbers, as in `6.1`")
        });
        let capabilities = said(&self.caps).map(capabilities).transpose()?;
        let given = Given { capabilities, kernel: kernel.transpose()? };
        let mut settings = Settings { hosts, given, ..Settings::new(engine) };
        if let Some(text) = said(&self.runtime) {
            let runtime = Runtime::parse(text).map_err(|error| error.to_string())?;
            settings = settings.with_runtime(runtime);
        }
        if let Some(text) = said(&self.libseccomp) {
            let library = Library::from_name(text).ok_or("no such libseccomp is known")?;
            settings = settings.with_library(library);
        }
        Ok(settings)
    }

    /// The engine that is asked for.
    pub fn engine(&self) -> Result<Option<Engine>, String> {
        said(&self.engine)
            .map(|name| Engine::from_name(name).ok_or_else(|| format!("no engine `{name}`")))
            .transpose()
    }

    pub fn has_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }
}

/// A field of the page that is not empty.
fn said(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn capabilities(text: &str) -> Result<u64, String> {
    let mut set = 0;
    for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
        set |= match name.to_ascii_lowercase().as_str() {
            "none" => 0,
            "all" => Given::all(),
            "docker-default" | "kubernetes-default" => Given::docker_default(),
            "podman-default" => Given::podman_default(),
            _ => {
                let upper = name.to_ascii_uppercase();
                let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
                let known = Capability::from_name(&full);
                1 << known.ok_or_else(|| format!("`{name}` is no capability"))?.bit()
            }
        };
    }
    Ok(set)
}
