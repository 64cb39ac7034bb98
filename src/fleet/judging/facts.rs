//! What a policy comes to, beside the defaults and questions that were built before it.

use super::ask::{self, About, Asked, Extent, Question, asked, extent, ways};
use super::beyond::beyond;
use crate::call::Call;
use crate::decision::{Store, TooLarge};
use crate::fleet::row::Facts;
use crate::load::{LoadOptions, Loaded, load};
use crate::semantics::{Engine, Policy, SemanticsError, Settings};
use crate::starts;
use crate::syscall::{Abi, Syscall, danger};

/// What is built once for all profiles that are asked the same: the newest default, and the calls that
/// questions are about.
#[derive(Debug)]
pub(in crate::fleet) struct Base {
    /// Where all of it is.
    store: Store,
    default: Option<(String, Policy)>,
    /// What the table of every report is about, by name.
    watched: Vec<(String, Vec<About>)>,
    /// What was asked.
    pub asked: Vec<Asked>,
}

/// The default that an engine has today.
fn newest(engine: Engine) -> Option<Loaded> {
    let name = match engine {
        Engine::Podman => "podman",
        Engine::CriO => "crio",
        Engine::Containerd => "containerd",
        _ => "docker",
    };
    load(name, &LoadOptions::default()).ok()
}

impl Base {
    /// Builds what profiles are seen beside under these settings.
    pub fn new(settings: &Settings, questions: &[Question]) -> Result<Base, SemanticsError> {
        let mut store = Store::default();
        let mut default = None;
        if let Some(loaded) = newest(settings.machine.engine) {
            // An engine that refuses its own default under such a machine has none to be beyond of.
            if let Ok(policy) = Policy::build(&mut store, &loaded.profile, settings) {
                let name = loaded.baseline.map_or(String::new(), ToString::to_string);
                default = Some((name, policy));
            }
        }
        let mut watched = Vec::new();
        let names = Syscall::all().filter(|syscall| danger(*syscall).is_some());
        let names = names.map(Syscall::name).chain(crate::fleet::WATCHED);
        for text in names {
            let Ok(call) = Call::parse(text, Abi::X86_64) else { continue };
            let question = Question { text: text.to_owned(), what: ask::What::Call(call) };
            if let Some(asked) = asked(&mut store, &question, settings)? {
                watched.push((text.to_owned(), asked.calls));
            }
        }
        let mut all = Vec::new();
        for question in questions {
            all.extend(asked(&mut store, question, settings)?);
        }
        Ok(Base { store, default, watched, asked: all })
    }

    /// A store with all of it, for a question of its own.
    pub fn store(&self) -> Store {
        let meter = std::sync::Arc::new(crate::decision::Meter::new(Default::default()));
        self.store.clone_metered(meter)
    }

    /// Whether the newest default lets some of a call through.
    pub fn default_lets(&self, store: &mut Store, syscall: Syscall) -> Result<bool, TooLarge> {
        let Some((_, default)) = &self.default else { return Ok(false) };
        let call = Call::of(syscall, [None; 6]);
        let about = ask::of_call(store, &call, &default.settings().hosts)?;
        Ok(extent(store, default, &about)? != Extent::None)
    }

    /// What a policy comes to that was built in a [`Base::store`].
    pub fn facts(&self, store: &mut Store, policy: &Policy) -> Result<Facts, TooLarge> {
        let mut facts = Facts { unconfined: policy.is_off(), ..Facts::default() };
        if let Some((name, default)) = &self.default {
            facts.beyond = beyond(store, (name, default), policy)?;
        }
        facts.no_start = starts::breaks(store, policy).map(|breaks| breaks.sentence());
        for (name, calls) in &self.watched {
            match extent(store, policy, calls)? {
                Extent::None => {}
                Extent::Partly => drop(facts.partly.insert(name.clone())),
                Extent::Open => drop(facts.open.insert(name.clone())),
            }
        }
        for asked in &self.asked {
            facts.answers.extend(ways(store, policy, asked)?);
        }
        let refused = policy.hosts().iter().filter(|of| of.abis.is_err());
        facts.refused_on = refused.map(|of| of.host.name().to_owned()).collect();
        Ok(facts)
    }
}
