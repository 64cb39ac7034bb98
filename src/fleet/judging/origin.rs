//! Which default a text is a copy of, as far as a fleet's report tells it.

use crate::baseline::Product;
use crate::fleet::row::Origin;
use crate::origin;
use crate::overlay::Age;
use crate::profile::{Format, Profile};
use crate::semantics::Engine;

/// The nearest state of a default, if the profile is a copy of any.
pub(in crate::fleet) fn of(profile: &Profile, engine: Engine) -> Option<Origin> {
    // Docker's format is what Podman's users write as well.
    let lines: &[Product] = match (engine.is_containers_common(), profile.format) {
        (true, _) => &[Product::ContainersCommon],
        (false, Format::Docker) => &[Product::Docker, Product::ContainersCommon],
        (false, _) => &[Product::Docker],
    };
    let origin = origin::origin(profile, lines);
    let first = origin.first()?;
    let age = Age::of_state(first.state);
    Some(Origin {
        state: first.state.name(),
        edits: first.edits,
        days_behind: age.days,
        releases_behind: age.releases,
    })
}
