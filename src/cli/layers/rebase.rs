//! `sdiff rebase`: what a profile changed, done again to a newer one.

mod origin;

use super::extends;
use super::rebase::origin::{candidates, first_of, no_origin, told_origin, written};
use crate::baseline::Product;
use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::values::FavorWord;
use crate::decision::Store;
use crate::diff::{Comparison, compare};
use crate::load::Loaded;
use crate::origin::Origin;
use crate::overlay::{
    self, Conflict, ConflictAbout, Doubt, Favor, Layer, Merged, OverlayError, ReadAs, Rebased,
    Strategy,
};
use crate::profile::{Action, Profile, Spanned, to_json};
use crate::report::phrase::{action_text, counted, description_text};
use crate::report::{self, Outcome, RebaseReport};
use crate::semantics::{Engine, Runtime, Settings};
use crate::syscall::Host;
use std::path::PathBuf;
use std::process::ExitCode;

/// Do what a profile changed again to a newer one
///
/// A three-way merge of what calls get, not of text: the difference of MINE from --from is made on
/// --onto, and proved. Where both sides changed the same calls differently nothing is written, the
/// conflicts are shown, and the exit status is 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// One's own profile
    mine: String,

    /// The profile to follow [default: the newest of the product that MINE was made from]
    #[arg(long, value_name = "PROFILE")]
    onto: Option<String>,

    /// What MINE was made from [default: the built-in default that it is a copy of]
    ///
    /// Where it can be a copy of several, the result is what all of them give, and the strictest for the
    /// few calls on which they do not agree; these are told.
    #[arg(long, value_name = "PROFILE")]
    from: Option<String>,

    /// Whose change counts in a conflict: mine, upstream
    #[arg(long, value_name = "SIDE", value_enum, hide_possible_values = true)]
    favor: Option<FavorWord>,

    /// What to write: profile, or overlay for the least one that extends --onto
    ///
    /// A file that is extended is named as seen from the folder of --output.
    #[arg(long = "as", value_name = "FORM", value_enum, default_value = "profile")]
    #[arg(hide_possible_values = true)]
    form: Form,

    /// Write nothing; exit with status 1 if a rebase would change what MINE does
    #[arg(long, conflicts_with_all = ["output", "form"])]
    check: bool,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write to a file, as JSON, what it was made from, why, and what hangs on that
    ///
    /// docs/rebase.schema.json describes it.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    pub question: Question,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A whole profile
    Profile,
    /// An overlay
    Overlay,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let mut store = Store::default();
    let (mine, extended, upstream) = own(args, color)?;
    let from = given_from(args, &mine, extended)?;
    let onto = args.onto.as_deref().map(|onto| profiles::load(onto, &args.reading)).transpose()?;
    let named = from.as_ref().and_then(product).or(onto.as_ref().and_then(product));
    let named = match (&from, named) {
        // Nothing is left to look for, and what no one says is Docker's.
        (Some(_), None) => Some(Product::Docker),
        (_, named) => named,
    };
    args.question.tell();
    let mut reads = read_as(&mine, args.question.engine, named)?;
    let (from, origin) = match from {
        Some(from) => (vec![from], None),
        None => {
            let origin = overlay::origin_of(&mine.profile, &reads);
            let Some(first) = origin.first() else {
                return no_origin(args, &mut store, &mine, &reads, &origin);
            };
            let line = first.state.line();
            reads.retain(|read| read.product == line);
            (candidates(&origin, &args.reading)?, Some(origin))
        }
    };
    let Some(ReadAs { product, layer: mine_layer }) = reads.into_iter().next() else {
        return Err(Failure::Usage("no engine reads the profile".into()));
    };
    let upstream = upstream.unwrap_or(product);
    let newest = if upstream == Product::Docker { "default" } else { upstream.name() };
    let onto_name = args.onto.as_deref().unwrap_or(newest);
    let onto = match onto {
        Some(onto) => onto,
        None => profiles::load(onto_name, &args.reading)?,
    };
    let onto_layer = layer(&onto, args.question.engine, product)?;
    let (mine, onto) = ((&mine, &mine_layer), (&onto, &onto_layer));
    Sides { args, mine, onto, onto_name, from: &from, origin: origin.as_ref() }
        .rebase(&mut store, product, color)
}

/// One's own profile, what it extends under which name, and the product that this follows.
type Own = (Loaded, Option<(String, Loaded)>, Option<Product>);

/// Loads one's own profile, joined with what it extends.
fn own(args: &Args, color: ColorChoice) -> Result<Own, Failure> {
    let own = profiles::load_alone(&args.mine, &args.reading)?;
    if own.profile.extends.is_empty() {
        return Ok((own, None, None));
    }
    profiles::warn(&own, &args.reading, color);
    let layers = profiles::layers(own, &args.reading)?;
    let upstream = layers.first().and_then(product);
    Ok((overlay::joined(&layers)?, Some(base_of(layers)?), upstream))
}

/// What it was made from, where that is said: by `--from`, or by what it extends.
fn given_from(
    args: &Args,
    mine: &Loaded,
    extended: Option<(String, Loaded)>,
) -> Result<Option<Loaded>, Failure> {
    let given = args.from.as_deref().map(|from| profiles::load(from, &args.reading)).transpose()?;
    let (None, Some((name, base))) = (&given, extended) else { return Ok(given) };
    let mine = mine.source.name.escape_debug();
    output::to_stderr(&format!("from {name}, which {mine} extends\n"));
    Ok(Some(base))
}

/// The profiles of a rebase, each as it was read and as a layer.
struct Sides<'a> {
    args: &'a Args,
    mine: (&'a Loaded, &'a Layer),
    onto: (&'a Loaded, &'a Layer),
    onto_name: &'a str,
    from: &'a [Loaded],
    /// Where nobody said what it was made from.
    origin: Option<&'a Origin>,
}

impl Sides<'_> {
    fn rebase(
        &self,
        store: &mut Store,
        product: Product,
        color: ColorChoice,
    ) -> Result<ExitCode, Failure> {
        let Self { args, mine: (mine, mine_layer), onto: (onto, onto_layer), from, .. } = *self;
        let extends = match args.form {
            Form::Overlay => {
                let output = args.output.as_deref();
                extends::name_from(output, self.onto_name, onto, &args.reading)?
            }
            Form::Profile => String::new(),
        };
        let from_layers: Vec<Layer> = from
            .iter()
            .map(|from| layer(from, args.question.engine, product))
            .collect::<Result<_, _>>()?;
        let froms: Vec<&Layer> = from_layers.iter().collect();
        let hosts = args.question.settings(Engine::Docker).hosts;
        let favor = args.favor.map(Favor::from);
        let all = [first_of(from)?.clone(), mine.clone(), onto.clone()];
        let sides = [mine_layer, onto_layer];
        let (rebased, doubts) = overlay::rebase_from_any(store, &froms, sides, favor, &hosts)
            .map_err(|error| Failure::of_layers(error, &all))?;
        let merged = match self.told(rebased, &doubts)? {
            Some(merged) => merged,
            None => return Ok(ExitCode::from(1)),
        };
        let verbose = args.reading.verbose;
        let under = std::slice::from_ref(onto);
        crate::cli::layers::merge::tell(under, &merged, &hosts, Strategy::Override, verbose);
        if args.check {
            return check(store, mine, mine_layer, &merged);
        }
        let text = match args.form {
            Form::Profile => to_json(&merged.profile),
            Form::Overlay => least(store, extends, (onto_layer, mine), &merged, &hosts)?,
        };
        output::to(args.output.as_deref(), &text)?;
        profiles::warn(mine, &args.reading, color);
        Ok(ExitCode::SUCCESS)
    }

    /// Says what came of it and writes the report; the result, if there are no conflicts.
    fn told(&self, rebased: Rebased, doubts: &[Doubt]) -> Result<Option<Merged>, Failure> {
        let names: Vec<String> =
            self.from.iter().map(|from| from.source.name.to_string()).collect();
        if let Some(origin) = self.origin {
            output::to_stderr(&told_origin(origin));
        }
        output::to_stderr(&report::doubts_text(doubts, &names));
        let report = |outcome, conflicts: &[String]| {
            let report = RebaseReport {
                mine: self.mine.0,
                onto: Some(self.onto_name),
                from: &names,
                origin: self.origin,
                outcome,
                conflicts,
                doubts,
            };
            written(self.args, &report)
        };
        match rebased {
            Rebased::Clean(merged) => {
                report(Outcome::Clean, &[])?;
                Ok(Some(merged))
            }
            Rebased::Conflicts(conflicts) => {
                let words = |conflict: &Conflict| told(conflict, "the default action").0;
                report(Outcome::Conflicts, &conflicts.iter().map(words).collect::<Vec<_>>())?;
                output::to_stderr(&shown(&conflicts));
                Ok(None)
            }
        }
    }
}

/// What the last of some layers extends, with its name.
fn base_of(mut layers: Vec<Loaded>) -> Result<(String, Loaded), Failure> {
    let own = layers.last_mut().map(|own| &mut own.profile);
    let Some(own) = own else { return Err(Failure::Usage("there are no layers".into())) };
    let names: Vec<String> =
        own.extends.iter().map(|name| name.value.escape_debug().to_string()).collect();
    // A layer that says nothing changes nothing.
    *own = Profile { default_action: None, ..own.without_rules() };
    Ok((names.join(", "), overlay::joined(&layers)?))
}

/// The ways to read a whole profile.
pub(in crate::cli) fn read_as(
    loaded: &Loaded,
    engine: Option<Engine>,
    product: Option<Product>,
) -> Result<Vec<ReadAs>, Failure> {
    // Read as a whole one, an overlay would kill what it does not name.
    if loaded.profile.default_action.is_none() && !loaded.profile.rules.is_empty() {
        return Err(Failure::Usage(format!(
            "{} has rules and no `defaultAction`: it is an overlay, for `sdiff merge --base`",
            loaded.source.name.escape_debug()
        )));
    }
    ReadAs::all(&loaded.source.name, &loaded.profile, engine, product)
        .map_err(|error| Failure::Meaning(Box::new(error), Box::new(loaded.source.clone())))
}

/// A whole profile as a layer. A file that does not say whose it is, is of the product.
pub(in crate::cli) fn layer(
    loaded: &Loaded,
    engine: Option<Engine>,
    product: Product,
) -> Result<Layer, Failure> {
    let product = self::product(loaded).unwrap_or(product);
    let first = read_as(loaded, engine, Some(product))?.into_iter().next();
    first.map(|read| read.layer).ok_or_else(|| Failure::Usage("no engine reads it".into()))
}

/// The product whose profile it is, or whose dialect it is in, if that can be told.
fn product(loaded: &Loaded) -> Option<Product> {
    let of_engine = |format| match Engine::of(format) {
        Engine::Podman => Some(Product::ContainersCommon),
        _ => None,
    };
    match loaded.baseline {
        // Docker's, by another name.
        Some(release) => of_engine(release.product.format()).or(Some(Product::Docker)),
        None => of_engine(loaded.profile.format),
    }
}

/// What a rebase changes of what a profile does, apart from runc's stub.
fn changed(
    store: &mut Store,
    source: &Loaded,
    mine: &Layer,
    merged: &Merged,
) -> Result<Comparison, Failure> {
    let hosts = merged.hosts.clone();
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    let failed = |error: crate::semantics::SemanticsError| Failure::Overlay(error.to_string());
    let old = crate::semantics::Policy::build(store, mine.profile(), &settings).map_err(failed)?;
    let new = crate::semantics::Policy::build(store, &merged.profile, &settings).map_err(failed)?;
    compare(store, &old, &new).map_err(|bound| Failure::too_large(bound, &[source]))
}

/// Whether it changes anything.
fn check(
    store: &mut Store,
    source: &Loaded,
    mine: &Layer,
    merged: &Merged,
) -> Result<ExitCode, Failure> {
    let found = changed(store, source, mine, merged)?;
    if found.changes.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::to_stdout(&format!(
        "a rebase changes {}: `sdiff rebase` writes it, `sdiff lineage` says what\n",
        counted(found.changes.len(), "thing")
    ))?;
    Ok(ExitCode::from(1))
}

/// The result as an overlay over what it was rebased onto.
fn least(
    store: &mut Store,
    extends: String,
    (onto, mine): (&Layer, &Loaded),
    merged: &Merged,
    hosts: &[Host],
) -> Result<String, Failure> {
    let failed = |error: OverlayError| Failure::of_profile(error, mine);
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
    Ok(to_json(&Profile { extends: vec![Spanned::bare(extends)], ..least }))
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
pub(in crate::cli) fn told(conflict: &Conflict, no_rule: &str) -> (String, Option<[String; 3]>) {
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
