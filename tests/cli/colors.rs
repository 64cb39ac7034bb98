//! When there are colours.

use super::*;

fn has_colors(test: Test) -> [bool; 2] {
    let ran = test.run();
    [ran.stdout.contains('\u{1b}'), ran.stderr.contains('\u{1b}')]
}

fn test(arguments: &str) -> Test {
    sdiff(arguments)
        .argument("default")
        .argument("a.json")
        .file("a.json", &profile(&allow("raed", "")))
}

#[test]
fn pipes_get_none() {
    assert_eq!(has_colors(test("")), [false, false]);
    assert_eq!(has_colors(test("--color auto")), [false, false]);
}

#[test]
fn they_can_be_asked_for() {
    assert_eq!(has_colors(test("--color always")), [true, true]);
    assert_eq!(has_colors(test("--color=always --within")), [true, true]);
    assert_eq!(has_colors(test("").env("CLICOLOR_FORCE", "1")), [true, true]);
    assert_eq!(has_colors(test("").env("CLICOLOR_FORCE", "0")), [false, false]);
    assert_eq!(has_colors(test("--color never").env("CLICOLOR_FORCE", "1")), [false, false]);
    let both = test("").env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert_eq!(has_colors(both), [false, false]);
    assert_eq!(has_colors(test("--color always").env("NO_COLOR", "1")), [true, true]);
}

#[test]
fn json_has_none() {
    assert!(!has_colors(test("--color always --format json"))[0]);
    assert!(!has_colors(test("--color always --format unified"))[0]);
}

#[test]
fn colours_change_no_letter() {
    let plain = test("").run().stdout;
    let colored = test("--color always").run().stdout;
    let mut text = String::new();
    for (at, part) in colored.split("\u{1b}[").enumerate() {
        text += if at == 0 { part } else { part.split_once('m').expect("a code").1 };
    }
    assert_eq!(text, plain);
}
