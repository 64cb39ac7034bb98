//! `sdiff OLD NEW` for `sdiff diff OLD NEW`.

use clap::error::ContextKind;
use clap::{Arg, ArgAction, Command};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The arguments with the name of the command in first place.
///
/// The first argument that is no option names the command if there is one of that name (a file
/// that is called `man` is `./man`); else the command is `diff`. Options may stand before it.
/// Behind `--` nothing names a command.
pub(in crate::cli) fn with_command(command: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let mut arguments = arguments;
    if arguments.is_empty() {
        return arguments;
    }
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        match argument.to_str() {
            Some("--") => break,
            Some("-h" | "--help" | "-V" | "--version") => return arguments,
            Some(option) if option.starts_with('-') && option != "-" => {
                at += if takes_next(command, option) { 2 } else { 1 };
            }
            // `help` is clap's own, which comes when the command is built: that takes a while, and the
            // one command that is asked for is enough.
            _ if argument == "help" || command.find_subcommand(argument).is_some() => {
                let name = arguments.remove(at);
                arguments.insert(1, name);
                return arguments;
            }
            Some(word) if is_meant_as_command(command, word) => return arguments,
            _ => break,
        }
    }
    if arguments.len() > 1 {
        arguments.insert(1, OsString::from("diff"));
    }
    arguments
}

/// Whether a word that is neither a file nor a built-in profile is near the name of a command, which
/// clap then says.
fn is_meant_as_command(command: &Command, word: &str) -> bool {
    let is_name = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && word != "-";
    // Short words are near to any name.
    if !is_name || word.len() < 3 || crate::baseline::is_spec(word) || Path::new(word).exists() {
        return false;
    }
    let tried = command.clone().try_get_matches_from([command.get_name(), word]);
    tried.is_err_and(|error| error.get(ContextKind::SuggestedSubcommand).is_some())
}

/// Whether the argument behind this option is its value, in any command.
fn takes_next(command: &Command, option: &str) -> bool {
    let takes_value = |arg: &Arg| {
        matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) && !arg.is_positional()
    };
    let all = || {
        let of_commands = command.get_subcommands().flat_map(Command::get_arguments);
        command.get_arguments().filter(|arg| arg.is_global_set()).chain(of_commands)
    };
    match option.strip_prefix("--") {
        Some(long) => {
            let is_it = |arg: &Arg| arg.get_long().map(OsStr::new) == Some(OsStr::new(long));
            all().any(|arg| is_it(arg) && takes_value(arg))
        }
        // Of a cluster such as `-qo` the last letter; one with its value at once has `-oFILE`.
        None => {
            let mut letters = option.chars().skip(1);
            let first = letters.find(|&letter| {
                let is_it = |arg: &Arg| arg.get_short() == Some(letter) && takes_value(arg);
                all().any(is_it)
            });
            first.is_some() && letters.next().is_none()
        }
    }
}
