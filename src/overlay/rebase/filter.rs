//! What belongs to the filter as a whole: its default action and the ABIs that it is for.

use super::conflict::{Conflict, ConflictAbout, Favor, three_way};
use super::doubt::{Doubt, DoubtAbout, Given, add, stricter};
use crate::decision::Leaf;
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Filters, Layer};
use crate::profile::ActionName;
use crate::semantics::{UNMATCHED, action};
use crate::syscall::{Abi, Host};
use std::collections::BTreeSet;

/// The default action, of several the strictest.
pub(super) fn one_default(
    defaults: &[[Leaf; 3]],
    layers: [&Layer; 3],
    favor: Option<Favor>,
    conflicts: &mut Vec<Conflict>,
    doubts: &mut Vec<Doubt>,
) -> Leaf {
    let each: Vec<Option<Leaf>> = defaults.iter().map(|three| three_way(*three, favor)).collect();
    let Some(&[from, mine, onto]) = defaults.first() else { return UNMATCHED };
    if each.iter().all(Option::is_none) {
        let about = match [from, mine, onto].contains(&UNMATCHED) {
            true => ConflictAbout::Member {
                name: "defaultAction",
                values: layers.map(|layer| {
                    let name = layer.profile.default_action.as_ref().map(|d| d.value);
                    name.map_or("none", ActionName::oci_name).to_owned()
                }),
            },
            false => {
                let [from, mine, onto] = [from, mine, onto].map(action);
                ConflictAbout::Default(from, mine, onto)
            }
        };
        conflicts.push(Conflict { about, places: Vec::new() });
        return UNMATCHED;
    }
    let stricter = stricter(UNMATCHED);
    let sides = stricter(mine, onto);
    let chosen = each.iter().map(|default| default.unwrap_or(sides)).reduce(&stricter);
    let chosen = chosen.unwrap_or(onto);
    if each.iter().any(|other| Some(other) != each.first()) {
        let given = |default: &Option<Leaf>| {
            default.map_or(Given::Conflict, |default| Given::Action(action(default)))
        };
        let gives = each.iter().map(given).collect();
        let taken = Given::Action(action(chosen));
        doubts.push(Doubt { about: DoubtAbout::Default, places: Vec::new(), gives, taken });
    }
    chosen
}

/// The ABIs of the filter on each host; of several answers those that all of them have.
pub(super) fn all_filters(
    from: &[&Layer],
    [mine, onto]: [&Layer; 2],
    favor: Option<Favor>,
    hosts: &[Host],
    conflicts: &mut Vec<Conflict>,
    doubts: &mut Vec<Doubt>,
) -> Result<Filters, OverlayError> {
    let mut each: Vec<(Filters, Vec<Conflict>)> = Vec::with_capacity(from.len());
    for from in from {
        let mut own = Vec::new();
        match filters([from, mine, onto], favor, hosts, &mut own) {
            Ok(filters) => each.push((filters, own)),
            // One that is for other hosts says nothing of these, and the others do.
            Err(OverlayError::NoHost) => each.push(Default::default()),
            Err(error) => return Err(error),
        }
    }
    let told: Vec<_> = each.iter().filter(|(filters, _)| !filters.is_empty()).collect();
    let Some(((first, found), rest)) = told.split_first() else {
        return Err(OverlayError::NoHost);
    };
    if rest.iter().all(|(other, own)| other == first && own == found) {
        conflicts.extend(found.iter().cloned());
        return Ok(first.clone());
    }
    let is_firm = |conflict: &&Conflict| rest.iter().all(|(_, own)| own.contains(conflict));
    conflicts.extend(found.iter().filter(is_firm).cloned());
    let has = |filters: &Filters, host: Host, abi: Abi| {
        filters.iter().any(|(of, abis)| *of == host && abis.contains(&abi))
    };
    let mut filters = Filters::new();
    for &host in hosts {
        // A default that is for other hosts says nothing of this one.
        let of_host = |filters: &Filters| filters.iter().any(|(of, _)| *of == host);
        let said = || each.iter().map(|(filters, _)| filters).filter(|filters| of_host(filters));
        if said().next().is_none() {
            continue;
        }
        let in_all = |abi: &Abi| said().all(|filters| has(filters, host, *abi));
        for &abi in host.abis() {
            if in_all(&abi) || !said().any(|filters| has(filters, host, abi)) {
                continue;
            }
            let gives = each.iter().map(|(filters, _)| Given::Listed(has(filters, host, abi)));
            let gives = gives.collect();
            let (about, taken) = (DoubtAbout::Architectures, Given::Listed(false));
            add(doubts, Doubt { about, places: vec![(host, abi)], gives, taken });
        }
        filters.push((host, host.abis().iter().copied().filter(in_all).collect()));
    }
    if filters.is_empty() { Err(OverlayError::NoHost) } else { Ok(filters) }
}

fn filters(
    layers: [&Layer; 3],
    favor: Option<Favor>,
    hosts: &[Host],
    conflicts: &mut Vec<Conflict>,
) -> Result<Filters, OverlayError> {
    let mut all = Vec::with_capacity(3);
    for (at, layer) in layers.iter().enumerate() {
        all.push(layer.filters(hosts).map_err(OverlayError::of_layer(at))?);
    }
    let mut filters = Filters::new();
    for &host in hosts {
        let of = |filters: &Filters| {
            let found = filters.iter().find(|(of, _)| *of == host);
            found.map(|(_, abis)| abis.iter().copied().collect::<BTreeSet<Abi>>())
        };
        let sets: Vec<_> = all.iter().filter_map(of).collect();
        let [from, mine, onto] = &sets[..] else { continue };
        match three_way([from, mine, onto], favor) {
            Some(abis) => {
                let abis = host.abis().iter().copied().filter(|abi| abis.contains(abi));
                filters.push((host, abis.collect()));
            }
            None => {
                let about = ConflictAbout::Architectures;
                conflicts.push(Conflict { about, places: vec![(host, host.native())] });
                filters.push((host, onto.iter().copied().collect()));
            }
        }
    }
    if filters.is_empty() { Err(OverlayError::NoHost) } else { Ok(filters) }
}
