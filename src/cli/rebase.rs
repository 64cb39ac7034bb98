//! `sdiff rebase`: what a profile changed, done again to a newer one.

use super::failure::Failure;
use super::options::{Question, Reading};
use super::output::{self, ColorChoice};
use super::profiles::{self, PROFILE_HELP};
use super::values::FavorWord;
use sdiff::baseline::Product;
use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::load::Loaded;
use sdiff::overlay::{
    self, Conflict, ConflictAbout, Favor, Layer, Merged, Near, OverlayError, Rebased, Strategy,
};
use sdiff::profile::{Action, Profile, Spanned, to_json};
use sdiff::report::phrase::{action_text, description_text};
use sdiff::semantics::{Engine, Runtime, Settings};
use sdiff::syscall::Host;
use std::path::PathBuf;
use std::process::ExitCode;

/// Do what a profile changed again to a newer one
///
/// A three-way merge of what calls get, not of text: the difference of MINE from --from is made on
/// --onto, and proved. Where both sides changed the same calls differently nothing is written, the
/// conflicts are shown, and the exit status is 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(super) struct Args {
    /// One's own profile
    mine: String,

    /// The profile to follow
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    onto: String,

    /// What MINE was made from [default: the nearest built-in profile]
    #[arg(long, value_name = "PROFILE")]
    from: Option<String>,

    /// Whose change counts in a conflict: mine, upstream
    #[arg(long, value_name = "SIDE", value_enum, hide_possible_values = true)]
    favor: Option<FavorWord>,

    /// What to write: profile, or overlay for the least one that extends --onto
    #[arg(long = "as", value_name = "FORM", value_enum, default_value = "profile")]
    #[arg(hide_possible_values = true)]
    form: Form,

    /// Write nothing; exit with status 1 if a rebase would change what MINE does
    #[arg(long, conflicts_with_all = ["output", "form"])]
    check: bool,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    question: Question,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A whole profile
    Profile,
    /// An overlay
    Overlay,
}

pub(super) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let mut store = Store::default();
    let engine = args.question.engine.map(Engine::from);
    let mine = profiles::load(&args.mine, &args.reading)?;
    let onto = profiles::load(&args.onto, &args.reading)?;
    let mine_layer = layer(&mine, engine)?;
    let onto_layer = layer(&onto, engine)?;
    let from = match &args.from {
        Some(from) => profiles::load(from, &args.reading)?,
        None => {
            let near = nearest(&mut store, &mine, &mine_layer)?;
            let name = near.release.to_string();
            let last = near.last.to_string();
            output::to_stderr(&format!("from {last}: {} calls differ\n", near.distance));
            profiles::load(&name, &args.reading)?
        }
    };
    let from_layer = layer(&from, engine)?;
    let hosts = args.question.settings(Engine::Docker).hosts;
    let favor = args.favor.map(Favor::from);
    let layers = [&from_layer, &mine_layer, &onto_layer];
    let all = [from.clone(), mine.clone(), onto.clone()];
    let rebased = overlay::rebase(&mut store, layers, favor, &hosts)
        .map_err(|error| Failure::of_layers(error, &all))?;
    let merged = match rebased {
        Rebased::Clean(merged) => merged,
        Rebased::Conflicts(conflicts) => {
            output::to_stderr(&shown(&conflicts));
            return Ok(ExitCode::from(1));
        }
    };
    super::merge::tell(&[onto], &merged, &hosts, Strategy::Override, args.reading.verbose);
    if args.check {
        return check(&mut store, &mine_layer, &merged);
    }
    let text = match args.form {
        Form::Profile => to_json(&merged.profile),
        Form::Overlay => least(&mut store, args, &onto_layer, &merged, &hosts)?,
    };
    output::to(args.output.as_deref(), &text)?;
    profiles::warn(&mine, &args.reading, color);
    Ok(ExitCode::SUCCESS)
}

/// A whole profile as a layer: read as one, an overlay would kill what it does not name.
pub(super) fn layer(loaded: &Loaded, engine: Option<Engine>) -> Result<Layer, Failure> {
    if loaded.profile.default_action.is_none() && !loaded.profile.rules.is_empty() {
        return Err(Failure::Usage(format!(
            "{} has rules and no `defaultAction`: it is an overlay, for `sdiff merge --base`",
            loaded.source.name.escape_debug()
        )));
    }
    let engine = engine.unwrap_or(Engine::of(loaded.profile.format));
    Layer::new(&loaded.source.name, &loaded.profile, engine)
        .map_err(|error| Failure::Meaning(Box::new(error), Box::new(loaded.source.clone())))
}

/// The baseline that a profile came from.
fn nearest(store: &mut Store, mine: &Loaded, layer: &Layer) -> Result<Near, Failure> {
    let near = overlay::nearest(store, layer, product(mine), 1)
        .map_err(|error| Failure::Overlay(error.to_string()))?;
    match &near[..] {
        [first, second, ..] if first.distance == second.distance && first.distance > 0 => {
            let candidates = near.iter().take_while(|near| near.distance == first.distance);
            let names: Vec<String> = candidates.map(|near| near.last.to_string()).collect();
            Err(Failure::Usage(format!(
                "{} is as near to each of {}: say which with --from",
                mine.source.name.escape_debug(),
                names.join(", ")
            )))
        }
        [first, ..] => Ok(*first),
        [] => Err(Failure::Usage("there is no built-in profile to start from: give --from".into())),
    }
}

pub(super) fn product(mine: &Loaded) -> Product {
    match Engine::of(mine.profile.format) {
        Engine::Podman => Product::Podman,
        _ => Product::Docker,
    }
}

/// Whether a rebase changes what a profile does, apart from runc's stub.
fn check(store: &mut Store, mine: &Layer, merged: &Merged) -> Result<ExitCode, Failure> {
    let hosts = merged.hosts.clone();
    let settings = Settings { runtime: Runtime::None, hosts, ..Settings::new(Engine::Docker) };
    let failed = |error: sdiff::semantics::SemanticsError| Failure::Overlay(error.to_string());
    let old = sdiff::semantics::Policy::build(store, mine.profile(), &settings).map_err(failed)?;
    let new = sdiff::semantics::Policy::build(store, &merged.profile, &settings).map_err(failed)?;
    let found = compare(store, &old, &new).map_err(Failure::Compare)?;
    if found.changes.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::to_stdout(&format!(
        "a rebase changes {} things: `sdiff rebase` writes it, `sdiff lineage` says what\n",
        found.changes.len()
    ))?;
    Ok(ExitCode::from(1))
}

/// The result as an overlay over what it was rebased onto.
fn least(
    store: &mut Store,
    args: &Args,
    onto: &Layer,
    merged: &Merged,
    hosts: &[Host],
) -> Result<String, Failure> {
    let failed = |error: OverlayError| Failure::Overlay(error.to_string());
    let rebased = Layer::new("the rebased profile", &merged.profile, Engine::Docker)
        .map_err(|error| Failure::Overlay(error.to_string()))?;
    let least = overlay::overlay(store, onto, &rebased, hosts).map_err(failed)?;
    if least.rules.is_empty() {
        // One that Docker refuses can do no harm; this one can.
        let does = profiles::docker_alone(&least);
        output::to_stderr(&format!(
            "warning: Docker alone ignores `extends` in this overlay and {does}\n"
        ));
    }
    let extends = vec![Spanned::bare(args.onto.clone())];
    Ok(to_json(&Profile { extends, ..least }))
}

/// Conflicts, each with both sides and the base.
fn shown(conflicts: &[Conflict]) -> String {
    let mut text = String::new();
    for conflict in conflicts {
        let (what, answers) = told(conflict, "the default action");
        text += &format!("conflict: {what}\n");
        if let Some([from, mine, onto]) = answers {
            text += &format!("    was {from}, is {mine} in mine and {onto} upstream\n");
        }
    }
    text + "nothing is written; --favor mine or --favor upstream decides\n"
}

/// What a conflict is about, and what the base, one's own and the other profile say there, where
/// `no_rule` is what stands for no rule.
pub(super) fn told(conflict: &Conflict, no_rule: &str) -> (String, Option<[String; 3]>) {
    match &conflict.about {
        ConflictAbout::Default(from, mine, onto) => {
            ("the default action".to_owned(), Some([*from, *mine, *onto].map(action_text)))
        }
        ConflictAbout::Architectures => ("both sides changed the ABIs of the filter".into(), None),
        ConflictAbout::Member { name, values } => (format!("`{name}`"), Some(values.clone())),
        ConflictAbout::Calls { syscall, when, from, mine, onto } => {
            let abi = conflict.places.first().map_or(Host::Amd64.native(), |place| place.1);
            let when = description_text(when, *syscall, abi);
            let answer =
                |action: &Option<Action>| action.map_or_else(|| no_rule.to_owned(), action_text);
            let what = format!("{} {when}", syscall.name()).trim_end().to_owned();
            (what, Some([from, mine, onto].map(answer)))
        }
    }
}
