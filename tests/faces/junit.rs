//! JUnit, read by an XML parser.

use super::*;
use roxmltree::{Document, Node};
use sdiff::report::faces::junit;

fn number(node: Node, name: &str) -> usize {
    node.attribute(name).expect("there").parse().expect("a number")
}

/// The counts of the suites are those of their cases.
fn judge(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let mut tests = 0;
    for suite in root.children().filter(Node::is_element) {
        let has = |tag: &str| suite.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(number(suite, "tests"), has("testcase"));
        assert_eq!(number(suite, "failures"), has("failure"));
        assert_eq!(number(suite, "errors"), has("error"));
        assert_eq!(number(suite, "skipped"), has("skipped"));
        assert!(has("testcase") > 0);
        tests += has("testcase");
    }
    assert_eq!(number(root, "tests"), tests);
    assert!(text.chars().all(|c| c == '\n' || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}')));
}

#[test]
fn all_of_it_is_xml() {
    judge(&junit(&compared(&old(), &new())));
    judge(&junit(&checked(&profile("a.json", &["keyctl", "chwon"]))));
    for text in HOSTILE {
        judge(&junit(&account_of(text, 6)));
    }
}

#[test]
fn nothing_found_passes() {
    let text = junit(&compared(&new(), &new()));
    judge(&text);
    let document = Document::parse(&text).expect("XML");
    let case = document.descendants().find(|node| node.has_tag_name("testcase")).expect("a case");
    assert_eq!(case.attribute("name"), Some("same policy"));
    assert_eq!(case.children().count(), 0);
}

#[test]
fn a_finding_fails_and_an_accepted_one_is_skipped() {
    let text = junit(&account_of("x", 3));
    let document = Document::parse(&text).expect("XML");
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("one");
    let counts = ["tests", "failures", "errors", "skipped"].map(|name| number(suite, name));
    assert_eq!(counts, [4, 2, 0, 1]);
    let mut account = account_of("x", 1);
    account.entries[0].items[0].rule = "unreadable";
    judge(&junit(&account));
    assert!(junit(&account).contains("<error message="));
}
