//! What is asked of profiles where the command line says nothing: `[defaults]` and `[[profile]]`.

use super::list::{List, words as words_of};
use super::paths::Paths;
use super::{Fault, fault_at};
use crate::baseline;
use crate::profile::KernelVersion;
use crate::semantics::{Engine, Runtime, words};
use crate::syscall::{Host, Library};
use serde::Deserialize;
use toml::Spanned;

/// `[defaults]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenDefaults {
    engine: Option<Spanned<String>>,
    runtime: Option<Spanned<String>>,
    libseccomp: Option<Spanned<String>>,
    hosts: Option<List>,
    caps: Option<List>,
    kernel: Option<Spanned<String>>,
}

/// `[[profile]]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenProfile {
    paths: List,
    engine: Option<Spanned<String>>,
    base: Option<Spanned<String>>,
    caps: Option<List>,
    r#for: Option<String>,
}

/// What is asked of every profile, where the command line does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Who reads the profiles.
    pub engine: Option<Engine>,
    /// Who loads them.
    pub runtime: Option<Runtime>,
    /// With which libseccomp.
    pub library: Option<Library>,
    /// On which hosts; none for all.
    pub hosts: Vec<Host>,
    /// With which bounding set, by bit.
    pub capabilities: Option<u64>,
    /// On which kernel.
    pub kernel: Option<KernelVersion>,
}

/// What is said of some profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfProfiles {
    /// Of which.
    pub paths: Paths,
    /// Who reads them.
    pub engine: Option<Engine>,
    /// The bounding set of their containers, by bit.
    pub capabilities: Option<u64>,
    /// The built-in default that a new one is compared with.
    pub base: Option<String>,
    /// What they are for.
    pub purpose: Option<String>,
}

fn one<T>(
    name: &str,
    written: Option<&Spanned<String>>,
    read: fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Fault> {
    written.map(|word| word_of(name, (word.get_ref(), word.span().start), read)).transpose()
}

fn word_of<T>(
    name: &str,
    (text, at): (&str, usize),
    read: fn(&str) -> Result<T, String>,
) -> Result<T, Fault> {
    let message = |why| format!("`{}` is no {name}: {why}", text.escape_debug());
    // A file is written once and read by many, editors with a list of the words among them.
    let plain = text.trim().to_ascii_lowercase();
    if plain != text && read(&plain).is_ok() {
        return Err(fault_at(message(format!("write `{plain}`")), at));
    }
    read(text).map_err(|why| fault_at(message(why), at))
}

fn capabilities(written: Option<&List>) -> Result<Option<u64>, Fault> {
    let Some(written) = written else { return Ok(None) };
    let all: Vec<&str> = words_of(written).into_iter().map(|(word, _)| word).collect();
    let set = words::capabilities(&all.join(","));
    set.map(Some).map_err(|why| fault_at(format!("caps: {why}"), written.span().start))
}

impl WrittenDefaults {
    pub fn read(&self) -> Result<Defaults, Fault> {
        let mut hosts = Vec::new();
        if let Some(written) = &self.hosts {
            for word in words_of(written) {
                hosts.push(word_of("host", word, words::host)?);
            }
            if hosts.is_empty() {
                return Err(fault_at("`hosts` names no host".to_owned(), written.span().start));
            }
        }
        Ok(Defaults {
            engine: one("engine", self.engine.as_ref(), words::engine)?,
            runtime: one("runtime", self.runtime.as_ref(), words::runtime)?,
            library: one("libseccomp", self.libseccomp.as_ref(), words::library)?,
            hosts,
            capabilities: capabilities(self.caps.as_ref())?,
            kernel: one("kernel", self.kernel.as_ref(), words::kernel)?,
        })
    }
}

impl WrittenProfile {
    pub fn read(self, line_of: &dyn Fn(usize) -> usize) -> Result<OfProfiles, Fault> {
        if let Some(base) = &self.base {
            baseline::find(base.get_ref())
                .map_err(|error| fault_at(format!("base: {error}"), base.span().start))?;
        }
        Ok(OfProfiles {
            paths: Paths::read(Some(&self.paths), line_of)?,
            engine: one("engine", self.engine.as_ref(), words::engine)?,
            capabilities: capabilities(self.caps.as_ref())?,
            base: self.base.map(Spanned::into_inner),
            purpose: self.r#for,
        })
    }
}
