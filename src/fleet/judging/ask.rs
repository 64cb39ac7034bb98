//! Who lets a call through: questions, and the calls that they are about.

use crate::call::{Call, CallError};
use crate::decision::var::Group;
use crate::decision::words::describe_within;
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::diff::Place;
use crate::lint::{self, Proof};
use crate::load::{LoadOptions, Loaded, load};
use crate::phrase::description_text;
use crate::phrase::place_words;
use crate::semantics::{self, Engine, Policy, SemanticsError, Settings};
use crate::syscall::{Abi, Host, Syscall, nearest_of};

use crate::fleet::row::Way;

/// A question to every profile.
#[derive(Clone, Debug)]
pub struct Question {
    /// As it was written.
    pub text: String,
    /// What it means.
    pub what: What,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum What {
    /// Whether these calls are let through.
    Call(Call),
    /// Whether calls are let through that one state of a default let through and another blocks.
    ChangedBy(Box<[Loaded; 2]>),
    /// Whether a lint fires.
    Lint(&'static str),
}

/// What is wrong with a question.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs)] // named for what they are
pub enum QuestionError {
    #[error("{0}")]
    Call(#[from] CallError),
    #[error("write two defaults as `docker@28.2..docker@29.8`")]
    Range,
    #[error("{0}")]
    Load(String),
    #[error("no lint `{0}`: {near}`sdiff check --rules` lists them", near = near_lint(.0))]
    Lint(String),
}

/// The lint that was meant, as a question.
fn near_lint(id: &str) -> String {
    let near = nearest_of(id, crate::lint::ALL.iter().map(|lint| lint.id));
    near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
}

impl Question {
    /// `socket(AF_ALG)`
    ///
    /// # Errors
    /// [`QuestionError`]
    pub fn call(text: &str) -> Result<Question, QuestionError> {
        let call = Call::parse(text, Abi::X86_64)?;
        Ok(Question { text: text.trim().to_owned(), what: What::Call(call) })
    }

    /// `docker@28.2..docker@29.8`: what the second blocks and the first does not.
    ///
    /// # Errors
    /// [`QuestionError`]
    pub fn changed_by(text: &str) -> Result<Question, QuestionError> {
        let (old, new) = text.split_once("..").ok_or(QuestionError::Range)?;
        let read = |spec: &str| {
            let loaded = load(spec.trim(), &LoadOptions::default());
            loaded.map_err(|error| QuestionError::Load(error.to_string()))
        };
        let what = What::ChangedBy(Box::new([read(old)?, read(new)?]));
        Ok(Question { text: text.trim().to_owned(), what })
    }

    /// Whether no call is in question: the second of two defaults blocks nothing that the first lets
    /// through.
    ///
    /// # Errors
    /// As [`Policy::build`].
    pub fn is_empty(&self, settings: &Settings) -> Result<bool, SemanticsError> {
        let asked = asked(&mut Store::default(), self, settings)?;
        Ok(asked.is_some_and(|asked| asked.calls.is_empty()))
    }

    /// The id of a lint.
    ///
    /// # Errors
    /// [`QuestionError`]
    pub fn lint(id: &str) -> Result<Question, QuestionError> {
        let known = lint::ALL.iter().find(|lint| lint.id == id);
        let lint = known.ok_or_else(|| QuestionError::Lint(id.escape_debug().to_string()))?;
        Ok(Question { text: lint.id.to_owned(), what: What::Lint(lint.id) })
    }
}

/// Calls that a question is about, in a store.
#[derive(Clone, Debug)]
pub(in crate::fleet) struct Asked {
    pub question: String,
    /// By place, number and name.
    pub calls: Vec<About>,
}

/// Some of the calls of one number.
#[derive(Clone, Copy, Debug)]
pub(in crate::fleet) struct About {
    pub place: Place,
    pub number: u32,
    pub syscall: Syscall,
    pub set: Set,
    /// Whether the call does the job of that which was asked for.
    pub indirect: bool,
}

/// The calls that a question is about. None of one that is not about calls.
pub(in crate::fleet) fn asked(
    store: &mut Store,
    question: &Question,
    settings: &Settings,
) -> Result<Option<Asked>, SemanticsError> {
    let calls = match &question.what {
        What::Call(call) => of_call(store, call, &settings.hosts).map_err(SemanticsError::whole)?,
        What::ChangedBy(sides) => of_change(store, sides, settings)?,
        What::Lint(_) => return Ok(None),
    };
    Ok(Some(Asked { question: question.text.clone(), calls }))
}

fn places(hosts: &[Host]) -> impl Iterator<Item = Place> + '_ {
    // The one that most people have is the proof that most people understand.
    let first = hosts.iter().filter(|host| **host == Host::Amd64);
    let hosts = first.chain(hosts.iter().filter(|host| **host != Host::Amd64));
    hosts.flat_map(|&host| host.abis().iter().map(move |&abi| Place { host, abi }))
}

/// A call by its own number, and by that of the multiplexer which does the same.
pub(in crate::fleet) fn of_call(
    store: &mut Store,
    call: &Call,
    hosts: &[Host],
) -> Result<Vec<About>, TooLarge> {
    let mut calls = Vec::new();
    for place in places(hosts) {
        // Names are other numbers elsewhere, and a call can be one of a single ABI.
        if let Some(number) = call.syscall.number(place.abi)
            && let Some(call) = call.on(place.abi)
        {
            let set = call.set(store, place.abi)?;
            calls.push(About { place, number, syscall: call.syscall, set, indirect: false });
        }
        if let Some((multiplexer, inside)) = call.syscall.multiplexer()
            && place.abi.has_multiplexers()
            && let Some(syscall) = multiplexer.syscall()
            && let Some(number) = syscall.number(place.abi)
        {
            let mut args = [None; 6];
            args[0] = Some(inside.into());
            let set = Call::of(syscall, args).set(store, place.abi)?;
            calls.push(About { place, number, syscall, set, indirect: true });
        }
    }
    Ok(calls)
}

/// What the first of two profiles lets through and the second blocks.
fn of_change(
    store: &mut Store,
    [old, new]: &[Loaded; 2],
    settings: &Settings,
) -> Result<Vec<About>, SemanticsError> {
    let mut build = |loaded: &Loaded| {
        let settings = settings.clone().read_by(Engine::of_loaded(loaded));
        Policy::build(store, &loaded.profile, &settings)
    };
    let (old, new) = (build(old)?, build(new)?);
    let mut calls = Vec::new();
    for place in places(&settings.hosts) {
        let (Some(old), Some(new)) =
            (old.abi(place.host, place.abi), new.abi(place.host, place.abi))
        else {
            continue;
        };
        for (number, syscall, [was, is, ..]) in old.differing(new) {
            let set = closed(store, was, is).map_err(SemanticsError::whole)?;
            if !set.is_empty() {
                calls.push(About { place, number, syscall, set, indirect: false });
            }
        }
    }
    Ok(calls)
}

/// Where the first of two decisions lets through and the second does not.
pub(in crate::fleet) fn closed(
    store: &mut Store,
    was: Decision,
    is: Decision,
) -> Result<Set, TooLarge> {
    let (was, is) = (open(store, was)?, open(store, is)?);
    store.minus(was, is)
}

/// What a decision lets through.
pub(in crate::fleet) fn open(store: &mut Store, decision: Decision) -> Result<Set, TooLarge> {
    store.set_where(decision, &|leaf| semantics::action(leaf).lets_through())
}

/// So many clauses of a condition are told.
const CLAUSES: usize = 6;
/// So many calls of one question are told of one profile.
const WAYS: usize = 40;

/// The ways in which a policy lets calls in question through.
pub(in crate::fleet) fn ways(
    store: &mut Store,
    policy: &Policy,
    asked: &Asked,
) -> Result<Vec<Way>, TooLarge> {
    let mut found: Vec<(Way, Vec<Place>, Syscall)> = Vec::new();
    for about in &asked.calls {
        let Some(abi) = policy.abi(about.place.host, about.place.abi) else { continue };
        let decision = abi.decision(about.number);
        let all = open(store, decision)?;
        let set = store.and(all, about.set)?;
        if set.is_empty() {
            continue;
        }
        let abi = about.place.abi;
        let width = if abi.is_32bit() { 32 } else { 64 };
        // What the question says needs no words once more.
        let rest = store.not(about.set)?;
        let room = store.or(rest, set)?;
        let description = describe_within(store, set, room, width, CLAUSES)?;
        let when = description_text(&description, about.syscall, abi);
        let is_known = |(way, _, of): &&mut (Way, Vec<Place>, Syscall)| {
            *of == about.syscall && way.when == when && way.indirect == about.indirect
        };
        if let Some((_, places, _)) = found.iter_mut().find(is_known) {
            places.push(about.place);
            continue;
        }
        let proof = proof(store, policy, about.place, about.syscall, decision, set);
        let way = Way {
            question: asked.question.clone(),
            call: about.syscall.name().to_owned(),
            indirect: about.indirect,
            when,
            places: String::new(),
            proof: proof.map_or(String::new(), |proof| proof.to_string()),
        };
        found.push((way, vec![about.place], about.syscall));
    }
    found.truncate(WAYS);
    Ok(found
        .into_iter()
        .map(|(way, places, syscall)| {
            let has_call = |place: &Place| syscall.number(place.abi).is_some();
            let hosts = policy.hosts().iter().map(|policy| policy.host).collect::<Vec<_>>();
            let usual: Vec<Place> = self::places(&hosts).filter(has_call).collect();
            Way { places: place_words(&places, &usual), ..way }
        })
        .collect())
}

/// One call of a set that a policy lets through.
pub(in crate::fleet) fn proof(
    store: &Store,
    policy: &Policy,
    place: Place,
    syscall: Syscall,
    decision: Decision,
    set: Set,
) -> Option<Proof> {
    let mut point = store.witness(set)?;
    if let Some(capabilities) = policy.settings().given.capabilities {
        point.capabilities = capabilities;
    }
    let asks_kernel = store.asks(set.decision(), Group::Kernel);
    let action = semantics::action(store.evaluate(decision, &point));
    Some(Proof { syscall, place, point, asks_kernel, engine: None, action })
}

/// How far calls are let through: not at all, in part, or as a whole somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fleet) enum Extent {
    None,
    Partly,
    Open,
}

/// How far a policy lets the calls in question through, by their own numbers.
pub(in crate::fleet) fn extent(
    store: &mut Store,
    policy: &Policy,
    calls: &[About],
) -> Result<Extent, TooLarge> {
    let mut extent = Extent::None;
    for about in calls.iter().filter(|about| !about.indirect) {
        let Some(abi) = policy.abi(about.place.host, about.place.abi) else { continue };
        let decision = abi.decision(about.number);
        if let Some(leaf) = decision.as_leaf() {
            if semantics::action(leaf).lets_through() {
                return Ok(Extent::Open);
            }
            continue;
        }
        let all = open(store, decision)?;
        let within = store.and(all, about.set)?;
        if within == about.set {
            return Ok(Extent::Open);
        }
        if !within.is_empty() {
            extent = Extent::Partly;
        }
    }
    Ok(extent)
}
