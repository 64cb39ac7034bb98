//! Values of options.

use crate::diff::Kind;
use crate::overlay::{Favor, Strategy};
use crate::profile::Format;
use crate::semantics::words;

pub(super) use crate::semantics::words::{engine, host, kernel, library, runtime};

/// A bounding set, by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities(pub u64);

pub(super) fn capabilities(text: &str) -> Result<Capabilities, String> {
    words::capabilities(text).map(Capabilities)
}

/// The formats of the commands that have no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TextOrJson {
    /// For a terminal
    Text,
    /// For programs
    Json,
}

/// Options whose values are a few fixed words.
macro_rules! words {
    ($name:ident, $to:ty, $($variant:ident = $value:expr, $help:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
        pub(super) enum $name {
            $(#[doc = $help] $variant,)*
        }

        impl From<$name> for $to {
            fn from(word: $name) -> $to {
                match word { $($name::$variant => $value,)* }
            }
        }
    };
}

words! { FormatWord, Format,
    Docker = Format::Docker, "Docker's JSON, old or new";
    ContainersCommon = Format::ContainersCommon, "Podman's dialect of it";
    Oci = Format::Oci, "An OCI runtime's config.json";
    Operator = Format::Operator, "The Security Profiles Operator's SeccompProfile";
}

words! { KindWord, Kind,
    Added = Kind::Added, "Calls are let through, none was before";
    Weakened = Kind::Weakened, "Some calls get a more permissive action";
    Removed = Kind::Removed, "Calls were let through, none is now";
    Tightened = Kind::Tightened, "Some calls get a stricter action, none a more permissive one";
    Changed = Kind::Changed, "Another errno: neither weaker nor stricter";
}

words! { StrategyWord, Strategy,
    Override = Strategy::Override, "The last layer with a rule for a call answers";
    Replace = Strategy::Replace, "A call that a layer names is answered by that layer alone";
    Union = Strategy::Union, "The most permissive answer";
    Stack = Strategy::Stack, "The strictest answer, as with stacked filters";
}

words! { FavorWord, Favor,
    Mine = Favor::Mine, "One's own change";
    Upstream = Favor::Upstream, "Upstream's change";
}
