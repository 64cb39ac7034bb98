//! Trouble, and the one place that puts it in words.

use crate::decision::TooLarge;
use crate::load::{LoadError, Loaded, Source};
use crate::overlay::{ExtendsError, FixedError, OverlayError, PatchError};
use crate::profile::Rule;
use crate::report::{self, Layout};
use crate::semantics::SemanticsError;
use crate::syscall::{Host, Syscall};
use colored::Colorize;
use std::io;

/// Why a command gives no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// A profile does not load.
    Load(LoadError),
    /// A profile does not become what it extends.
    Extends(ExtendsError),
    /// A profile has no meaning.
    Meaning(Box<SemanticsError>, Box<Source>),
    /// A bound is reached with filters, which have no text.
    Compare(TooLarge),
    /// Something cannot be written.
    Write { to: String, error: io::Error },
    /// Layers do not become one profile, or not the one that was asked for.
    Overlay(String),
    /// The arguments do not go together.
    Usage(String),
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        Failure::Load(error)
    }
}

impl From<ExtendsError> for Failure {
    fn from(error: ExtendsError) -> Failure {
        Failure::Extends(error)
    }
}

impl From<PatchError> for Failure {
    fn from(error: PatchError) -> Failure {
        Failure::Overlay(error.to_string())
    }
}

impl From<FixedError> for Failure {
    fn from(error: FixedError) -> Failure {
        Failure::Overlay(error.to_string())
    }
}

impl Failure {
    /// A bound that is reached with profiles, in that which says most of what it is about.
    pub fn too_large(bound: TooLarge, profiles: &[&Loaded]) -> Failure {
        let syscall = bound.subject.and_then(|index| Syscall::from_index(index.into()));
        let names = |rule: &Rule| {
            let names = rule.name.iter().chain(&rule.names);
            names.filter(|name| syscall.is_none_or(|of| of.name() == name.value)).count()
        };
        let says = |loaded: &&&Loaded| loaded.profile.rules.iter().map(names).sum::<usize>();
        match profiles.iter().max_by_key(says) {
            Some(loaded) => {
                let error = SemanticsError::too_large(bound, &loaded.profile);
                Failure::Meaning(Box::new(error), Box::new(loaded.source.clone()))
            }
            None => Failure::Compare(bound),
        }
    }

    /// No host is for all of these: their names, and the hosts that each is for.
    pub fn other_hosts(sides: &[(&str, Vec<Host>)]) -> Failure {
        const MOST: usize = 3;
        let one = |(name, hosts): &(&str, Vec<Host>)| {
            let mut words: Vec<String> = hosts.iter().take(MOST).map(Host::to_string).collect();
            if hosts.len() > MOST {
                words.push(format!("{} more", hosts.len() - MOST));
            }
            format!("{} is for {}", name.escape_debug(), words.join(", "))
        };
        let sides: Vec<String> = sides.iter().map(one).collect();
        Failure::Usage(format!(
            "nothing was compared, for they have no host in common: {}; if they run on the same one, name it \
             with --host",
            sides.join("; ")
        ))
    }

    /// The trouble of a merge of these layers.
    pub fn of_layers(error: OverlayError, layers: &[Loaded]) -> Failure {
        match error {
            OverlayError::Meaning { layer, error } if layer < layers.len() => {
                let source = layers.get(layer).map(|loaded| Box::new(loaded.source.clone()));
                match source {
                    Some(source) => Failure::Meaning(error, source),
                    None => Failure::Overlay(error.to_string()),
                }
            }
            OverlayError::TooLarge { bound, .. }
            | OverlayError::Whole(bound)
            | OverlayError::Compare(bound) => {
                Failure::too_large(bound, &layers.iter().collect::<Vec<_>>())
            }
            error => Failure::Overlay(with_help(&error)),
        }
    }

    /// The trouble of a profile beside the built-in ones, of which it is layer 1.
    pub fn of_profile(error: OverlayError, profile: &Loaded) -> Failure {
        match error {
            OverlayError::Meaning { layer: 1, error } => {
                Failure::Meaning(error, Box::new(profile.source.clone()))
            }
            OverlayError::TooLarge { bound, .. }
            | OverlayError::Whole(bound)
            | OverlayError::Compare(bound) => Failure::too_large(bound, &[profile]),
            error => Failure::Overlay(error.to_string()),
        }
    }

    /// The message, which may have several lines.
    pub fn render(&self, layout: impl Into<Layout>) -> String {
        let layout = layout.into();
        let word = || match layout.color {
            true => "error".red().bold().to_string(),
            false => "error".to_owned(),
        };
        let line = |message: String| format!("{}: {message}\n", word());
        match self {
            Failure::Load(error) => error.render(&layout),
            Failure::Extends(error) => error.render(&layout),
            Failure::Meaning(error, source) => report::trouble(error, source, &layout),
            Failure::Compare(bound) => line(format!("too complex to compare: {bound}")),
            Failure::Write { to, error } => line(format!("cannot write {to}: {error}")),
            Failure::Overlay(message) | Failure::Usage(message) => line(message.clone()),
        }
    }
}

/// Why a file was not opened, and the one that was meant.
pub(super) fn unopened(path: &str, error: &io::Error) -> String {
    let is_absent = error.kind() == io::ErrorKind::NotFound;
    match is_absent.then(|| crate::load::near_file(path)).flatten() {
        Some(near) => format!("{error}: did you mean `{}`?", near.escape_debug()),
        None => error.to_string(),
    }
}

/// What is wrong with a merge, and the way out where there is one.
fn with_help(error: &OverlayError) -> String {
    let help = match error {
        OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. } => {
            "a layer kills the programs of an ABI that it does not list, and the operands of a rule \
             are cut for 32-bit ones: give the layers the same `architectures`, or leave out hosts \
             that do not matter with --host"
        }
        OverlayError::NotProved { .. } | OverlayError::TooManyRules { .. } => {
            "--host leaves out hosts that do not matter; rules of a layer that overlap in fewer ways \
             need fewer here"
        }
        _ => return error.to_string(),
    };
    format!("{error}\n  = help: {help}")
}
