//! Where a profile came from, told by its text.
//!
//! Takes a profile; gives the states of the built-in defaults that it can be a copy of (each release and
//! each commit of the main branches), with the edits that lead from there to it, or says that it is no
//! copy. An *entry* is what a rule says for one name: its action with the errno, its arguments, its
//! conditions. A state is a set of entries, seen in several *views*: as its file has them, without
//! conditions, or flattened for a host and some capabilities, each of these also cut to the names of amd64.
//! The distance is the number of entries that only one of the two sets has; the view with the fewest
//! counts. What the entries do is of no matter here: what upstream changed on one day and a fork on another
//! is the same function and another history.

mod copy;
mod distance;
mod entry;
mod known;
mod range;
mod seen;
mod state;
mod table;
mod view;

pub use copy::{Marks, OLD};
pub use entry::{Answer, Body, Condition, Entry, Terms};
pub use known::states;
pub use range::WITHIN;
pub use seen::{Caps, Seen};
pub use state::State;
pub use view::View;

use crate::baseline::Product;
use crate::profile::Profile;
use distance::Read;
use range::within;

/// Where a profile came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Why it is a copy of a default, or none.
    pub marks: Marks,
    /// The states that it can be a copy of, the nearest first and of two at one distance the newer; empty if it is a
    /// copy of none.
    pub candidates: Vec<Candidate>,
}

/// A state that a profile can be a copy of.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which.
    pub state: &'static State,
    /// How many edits lead from it to the profile.
    pub edits: usize,
    /// In which view of the state.
    pub view: View,
    /// The entries that the profile has and the state, so seen, has not.
    pub added: Vec<Entry>,
    /// The entries that the state has and the profile has not.
    pub missing: Vec<Entry>,
    /// The default action of the state and that of the profile, if they differ.
    pub default: Option<[Option<Answer>; 2]>,
    /// Whether the profile lists other ABIs by host, which is one edit.
    pub other_abis: bool,
}

impl Origin {
    /// The nearest state, or the nearest of one distance that is named first.
    pub fn first(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    /// Those that a rebase has to reckon with, of whatever line: what it follows is of the line of the nearest, and
    /// the fork can be made from another all the same. A text that is some state to the letter is a copy of that,
    /// and not another one with edits.
    pub fn likely(&self) -> Vec<&Candidate> {
        let Some(first) = self.first() else { return Vec::new() };
        let is_likely = |one: &&Candidate| {
            first.edits > 0
                || one.edits == 0 && (one.view == first.view || first.view != View::WRITTEN)
        };
        self.candidates.iter().filter(is_likely).collect()
    }

    /// Those that are nearest: one, or several that are one and the same to this profile.
    pub fn nearest(&self) -> &[Candidate] {
        let least = self.first().map(|first| first.edits);
        let count = self.candidates.iter().take_while(|one| Some(one.edits) == least).count();
        self.candidates.get(..count).unwrap_or_default()
    }
}

/// Where a profile came from, among the defaults of these lines ([`State::line`]).
pub fn origin(profile: &Profile, lines: &[Product]) -> Origin {
    let read = Read::new(profile);
    let has_conditions = |rule: &crate::profile::Rule| {
        rule.comment.is_some() || !rule.includes.is_empty() || !rule.excludes.is_empty()
    };
    // An engine's own code is seen as what the engine makes of it.
    let of_file = !profile.arch_map.is_empty() || profile.rules.iter().any(has_conditions);
    let is_candidate =
        |state: &&State| lines.contains(&state.line()) && !(of_file && state.is_own_code());
    let all: Vec<_> =
        states().iter().filter(is_candidate).map(|state| (state, read.edits(state))).collect();
    let least = all.iter().min_by_key(|(_, edits)| edits.count);
    let Some((nearest, edits)) = least.map(|(state, edits)| (*state, edits.clone())) else {
        let marks = Marks::of(profile, &read, read.len());
        return Origin { marks, candidates: Vec::new() };
    };
    let [added, _] = read.entries(nearest, edits.view);
    let marks = Marks::of(profile, &read, added.len());
    if !marks.is_copy() {
        return Origin { marks, candidates: Vec::new() };
    }
    let near = within(&read, (nearest, &edits), all);
    let mut candidates: Vec<Candidate> = near
        .into_iter()
        .map(|(state, edits)| {
            let [added, missing] = read.entries(state, edits.view);
            let other = edits.count - added.len() - missing.len();
            let default = (read.default != state.default)
                .then(|| [state.default.clone(), read.default.clone()]);
            let other_abis = other > usize::from(default.is_some());
            let (edits, view) = (edits.count, edits.view);
            Candidate { state, edits, view, added, missing, default, other_abis }
        })
        .collect();
    // As written before what was made of it, Docker's before containers-common's, a file before code, the newer before the older.
    let is_made = |one: &Candidate| one.view != View::WRITTEN;
    let place =
        |one: &Candidate| (one.edits, is_made(one), one.state.line(), one.state.is_own_code());
    candidates.sort_by(|a, b| place(a).cmp(&place(b)).then(b.state.date().cmp(a.state.date())));
    Origin { marks, candidates }
}
