//! Which old use belongs to which new one.

use super::{Changed, Read};
use crate::uses::{Given, Guard, Runner, Switch, Use};
use std::collections::HashMap;

/// A use before and after; at least one of the two is there.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub old: Option<Use>,
    pub new: Option<Use>,
    /// Where the old one stands, if not in the same file.
    pub moved_from: Option<String>,
}

/// A file with the pairs that are told with it.
pub(super) struct FilePairs<'c> {
    pub old: Option<&'c Read>,
    pub new: Option<&'c Read>,
    pub pairs: Vec<Pair>,
    pub guards: Vec<(Option<&'c Guard>, Option<&'c Guard>)>,
}

/// The pairs of every file: by name in the file, then across files, then what is left alone on both
/// sides of a file.
pub(super) fn pairs(changed: &[Changed]) -> Vec<FilePairs<'_>> {
    let mut files = Vec::new();
    let mut gone: Vec<(usize, Use)> = Vec::new();
    let mut come: Vec<(usize, Use)> = Vec::new();
    for (at, changed) in changed.iter().enumerate() {
        let uses =
            |read: &Option<Read>| read.as_ref().map_or(Vec::new(), |read| read.found.uses.clone());
        let mut by_name: HashMap<(String, String), Use> =
            uses(&changed.old).into_iter().map(|one| (key(&one), one)).collect();
        let mut pairs = Vec::new();
        let mut new_ones = Vec::new();
        for new in uses(&changed.new) {
            match by_name.remove(&key(&new)) {
                Some(old) => pairs.push(Pair { old: Some(old), new: Some(new), moved_from: None }),
                None => new_ones.push(new),
            }
        }
        let mut old_ones: Vec<Use> = by_name.into_values().collect();
        old_ones.sort_by_key(|one| one.place.start);
        // One that is renamed is the only one of its container's name, or the only one at all.
        for by_container in [true, false] {
            let mut left = Vec::new();
            for new in new_ones {
                let fits = |old: &Use| {
                    old.runner == new.runner
                        && old.is_default == new.is_default
                        && (!by_container || old.container == new.container)
                };
                let is_alone = by_container || (old_ones.len() == 1);
                let found = old_ones.iter().filter(|old| fits(old)).count() == 1;
                match old_ones.iter().position(fits).filter(|_| found && is_alone) {
                    Some(place) => {
                        let old = Some(old_ones.remove(place));
                        pairs.push(Pair { old, new: Some(new), moved_from: None });
                    }
                    None => left.push(new),
                }
            }
            new_ones = left;
        }
        // A name that becomes a variable, or was one: what says the same is the same.
        let mut left = Vec::new();
        for new in new_ones {
            let fits = |old: &Use| {
                (is_open(&old.container) || is_open(&new.container))
                    && (old.runner, &old.workload) == (new.runner, &new.workload)
                    && (&old.given, &old.privileged, &old.added)
                        == (&new.given, &new.privileged, &new.added)
            };
            match old_ones.iter().position(fits) {
                Some(place) => {
                    let old = Some(old_ones.remove(place));
                    pairs.push(Pair { old, new: Some(new), moved_from: None });
                }
                None => left.push(new),
            }
        }
        new_ones = left;
        gone.extend(old_ones.into_iter().map(|one| (at, one)));
        come.extend(new_ones.into_iter().map(|one| (at, one)));
        let guards = guards(changed);
        files.push(FilePairs {
            old: changed.old.as_ref(),
            new: changed.new.as_ref(),
            pairs,
            guards,
        });
    }
    for (at, new) in come {
        let fits = |(of, old): &(usize, Use)| *of != at && key(old) == key(&new);
        // What a file says for all others is its own: without it they have what programs do.
        let is_own = new.is_default && changed.get(at).is_some_and(|changed| changed.old.is_some());
        let old = gone
            .iter()
            .position(fits)
            .filter(|_| !new.workload.is_empty() && !is_own)
            .map(|place| gone.remove(place));
        let moved_from = old
            .as_ref()
            .and_then(|(of, _)| changed.get(*of)?.old.as_ref())
            .map(|read| read.path.clone());
        let Some(file) = files.get_mut(at) else { continue };
        let was_there = file.old.is_some();
        let old = old.map(|(_, old)| old).or_else(|| was_there.then(|| unsaid(&new)).flatten());
        file.pairs.push(Pair { old, new: Some(new), moved_from });
    }
    for (at, old) in gone {
        let Some(file) = files.get_mut(at) else { continue };
        let is_there = file.new.is_some();
        let new = if is_there || old.is_patch { unsaid(&old) } else { None };
        file.pairs.push(Pair { old: Some(old), new, moved_from: None });
    }
    files.retain(|file| !file.pairs.is_empty() || !file.guards.is_empty());
    for file in &mut files {
        file.pairs
            .sort_by_key(|pair| pair.new.as_ref().or(pair.old.as_ref()).map(|one| one.place.start));
    }
    files
}

/// Whether a name is a variable's.
fn is_open(name: &str) -> bool {
    name.contains("{{") || name.contains('$')
}

fn key(one: &Use) -> (String, String) {
    (one.workload.clone(), one.container.clone())
}

/// What holds where the words of a use are missing: of a container nothing, since it is not there; of
/// a default what programs do without it; of a patch whatever it is put over.
fn unsaid(one: &Use) -> Option<Use> {
    if !one.is_default && !one.is_patch {
        return None;
    }
    let given = match one.is_patch {
        true => Given::Open("what else says it".to_owned()),
        // A default that an engine keeps in a file has its own where the file says none.
        false if one.container == "RuntimeDefault" => Given::Default,
        false => Given::Nothing,
    };
    let privileged = Switch::Off;
    let (said, added, dropped, open) = ("", Vec::new(), Vec::new(), Vec::new());
    let is_binding = one.said == "ProfileBinding" && one.runner == Runner::Kubernetes;
    (!is_binding).then(|| Use { given, said, privileged, added, dropped, open, ..one.clone() })
}

fn guards(changed: &Changed) -> Vec<(Option<&Guard>, Option<&Guard>)> {
    let of = |read: &Option<Read>| -> Vec<usize> {
        (0..read.as_ref().map_or(0, |read| read.found.guards.len())).collect()
    };
    let at = |read: &Option<Read>, at: usize| {
        read.as_ref().and_then(|read| read.found.guards.get(at)).map(|guard| guard.name.clone())
    };
    let mut all = Vec::new();
    let mut old_ones = of(&changed.old);
    for new in of(&changed.new) {
        let name = at(&changed.new, new);
        let found = old_ones.iter().position(|old| at(&changed.old, *old) == name);
        all.push((found.map(|place| old_ones.remove(place)), Some(new)));
    }
    all.extend(old_ones.into_iter().map(|old| (Some(old), None)));
    all.into_iter()
        .map(|(old, new)| {
            (
                old.and_then(|old| changed.old.as_ref()?.found.guards.get(old)),
                new.and_then(|new| changed.new.as_ref()?.found.guards.get(new)),
            )
        })
        .collect()
}
