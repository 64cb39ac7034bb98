//! Files that say what they extend: each becomes the profile that it and the layers below it are.

mod error;

use super::{Layer, Merged, OverlayError, Strategy, merge};
use crate::decision::Store;
use crate::load::{LoadOptions, Loaded, NeighbourError, Neighbours, Source, SourceKind, parse};
use crate::profile::{Format, Spanned, to_json};
use crate::semantics::Engine;
use crate::syscall::Host;

pub use error::{ExtendsError, ExtendsErrorKind, MAX_CHAIN, MAX_LAYERS};

/// What a profile's `strategy` says.
///
/// # Errors
/// [`ExtendsErrorKind::Strategy`].
pub fn strategy_of(loaded: &Loaded) -> Result<Option<Strategy>, ExtendsError> {
    let Some(Spanned { value, span }) = &loaded.profile.strategy else { return Ok(None) };
    Strategy::from_name(value).map(Some).ok_or_else(|| {
        let kind = ExtendsErrorKind::Strategy(value.clone());
        ExtendsError::new(kind, &loaded.source, Some(*span), &[])
    })
}

/// Whether layers say what every call gets: the base does by its default action, and where a
/// strategy counts default actions, every layer that has rules.
///
/// # Errors
/// [`ExtendsErrorKind::NoBase`], [`ExtendsErrorKind::NoDefault`].
pub fn check_defaults(layers: &[Loaded], strategy: Strategy) -> Result<(), ExtendsError> {
    check_defaults_of(layers, strategy, &[])
}

fn check_defaults_of(
    layers: &[Loaded],
    strategy: Strategy,
    chain: &[String],
) -> Result<(), ExtendsError> {
    let (kind, count) = match strategy.counts_defaults() {
        true => (ExtendsErrorKind::NoDefault(strategy), layers.len()),
        false => (ExtendsErrorKind::NoBase, 1),
    };
    let first_rule = |loaded: &Loaded| match loaded.profile.default_action {
        Some(_) => None,
        None => loaded.profile.rules.first().map(|rule| rule.span),
    };
    let wrong = layers.iter().take(count).find_map(|loaded| Some((loaded, first_rule(loaded)?)));
    match wrong {
        Some((loaded, span)) => Err(ExtendsError::new(kind, &loaded.source, Some(span), chain)),
        None => Ok(()),
    }
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
        let is_cycle = self.chain.contains(&name);
        self.chain.push(name);
        let whole = |kind, chain: &[String]| ExtendsError::new(kind, &loaded.source, None, chain);
        if is_cycle {
            return Err(whole(ExtendsErrorKind::Cycle, &self.chain));
        }
        if self.chain.len() > MAX_CHAIN {
            return Err(whole(ExtendsErrorKind::TooDeep, &self.chain));
        }
        let mut layers = Vec::new();
        for spec in &loaded.profile.extends {
            self.opened += 1;
            if self.opened > MAX_LAYERS {
                return Err(whole(ExtendsErrorKind::TooMany, &self.chain));
            }
            let below = self.open(&loaded.source, spec);
            let below = below.map_err(|kind| {
                let mut chain = self.chain.clone();
                let line = loaded.source.position(spec.span.start).line;
                if let Some(last) = chain.last_mut() {
                    *last = format!("{last}:{line}");
                }
                ExtendsError::new(kind, &loaded.source, Some(spec.span), &chain)
            })?;
            layers.push(self.resolve(below)?);
        }
        self.chain.pop();
        layers.push(loaded);
        Ok(layers)
    }

    fn open(&self, from: &Source, spec: &Spanned<String>) -> Result<Loaded, ExtendsErrorKind> {
        let name = &spec.value;
        if name.is_empty() {
            return Err(ExtendsErrorKind::Empty);
        }
        if name == "-" || name.starts_with("-#") {
            return Err(ExtendsErrorKind::StandardInput(name.clone()));
        }
        self.neighbours.open(from, name).map_err(|error| match error {
            NeighbourError::Load(error) => ExtendsErrorKind::Load(error),
            NeighbourError::Outside { path, root } => ExtendsErrorKind::Outside { path, root },
            NeighbourError::NoFolder => ExtendsErrorKind::NoFolder { spec: name.clone() },
        })
    }

    fn resolve(&mut self, loaded: Loaded) -> Result<Loaded, ExtendsError> {
        if loaded.profile.extends.is_empty() {
            // Still a part of the chain, for itself.
            return self.layers(loaded).map(|mut layers| layers.remove(0));
        }
        let layers = self.layers(loaded)?;
        join(&layers, &self.chain)
    }
}

/// The profile that layers are, of which the last is the file that names the others.
///
/// # Errors
/// [`ExtendsError`]
pub fn joined(layers: &[Loaded]) -> Result<Loaded, ExtendsError> {
    join(layers, &[])
}

/// `chain` is of the files that lead to the last of the layers.
fn join(layers: &[Loaded], chain: &[String]) -> Result<Loaded, ExtendsError> {
    let Some(own) = layers.last() else {
        let nothing = Source::new("", SourceKind::Memory, "");
        let kind = ExtendsErrorKind::Merge(OverlayError::NoLayers);
        return Err(ExtendsError::new(kind, &nothing, None, chain));
    };
    let strategy = strategy_of(own)?.unwrap_or_default();
    check_defaults_of(layers, strategy, chain)?;
    let failed = |kind| ExtendsError::new(kind, &own.source, None, chain);
    let merged = merge_loaded(&mut Store::default(), layers, None, strategy, &Host::ALL)
        .map_err(|error| failed(ExtendsErrorKind::Merge(error)))?;
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    parse(&own.source.name, to_json(&merged.profile).as_bytes(), &options)
        .map_err(|error| failed(ExtendsErrorKind::Load(error)))
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
        let engine = engine.unwrap_or(Engine::of_loaded(loaded));
        let layer = Layer::new(&loaded.source.name, &loaded.profile, engine);
        layers.push(layer.map_err(OverlayError::of_layer(at))?);
    }
    merge(store, &layers, strategy, hosts)
}
