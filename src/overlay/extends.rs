//! Files that say what they extend: each becomes the profile that it and the layers below it are.

use super::{Layer, Merged, OverlayError, Strategy, merge};
use crate::baseline;
use crate::decision::Store;
use crate::load::{LoadError, LoadOptions, Loaded, Source, SourceKind, load, parse};
use crate::profile::{Format, Spanned, to_json};
use crate::semantics::Engine;
use crate::syscall::Host;
use std::path::{Component, Path, PathBuf};

/// How many files deep layers can lie.
pub const MAX_CHAIN: usize = 16;

/// Why a file does not become what it extends.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum ExtendsError {
    /// A layer does not load; the files that lead to it, the first given first.
    #[error("{error} ({})", chain_of(.chain))]
    Load { error: Box<LoadError>, chain: Vec<String> },
    /// A file extends itself.
    #[error("a profile extends itself: {}", .chain.join(" → "))]
    Cycle { chain: Vec<String> },
    /// More layers than [`MAX_CHAIN`].
    #[error("profiles extend each other more than {MAX_CHAIN} files deep: {}", .chain.join(" → "))]
    TooDeep { chain: Vec<String> },
    /// A layer outside the repository or the working folder.
    #[error("`{path}` is outside {root} ({}); --allow-outside takes it all the same", chain_of(.chain))]
    Outside { path: String, root: String, chain: Vec<String> },
    /// A file that cannot say what it extends, because it has no folder.
    #[error("`{name}` extends `{spec}`, and a relative path has no meaning there")]
    NoFolder { name: String, spec: String },
    /// An unknown `strategy`.
    #[error("{name}: unknown strategy `{found}`: it is override, replace, union or stack")]
    Strategy { name: String, found: String },
    /// The layers do not become one.
    #[error("{name}: {error}")]
    Merge { name: String, error: Box<OverlayError> },
}

fn chain_of(chain: &[String]) -> String {
    format!("extended by {}", chain.join(" → "))
}

/// What a profile's `strategy` says.
///
/// # Errors
/// [`ExtendsError::Strategy`].
pub fn strategy_of(loaded: &Loaded) -> Result<Option<Strategy>, ExtendsError> {
    let Some(Spanned { value, .. }) = &loaded.profile.strategy else { return Ok(None) };
    Strategy::from_name(value).map(Some).ok_or_else(|| ExtendsError::Strategy {
        name: loaded.source.name.to_string(),
        found: value.clone(),
    })
}

/// The layers that a profile stands for, the base first, itself last; itself alone if it extends
/// nothing. Layers that extend others are already what they resolve to.
///
/// # Errors
/// [`ExtendsError`]
pub fn layers(
    loaded: Loaded,
    options: &LoadOptions,
    allow_outside: bool,
) -> Result<Vec<Loaded>, ExtendsError> {
    let root = if allow_outside { None } else { root() };
    let mut resolver = Resolver { options, root, chain: Vec::new() };
    resolver.layers(loaded)
}

/// The profile that a file and all that it extends are; the file itself if it extends nothing.
///
/// # Errors
/// [`ExtendsError`]
pub fn resolve(
    loaded: Loaded,
    options: &LoadOptions,
    allow_outside: bool,
) -> Result<Loaded, ExtendsError> {
    if loaded.profile.extends.is_empty() {
        return Ok(loaded);
    }
    let root = if allow_outside { None } else { root() };
    Resolver { options, root, chain: Vec::new() }.resolve(loaded)
}

struct Resolver<'a> {
    options: &'a LoadOptions,
    /// What no path may leave.
    root: Option<PathBuf>,
    /// The files on the way to the present one.
    chain: Vec<String>,
}

impl Resolver<'_> {
    fn layers(&mut self, loaded: Loaded) -> Result<Vec<Loaded>, ExtendsError> {
        let name = identity(&loaded.source);
        if self.chain.contains(&name) {
            self.chain.push(name);
            return Err(ExtendsError::Cycle { chain: self.chain.clone() });
        }
        self.chain.push(name);
        if self.chain.len() > MAX_CHAIN {
            return Err(ExtendsError::TooDeep { chain: self.chain.clone() });
        }
        let mut layers = Vec::new();
        for spec in &loaded.profile.extends {
            let place = self.place(&loaded.source, &spec.value)?;
            // A layer is what its own content says it is.
            let options = LoadOptions { document: None, ..LoadOptions::default() };
            let below = load(&place, &options).map_err(|error| ExtendsError::Load {
                error: Box::new(error),
                chain: self.chain.clone(),
            })?;
            layers.push(self.resolve(below)?);
        }
        self.chain.pop();
        layers.push(loaded);
        Ok(layers)
    }

    fn resolve(&mut self, loaded: Loaded) -> Result<Loaded, ExtendsError> {
        if loaded.profile.extends.is_empty() {
            // Still a part of the chain, for itself.
            return self.layers(loaded).map(|mut layers| layers.remove(0));
        }
        let strategy = strategy_of(&loaded)?.unwrap_or_default();
        let (source, warnings) = (loaded.source.clone(), loaded.warnings.clone());
        let layers = self.layers(loaded)?;
        let failed = |error: OverlayError| ExtendsError::Merge {
            name: source.name.to_string(),
            error: Box::new(error),
        };
        let merged = merge_loaded(&mut Store::default(), &layers, None, strategy, &Host::ALL);
        let text = to_json(&merged.map_err(failed)?.profile);
        let options = LoadOptions { format: Some(Format::Docker), document: None };
        let resolved = parse(&source.name, text.as_bytes(), &options).map_err(|error| {
            ExtendsError::Load { error: Box::new(error), chain: self.chain.clone() }
        })?;
        let _ = (warnings, &self.options);
        Ok(resolved)
    }

    /// What a file means by the name of another: baselines and revisions are themselves, paths are
    /// relative to its folder.
    fn place(&self, source: &Source, spec: &str) -> Result<String, ExtendsError> {
        if baseline::is_spec(spec) {
            return Ok(spec.to_owned());
        }
        let path = Path::new(spec);
        let folder = match source.kind {
            SourceKind::File => Path::new(&*source.name).parent().map(Path::to_owned),
            SourceKind::Stdin | SourceKind::Memory => Some(PathBuf::new()),
            SourceKind::Git => {
                // The same revision.
                let Some((revision, file)) = source.name.split_once(':') else {
                    return Ok(spec.to_owned());
                };
                let folder = Path::new(file).parent().unwrap_or(Path::new(""));
                return Ok(format!("{revision}:{}", lexical(&folder.join(path)).display()));
            }
            SourceKind::Baseline => None,
        };
        let Some(folder) = folder else {
            let (name, spec) = (source.name.to_string(), spec.to_owned());
            return Err(ExtendsError::NoFolder { name, spec });
        };
        let place = folder.join(path);
        if let (Some(root), Ok(real)) = (&self.root, place.canonicalize())
            && !real.starts_with(root)
        {
            return Err(ExtendsError::Outside {
                path: place.display().to_string(),
                root: root.display().to_string(),
                chain: self.chain.clone(),
            });
        }
        Ok(place.display().to_string())
    }
}

/// One name for one file, however it is reached.
fn identity(source: &Source) -> String {
    match source.kind {
        SourceKind::File => std::fs::canonicalize(&*source.name)
            .map_or_else(|_| source.name.to_string(), |path| path.display().to_string()),
        _ => source.name.to_string(),
    }
}

/// A path without `.` and `..`.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The repository around the working folder, or that folder.
fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let repository = here.ancestors().find(|folder| folder.join(".git").exists());
    Some(repository.unwrap_or(&here).to_owned())
}

/// Merges loaded profiles, each read by an engine: the given one, or that of its format.
///
/// # Errors
/// As [`merge`].
pub fn merge_loaded(
    store: &mut Store,
    loaded: &[Loaded],
    engine: Option<Engine>,
    strategy: Strategy,
    hosts: &[Host],
) -> Result<Merged, OverlayError> {
    let mut layers = Vec::with_capacity(loaded.len());
    for (at, loaded) in loaded.iter().enumerate() {
        let engine = engine.unwrap_or(Engine::of(loaded.profile.format));
        let layer = Layer::new(&loaded.source.name, &loaded.profile, engine);
        layers.push(layer.map_err(OverlayError::of_layer(at))?);
    }
    merge(store, &layers, strategy, hosts)
}
