//! What shells complete: the program itself answers them (`SDIFF_COMPLETE`), so that it knows the
//! values of today.

mod bash;

use crate::baseline::{self, Product, UNCONFINED};
use crate::cli::name;
use crate::profile::Capability;
use crate::semantics::{Engine, Runtime};
use crate::syscall::{Host, Library, Syscall};
use bash::Bash;
use clap::{Arg, Command, CommandFactory, ValueEnum};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};
use std::ffi::OsStr;

/// The variable by which a shell's function asks.
const ASKS: &str = "SDIFF_COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Answers a shell, and ends the program, if one asks.
pub(in crate::cli) fn answer() {
    if std::env::var_os(ASKS).is_some() {
        CompleteEnv::with_factory(command).var(ASKS).shells(SHELLS).complete();
    }
}

/// The function for a shell that asks the program of this name.
pub(in crate::cli) fn function(shell: &str) -> Option<String> {
    let shell: &dyn EnvCompleter = SHELLS.completer(shell)?;
    let (name, mut script) = (name::called(), Vec::new());
    // Writing to a Vec cannot fail.
    shell.write_registration(ASKS, name, name, name, &mut script).ok()?;
    Some(String::from_utf8_lossy(&script).into_owned())
}

/// The names of the shells.
pub(in crate::cli) fn shells() -> Vec<&'static str> {
    SHELLS.names().collect()
}

/// The command line as shells see it: `sdiff OLD NEW` has the options of `sdiff diff`, and values
/// that are no fixed words are told, too.
fn command() -> Command {
    let mut command = crate::cli::Cli::command().name(name::called());
    let diff = command.find_subcommand("diff").cloned();
    // Global options are there already.
    let of_diff: Vec<Arg> = diff.iter().flat_map(Command::get_arguments).cloned().collect();
    let is_known = |arg: &Arg| command.get_arguments().any(|known| known.get_id() == arg.get_id());
    let of_diff: Vec<Arg> = of_diff.into_iter().filter(|arg| !is_known(arg)).collect();
    command = command.args(of_diff.into_iter().map(|arg| valued("diff", arg).required(false)));
    let command = command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        sub.mut_args(|arg| valued(&name, arg))
    });
    // clap's own knows the commands alone.
    let about = "Print the help of the program, a command or a topic";
    let help = Command::new("help").about(about).arg(words(Arg::new("topic"), helped));
    command.disable_help_subcommand(true).subcommand(help)
}

/// What there is help on.
fn helped() -> Vec<String> {
    let command = crate::cli::Cli::command();
    let commands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let commands = commands.map(|sub| sub.get_name().to_owned());
    super::topics::TOPICS.map(str::to_owned).into_iter().chain(commands).collect()
}

/// An argument with the values that it can have.
fn valued(command: &str, arg: Arg) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    match (command, &*id) {
        (_, "hosts" | "host") => words(arg, || Host::ALL.iter().map(|h| h.name().into()).collect()),
        (_, "caps") => arg.add(ArgValueCompleter::new(capabilities)),
        (_, "engine" | "old_engine" | "new_engine") => words(arg, engines),
        (_, "runtime" | "old_runtime" | "new_runtime") => words(arg, runtimes),
        (_, "library" | "old_libseccomp" | "new_libseccomp") => {
            words(arg, || Library::ALL.iter().map(|library| library.name().to_owned()).collect())
        }
        ("check", "explain") | ("fleet", "lint") => {
            words(arg, || crate::lint::ALL.iter().map(|lint| lint.id.to_owned()).collect())
        }
        ("explain" | "fleet", "call") => {
            words(arg, || Syscall::all().map(|call| call.name().to_owned()).collect())
        }
        ("schema", "name") => {
            words(arg, || crate::schema::all().map(|schema| schema.name.to_owned()).collect())
        }
        (_, "also") => words(arg, || {
            let formats = crate::cli::arguments::faces::Face::value_variants().iter();
            let formats = formats.filter_map(ValueEnum::to_possible_value);
            formats.map(|format| format!("{}=", format.get_name())).collect()
        }),
        ("baselines", "name") => arg.add(ArgValueCompleter::new(releases)),
        (
            _,
            "old" | "new" | "profile" | "profiles" | "layers" | "mine" | "other" | "base" | "onto",
        )
        | (_, "from" | "within") => match arg.get_action().takes_values() {
            true => arg.add(ArgValueCompleter::new(profiles)),
            false => arg,
        },
        (_, "paths" | "recordings" | "output" | "repo" | "config" | "trace") => {
            arg.add(ArgValueCompleter::new(PathCompleter::any()))
        }
        _ => arg,
    }
}

/// An argument that has one of these words.
fn words(arg: Arg, words: fn() -> Vec<String>) -> Arg {
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| begun(words(), typed)))
}

fn begun(words: impl IntoIterator<Item = String>, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let words = words.into_iter().filter(|word| word.starts_with(typed));
    words.map(CompletionCandidate::new).collect()
}

/// A list between commas, of which the last word is completed.
fn capabilities(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let done = typed.rfind(',').map_or(0, |at| at + 1);
    let sets = ["docker-default", "podman-default", "kubernetes-default", "all", "none"];
    let names = sets.into_iter().map(str::to_owned);
    let names = names.chain(Capability::all().map(|one| one.name().to_owned()));
    begun(names, OsStr::new(&typed[done..]))
        .into_iter()
        .map(|candidate| candidate.add_prefix(&typed[..done]))
        .collect()
}

fn engines() -> Vec<String> {
    let names = Engine::ALL.iter().map(|engine| engine.name().to_ascii_lowercase());
    names.chain(["kubernetes", "buildkit", "buildah"].map(str::to_owned)).collect()
}

fn runtimes() -> Vec<String> {
    let plain = ["runc", "crun", "none"].map(str::to_owned).into_iter();
    let versions = Runtime::all()
        .filter_map(|runtime| Some(format!("{}@{}", runtime.program(), runtime.version()?)));
    plain.chain(versions).collect()
}

/// The built-in profiles: the words, and behind a product's name each release.
fn releases(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut names: Vec<String> = ["default", "kubernetes", UNCONFINED].map(str::to_owned).to_vec();
    let products = Product::ALL.into_iter().filter(|product| !product.is_of_commits());
    for product in products {
        names.push(product.name().to_owned());
        let is_begun = typed.to_str().is_some_and(|typed| !typed.is_empty());
        if is_begun {
            // The newest are what people mean.
            let own = baseline::releases(product).iter().rev();
            names.extend(own.map(|release| format!("{}@{}", product.name(), release.version)));
        }
    }
    begun(names, typed)
}

/// Files, and the built-in profiles.
fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut found = releases(typed);
    found.extend(PathCompleter::any().complete(typed));
    found
}
