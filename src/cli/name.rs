//! The name that the program was called by, for help and errors: GNU diffutils owns `sdiff`, so
//! that packages install `seccomp-sdiff`.

use clap::builder::StyledStr;
use clap::{Arg, Command};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

/// The name that the texts are written with.
const WRITTEN: &str = "sdiff";

/// The name of the program's file, as it was called; `sdiff` where that is none for a shell.
pub(super) fn called() -> &'static str {
    static CALLED: OnceLock<String> = OnceLock::new();
    CALLED
        .get_or_init(|| std::env::args_os().next().and_then(of_file).unwrap_or(WRITTEN.to_owned()))
}

/// Whether that is another name than the one that texts are written with.
pub(super) fn is_another() -> bool {
    called() != WRITTEN
}

fn of_file(path: OsString) -> Option<String> {
    let name = Path::new(&path).file_name()?.to_str()?;
    let name = name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_plain);
    is_name.then(|| name.to_owned())
}

/// The command line with the name in every text.
pub(super) fn in_help(command: Command) -> Command {
    match called() {
        WRITTEN => command,
        name => renamed(command.name(name), name)
            .override_usage(in_text(super::USAGE, name).into_owned()),
    }
}

fn renamed(mut command: Command, name: &str) -> Command {
    let text = |text: &StyledStr| StyledStr::from(in_text(&text.to_string(), name).into_owned());
    if let Some(about) = command.get_about().map(text) {
        command = command.about(about);
    }
    if let Some(about) = command.get_long_about().map(text) {
        command = command.long_about(about);
    }
    if let Some(before) = command.get_before_help().map(text) {
        command = command.before_help(before);
    }
    if let Some(after) = command.get_after_help().map(text) {
        command = command.after_help(after);
    }
    if let Some(after) = command.get_after_long_help().map(text) {
        command = command.after_long_help(after);
    }
    let of_arg = |mut arg: Arg| {
        if let Some(help) = arg.get_help().map(text) {
            arg = arg.help(help);
        }
        if let Some(help) = arg.get_long_help().map(text) {
            arg = arg.long_help(help);
        }
        arg
    };
    command.mut_args(of_arg).mut_subcommands(|command| renamed(command, name))
}

/// A message with the name in the commands that it advises: `` `sdiff ... ``. Lines of the user's
/// files, which stand behind a `|`, are left as they are.
pub(super) fn in_message(text: &str) -> Cow<'_, str> {
    let name = called();
    if name == WRITTEN {
        return Cow::Borrowed(text);
    }
    let is_excerpt = |line: &str| {
        line.trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start()
            .starts_with('|')
    };
    let line = |line: &str| match is_excerpt(line) {
        true => line.to_owned(),
        false => line.replace("`sdiff ", &format!("`{name} ")),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// A text of ours with the name that the program was called by.
pub(super) fn in_own_text(text: &str) -> Cow<'_, str> {
    in_text(text, called())
}

/// A text of ours with the name for each word `sdiff`, which `sdiff.toml` is none of.
fn in_text<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    let joins = |c: char, signs: &str| c.is_alphanumeric() || signs.contains(c);
    let is_word = |start: usize| {
        let before = text[..start].chars().next_back();
        let after = &text[start + WRITTEN.len()..];
        // A point ends a sentence, or begins the end of a file's name.
        let after = after.strip_prefix('.').unwrap_or(after).chars().next();
        !before.is_some_and(|c| joins(c, "-_.:=")) && !after.is_some_and(|c| joins(c, "-_/:="))
    };
    let mut named = String::new();
    let mut done = 0;
    for (start, _) in text.match_indices(WRITTEN).filter(|(start, _)| is_word(*start)) {
        named.push_str(&text[done..start]);
        named.push_str(name);
        done = start + WRITTEN.len();
    }
    match done {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(named + &text[done..]),
    }
}
