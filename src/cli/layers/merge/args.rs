//! What `sdiff merge` is asked.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::inputs::profiles::PROFILE_HELP;
use crate::cli::values::StrategyWord;
use std::path::PathBuf;

/// Make one profile of a base and overlays
///
/// Layers go from the base up. The result is a profile that Docker loads as it is; it is read again
/// and proved to be what its layers define, for every call on every host, before it is written.
///
/// With --strategy stack a layer can be the filters of a process (`bpf:`), which have no rules but
/// answers; the result is then for their host.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The layers, from the lowest up; the first is the base where no --base is given
    pub layers: Vec<String>,

    /// The base [default: what the first layer extends]
    #[arg(long, value_name = "PROFILE")]
    pub base: Option<String>,

    /// How layers become one: override, replace, union, stack [default: override]
    ///
    /// override: the last layer with a rule for a call answers, else the base's default action.
    /// replace: a call that a layer names is answered by that layer alone. union: the most
    /// permissive answer, default actions included. stack: the strictest, as the kernel does with
    /// filters that are loaded one over the other.
    #[arg(long, value_name = "STRATEGY", value_enum, hide_possible_values = true)]
    pub strategy: Option<StrategyWord>,

    /// What to write: docker, oci, operator, patch
    ///
    /// `oci` (the object that containerd and Kubernetes take) and `operator` (a SeccompProfile)
    /// have no conditions: they are for one --host, one --caps [default: docker-default] and one
    /// --kernel. `patch` is an RFC 6902 patch of the base's own file.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "docker")]
    #[arg(hide_possible_values = true)]
    pub format: Form,

    /// Apply an RFC 6902 patch to the base, in place of layers; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["layers", "strategy"], requires = "base")]
    pub apply: Option<PathBuf>,

    /// Show what the merge changes against the base, instead of the result
    #[arg(long, conflicts_with = "format")]
    pub diff: bool,

    /// With --strategy stack, only answer whether this profile is what the layers come to
    ///
    /// `yes`, with status 0, or `no`, with status 1 and one call for which it is more or less than the
    /// stricter of them.
    #[arg(long, value_name = "MERGED", conflicts_with_all = ["diff", "format", "apply"])]
    pub compare_to: Option<String>,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub reading: Reading,

    #[command(flatten)]
    pub question: Question,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Form {
    /// Docker's JSON
    Docker,
    /// An OCI runtime's seccomp object
    Oci,
    /// The Security Profiles Operator's SeccompProfile
    Operator,
    /// An RFC 6902 patch of the base
    Patch,
}
