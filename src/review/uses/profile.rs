//! The profile that a use comes to, on its side of the repository.

use super::super::side::View;
use super::super::{File, FileKind, Repository, Side, Trouble};
use crate::baseline;
use crate::load::{
    LoadOptions, Loaded, MARKS, NO_CONDITION, beside, inside, is_called, load, operator_objects,
};
use crate::overlay;
use crate::profile::Capability;
use crate::semantics::{Engine, Given as GivenSet};
use crate::uses::{Given, Runner, Switch, Use};
use std::collections::HashMap;
use std::rc::Rc;

/// What a container runs under.
#[derive(Clone)]
pub(super) enum Filter {
    /// No filter.
    Off,
    /// A profile that is known.
    Known(Rc<Known>),
    /// Nobody can tell here, and why.
    Unknown(String),
}

/// A profile that is known.
pub(super) struct Known {
    pub loaded: Loaded,
    pub engine: Engine,
    /// What it is: `containerd@2.2.0`, `seccomp/mine.json`.
    pub name: String,
    /// Tells it from every other.
    pub identity: String,
}

/// Profiles of both sides, each loaded once.
pub(super) struct Profiles<'r> {
    pub repository: &'r dyn Repository,
    engine: Option<Engine>,
    known: HashMap<(Side, Runner, String, String), Filter>,
}

impl<'r> Profiles<'r> {
    pub fn new(repository: &'r dyn Repository, engine: Option<Engine>) -> Profiles<'r> {
        Profiles { repository, engine, known: HashMap::new() }
    }

    /// Who runs it.
    pub fn engine(&self, runner: Runner) -> Engine {
        match (runner, self.engine) {
            (Runner::Kubernetes, engine) => engine.unwrap_or(Engine::Containerd),
            (Runner::Docker, Some(engine @ (Engine::Podman | Engine::DockerNext))) => engine,
            (Runner::Docker, _) => Engine::Docker,
            (Runner::Podman, _) => Engine::Podman,
            (Runner::Nerdctl, _) => Engine::Containerd,
        }
    }

    /// What a use in a file comes to.
    pub fn filter(&mut self, side: Side, file: &str, one: &Use) -> Result<Filter, Trouble> {
        if one.is_off() {
            return Ok(Filter::Off);
        }
        if let Switch::Open(words) = &one.privileged {
            return Ok(Filter::Unknown(format!("whether it is privileged hangs on `{words}`")));
        }
        if !one.open.is_empty() && one.given == Given::Nothing && one.privileged == Switch::Off {
            let words = one.open.join(", ");
            return Ok(Filter::Unknown(format!("what `{words}` holds is not known here")));
        }
        match &one.given {
            Given::Nothing | Given::Default => {
                let product = match self.engine(one.runner) {
                    Engine::Docker | Engine::DockerNext => "docker",
                    Engine::Podman => "podman",
                    Engine::CriO => "crio",
                    Engine::Containerd => "containerd",
                };
                self.cached(side, one.runner, product, "", |_| Ok(default(product)))
            }
            Given::Unconfined => Ok(Filter::Off),
            Given::Open(words) => Ok(Filter::Unknown(format!("`{}` decides", short(words)))),
            Given::File(path) => {
                let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                let (path, file) = (path.clone(), file.to_owned());
                let runner = one.runner;
                self.cached(side, runner, &path.clone(), &folder, |profiles| {
                    profiles.of_file(side, runner, &path, &file)
                })
            }
        }
    }

    fn cached(
        &mut self,
        side: Side,
        runner: Runner,
        path: &str,
        folder: &str,
        make: impl FnOnce(&mut Self) -> Result<Filter, Trouble>,
    ) -> Result<Filter, Trouble> {
        let key = (side, runner, path.to_owned(), folder.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let made = make(self)?;
        self.known.insert(key, made.clone());
        Ok(made)
    }

    fn of_file(
        &self,
        side: Side,
        runner: Runner,
        path: &str,
        from: &str,
    ) -> Result<Filter, Trouble> {
        let engine = self.engine(runner);
        let view = View::new(self.repository, side);
        // Relative to the file that says it; a command's folder is not known.
        if runner != Runner::Kubernetes && !path.starts_with('/') {
            match beside(from, path) {
                None => {
                    return Ok(Filter::Unknown(format!("`{path}` lies outside the repository")));
                }
                Some(near) => {
                    if let Some(file) = self.repository.find(side, &near)? {
                        return load_file(&view, &file, None, engine);
                    }
                }
            }
        }
        let wanted = path.trim_start_matches("./").trim_start_matches('/');
        let name = wanted.rsplit('/').next().unwrap_or(wanted);
        let files = self.repository.ending(side, name)?;
        let longest = |file: &File| {
            let pairs = file.path.rsplit('/').zip(wanted.rsplit('/'));
            pairs.take_while(|(a, b)| a == b).count()
        };
        let most = files.iter().map(longest).max().unwrap_or(0);
        let mut files: Vec<&File> = files.iter().filter(|file| longest(file) == most).collect();
        files.dedup_by(|a, b| a.id == b.id);
        match files[..] {
            [file] => return load_file(&view, file, None, engine),
            [] => {}
            _ => {
                let names: Vec<&str> =
                    files.iter().take(3).map(|file| file.path.as_str()).collect();
                let names = names.join(", ");
                return Ok(Filter::Unknown(format!("`{path}` could be any of {names}")));
            }
        }
        // The operator puts its objects there: `operator/NAMESPACE/NAME.json`, and those without a
        // namespace directly into the folder.
        let (namespace, object) = match wanted.split('/').collect::<Vec<_>>()[..] {
            ["operator", namespace, last] => (Some(namespace), last.strip_suffix(".json")),
            ["operator", last] => (None, last.strip_suffix(".json")),
            _ => (None, None),
        };
        if let Some(object) = object {
            return self.of_operator(&view, namespace, object, engine);
        }
        self.inside(&view, wanted, engine)
    }

    /// The operator's object of that name; one without a namespace is put into any.
    fn of_operator(
        &self,
        view: &View,
        namespace: Option<&str>,
        object: &str,
        engine: Engine,
    ) -> Result<Filter, Trouble> {
        let mut found: Vec<(File, String)> = Vec::new();
        for file in self.repository.holding(view.side, "SeccompProfile")? {
            let Ok(bytes) = view.checked(view.bytes(&file))? else { continue };
            for (name, number, of) in operator_objects(&String::from_utf8_lossy(&bytes)) {
                let is_there = namespace.is_none() || of.is_none() || of.as_deref() == namespace;
                let is_known = found.iter().any(|(known, n)| (&known.id, n) == (&file.id, &number));
                if name == object && is_there && !is_known {
                    found.push((file.clone(), number));
                }
            }
        }
        match &found[..] {
            [] => {
                let place =
                    namespace.map_or(String::new(), |name| format!(" of namespace `{name}`"));
                let why = format!("no SeccompProfile `{object}`{place} is in the repository");
                Ok(Filter::Unknown(why))
            }
            [(file, number)] => load_file(view, file, Some(number), engine),
            [(a, _), (b, _), ..] => Ok(Filter::Unknown(format!(
                "the SeccompProfile `{object}` could be that of {} or of {}",
                a.path, b.path
            ))),
        }
    }

    /// A profile of that name inside another file: a `ConfigMap`, a machine's configuration.
    fn inside(&self, view: &View, path: &str, engine: Engine) -> Result<Filter, Trouble> {
        let mut files: Vec<File> = Vec::new();
        for word in MARKS {
            for file in self.repository.holding(view.side, word)? {
                if !files.iter().any(|known| known.id == file.id) {
                    files.push(file);
                }
            }
        }
        let mut found: Vec<(File, String, u64)> = Vec::new();
        for file in files {
            let Ok(bytes) = view.checked(view.bytes(&file))? else { continue };
            for (name, text) in inside(&String::from_utf8_lossy(&bytes)).profiles {
                let bare = name.strip_suffix(NO_CONDITION).unwrap_or(&name);
                if is_called(bare, path) && !found.iter().any(|(_, _, known)| *known == text) {
                    found.push((file.clone(), name, text));
                }
            }
        }
        match &found[..] {
            [] => Ok(Filter::Unknown(format!("`{path}` is not in the repository"))),
            [(file, name, _)] => load_file(view, file, Some(name), engine),
            [(a, name, _), (_, other, _)] if other.strip_suffix(NO_CONDITION) == Some(name) => {
                Ok(Filter::Unknown(format!("{}#{name} hangs on a template's conditions", a.path)))
            }
            [(a, an, _), (b, bn, _), ..] => {
                Ok(Filter::Unknown(format!("`{path}` could be {}#{an} or {}#{bn}", a.path, b.path)))
            }
        }
    }
}

fn load_file(
    view: &View,
    file: &File,
    document: Option<&str>,
    engine: Engine,
) -> Result<Filter, Trouble> {
    if file.kind == FileKind::Submodule {
        return Ok(Filter::Unknown(format!("{} is a submodule", file.path)));
    }
    let own = match view.checked(view.load(file, document))? {
        Ok(own) => own,
        Err(error) => {
            return Ok(Filter::Unknown(format!("{} cannot be read: {}", file.path, error.kind())));
        }
    };
    let whole = match own.profile.extends.is_empty() {
        true => own,
        false => match view.checked(overlay::resolve(own, view))? {
            Ok(whole) => whole,
            Err(error) => {
                return Ok(Filter::Unknown(format!("{}: {}", file.path, error.message())));
            }
        },
    };
    let name = match document {
        Some(document) => format!("{}#{document}", file.path),
        None => file.path.clone(),
    };
    // One text read by one engine is one function, whatever side and path it has.
    let identity = match whole.profile.extends.is_empty() && whole.baseline.is_none() {
        true => format!("{} {}", file.id, document.unwrap_or("")),
        false => format!("{}{name}", view.name("")),
    };
    // An object of the operator is read as its own.
    let engine = match whole.profile.format {
        crate::profile::Format::Operator => Engine::Containerd,
        _ => engine,
    };
    let known =
        Known { loaded: whole, engine, name, identity: format!("{identity} {}", engine.name()) };
    Ok(Filter::Known(Rc::new(known)))
}

fn default(product: &str) -> Filter {
    match load(product, &LoadOptions::default()) {
        Ok(loaded) => {
            let name = loaded.baseline.map_or(product.to_owned(), ToString::to_string);
            let engine = Engine::of_loaded(&loaded);
            Filter::Known(Rc::new(Known { loaded, engine, identity: name.clone(), name }))
        }
        // A test holds that built-in profiles load.
        Err(error) => Filter::Unknown(error.kind().to_string()),
    }
}

/// No filter, as a profile.
pub(super) fn off() -> Option<Loaded> {
    load(baseline::UNCONFINED, &LoadOptions::default()).ok()
}

/// The capabilities that a container of which so much is said has in its bounding set: those that its
/// engine grants, with what is added and dropped. Docker's and containerd's are the same 14 names
/// (moby's `daemon/pkg/oci/caps/defaults.go`, containerd's `pkg/oci/spec.go`); Podman's are those of
/// containers-common (`pkg/config/default.go`), CRI-O's of its own (1.37's
/// `internal/config/capabilities/capabilities_linux.go`).
pub(super) fn capabilities(engine: Engine, one: &Use) -> u64 {
    if one.privileged == Switch::On {
        return GivenSet::all();
    }
    let set = |names: &[&str]| {
        let known = names.iter().filter_map(|name| Capability::from_name(&format!("CAP_{name}")));
        known.fold(0_u64, |set, capability| set | 1 << capability.bit())
    };
    let default = match engine {
        Engine::Docker | Engine::DockerNext | Engine::Containerd => GivenSet::docker_default(),
        Engine::Podman => set(&[
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT",
        ]),
        Engine::CriO => set(&[
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "KILL",
        ]),
    };
    let has_all = |names: &[String]| names.iter().any(|name| name == "ALL");
    let named = |names: &[String]| set(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (added, dropped) = (named(&one.added), named(&one.dropped));
    match (has_all(&one.added), has_all(&one.dropped)) {
        (true, _) => GivenSet::all() & !dropped,
        (_, true) => added,
        _ => default & !dropped | added,
    }
}

/// Words that fit in a sentence.
pub(super) fn short(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(90) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("")),
        None => line,
    }
}
