//! A file's bytes to rows: the profiles and the uses in it.

use super::judging::judge::{Judge, Key, slot};
use super::judging::judged::{Contents, Fault, Judged};
use super::row::{Confinement, ProfileRow, Row, UseRow};
use crate::load::{
    self, LoadError, LoadErrorKind, LoadOptions, Loaded, Neighbours, NoSiblings, SourceKind,
    could_be_profile, has, is_data, is_profile, parse_as,
};
use crate::overlay;
use crate::profile::Format;
use crate::uses::{self, Given, Runner, Switch, Use};
use sha2::{Digest, Sha256};

/// A file to be judged.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What rows call it: no path of the machine.
    pub name: &'a str,
    /// Where it is, by which it finds what it extends; none for standard input.
    pub path: Option<&'a str>,
    /// What is in it.
    pub bytes: &'a [u8],
    /// Whether somebody named it, so that it is told of if it is nothing that is known.
    pub is_named: bool,
}

/// Where a file finds what it extends.
pub type Siblings<'a> = &'a (dyn Neighbours + Sync);

/// Whether a file is an archive, by its name or its first bytes.
pub fn is_archive(name: &str, start: &[u8]) -> bool {
    const ENDS: [&str; 18] = [
        ".tar",
        ".gz",
        ".tgz",
        ".zip",
        ".xz",
        ".bz2",
        ".zst",
        ".7z",
        ".rar",
        ".jar",
        ".deb",
        ".rpm",
        ".whl",
        ".lz4",
        ".cpio",
        ".iso",
        ".squashfs",
        ".apk",
    ];
    const STARTS: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"\xfd7zXZ\0",
        b"BZh",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf",
        b"!<arch>\n",
    ];
    let lower = name.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
        || STARTS.iter().any(|magic| start.starts_with(magic))
}

/// Which profiles a file holds, each by its name where there are several; also one that does not load.
pub fn profiles_in(path: &str, bytes: &[u8]) -> Vec<Option<String>> {
    if !could_be_profile(path, bytes) {
        return Vec::new();
    }
    match load::parse_at(path, bytes, &LoadOptions::default()) {
        Ok(loaded) if is_profile(path, bytes, &loaded.profile) => vec![None],
        Ok(_) => Vec::new(),
        Err(error) => match error.kind() {
            LoadErrorKind::SeveralProfiles(names) => documents(names).map(Some).collect(),
            kind if is_other(kind) => Vec::new(),
            _ if is_data(path) && has(bytes, b"SCMP_ACT_") => vec![None],
            _ => Vec::new(),
        },
    }
}

/// The names of several profiles; one that is there twice is found by its number alone.
fn documents(names: &[String]) -> impl Iterator<Item = String> + '_ {
    names.iter().enumerate().map(|(at, name)| match names[..at].contains(name) {
        true => (at + 1).to_string(),
        false => name.clone(),
    })
}

/// Whether a file that does not load is something else than a profile.
fn is_other(kind: &LoadErrorKind) -> bool {
    matches!(
        kind,
        LoadErrorKind::NotAProfile(_)
            | LoadErrorKind::OtherFile { .. }
            | LoadErrorKind::NoSeccomp
            | LoadErrorKind::OtherGroup(_)
            | LoadErrorKind::NoSuchProfile { .. }
    )
}

impl Judge {
    /// The rows of a file, in its order.
    pub fn file(&self, file: File, neighbours: Siblings) -> Vec<Row> {
        let mut rows = Vec::new();
        let could_be = file.is_named || could_be_profile(file.name, file.bytes);
        if could_be || has(file.bytes, b"HostConfig") {
            self.profiles(file, neighbours, &mut rows);
        }
        if let Some(text) = text(file.bytes).filter(|text| could_start(text)) {
            // What comes on standard input has no name that says what it is.
            let path = match (file.path, text.trim_start().starts_with(['{', '['])) {
                (Some(_), _) => file.name.to_owned(),
                (None, true) => format!("{}.json", file.name),
                (None, false) => format!("{}.yaml", file.name),
            };
            let is_known = rows.iter().any(|row| matches!(row, Row::Use(_)));
            if !is_known {
                rows.extend(of_uses(file.name, &path, &text));
            }
        }
        // Who names a file wants to know why it is nothing.
        if file.is_named && rows.is_empty() {
            let parsed = self.parse(file, None);
            let why = parsed.err().map_or(
                Fault {
                    at: None,
                    why: "no profile, and nothing that says which one a container gets".to_owned(),
                },
                |error| Fault::of_load(&error),
            );
            rows.push(why.row(file.name));
        }
        rows
    }

    fn profiles(&self, file: File, neighbours: Siblings, rows: &mut Vec<Row>) {
        let named = |document: &Option<String>| match document {
            Some(document) => format!("{}#{document}", file.name),
            None => file.name.to_owned(),
        };
        let contents = self.contents(file, neighbours);
        for (document, judged, broken) in contents.profiles {
            let name = named(&document);
            rows.push(match judged {
                Ok(judged) => {
                    let Judged { engine, fingerprint, others, origin, facts } = (*judged).clone();
                    let engine = engine.name().to_owned();
                    Row::Profile(Box::new(ProfileRow {
                        name,
                        engine,
                        fingerprint,
                        others,
                        origin,
                        broken,
                        facts,
                    }))
                }
                Err(fault) => fault.row(&name),
            });
        }
        for (container, confinement, says) in contents.containers {
            let name = file.name.to_owned();
            let (line, for_others) = (1, false);
            rows.push(Row::Use(UseRow { confinement, name, line, container, says, for_others }));
        }
    }

    /// Equal files are read once, where what they say does not hang on what is beside them.
    fn contents(&self, file: File, neighbours: Siblings) -> Contents {
        // Nor on their paths, as far as a team's settings tell those apart.
        let is_own = self.options.team.as_ref().is_some_and(|team| team.concerns(path_of(file)));
        if is_own || has(file.bytes, b"extends") || has(file.bytes, b"baseProfileName") {
            return self.read(file, neighbours);
        }
        let mut hasher = Sha256::new();
        // Who can read it hangs on these alone.
        hasher.update(format!(
            "{:?}{}",
            crate::lint::readers(Format::Docker, path_of(file)),
            is_data(file.name)
        ));
        hasher.update([u8::from(file.is_named), 0]);
        hasher.update(file.bytes);
        let key: Key = hasher.finalize().into();
        slot(&self.files, key).get_or_init(|| self.read(file, neighbours)).clone()
    }

    fn read(&self, file: File, neighbours: Siblings) -> Contents {
        let mut contents = Contents::default();
        let error = match self.parse(file, None) {
            Ok(loaded) => {
                if file.is_named || is_profile(file.name, file.bytes, &loaded.profile) {
                    self.take(&mut contents, file, None, loaded, neighbours);
                }
                return contents;
            }
            Err(error) => error,
        };
        match error.kind() {
            LoadErrorKind::SeveralProfiles(names) => {
                for wanted in documents(names) {
                    match self.parse(file, Some(&wanted)) {
                        Ok(loaded) => {
                            self.take(&mut contents, file, Some(wanted), loaded, neighbours)
                        }
                        Err(error) => {
                            let fault = Fault::of_load(&error);
                            contents.profiles.push((Some(wanted), Err(fault), Vec::new()));
                        }
                    }
                }
            }
            kind if is_other(kind) => {}
            _ if file.is_named && text(file.bytes).is_none_or(|text| !could_start(&text)) => {
                contents.profiles.push((None, Err(Fault::of_load(&error)), Vec::new()));
            }
            _ if is_data(file.name) && has(file.bytes, b"SCMP_ACT_") => {
                contents.profiles.push((None, Err(Fault::of_load(&error)), Vec::new()));
            }
            _ => {}
        }
        contents
    }

    fn parse(&self, file: File, document: Option<&str>) -> Result<Loaded, LoadError> {
        let options =
            LoadOptions { format: self.options.format, document: document.map(str::to_owned) };
        match file.path {
            Some(path) => load::parse_at(path, file.bytes, &options),
            None => parse_as(file.name, SourceKind::Stdin, file.bytes, &options, &NoSiblings),
        }
    }

    fn take(
        &self,
        contents: &mut Contents,
        file: File,
        document: Option<String>,
        loaded: Loaded,
        neighbours: Siblings,
    ) {
        if has(file.bytes, b"HostConfig") {
            let container = document.clone().unwrap_or_else(|| name_of(file.bytes));
            let (confinement, says) =
                match (&loaded.baseline, loaded.profile.default_action.is_some()) {
                    (Some(_), _) => (Confinement::Default, "the engine's default"),
                    (None, true) => (Confinement::Own, "a profile of its own"),
                    (None, false) => (Confinement::Unconfined, "no seccomp filter"),
                };
            contents.containers.push((container, confinement, says.to_owned()));
            if confinement != Confinement::Own {
                return;
            }
        }
        let source = loaded.source.clone();
        let path = match &document {
            Some(document) => format!("{}#{document}", path_of(file)),
            None => path_of(file).to_owned(),
        };
        let whole = overlay::resolve(loaded, neighbours);
        let mut broken = Vec::new();
        let judged = match whole {
            Ok(whole) => {
                let judged = self.judge(&whole, &path);
                let judged = judged.map_err(|error| Fault::of_meaning(&error, &source));
                match self.options.team.as_ref().map(|team| team.broken(&path, &whole)) {
                    Some(Err(why)) => judged.and(Err(Fault { at: None, why })),
                    Some(Ok(found)) => {
                        broken = found;
                        judged
                    }
                    None => judged,
                }
            }
            Err(error) => {
                let at = error.place().map(|(source, span)| source.position(span.start));
                let at = at.map(|position| (position.line, position.column));
                Err(Fault { at, why: error.kind().to_string() })
            }
        };
        contents.profiles.push((document, judged, broken));
    }
}

/// Where a file is, as far as anything hangs on it.
fn path_of<'f>(file: File<'f>) -> &'f str {
    file.path.unwrap_or(file.name)
}

/// What an inspected container is called.
fn name_of(bytes: &[u8]) -> String {
    let value = serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_default();
    let one = value.get(0).unwrap_or(&value);
    let name = one.get("Name").or_else(|| one.get("Id")).and_then(serde_json::Value::as_str);
    name.map_or("the container", |name| name.trim_start_matches('/')).to_owned()
}

/// The bytes as a text; none of what is no text, which says nothing of uses.
fn text(bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
    let is_text = !bytes.iter().take(8000).any(|byte| *byte == 0);
    is_text.then(|| String::from_utf8_lossy(bytes))
}

/// Whether a text could start containers: also one that says nothing of any profile.
fn could_start(text: &str) -> bool {
    let has = |word| has(text.as_bytes(), word);
    uses::could_speak(text)
        || (has(b"apiVersion") && has(b"ontainers"))
        || (has(b"services") && has(b"image"))
}

fn of_uses(name: &str, path: &str, text: &str) -> Vec<Row> {
    let found = uses::find(path, text);
    // Of a cluster's Pods two can have one name.
    let within = namespace(text).map_or(String::new(), |name| format!(" in {name}"));
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: u32| 1 + ends.partition_point(|end| *end < at as usize);
    // An example in a document starts no container.
    let uses = found.uses.iter().filter(|one| !one.is_example).map(|one| {
        Row::Use(UseRow {
            confinement: confinement(one),
            name: name.to_owned(),
            line: line(one.place.start),
            container: one.name() + &within,
            says: one.words(),
            for_others: one.is_default || one.is_patch,
        })
    });
    let mut rows: Vec<Row> = uses.collect();
    if !rows.is_empty() {
        for unread in &found.unread {
            rows.push(Row::Use(UseRow {
                confinement: Confinement::Open,
                name: name.to_owned(),
                line: line(unread.place.start),
                container: "a part that cannot be read".to_owned(),
                says: unread.why.clone(),
                for_others: true,
            }));
        }
    }
    rows
}

/// The namespace of an object that is alone in its text, as those of `kubectl get -A -o json` are.
fn namespace(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('{') || !has(text.as_bytes(), b"\"namespace\"") {
        return None;
    }
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(object.get("metadata")?.get("namespace")?.as_str()?.to_owned())
}

fn confinement(one: &Use) -> Confinement {
    if one.is_off() {
        return Confinement::Unconfined;
    }
    let is_open = matches!(one.privileged, Switch::Open(_));
    match (&one.given, one.runner) {
        (Given::Open(_), _) => Confinement::Open,
        (Given::File(_), Runner::Kubernetes) if is_open => Confinement::Open,
        (Given::File(_), _) => Confinement::Own,
        (Given::Nothing | Given::Default, _) if is_open => Confinement::Open,
        (Given::Nothing | Given::Default, _) => Confinement::Default,
        (Given::Unconfined, _) => Confinement::Unconfined,
    }
}
