//! Everything that differs, as it is given out.

use super::change::{Change, Effect};
use super::kind::{Direction, Kind};
use super::place::Place;
use super::settings::SettingChange;
use crate::semantics::SemanticsError;
use crate::starts::Breaks;
use crate::syscall::Host;

/// Everything that differs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The changes: the weaker ones first, then by subject.
    pub changes: Vec<Change>,
    /// What differs in how the filters are loaded: flags, and who answers a `NOTIFY`.
    pub settings: Vec<SettingChange>,
    /// The hosts that were compared.
    pub hosts: Vec<Host>,
    /// The programs on them at which one of the two filters looks.
    pub places: Vec<Place>,
    /// Hosts on which a container with one of the two profiles does not start, so that there is
    /// nothing to compare.
    pub not_compared: Vec<NotCompared>,
    /// That no container starts with the new profile where one does with the old, on a host that
    /// was compared.
    pub breaks: Option<Breaks>,
}

impl Comparison {
    /// Whether no call in no environment gets another action, and the filters are loaded alike.
    pub fn is_same_policy(&self) -> bool {
        self.changes.is_empty() && self.settings.is_empty()
    }

    /// Whether the new profile is within the old one: no call gets a more permissive action,
    /// and no setting of the filter is weaker.
    pub fn is_within(&self) -> bool {
        self.first_weaker().is_none() && self.first_weaker_setting().is_none()
    }

    /// The proof that the new profile is not within the old one.
    pub fn first_weaker(&self) -> Option<(&Change, &Effect)> {
        let weaker = |effect: &&Effect| effect.direction == Direction::Weaker;
        self.changes.iter().find_map(|c| Some((c, c.effects.iter().find(weaker)?)))
    }

    /// The first setting of the filter that is weaker.
    pub fn first_weaker_setting(&self) -> Option<&SettingChange> {
        self.settings.iter().find(|change| change.direction.is_weaker())
    }

    /// How many changes are of a kind, those of settings included.
    pub fn count(&self, kind: Kind) -> usize {
        let settings = self.settings.iter().filter(|change| change.kind == kind).count();
        self.changes.iter().filter(|change| change.kind == kind).count() + settings
    }
}

/// A host without a comparison.
#[derive(Clone, Debug)]
pub struct NotCompared {
    /// The host.
    pub host: Host,
    /// Why no container starts with the old profile, if that is so.
    pub old: Option<SemanticsError>,
    /// Why no container starts with the new profile, if that is so.
    pub new: Option<SemanticsError>,
}
