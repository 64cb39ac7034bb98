//! The three versions of a file in a merge for git: whole profiles or overlays, and texts.

use super::comments;
use crate::cli::failure::Failure;
use crate::decision::Store;
use crate::load::{Loaded, WarningKind};
use crate::overlay::{self, Kind, Layer, Merged, OverlayError};
use crate::profile::{Profile, Spanned, to_json};
use crate::semantics::Engine;
use crate::syscall::Host;
use std::collections::HashMap;

/// Why there is no merged text.
pub(in crate::cli) enum Trouble {
    /// It is none of our business: git merges lines.
    NotOurs(String),
    /// A person has to look at it, whatever a merge of lines makes of it.
    Conflict(String),
}

/// The three versions of a file.
pub(in crate::cli) struct Sides {
    /// What they are.
    pub kind: Kind,
    base: Loaded,
    ours: Loaded,
    theirs: Loaded,
    /// Of base, theirs and ours: as the merge counts them.
    layers: [Layer; 3],
    /// What the result extends.
    extends: Vec<Spanned<String>>,
    strategy: Option<Spanned<String>>,
}

/// What a conflict is about, and what base, theirs and ours say.
type Said = (String, Option<[String; 3]>);

impl Sides {
    /// The sides, if they are of one kind and agree on what they extend.
    pub fn new(
        base: Loaded,
        ours: Loaded,
        theirs: Loaded,
        said: impl Fn(Said) -> String,
    ) -> Result<Sides, Trouble> {
        let all = [&base, &theirs, &ours];
        let is_overlay = |profile: &Profile| {
            !profile.extends.is_empty()
                || profile.default_action.is_none() && !profile.rules.is_empty()
        };
        let kind = match all.iter().any(|loaded| is_overlay(&loaded.profile)) {
            true => Kind::Overlay,
            false => Kind::Whole,
        };
        // An empty object can be either.
        let says = |profile: &Profile| profile.default_action.is_some();
        if kind == Kind::Overlay
            && all.iter().any(|loaded| says(&loaded.profile) && !is_overlay(&loaded.profile))
        {
            let what = |loaded: &Loaded| match is_overlay(&loaded.profile) {
                true => "an overlay".to_owned(),
                false => "a whole profile".to_owned(),
            };
            let what = ("what the file is".to_owned(), Some(all.map(what)));
            return Err(Trouble::Conflict(said(what)));
        }
        let extends = |loaded: &Loaded| -> Vec<String> {
            loaded.profile.extends.iter().map(|spec| spec.value.clone()).collect()
        };
        let strategy = |loaded: &Loaded| -> Vec<String> {
            loaded.profile.strategy.iter().map(|strategy| strategy.value.clone()).collect()
        };
        let mut lists = Vec::new();
        for (name, values) in [("extends", all.map(extends)), ("strategy", all.map(strategy))] {
            let [before, other, own] = &values;
            lists.push(match (other == before || other == own, own == before) {
                (true, _) => own.clone(),
                (_, true) => other.clone(),
                _ => {
                    let told = |value: &Vec<String>| match value.is_empty() {
                        true => "nothing".to_owned(),
                        false => value.join(", "),
                    };
                    let what = (format!("`{name}`"), Some(values.each_ref().map(told)));
                    return Err(Trouble::Conflict(said(what)));
                }
            });
        }
        let bare = |list: Vec<String>| list.into_iter().map(Spanned::bare).collect::<Vec<_>>();
        let strategy = lists.pop().map(bare).and_then(|mut list| list.pop());
        let extends = lists.pop().map(bare).unwrap_or_default();
        let layers = [layer(&base)?, layer(&theirs)?, layer(&ours)?];
        Ok(Sides { kind, base, ours, theirs, layers, extends, strategy })
    }

    /// What is merged: a layer without a name writes no comments about it.
    pub fn layers(&self) -> [&Layer; 3] {
        self.layers.each_ref()
    }

    /// The trouble of their merge.
    pub fn failed(&self, error: OverlayError) -> Trouble {
        let all = [self.base.clone(), self.theirs.clone(), self.ours.clone()];
        Trouble::Conflict(Failure::of_layers(error, &all).render(false))
    }

    /// Whether a text says what the merge says, and nothing more often than the sides do.
    pub fn is_merged(&self, store: &mut Store, merged: &Merged, found: &Loaded) -> bool {
        let values = |list: &[Spanned<String>]| -> Vec<String> {
            list.iter().map(|item| item.value.clone()).collect()
        };
        let strategy = |strategy: &Option<Spanned<String>>| values(strategy.as_slice());
        let profile = &found.profile;
        let most = |count: fn(&Loaded) -> usize| count(&self.ours).max(count(&self.theirs));
        if values(&profile.extends) != values(&self.extends)
            || strategy(&profile.strategy) != strategy(&self.strategy)
            || repeated_names(found) > most(repeated_names)
            || repeated_keys(found) > most(repeated_keys)
        {
            return false;
        }
        let wanted = Layer::new("", &merged.profile, Engine::Docker);
        let found = Layer::new("", &found.profile, Engine::of_loaded(found));
        match (wanted, found) {
            (Ok(wanted), Ok(found)) => {
                overlay::same(store, [&wanted, &found], self.kind, &Host::ALL).unwrap_or(false)
            }
            _ => false,
        }
    }

    /// Whether theirs changed nothing that no engine reads, which only a merge of lines can take
    /// over.
    pub fn all_is_read(&self) -> Result<(), String> {
        let [base, ours, theirs] = [&self.base, &self.ours, &self.theirs].map(overlay::unread);
        let is_new = |member: &&(String, _)| !base.contains(member) && !ours.contains(member);
        match theirs.iter().find(is_new) {
            Some((key, _)) => Err(format!(
                "theirs changes `{}`, which no engine reads and sdiff knows no place for\n",
                key.escape_debug()
            )),
            None => Ok(()),
        }
    }

    /// The text of ours with the smallest edits; none where it cannot be edited.
    pub fn edited(&self, merged: &Merged) -> Result<Option<String>, String> {
        let [_, _, ours] = &self.layers;
        // As the file has it: the layer has each `name` as `names`.
        let Ok(own) = Layer::new("", &self.ours.profile, Engine::of_loaded(&self.ours)) else {
            return Ok(None);
        };
        debug_assert_eq!(ours.profile().rules.len(), own.profile().rules.len());
        let before = Profile {
            extends: self.ours.profile.extends.clone(),
            strategy: self.ours.profile.strategy.clone(),
            ..own.profile().clone()
        };
        let Some((after, places)) = overlay::in_place(&before, merged) else { return Ok(None) };
        let after = self.with_comments(after)?;
        Ok(overlay::edited(&self.ours.source.text, &before, &after, &places))
    }

    /// The merged profile as a text of its own, and what of ours is not in it.
    pub fn anew(&self, merged: &Merged) -> Result<(String, Vec<String>), String> {
        let text = to_json(&self.with_comments(merged.profile.clone())?);
        let mut lost: Vec<String> = Vec::new();
        for (key, _) in overlay::unread(&self.ours) {
            let key = format!("`{}`", key.escape_debug());
            if !lost.contains(&key) {
                lost.push(key);
            }
        }
        Ok((indented(&text, &self.ours.source.text), lost))
    }

    /// A result with what it extends, and the comments of both sides.
    fn with_comments(&self, merged: Profile) -> Result<Profile, String> {
        let extends = self.extends.clone();
        let merged = Profile { extends, strategy: self.strategy.clone(), ..merged };
        let [base, theirs, ours] = self.layers.each_ref().map(Layer::profile);
        comments::carry(merged, [base, ours, theirs])
    }
}

fn layer(loaded: &Loaded) -> Result<Layer, Trouble> {
    Layer::new("", &loaded.profile, Engine::of_loaded(loaded)).map(Layer::with_names).map_err(
        |error| {
            let failure = Failure::Meaning(Box::new(error), Box::new(loaded.source.clone()));
            Trouble::NotOurs(failure.render(false))
        },
    )
}

/// How many names stand again in rules that say the same: two branches that both add one.
fn repeated_names(loaded: &Loaded) -> usize {
    let mut seen: HashMap<(String, &str), usize> = HashMap::new();
    for rule in &loaded.profile.rules {
        let body = overlay::body(rule);
        for name in rule.name.iter().chain(&rule.names) {
            *seen.entry((body.clone(), &name.value)).or_default() += 1;
        }
    }
    seen.values().map(|count| count - 1).sum()
}

/// How many keys stand again in their object.
fn repeated_keys(loaded: &Loaded) -> usize {
    let again = |kind: &WarningKind| matches!(kind, WarningKind::DuplicateKey(_));
    loaded.warnings.iter().filter(|warning| again(&warning.kind)).count()
}

/// A text with the indent and the line ends of another.
fn indented(text: &str, like: &str) -> String {
    let indent = like.lines().find_map(|line| {
        let width = line.len() - line.trim_start().len();
        (width > 0).then(|| line[..width].to_owned())
    });
    let indent = indent.unwrap_or_else(|| "\t".to_owned());
    let end = if like.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches('\t').len();
        out.push_str(&indent.repeat(depth));
        out.push_str(&line[depth..]);
        out.push_str(end);
    }
    out
}
