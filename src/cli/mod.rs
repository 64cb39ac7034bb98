//! The command line: a file per command. Arguments in, a call of the library, a report out.
//!
//! Exit codes are those of `diff`: 0 nothing found, 1 something found, 2 trouble. In trouble there
//! is one message on standard error, and nothing on standard output.

mod arguments;
mod failure;
mod git;
mod help;
mod inputs;
mod layers;
mod look;
#[cfg(feature = "lsp")]
mod lsp;
mod name;
mod print;
mod terminal;
mod values;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use git::{git_diff, merge_driver, review};
use layers::{learn, lineage, merge, rebase, recover, vectors};
use look::{check, diff, disasm, explain, fingerprint, fleet, normalize, ps, verify};
use print::{baselines, completions, machines, man, schema};
use std::process::ExitCode;
use terminal::output::ColorChoice;

/// Says exactly what a change of a container's seccomp profile lets through.
#[derive(Debug, Parser)]
#[command(
    name = "sdiff",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    infer_subcommands = false,
    override_usage = USAGE,
    after_help = AFTER_HELP
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    screen: terminal::screen::Options,
}

const USAGE: &str = "sdiff [OPTIONS] OLD NEW\n       sdiff COMMAND ...";

const AFTER_HELP: &str = "\
A profile is a path, `-`, REV:path in git, or a built-in one: `default`, `docker@28.2`, `podman`.
`sdiff OLD NEW` is `sdiff diff OLD NEW`; all of its options: `sdiff help diff`.
For git and shells there are also merge-driver, git-diff, completions and man.
More on: `sdiff help profiles`, `sdiff help machines`, `sdiff help verdicts`.

Exit status: 0 no difference, 1 differences, 2 trouble.";

#[derive(Debug, Subcommand)]
enum Command {
    Diff(diff::Args),
    Check(check::Args),
    Review(review::Args),
    Fleet(fleet::Args),
    Explain(explain::Args),
    Learn(learn::Args),
    Merge(merge::Args),
    Rebase(rebase::Args),
    Lineage(lineage::Args),
    #[command(hide = true)]
    MergeDriver(merge_driver::Args),
    #[command(hide = true)]
    GitDiff(git_diff::Args),
    Normalize(normalize::Args),
    Baselines(baselines::Args),
    Machines(machines::Args),
    Fingerprint(fingerprint::Args),
    Verify(verify::Args),
    Vectors(vectors::Args),
    Recover(recover::Args),
    Disasm(disasm::Args),
    Ps(ps::Args),
    #[command(hide = true)]
    Completions(completions::Args),
    Schema(schema::Args),
    #[cfg(feature = "lsp")]
    Lsp(lsp::Args),
    #[command(hide = true)]
    Man(man::Args),
}

/// The command line as it is called.
fn named() -> clap::Command {
    name::in_help(help::examples::with(Cli::command()))
}

/// The error with the nearest of several commands that were perhaps meant: clap has it last.
fn nearest_alone(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::Strings(names)) = error.remove(ContextKind::SuggestedSubcommand) {
        let nearest = names.into_iter().next_back().into_iter().collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(nearest));
    }
    error
}

/// Runs the program.
pub fn run() -> ExitCode {
    help::completion::answer();
    let mut command = Cli::command();
    let arguments = arguments::implied::with_command(&command, std::env::args_os().collect());
    if let Some(outcome) = help::topics::asked(&arguments) {
        return ended(outcome, ColorChoice::Auto);
    }
    let matches = command.try_get_matches_from_mut(arguments.clone());
    // Only help and errors have the name in them, and it takes a while to put it there.
    let matches = matches.or_else(|_| {
        let width = terminal::screen::width_in(&arguments);
        width.into_iter().fold(named(), clap::Command::term_width).try_get_matches_from(arguments)
    });
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        // Help and the version are no error to clap either: status 0, on standard output.
        Err(error) => {
            let error = nearest_alone(error);
            if error.use_stderr() && name::is_another() {
                terminal::output::to_stderr(&terminal::screen::error_of_clap(&error));
            } else if let (false, Err(failure)) =
                (error.use_stderr(), terminal::output::of_clap(&error))
            {
                terminal::output::to_stderr(&failure.render(false));
                return ExitCode::from(2);
            }
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    // The program ends when the command does: what is left then is not taken apart.
    std::mem::forget(command);
    let color = cli.screen.begin();
    let outcome = match cli.command {
        Command::Diff(mut args) => args.question.settle().and_then(|()| diff::run(&args, color)),
        Command::Check(mut args) => args.question.settle().and_then(|()| check::run(&args, color)),
        Command::Review(args) => review::run(&args, color),
        Command::Vectors(mut args) => args.question.settle().and_then(|()| vectors::run(&args)),
        Command::Fleet(mut args) => args.question.settle().and_then(|()| fleet::run(&args, color)),
        Command::Explain(mut args) => args.settle().and_then(|()| explain::run(&args, color)),
        Command::Learn(mut args) => {
            args.question.settle_but_hosts().and_then(|()| learn::run(&args, color))
        }
        Command::Merge(mut args) => args.question.settle().and_then(|()| merge::run(&args, color)),
        Command::Rebase(mut args) => {
            args.question.settle().and_then(|()| rebase::run(&args, color))
        }
        Command::Lineage(args) => lineage::run(&args, color),
        Command::MergeDriver(args) => merge_driver::run(&args),
        Command::GitDiff(args) => git_diff::run(&args, color),
        Command::Normalize(args) => normalize::run(&args, color),
        Command::Baselines(args) => baselines::run(&args),
        Command::Machines(args) => machines::run(&args, color),
        Command::Fingerprint(mut args) => {
            args.question.settle().and_then(|()| fingerprint::run(&args, color))
        }
        Command::Recover(mut args) => {
            args.question.settle().and_then(|()| recover::run(&args, color))
        }
        Command::Verify(mut args) => {
            args.question.settle().and_then(|()| verify::run(&args, color))
        }
        Command::Disasm(args) => disasm::run(&args),
        Command::Ps(args) => ps::run(&args, color),
        Command::Completions(args) => completions::run(&args),
        Command::Schema(args) => schema::run(&args),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(&args),
        Command::Man(args) => man::run(&args),
    };
    ended(outcome, color)
}

fn ended(outcome: Result<ExitCode, failure::Failure>, color: ColorChoice) -> ExitCode {
    outcome.unwrap_or_else(|failure| {
        terminal::output::to_stderr(&failure.render(terminal::screen::on_stderr(color)));
        ExitCode::from(2)
    })
}
