//! Overlays that follow the profile that they were written for.

use super::conflict::{Conflict, ConflictAbout, Favor, three_way};
use super::kind::{Kind, of_every_abi};
use super::three_way::{Rebased, three};
use crate::decision::Store;
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::Layer;
use crate::profile::{Profile, normalize};
use crate::syscall::Host;

/// The same of overlays: of functions that answer some calls and leave others to what lies below.
///
/// # Errors
/// As [`rebase`](super::three_way::rebase).
pub fn rebase_overlays(
    store: &mut Store,
    [from, mine, onto]: [&Layer; 3],
    favor: Option<Favor>,
    hosts: &[Host],
) -> Result<Rebased, OverlayError> {
    let lists = |layer: &Layer| {
        let alone = Profile { rules: Vec::new(), ..layer.profile.clone() };
        let Profile { architectures, arch_map, .. } = normalize(&alone);
        (architectures, arch_map)
    };
    let [before, own, other] = [from, mine, onto].map(lists);
    let lists = match three_way([&before, &own, &other], favor) {
        Some(lists) if *lists == other => onto,
        Some(_) => mine,
        None => {
            let about = ConflictAbout::Architectures;
            return Ok(Rebased::Conflicts(vec![Conflict { about, places: Vec::new() }]));
        }
    };
    let mut every = Vec::with_capacity(3);
    for layer in [from, mine, onto] {
        every.push(of_every_abi(layer, hosts)?);
    }
    let [from, mine, onto] = &every[..] else { return Err(OverlayError::NoLayers) };
    let (mut rebased, _) = three(store, &[from], [mine, onto], favor, hosts, Kind::Overlay)?;
    if let Rebased::Clean(merged) = &mut rebased {
        for profile in [&mut merged.base, &mut merged.profile] {
            profile.architectures.clone_from(&lists.profile.architectures);
            profile.arch_map.clone_from(&lists.profile.arch_map);
        }
    }
    Ok(rebased)
}
