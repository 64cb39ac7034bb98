//! Workflow commands, read as the runner reads them.

use super::*;
use sdiff::report::faces::github;

#[allow(clippy::type_complexity)] // three parts, told in the line above
/// `(command, properties, message)` of a line, as the runner's `ActionCommand` takes it apart.
fn command(line: &str) -> Option<(&str, Vec<(&str, String)>, String)> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let property =
        |text: &str| plain(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let properties = properties.split(',').filter_map(|one| one.split_once('='));
    let properties = properties.map(|(key, value)| (key, property(value))).collect();
    Some((name, properties, plain(message).replace("%25", "%")))
}

fn count(text: &str, level: &str) -> usize {
    text.lines().filter(|line| line.starts_with(&format!("::{level} "))).count()
}

#[test]
fn nothing_hostile_is_a_command() {
    for text in HOSTILE {
        let out = github(&account_of(text, 3));
        let mut lines = out.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("sdiff: ")), "{out}");
        assert!(
            !out.contains("##[") && !out.contains('\u{1b}') && !out.contains('\u{202e}'),
            "{out}"
        );
        let commands: Vec<_> = lines.map(|line| command(line).expect("a command")).collect();
        assert_eq!(commands.len(), 3, "{out}");
        for ((name, properties, message), level) in
            commands.iter().zip(["error", "warning", "notice"])
        {
            assert_eq!(*name, level);
            let keys: Vec<&str> = properties.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys, ["file", "line", "endLine", "col", "endColumn", "title"], "{out}");
            assert!(message.contains("is let"), "{message}");
        }
    }
}

#[test]
fn a_property_comes_back_as_it_was() {
    let mut account = account_of("x", 1);
    account.entries[0].file = Some("100%,a:b%0A.json".to_owned());
    let out = github(&account);
    let (_, properties, _) = command(out.lines().nth(1).expect("a line")).expect("a command");
    assert_eq!(properties[0], ("file", "100%,a:b%0A.json".to_owned()));
}

#[test]
fn ten_of_a_level_and_how_many_are_left() {
    let out = github(&account_of("x", 30));
    assert_eq!([10, 10, 10], ["error", "warning", "notice"].map(|level| count(&out, level)));
    assert!(!out.contains(" more, which"));
    let out = github(&account_of("x", 90));
    assert_eq!([10, 10, 10], ["error", "warning", "notice"].map(|level| count(&out, level)));
    let last = out.lines().last().expect("a line");
    assert!(last.contains("20 errors, 20 warnings, 21 notes more"), "{last}");
}

#[test]
fn lines_without_columns_where_there_are_several() {
    let mut account = account_of("x", 1);
    account.entries[0].items[0].place =
        Some(Region { line: 2, column: 3, end_line: 4, end_column: 9 });
    let out = github(&account);
    assert!(out.contains("line=2,endLine=4,title="), "{out}");
}
