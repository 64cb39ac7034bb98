//! Filters as the commands take them: `bpf:FILE[,FILE...]`, `pid:N`, `container:NAME`, `self`.

use crate::cli::failure::{Failure, unopened};
use crate::cli::inputs::believed;
use crate::decision::Store;
use crate::filter::{self, ByteOrder, Filter, Program};
use crate::live::{self, LiveError, Process};
use crate::load::{FilterWord, Loaded, MAX_BYTES, Source, SourceKind};
use crate::profile::{Environment, Profile};
use crate::semantics::{Policy, Settings};
use crate::syscall::Host;
use std::fs::File;
use std::io::Read;

/// What every command that takes filters says of them.
pub(in crate::cli) const FILTER_HELP: &str = "\
Filters are

  bpf:FILE[,FILE...]   classic BPF as the kernel holds it, the oldest of a process first
  pid:N                what the kernel holds of process N (Linux, as root)
  container:NAME       of a container's first process; docker, podman, ctr, crictl and nerdctl are
                       asked for it, or one of them: container:podman/NAME
  self                 of sdiff itself

where FILE holds the kernel's bytes (either byte order), what `seccomp-tools disasm`,
`scmp_bpf_disasm`, `fsec-print`, `tcpdump -d` or `strace -v` print, what `seccomp-tools asm` or
`bpf_asm` take, a list of instructions in a source of C, a dump of `xxd` or `hexdump -C`, base64, or
a config.json with crun's annotation `run.oci.seccomp_bpf_data`; `-` is standard input. A comma in a
file's name is written twice. A file that is called `bpf:x` is `./bpf:x`, in a branch called `bpf`
it is `refs/heads/bpf:x`; likewise for the other words.

A process is stopped for some microseconds while it is read. It also says what nobody asked for:
its host, its kernel, and its bounding set of capabilities.";

/// A file of that name is `./-`.
const STANDARD_INPUT: &str = "-";

/// The filters of a process.
#[derive(Debug)]
pub(in crate::cli) struct Filters {
    /// What stands for a profile's text: the name, nothing in it, and what is around the process.
    pub loaded: Loaded,
    /// What each is called, the oldest filter first. None where a process has no filter.
    pub files: Vec<String>,
    /// The programs. That of a process without filters is one that allows everything.
    pub programs: Vec<Program>,
}

/// Whether a word names filters, and not a profile.
pub(in crate::cli) fn is_word(spec: &str) -> bool {
    FilterWord::of(spec).is_some()
}

/// Reads the filters that are named; nothing where a profile is.
pub(in crate::cli) fn read(spec: &str) -> Option<Result<Filters, Failure>> {
    let named = match FilterWord::of(spec)? {
        FilterWord::Files(files) => return Some(of_files(spec, split(files))),
        FilterWord::Process(number) => process(number),
        FilterWord::Container(name) => return Some(of_container(spec, name)),
        FilterWord::Own => Process::own(),
    };
    let read = named.and_then(|process| of_process(spec, &process));
    Some(read.map_err(|error| trouble(spec, &error)))
}

/// Reads the filters that are named.
pub(in crate::cli) fn required(spec: &str) -> Result<Filters, Failure> {
    let name = spec.escape_debug();
    read(spec).unwrap_or_else(|| {
        Err(Failure::Usage(format!(
            "{name} is no filter: write bpf:FILE for a file with BPF, pid:N for a process, \
             container:NAME for a container"
        )))
    })
}

impl Filters {
    /// The hosts that are asked about: those that were given, else the process', else those that the
    /// filters are made for.
    pub fn hosts(&self, given: &[Host]) -> Result<Vec<Host>, Failure> {
        if given.is_empty() {
            return Ok(match &self.loaded.environment.hosts[..] {
                [] => Filter::hosts(&self.programs),
                own => own.to_vec(),
            });
        }
        let order = self.programs.first().map(Program::byte_order);
        let is_big = |host: &Host| host.native().is_big_endian();
        match given.iter().find(|host| order != Some(ByteOrder::of(is_big(host)))) {
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
    let (mut programs, mut notes) = (Vec::with_capacity(files.len()), Vec::new());
    for (at, file) in files.iter().enumerate() {
        if file.is_empty() {
            return Err(Failure::Usage(format!("{}: a file is missing", spec.escape_debug())));
        }
        if file == STANDARD_INPUT && files.iter().take(at).any(|other| other == file) {
            let spec = spec.escape_debug();
            return Err(Failure::Usage(format!("{spec}: standard input holds one filter alone")));
        }
        let named = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("{}: {error}", file.escape_debug()))
        };
        let mut bytes = Vec::new();
        // One more tells that it is too large.
        let most = MAX_BYTES as u64 + 1;
        let opened = match &**file {
            STANDARD_INPUT => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
            file => File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut bytes)),
        };
        opened.map_err(|error| named(&format!("cannot be read: {}", unopened(file, &error))))?;
        if bytes.len() > MAX_BYTES {
            return Err(named(&format!("more than {MAX_BYTES} bytes are no filter")));
        }
        let program = filter::read(&bytes).map_err(|error| named(&error))?;
        let order = program.byte_order();
        if filter::order_of_bytes(&bytes).is_some_and(|of_bytes| of_bytes != order) {
            let [of_bytes, of_machine] = match order {
                ByteOrder::Big => ["little", "big"],
                ByteOrder::Little => ["big", "little"],
            };
            notes.push(format!(
                "{}: its bytes are {of_bytes}-endian, and it asks for {of_machine}-endian machines alone: \
                 it is read as a filter of such a machine",
                file.escape_debug()
            ));
        }
        programs.push(program);
    }
    let loaded = loaded(spec, Environment::default(), notes);
    Ok(Filters { loaded, files, programs })
}

/// What stands for a profile.
fn loaded(spec: &str, environment: Environment, notes: Vec<String>) -> Loaded {
    Loaded {
        source: Source::new(spec, SourceKind::Filter, ""),
        profile: Profile::default(),
        warnings: Vec::new(),
        baseline: None,
        environment,
        notes,
    }
}

fn trouble(spec: &str, error: &LiveError) -> Failure {
    // Words of other programs are in it, and a terminal obeys control characters.
    let error = error.to_string().replace(char::is_control, "\u{fffd}");
    Failure::Usage(format!("{}: {error}", spec.escape_debug()))
}

/// The process of a number as people write it.
fn process(number: &str) -> Result<Process, LiveError> {
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let id = number.parse().ok().filter(|id| is_number && *id != 0);
    Process::find(id.ok_or_else(|| LiveError::NoNumber(number.to_owned()))?)
}

fn of_process(spec: &str, process: &Process) -> Result<Filters, LiveError> {
    let mut programs = process.filters()?;
    let names = (0..programs.len()).map(|at| format!("{spec}#{at}"));
    let files = names.collect();
    let environment = process.environment();
    let mut notes = Vec::new();
    if programs.is_empty() {
        let is_big = environment.hosts.first().is_some_and(|host| host.native().is_big_endian());
        programs.push(Program::allowing(ByteOrder::of(is_big)));
        let (id, name) = (process.id, &process.status.name);
        notes.push(format!("process {id} ({name}) has no filter: everything is let through"));
    }
    if process.in_first_user_namespace == Some(false) {
        notes.push(format!(
            "process {} is in a user namespace of its own: its capabilities count in there alone",
            process.id
        ));
    }
    Ok(Filters { loaded: loaded(spec, environment, notes), files, programs })
}

fn of_container(spec: &str, name: &str) -> Result<Filters, Failure> {
    let read = || {
        let running = live::find(name)?;
        let mut filters = of_process(spec, &Process::find(running.process)?)?;
        let (tool, name) = (running.tool.name(), &running.name);
        if let Some(believed) = running.believed {
            // One that allows everything stands for none.
            let held = filters.programs.get(..filters.files.len()).unwrap_or_default();
            let environment = &filters.loaded.environment;
            let note = believed::note((tool, name), &believed, (held, environment));
            filters.loaded.notes.push(note);
        }
        Ok(filters)
    };
    read().map_err(|error| trouble(spec, &error))
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
