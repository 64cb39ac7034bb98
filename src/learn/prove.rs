//! Whether a learned profile is what it is said to be: what was written is read and built again.

use super::plan::{self, Left, Rule};
use super::{Condition, Learned, Question};
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::explain::Call;
use crate::explain::conditions;
use crate::load::{LoadError, LoadOptions, Loaded, parse};
use crate::overlay::{self, OverlayError, Strategy};
use crate::profile::{Action, Format, to_json};
use crate::recording::{Recording, Seen};
use crate::semantics::{self, Engine, Policy, SemanticsError};
use crate::starts;
use crate::syscall::{Abi, Syscall, enosys};

/// What a learned profile was found not to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum Unproved {
    #[error("it does not load: {0}")]
    Load(#[from] Box<LoadError>),
    #[error("{0}")]
    Merge(#[from] OverlayError),
    #[error("{0}")]
    Meaning(#[from] SemanticsError),
    #[error(transparent)]
    Bound(#[from] TooLarge),
    #[error("a recorded call of `{0}` would still be stopped")]
    Stopped(Syscall),
    #[error("`{0}` would not get ENOSYS")]
    NotEnosys(Syscall),
    #[error("calls of `{0}` on {1} would be let through that were not recorded")]
    More(Syscall, Abi),
    #[error("{0}")]
    NoStart(String),
}

/// Proves that every recorded call passes, apart from those that are named as left; that nothing
/// passes which neither was recorded nor passes under the base nor starts a container; and that a
/// container starts.
///
/// # Errors
/// [`Unproved`]
pub fn prove(
    question: &Question,
    recording: &Recording,
    learned: &Learned,
) -> Result<(), Unproved> {
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let text = to_json(&learned.profile);
    let loaded = parse("the learned profile", text.as_bytes(), &options).map_err(Box::new)?;
    let mut store = Store::default();
    let store = &mut store;
    let whole = whole(store, question, loaded)?;
    let settings = match question.base {
        // A merged profile is in Docker's terms.
        Some(_) => question.settings.clone().read_by(Engine::Docker),
        None => question.settings.clone(),
    };
    let before = match &question.base {
        Some(base) => Some(Policy::build(store, &base.loaded.profile, question.settings)?),
        None => None,
    };
    let after = Policy::build(store, &whole.profile, &settings)?;
    everything_recorded(store, question, recording, learned, &after)?;
    nothing_else(store, question, recording, learned, (before.as_ref(), &after))?;
    if let Some(breaks) = starts::breaks(store, &after) {
        return Err(Unproved::NoStart(breaks.sentence()));
    }
    if question.base.is_none() && question.settings.chosen.is_none() {
        for (_, breaks) in starts::by_version(store, &whole.profile, &settings, &after)? {
            if let Some(breaks) = breaks {
                return Err(Unproved::NoStart(breaks.sentence()));
            }
        }
    }
    Ok(())
}

/// What containers run under.
fn whole(store: &Store, question: &Question, own: Loaded) -> Result<Loaded, Unproved> {
    let Some(base) = &question.base else { return Ok(own) };
    let engine = Some(question.settings.machine.engine);
    let hosts = &question.settings.hosts;
    let layers = [base.loaded.clone(), own];
    let strategy = Strategy::Override;
    let merged = overlay::merge_loaded(&mut store.beside(), &layers, engine, strategy, hosts)?;
    let [base, _] = layers;
    Ok(Loaded { profile: merged.profile, ..base })
}

fn everything_recorded(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
    learned: &Learned,
    after: &Policy,
) -> Result<(), Unproved> {
    for seen in recording.calls.keys() {
        let number = seen.syscall.number(seen.abi);
        let Some((number, abi)) = number.zip(after.abi(question.host(), seen.abi)) else {
            continue;
        };
        let call = Call::of(seen.syscall, seen.args);
        let fixed = call.fix(store, abi.decision(number))?;
        let actions: Vec<Action> = store.leaves(fixed).into_iter().map(semantics::action).collect();
        if learned.plan.rules.get(&seen.syscall) == Some(&Rule::Enosys) {
            if actions != [Action::Errno(enosys())] {
                return Err(Unproved::NotEnosys(seen.syscall));
            }
        } else if !actions.iter().all(|action| action.lets_through()) && !is_left(learned, seen) {
            return Err(Unproved::Stopped(seen.syscall));
        }
    }
    Ok(())
}

/// Whether it was said of this very call that it may be stopped.
fn is_left(learned: &Learned, seen: &Seen) -> bool {
    let of_call = learned.plan.left.iter().filter(|(syscall, _)| *syscall == seen.syscall);
    of_call.map(|(_, left)| left).any(|left| match left {
        Left::Unread(abi, open) => {
            *abi == seen.abi && open.iter().any(|&index| seen.args[usize::from(index)].is_none())
        }
        Left::NoAbi(abi) | Left::Environment(abi, _) => *abi == seen.abi,
        other => other.is_stopped(),
    })
}

fn nothing_else(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
    learned: &Learned,
    (before, after): (Option<&Policy>, &Policy),
) -> Result<(), Unproved> {
    let host = question.host();
    for &abi in host.abis() {
        let Some(new) = after.abi(host, abi) else { continue };
        let old = before.and_then(|before| before.abi(host, abi));
        for (number, syscall, is) in new.calls() {
            let was = old.map(|old| old.decision(number));
            if was == Some(is) || learned.startup.calls.contains(&syscall) {
                continue;
            }
            let now = open(store, is)?;
            let mut known = match was {
                Some(was) => open(store, was)?,
                None => Set::EMPTY,
            };
            let said = said(store, question, recording, learned, syscall, abi)?;
            known = store.or(known, said)?;
            if !store.minus(now, known)?.is_empty() {
                return Err(Unproved::More(syscall, abi));
            }
        }
    }
    Ok(())
}

/// The calls that were recorded, as far as their arguments count.
fn said(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
    learned: &Learned,
    syscall: Syscall,
    abi: Abi,
) -> Result<Set, TooLarge> {
    let mut said = Set::EMPTY;
    let replaces = |(_, left): &(Syscall, Left)| *left == Left::FallsBack(syscall);
    if question.base.is_none() && learned.plan.left.iter().any(replaces) {
        said = conditions::set(store, abi, &plan::threads(syscall, abi))?;
    }
    for seen in recording.calls.keys().filter(|seen| seen.syscall == syscall) {
        let selectors = question.detail.selectors(syscall, seen.abi);
        let indices = match learned.plan.rules.get(&syscall) {
            Some(Rule::Whole) => selectors.into_iter().collect(),
            Some(Rule::Parts(parts)) => parts.iter().flatten().map(|part| part.index).collect(),
            Some(Rule::Enosys) | None => continue,
        };
        let tuple = conditions::tuple(seen, &indices);
        let is_widened = learned.plan.widened.iter().any(|(known, ..)| *known == syscall);
        let calls =
            match tuple.is_empty() || is_widened && crate::syscall::danger(syscall).is_none() {
                true => Set::ALL,
                false => conditions::set(store, abi, &tuple)?,
            };
        said = store.or(said, calls)?;
    }
    let carried = carried(store, learned, syscall, abi)?;
    store.or(said, carried)
}

/// The calls that are let through whole, as this one carries them: to libseccomp a rule for `bind` is one for
/// `socketcall(SYS_BIND, ...)`, too.
fn carried(store: &mut Store, learned: &Learned, many: Syscall, abi: Abi) -> Result<Set, TooLarge> {
    let mut carried = Set::EMPTY;
    for (syscall, rule) in &learned.plan.rules {
        let inside = syscall.multiplexer().filter(|(of, _)| of.syscall() == Some(many));
        if let (Some((_, call)), Rule::Whole) = (inside, rule)
            && abi.has_multiplexers()
        {
            let one = conditions::set(store, abi, &[Condition::of_value(0, call.into())])?;
            carried = store.or(carried, one)?;
        }
    }
    Ok(carried)
}

/// The calls that a decision lets through.
fn open(store: &mut Store, decision: Decision) -> Result<Set, TooLarge> {
    store.set_where(decision, &|leaf| semantics::action(leaf).lets_through())
}

#[cfg(test)]
mod tests {
    use super::super::{Detail, learn};
    use super::*;
    use crate::profile::ArgCmp;
    use crate::recording::read;
    use crate::semantics::{Given, Settings};
    use crate::syscall::Host;

    /// What a change of a learned profile makes of its proof.
    fn verdict(change: impl Fn(&mut Learned)) -> Result<(), Unproved> {
        let text = "socket(AF_UNIX, SOCK_STREAM, 0) = 3\nread(3, \"\", 1) = 0\n\
                    clone3({flags=CLONE_VM}, 88) = 7\nmembarrier(1) = -1 ENOSYS (none)\n";
        let recording = read(text.as_bytes(), Some(Host::Amd64)).unwrap();
        let mut settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
        settings.given.capabilities = Some(Given::docker_default());
        let question = Question { base: None, settings: &settings, detail: Detail::Dangerous };
        let mut learned = learn(&mut Store::default(), &question, &recording).unwrap();
        change(&mut learned);
        prove(&question, &recording, &learned)
    }

    fn named(learned: &mut Learned, name: &str) -> usize {
        let is = |rule: &crate::profile::Rule| rule.names.iter().any(|n| n.value == name);
        learned.profile.rules.iter().position(is).unwrap()
    }

    #[test]
    fn each_part_of_what_is_said_is_held_against_the_text() {
        verdict(|_| ()).unwrap();
        let without = |name: &'static str| {
            verdict(move |learned| {
                let at = named(learned, name);
                learned.profile.rules[at].names.retain(|known| known.value != name);
                learned.profile.rules.retain(|rule| !rule.names.is_empty());
            })
        };
        assert!(matches!(without("read"), Err(Unproved::Stopped(_))));
        assert!(matches!(without("socket"), Err(Unproved::Stopped(_))));
        assert!(matches!(without("clone3"), Err(Unproved::NotEnosys(_))));
        assert!(matches!(without("execve"), Err(Unproved::NoStart(_))));
        let more = verdict(|learned| {
            let at = named(learned, "socket");
            learned.profile.rules[at].args.clear();
        });
        assert!(matches!(more, Err(Unproved::More(..))));
        let other = verdict(|learned| {
            let at = named(learned, "clone");
            let args: Vec<ArgCmp> = learned.profile.rules[at].args.clone();
            learned.profile.rules[at].args =
                args.into_iter().map(|arg| ArgCmp { value: 0x1000_0000, ..arg }).collect();
        });
        assert!(matches!(other, Err(Unproved::More(..))));
        let mount = verdict(|learned| {
            let mut rule = learned.profile.rules[0].clone();
            rule.names[0].value = "mount".to_owned();
            learned.profile.rules.push(rule);
        });
        assert!(matches!(mount, Err(Unproved::More(..))));
    }
}
