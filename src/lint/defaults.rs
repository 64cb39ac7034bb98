//! What built-in defaults do, as machines read them: built once, however many profiles are held against
//! them.
//!
//! Each is built in a store of its own, against a meter of its own, and made once more in the store of
//! whoever asks. So a question costs the same whether or not another one has asked before it.

use super::{Finding, check_some};
use crate::baseline::Release;
use crate::decision::{Limits, Meter, Store};
use crate::load::{LoadOptions, Loaded, parse_baseline};
use crate::semantics::{Engine, Policy, SemanticsError, Settings};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// So many defaults under so many settings are kept.
const MOST: usize = 64;

/// A default under some settings.
#[derive(Debug)]
pub(super) struct Default {
    /// As it is built in.
    pub loaded: Loaded,
    /// The question to its own engine.
    pub settings: Settings,
    built: OnceLock<Result<(Store, Policy), SemanticsError>>,
    /// By lint.
    findings: Mutex<BTreeMap<&'static str, Vec<Finding>>>,
}

type Known = (&'static Release, Settings, Arc<Default>);

static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

/// A default, read by the machine of `settings`; none where it does not load, which a test holds to be never
/// so.
pub(super) fn default_of(release: &'static Release, settings: &Settings) -> Option<Arc<Default>> {
    let mut known = locked(&KNOWN);
    let is_it = |(of, under, _): &&Known| *of == release && under == settings;
    if let Some((.., default)) = known.iter().find(is_it) {
        return Some(default.clone());
    }
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    let loaded = parse_baseline(&release.to_string(), release, &options).ok()?;
    let own = settings.clone().read_by(Engine::of_loaded(&loaded));
    let (built, findings) = (OnceLock::new(), Mutex::default());
    let default = Arc::new(Default { loaded, settings: own, built, findings });
    if known.len() >= MOST {
        known.remove(0);
    }
    known.push((release, settings.clone(), default.clone()));
    Some(default)
}

impl Default {
    /// Its policy, in a store.
    ///
    /// # Errors
    /// As [`Policy::build`].
    pub fn policy(&self, store: &mut Store) -> Result<Policy, SemanticsError> {
        let built = self.built.get_or_init(|| {
            let mut store = Store::new(Limits::default());
            let policy = Policy::build(&mut store, &self.loaded.profile, &self.settings)?;
            Ok((store, policy))
        });
        let (from, policy) = built.as_ref().map_err(Clone::clone)?;
        policy.adopted(from, store).map_err(SemanticsError::whole)
    }

    /// What some of the lints find in it.
    ///
    /// # Errors
    /// As [`check`](super::check).
    pub fn findings(&self, of: &[&'static str]) -> Result<Vec<Finding>, SemanticsError> {
        let missing: Vec<&str> = {
            let known = locked(&self.findings);
            of.iter().copied().filter(|lint| !known.contains_key(lint)).collect()
        };
        if !missing.is_empty() {
            let meter = Arc::new(Meter::new(Limits::default()));
            let wanted = |lint: &super::Lint| missing.contains(&lint.id);
            let found = check_some(&self.loaded, &self.settings, &meter, &wanted)?;
            let mut known = locked(&self.findings);
            for lint in of.iter().filter(|lint| missing.contains(lint)) {
                let of_lint = found.iter().filter(|finding| finding.lint == *lint).cloned();
                known.insert(lint, of_lint.collect());
            }
        }
        let known = locked(&self.findings);
        Ok(of.iter().filter_map(|lint| known.get(lint)).flatten().cloned().collect())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
