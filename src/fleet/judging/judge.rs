//! Judges profiles: each distinct one once, whichever file it comes from.

use super::ask::{Question, What};
use super::facts::Base;
use super::judged::{Contents, Judged};
use super::plan;
use super::team::Team;
use crate::fleet::row::{Asked, Row, Scope, Way};
use crate::lint::{self, Finding};
use crate::load::Loaded;
use crate::profile::{Format, to_json};
use crate::semantics::{Engine, Policy, SemanticsError, Settings};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

/// What is asked of every profile.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who reads them, if not who can where they lie.
    pub engine: Option<Engine>,
    /// Hosts, environment and machine, to whichever engine.
    pub settings: Settings,
    /// Questions.
    pub questions: Vec<Question>,
    /// The format of the profiles, where it is not to be told by the content.
    pub format: Option<Format>,
    /// Whether to look for overlays that close what is let through.
    pub plan: bool,
    /// What is said of some profiles, and required of them.
    pub team: Option<Arc<dyn Team>>,
}

/// Judges profiles; from several threads.
#[derive(Debug)]
pub struct Judge {
    pub(in crate::fleet) options: Options,
    bases: Mutex<Vec<(Settings, SharedBase)>>,
    judged: Mutex<FxHashMap<Key, Shared<Option<Arc<Judged>>>>>,
    pub(in crate::fleet) files: Mutex<FxHashMap<Key, Shared<Contents>>>,
}

/// A hash of all that an answer hangs on.
pub(in crate::fleet) type Key = [u8; 32];

/// Made by the first who asks, while the others wait.
pub(in crate::fleet) type Shared<T> = Arc<OnceLock<T>>;

type SharedBase = Shared<Result<Base, SemanticsError>>;

/// So many surroundings are kept: files that each carry their own would fill the memory.
const BASES: usize = 32;

impl Judge {
    /// Nothing is judged yet.
    pub fn new(options: Options) -> Judge {
        let (bases, judged, files) = Default::default();
        Judge { options, bases, judged, files }
    }

    /// The rows that say for what the others hold: the hosts and the environment in words, and the
    /// questions.
    pub fn head(&self, scope: String) -> Vec<Row> {
        let scope = Scope { scope, version: env!("CARGO_PKG_VERSION").to_owned() };
        let asked = self.options.questions.iter();
        let asked = asked.map(|question| Row::Asked(Asked { question: question.text.clone() }));
        [Row::Scope(scope)].into_iter().chain(asked).collect()
    }

    /// What a profile comes to; `path` is where it lies, which says who can read it.
    pub(in crate::fleet) fn judge(
        &self,
        loaded: &Loaded,
        path: &str,
    ) -> Result<Arc<Judged>, SemanticsError> {
        let own = self.options.team.as_ref().and_then(|team| team.asked(path));
        let is_own = own.is_some();
        let (engine, settings) =
            own.unwrap_or_else(|| (self.options.engine, self.options.settings.clone()));
        let readers = match engine {
            Some(engine) => vec![engine],
            None => lint::readers_of(loaded, path),
        };
        let key = key(loaded, &readers, is_own.then_some(&settings));
        let slot = slot(&self.judged, key);
        // A fault has places, which are each file's own: it is found anew.
        let mut fault = None;
        let judged = slot.get_or_init(|| match self.judge_anew(loaded, &readers, &settings) {
            Ok(judged) => Some(Arc::new(judged)),
            Err(error) => {
                fault = Some(error);
                None
            }
        });
        match (judged, fault) {
            (Some(judged), _) => Ok(judged.clone()),
            (None, Some(error)) => Err(error),
            (None, None) => self.judge_anew(loaded, &readers, &settings).map(Arc::new),
        }
    }

    fn judge_anew(
        &self,
        loaded: &Loaded,
        readers: &[Engine],
        asked: &Settings,
    ) -> Result<Judged, SemanticsError> {
        let settings = |engine| asked.clone().read_by(engine).carrying(&loaded.environment);
        let engine = readers.first().copied().unwrap_or(Engine::Docker);
        let own = settings(engine);
        let slot = self.base(&own);
        let base = slot.get_or_init(|| Base::new(&own, &self.options.questions));
        let base = base.as_ref().map_err(Clone::clone)?;
        let mut store = base.store();
        let policy = Policy::build(&mut store, &loaded.profile, &own)?;
        let placed = |bound| SemanticsError::too_large(bound, &loaded.profile);
        let mut facts = base.facts(&mut store, &policy).map_err(placed)?;
        for question in &self.options.questions {
            if let What::Lint(id) = question.what {
                let found = lint::check_for(loaded, readers, &settings)?;
                let found = found.iter().filter(|finding| finding.lint == id);
                facts.answers.extend(found.map(|finding| of_finding(id, finding)));
            }
        }
        if self.options.plan {
            let lints = |loaded: &Loaded| lint::check_for(loaded, readers, &settings);
            let subject = plan::Subject { base, loaded, policy: &policy, lints: &lints };
            facts.plans = plan::plans(&subject, &mut store, &facts, &self.options.questions);
        }
        let fingerprint = policy.fingerprint(&store).to_string();
        let mut others = BTreeMap::new();
        for &engine in readers.iter().skip(1) {
            let mut store = crate::decision::Store::default();
            if let Ok(policy) = Policy::build(&mut store, &loaded.profile, &settings(engine)) {
                let fingerprint = policy.fingerprint(&store).to_string();
                others.insert(engine.name().to_owned(), fingerprint);
            }
        }
        // A built-in default is a copy of itself.
        let origin = super::origin::of(&loaded.profile, engine);
        Ok(Judged { engine, fingerprint, others, origin, facts })
    }

    /// The place of what is built once for these settings.
    fn base(&self, settings: &Settings) -> SharedBase {
        let mut bases = self.bases.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, base)) = bases.iter().find(|(known, _)| known == settings) {
            return base.clone();
        }
        if bases.len() >= BASES {
            bases.remove(1);
        }
        let base = Shared::default();
        bases.push((settings.clone(), base.clone()));
        base
    }
}

/// The place of a key, which somebody may be filling.
pub(in crate::fleet) fn slot<T>(known: &Mutex<FxHashMap<Key, Shared<T>>>, key: Key) -> Shared<T> {
    let mut known = known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    known.entry(key).or_default().clone()
}

/// All of a profile that its function and its origin hang on: what it says in its order, who reads it,
/// what its file says of the container, and what is asked of it alone.
fn key(loaded: &Loaded, readers: &[Engine], own: Option<&Settings>) -> Key {
    let mut hasher = Sha256::new();
    if let Some(settings) = own {
        hasher.update(format!("{settings:?}\n"));
    }
    hasher.update(format!("{:?} {readers:?} {:?}\n", loaded.environment, loaded.profile.format));
    hasher.update(to_json(&loaded.profile));
    hasher.finalize().into()
}

fn of_finding(question: &str, finding: &Finding) -> Way {
    let proof = finding.witness.as_ref().map_or(String::new(), ToString::to_string);
    Way {
        question: question.to_owned(),
        call: finding.subject.clone(),
        indirect: false,
        when: finding.message.clone(),
        places: String::new(),
        proof,
    }
}
