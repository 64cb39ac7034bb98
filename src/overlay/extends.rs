//! Files that say what they extend: each becomes the profile that it and the layers below it are.

use super::{Layer, Merged, OverlayError, Strategy, merge};
use crate::decision::Store;
use crate::load::{LoadError, LoadOptions, Loaded, NeighbourError, Neighbours, Source, parse};
use crate::profile::{Format, Spanned, to_json};
use crate::semantics::Engine;
use crate::syscall::Host;

/// How many files deep layers can lie.
pub const MAX_CHAIN: usize = 16;

/// How many layers a profile can have, those of its layers included.
pub const MAX_LAYERS: usize = 64;

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
    /// More layers than [`MAX_LAYERS`].
    #[error("a profile has more than {MAX_LAYERS} layers ({})", chain_of(.chain))]
    TooMany { chain: Vec<String> },
    /// A layer outside the repository or the working folder.
    #[error("`{path}` is outside {root} ({})", chain_of(.chain))]
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
pub fn layers(loaded: Loaded, neighbours: &dyn Neighbours) -> Result<Vec<Loaded>, ExtendsError> {
    Resolver::new(neighbours).layers(loaded)
}

/// The profile that a file and all that it extends are; the file itself if it extends nothing.
///
/// # Errors
/// [`ExtendsError`]
pub fn resolve(loaded: Loaded, neighbours: &dyn Neighbours) -> Result<Loaded, ExtendsError> {
    match loaded.profile.extends.is_empty() {
        true => Ok(loaded),
        false => Resolver::new(neighbours).resolve(loaded),
    }
}

struct Resolver<'a> {
    neighbours: &'a dyn Neighbours,
    /// The files on the way to the present one.
    chain: Vec<String>,
    /// How many files were opened.
    opened: usize,
}

impl Resolver<'_> {
    fn new(neighbours: &dyn Neighbours) -> Resolver<'_> {
        Resolver { neighbours, chain: Vec::new(), opened: 0 }
    }

    fn layers(&mut self, loaded: Loaded) -> Result<Vec<Loaded>, ExtendsError> {
        let name = self.neighbours.identity(&loaded.source);
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
            self.opened += 1;
            if self.opened > MAX_LAYERS {
                return Err(ExtendsError::TooMany { chain: self.chain.clone() });
            }
            let below = self.neighbours.open(&loaded.source, &spec.value);
            let below = below.map_err(|error| self.failed(error, &loaded.source, spec))?;
            layers.push(self.resolve(below)?);
        }
        self.chain.pop();
        layers.push(loaded);
        Ok(layers)
    }

    fn failed(
        &self,
        error: NeighbourError,
        source: &Source,
        spec: &Spanned<String>,
    ) -> ExtendsError {
        let mut chain = self.chain.clone();
        let line = source.position(spec.span.start).line;
        if let Some(last) = chain.last_mut() {
            *last = format!("{last}:{line}");
        }
        match error {
            NeighbourError::Load(error) => ExtendsError::Load { error: Box::new(error), chain },
            NeighbourError::Outside { path, root } => ExtendsError::Outside { path, root, chain },
            NeighbourError::NoFolder => {
                let (name, spec) = (source.name.to_string(), spec.value.clone());
                ExtendsError::NoFolder { name, spec }
            }
        }
    }

    fn resolve(&mut self, loaded: Loaded) -> Result<Loaded, ExtendsError> {
        if loaded.profile.extends.is_empty() {
            // Still a part of the chain, for itself.
            return self.layers(loaded).map(|mut layers| layers.remove(0));
        }
        let strategy = strategy_of(&loaded)?.unwrap_or_default();
        let source = loaded.source.clone();
        let layers = self.layers(loaded)?;
        let failed = |error: OverlayError| ExtendsError::Merge {
            name: source.name.to_string(),
            error: Box::new(error),
        };
        let merged = merge_loaded(&mut Store::default(), &layers, None, strategy, &Host::ALL);
        let text = to_json(&merged.map_err(failed)?.profile);
        let options = LoadOptions { format: Some(Format::Docker), document: None };
        parse(&source.name, text.as_bytes(), &options).map_err(|error| ExtendsError::Load {
            error: Box::new(error),
            chain: self.chain.clone(),
        })
    }
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
