//! Where something holds, in as few words as say it exactly.

use crate::diff::Place;
use crate::syscall::{Abi, Host};

/// The places in words; nothing for all usual ones.
pub(crate) fn words(places: &[Place], usual: &[Place]) -> Option<String> {
    if usual.iter().all(|place| places.contains(place)) {
        return None;
    }
    let are = |wanted: &dyn Fn(&Place) -> bool| {
        usual.iter().all(|place| places.contains(place) == wanted(place))
            && places.iter().all(|place| usual.contains(place))
    };
    if are(&|place| place.abi.is_32bit()) {
        return Some("for 32-bit programs".to_owned());
    }
    if are(&|place| !place.abi.is_32bit()) {
        return Some("for 64-bit programs".to_owned());
    }
    if are(&|place| place.abi == place.host.native()) {
        return Some("for the hosts' native programs".to_owned());
    }
    let missing: Vec<&Place> = usual.iter().filter(|place| !places.contains(place)).collect();
    if missing.len() * 8 <= usual.len()
        && missing.iter().all(|place| place.abi != place.host.native())
        && places.iter().all(|place| usual.contains(place))
    {
        let text = |place: &&Place| format!("{} programs on {}", place.abi, place.host);
        let texts: Vec<String> = missing.iter().map(text).collect();
        return Some(format!("everywhere but in {}", texts.join(", ")));
    }
    Some(by_host(places, usual))
}

/// The places in words; nothing for all in which there is such a call.
pub fn place_words(places: &[Place], usual: &[Place]) -> String {
    words(places, usual).unwrap_or_default()
}

/// `on arm64, and on amd64 for x86 and x32 programs`
fn by_host(places: &[Place], usual: &[Place]) -> String {
    let mut whole: Vec<&str> = Vec::new();
    let mut parts: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut left = 0;
    for host in Host::ALL {
        let of = |list: &[Place]| -> Vec<Abi> {
            list.iter().filter(|place| place.host == host).map(|place| place.abi).collect()
        };
        let (here, all) = (of(places), of(usual));
        let programs: Vec<&str> = match here[..] {
            [abi] if abi == host.native() => vec!["native"],
            _ => here.iter().map(|abi| abi.name()).collect(),
        };
        if here.is_empty() {
            left += usize::from(!all.is_empty());
        } else if all.iter().all(|abi| here.contains(abi)) {
            whole.push(host.name());
        } else if let Some(part) = parts.iter_mut().find(|part| part.1 == programs) {
            part.0.push(host.name());
        } else {
            parts.push((vec![host.name()], programs));
        }
    }
    if parts.is_empty() && left < whole.len() && left <= 3 {
        let mut without = Vec::new();
        for place in usual {
            let name = place.host.name();
            if !whole.contains(&name) && !without.contains(&name) {
                without.push(name);
            }
        }
        return format!("on all hosts but {}", without.join(", "));
    }
    let mut words = Vec::new();
    if !whole.is_empty() {
        words.push(format!("on {}", whole.join(", ")));
    }
    for (hosts, programs) in parts {
        words.push(format!("on {} ({} programs)", hosts.join(", "), programs.join(" and ")));
    }
    words.join(" and ")
}

/// `amd64`, and `amd64 (x86 program)` for another ABI than the host's own.
pub(crate) fn one(place: Place) -> String {
    match place.abi == place.host.native() {
        true => place.host.to_string(),
        false => format!("{} ({} program)", place.host, place.abi),
    }
}
