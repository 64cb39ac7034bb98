//! Filters as the commands take them: `bpf:FILE[,FILE...]`.

use super::failure::Failure;
use sdiff::decision::Store;
use sdiff::filter::{self, Filter, Program};
use sdiff::load::{FILTER_WORD, Loaded, MAX_BYTES, Source, SourceKind};
use sdiff::profile::{Environment, Profile};
use sdiff::semantics::{Policy, Settings};
use sdiff::syscall::Host;
use std::fs::File;
use std::io::Read;

/// What every command that takes filters says of them.
pub(super) const FILTER_HELP: &str = "\
Filters are

  bpf:FILE[,FILE...]   classic BPF as the kernel holds it, the oldest of a process first

where FILE holds the kernel's bytes (either byte order), what `seccomp-tools disasm` or
`scmp_bpf_disasm` print, or a config.json with crun's annotation `run.oci.seccomp_bpf_data`. A comma
in a file's name is written twice. A file that is called `bpf:x` is `./bpf:x`, in a branch called
`bpf` it is `refs/heads/bpf:x`.";

/// The filters of a process.
#[derive(Debug)]
pub(super) struct Filters {
    /// What stands for a profile's text: the name, and nothing in it.
    pub loaded: Loaded,
    /// Their files, the oldest filter first.
    pub files: Vec<String>,
    /// The programs, in the order of the files.
    pub programs: Vec<Program>,
}

/// Whether a word names filters, and not a profile.
pub(super) fn is_word(spec: &str) -> bool {
    spec.starts_with(FILTER_WORD)
}

/// Reads the filters that are named; nothing where a profile is.
pub(super) fn read(spec: &str) -> Option<Result<Filters, Failure>> {
    let files = spec.strip_prefix(FILTER_WORD)?;
    Some(of_files(spec, split(files)))
}

/// Reads the filters that are named.
pub(super) fn required(spec: &str) -> Result<Filters, Failure> {
    let name = spec.escape_debug();
    read(spec).unwrap_or_else(|| {
        Err(Failure::Usage(format!("{name} is no filter: write bpf:FILE for a file with BPF")))
    })
}

impl Filters {
    /// The hosts that are asked about: those that were given, else those that the filters are made
    /// for.
    pub fn hosts(&self, given: &[Host]) -> Result<Vec<Host>, Failure> {
        if given.is_empty() {
            return Ok(Filter::hosts(&self.programs));
        }
        let order = self.programs.first().map(Program::byte_order);
        let is_big = |host: &Host| host.native().is_big_endian();
        match given.iter().find(|host| order != Some(filter::ByteOrder::of(is_big(host)))) {
            None => Ok(given.to_vec()),
            Some(host) => Err(Failure::Usage(format!(
                "{} is for machines of the other byte order than {host}",
                self.loaded.source.name.escape_debug()
            ))),
        }
    }

    /// What they are together.
    pub fn filter(&self, store: &mut Store) -> Result<Filter, Failure> {
        let name = self.loaded.source.name.escape_debug();
        Filter::new(store, &self.programs)
            .map_err(|error| Failure::Usage(format!("{name}: {error}")))
    }

    /// What they are to the programs of the hosts.
    pub fn policy(
        &self,
        store: &mut Store,
        settings: &Settings,
        given: &[Host],
    ) -> Result<Policy, Failure> {
        let settings = Settings { hosts: self.hosts(given)?, ..settings.clone() };
        let filter = self.filter(store)?;
        filter.policy(store, &settings).map_err(Failure::Compare)
    }
}

/// The files between single commas; two commas are one in a name.
fn split(files: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        if character == ',' && characters.next_if_eq(&',').is_none() {
            names.push(String::new());
        } else if let Some(name) = names.last_mut() {
            name.push(character);
        }
    }
    names
}

fn of_files(spec: &str, files: Vec<String>) -> Result<Filters, Failure> {
    let mut programs = Vec::with_capacity(files.len());
    for file in &files {
        if file.is_empty() {
            return Err(Failure::Usage(format!("{}: a file is missing", spec.escape_debug())));
        }
        let named = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("{}: {error}", file.escape_debug()))
        };
        let mut bytes = Vec::new();
        let opened = File::open(file).and_then(|opened| {
            // One more tells that it is too large.
            opened.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)
        });
        opened.map_err(|error| named(&format!("cannot be read: {error}")))?;
        if bytes.len() > MAX_BYTES {
            return Err(named(&format!("more than {MAX_BYTES} bytes are no filter")));
        }
        programs.push(filter::read(&bytes).map_err(|error| named(&error))?);
    }
    let source = Source::new(spec, SourceKind::Filter, "");
    let (profile, warnings) = (Profile::default(), Vec::new());
    let loaded = Loaded {
        source,
        profile,
        warnings,
        baseline: None,
        environment: Environment::default(),
        notes: Vec::new(),
    };
    Ok(Filters { loaded, files, programs })
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_comma_in_a_name_is_written_twice() {
        assert_eq!(split("a"), ["a"]);
        assert_eq!(split("a,b"), ["a", "b"]);
        assert_eq!(split("a,,b"), ["a,b"]);
        assert_eq!(split("a,,,b"), ["a,", "b"]);
        assert_eq!(split("a,"), ["a", ""]);
    }
}
