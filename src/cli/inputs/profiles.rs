//! Profiles as the commands take them: loaded, warned about, and given a meaning.

use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::cli::inputs::filters::{self, Filters};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::terminal::screen;
use crate::decision::Store;
use crate::filter::Program;
use crate::load::{self, Loaded, Warning, WarningKind};
use crate::overlay;
use crate::profile::Profile;
use crate::semantics::{Policy, Settings};
use crate::syscall::Host;

/// How many warnings of one file are shown.
const WARNINGS: usize = 5;

/// What every command says of a profile that it takes.
pub(in crate::cli) const PROFILE_HELP: &str = "\
A profile is one of

  PATH            a file: Docker's JSON, Podman's, an OCI config.json, or a SeccompProfile
  FILE#NAME       one of several profiles in a file, or containers of `docker inspect`
  -               standard input
  REV:PATH        a file in the git repository, as `git show` takes it
  default         what the newest Docker ships
  docker@28.2     what a Docker release ships (of a line: its newest)
  podman@5.8      what a release of Podman ships; also containerd, crio, containers-common
  docker@3c28324  a state of the main branch, by commit or by day: docker@2021-01-27
  kubernetes      what the newest containerd ships
  unconfined      no filter at all
  bpf:FILE,...    what the kernel holds of a process: classic BPF, the oldest filter first
  pid:N           the same of process N; container:NAME of a container, self of sdiff itself

`sdiff baselines` lists the built-in ones. A file that is called `default` is `./default`.";

/// A profile, or filters in its place.
#[derive(Debug)]
pub(in crate::cli) enum Taken {
    /// A profile; one that extends others as what it resolves to.
    Profile(Box<Loaded>),
    /// Filters of a process.
    Filters(Box<Filters>),
}

impl Taken {
    /// The profile; for filters an empty one of their name.
    pub fn loaded(&self) -> &Loaded {
        match self {
            Taken::Profile(loaded) => loaded,
            Taken::Filters(filters) => &filters.loaded,
        }
    }

    /// Whether it is no profile.
    pub fn is_filter(&self) -> bool {
        matches!(self, Taken::Filters(_))
    }

    /// The programs with the names of their files, the oldest first; none of a profile.
    pub fn stack(&self) -> Vec<(&str, &Program)> {
        match self {
            Taken::Profile(_) => Vec::new(),
            Taken::Filters(filters) => {
                filters.files.iter().map(String::as_str).zip(&filters.programs).collect()
            }
        }
    }

    /// The meaning, on the hosts that were given.
    pub fn policy(
        &self,
        store: &mut Store,
        settings: &Settings,
        given: &[Host],
    ) -> Result<Policy, Failure> {
        match self {
            Taken::Profile(loaded) => policy(store, loaded, settings),
            Taken::Filters(filters) => filters.policy(store, settings, given),
        }
    }
}

/// A profile or filters.
pub(in crate::cli) fn take(spec: &str, reading: &Reading) -> Result<Taken, Failure> {
    match filters::read(spec) {
        Some(filters) => filters.map(|filters| Taken::Filters(Box::new(filters))),
        None => shown(spec, reading).map(|loaded| Taken::Profile(Box::new(loaded))),
    }
}

/// A profile; one that extends others as what it resolves to.
pub(in crate::cli) fn load(spec: &str, reading: &Reading) -> Result<Loaded, Failure> {
    let loaded = load_alone(spec, reading)?;
    if loaded.profile.extends.is_empty() {
        return Ok(loaded);
    }
    // What it resolves to has no places in the file.
    warn(&loaded, reading, ColorChoice::Auto);
    resolve(loaded, reading)
}

/// As [`load`], with places in the file that was named: for what is told of it, not for its text.
pub(in crate::cli) fn shown(spec: &str, reading: &Reading) -> Result<Loaded, Failure> {
    let own = load_alone(spec, reading)?;
    if own.profile.extends.is_empty() {
        return Ok(own);
    }
    warn(&own, reading, ColorChoice::Auto);
    let mut whole = resolve(own.clone(), reading)?.placed_in(&own);
    // They were told.
    whole.warnings.clear();
    Ok(whole)
}

/// What a profile that extends others resolves to.
pub(in crate::cli) fn resolve(loaded: Loaded, reading: &Reading) -> Result<Loaded, Failure> {
    Ok(overlay::joined(&layers(loaded, reading)?)?)
}

/// A profile as its file says it.
pub(in crate::cli) fn load_alone(spec: &str, reading: &Reading) -> Result<Loaded, Failure> {
    let mut loaded = load::load(spec, &reading.load_options())?;
    // It is about the command line, and told by every command.
    let is_renamed = |warning: &Warning| matches!(warning.kind, WarningKind::RenamedBaseline(_));
    for warning in loaded.warnings.extract_if(.., |warning| is_renamed(warning)) {
        output::to_stderr(&warning.render(&loaded.source, screen::on_stderr(ColorChoice::Auto)));
    }
    Ok(loaded)
}

/// The layers that a profile stands for, the base first.
pub(in crate::cli) fn layers(loaded: Loaded, reading: &Reading) -> Result<Vec<Loaded>, Failure> {
    if !loaded.profile.extends.is_empty() {
        tell_of_extends(&loaded);
    }
    let layers = overlay::layers(loaded, &reading.neighbours())?;
    // What is built in has no warning but that its name is an old one.
    for layer in layers.iter().filter(|layer| layer.baseline.is_some()) {
        warn(layer, reading, ColorChoice::Auto);
    }
    tell_if_off(&layers);
    Ok(layers)
}

/// A base that says nothing says that everything is allowed.
pub(in crate::cli) fn tell_if_off(layers: &[Loaded]) {
    if let Some(base) = layers.first()
        && base.profile.default_action.is_none()
        && base.profile.rules.is_empty()
    {
        let name = base.source.name.escape_debug();
        output::to_stderr(&format!(
            "warning: the base {name} has neither `defaultAction` nor rules: it turns seccomp off, \
             and lets through what no other layer stops\n"
        ));
    }
}

/// Docker ignores `extends`.
pub(in crate::cli) fn tell_of_extends(loaded: &Loaded) {
    let name = loaded.source.name.escape_debug();
    let does = docker_alone(&loaded.profile);
    output::to_stderr(&format!("warning: Docker alone ignores `extends` in {name} and {does}\n"));
}

/// What Docker does with an overlay that is given to it as it is.
pub(in crate::cli) fn docker_alone(profile: &Profile) -> &'static str {
    match (&profile.default_action, &profile.rules[..]) {
        (Some(_), _) => "loads it as a whole profile",
        (None, []) => {
            "runs containers without any filter: with neither `defaultAction` nor rules it turns \
             seccomp off"
        }
        (None, _) => "refuses it",
    }
}

/// Tells how a profile, or a process' filters, came about.
pub(in crate::cli) fn tell(loaded: &Loaded) {
    for note in &loaded.notes {
        let text = format!("{}: {note}", loaded.source.name);
        // Names are the file's, and a terminal obeys control characters.
        let text = text.replace(char::is_control, "\u{fffd}");
        output::to_stderr(&format!("note: {text}\n"));
    }
}

/// Tells of what the engines pass over without a word.
pub(in crate::cli) fn warn(loaded: &Loaded, reading: &Reading, color: ColorChoice) {
    tell(loaded);
    let count = loaded.warnings.len();
    if count == 0 {
        return;
    }
    let layout = screen::on_stderr(color);
    // One more fits in the place of the line that would say so.
    let shown = if reading.verbose || count == WARNINGS + 1 { count } else { WARNINGS };
    let mut text = String::new();
    for warning in loaded.warnings.iter().take(shown) {
        text += &warning.render(&loaded.source, &layout);
    }
    if count > shown {
        let (more, name) = (count - shown, loaded.source.name.escape_debug());
        text += &format!("warning: {more} more in {name}: `-v` shows them all\n");
    }
    output::to_stderr(&text);
}

/// The meaning of a profile.
pub(in crate::cli) fn policy(
    store: &mut Store,
    loaded: &Loaded,
    settings: &Settings,
) -> Result<Policy, Failure> {
    Policy::build(store, &loaded.profile, settings)
        .map_err(|error| Failure::Meaning(Box::new(error), Box::new(loaded.source.clone())))
}
