//! The comment, judged by a parser that follows GitHub's.

use super::*;
use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use proptest::prelude::*;
use sdiff::report::faces::{MARKDOWN_LIMIT, markdown};

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    options
}

/// Whether a text has a mention or a reference as GitHub looks for them: in what is no code.
fn pings(text: &str) -> bool {
    let follows = |mark: char, is: fn(char) -> bool| {
        let mut parts = text.split(mark);
        parts.next();
        parts.any(|rest| rest.starts_with(is))
    };
    let lower = text.to_lowercase();
    let refers =
        lower.split("gh-").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    follows('@', |c| c.is_alphanumeric())
        || follows('#', |c| c.is_ascii_digit())
        || refers
        || text.contains('\u{1b}')
        || text.contains('\u{202e}')
}

/// What is wrong with a page: everything that is not ours.
fn faults(page: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = parse_document(&arena, page, &options());
    let mut faults = Vec::new();
    for node in root.descendants() {
        check(node, &mut faults);
    }
    faults
}

fn check<'a>(node: &'a AstNode<'a>, faults: &mut Vec<String>) {
    let data = node.data.borrow();
    match &data.value {
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::BlockQuote
        | NodeValue::List(_)
        | NodeValue::Item(_)
        | NodeValue::Code(_)
        | NodeValue::SoftBreak
        | NodeValue::TableRow(_)
        | NodeValue::TableCell => {}
        NodeValue::Strong => {
            let mut texts = node.descendants().filter_map(|n| match &n.data.borrow().value {
                NodeValue::Text(text) => Some(text.to_string()),
                _ => None,
            });
            if !texts.next().is_some_and(|text| text.starts_with("")) {
                faults.push("strong text".to_owned());
            }
        }
        NodeValue::Table(table) => {
            if table.num_columns != 5 {
                faults.push(format!("{} columns", table.num_columns));
            }
            for row in node.children() {
                let cells = row.children().count();
                if cells != 5 {
                    faults.push(format!("a row of {cells}"));
                }
            }
        }
        NodeValue::Heading(heading) => {
            if !matches!(heading.level, 3 | 4) || heading.setext {
                faults.push("a heading".to_owned());
            }
        }
        NodeValue::Text(text) => {
            if pings(text) {
                faults.push(format!("text {text:?}"));
            }
        }
        NodeValue::HtmlInline(html) => {
            if !matches!(&**html, "<sub>" | "</sub>") {
                faults.push(format!("html {html:?}"));
            }
        }
        NodeValue::HtmlBlock(block) => {
            let html = block.literal.trim();
            // The path and the sentence of a profile stand in the line that is always seen.
            let inner = html.strip_prefix("<details><summary>");
            let inner = inner.and_then(|html| html.strip_suffix("</summary>"));
            let inner = inner.map(|html| html.replacen("<b>", "", 1).replacen("</b>", "", 1));
            let is_ours = match &inner {
                Some(inner) => !inner.contains(['<', '>', '@', '\n']) && !pings(&decoded(inner)),
                None => html == "</details>" || html.starts_with("<sub>sdiff"),
            };
            if !is_ours {
                faults.push(format!("html {html:?}"));
            }
        }
        other => faults.push(format!("{other:?}")),
    }
}

/// A text with its character references resolved.
fn decoded(html: &str) -> String {
    let mut parts = html.split("&#");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').expect("ends");
        text.push(char::from_u32(number.parse().expect("a number")).expect("a character"));
        text += rest;
    }
    text
}

#[test]
fn the_judge_sees_what_is_bad() {
    for bad in [
        "hello @alice\n",
        "fixes #12\n",
        "a [link](http://x.example)\n",
        "see www.evil.example\n",
        "![x](y)\n",
        "<img src=x>\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "# large\n",
        "*so*\n",
        "$x$\n",
    ] {
        assert!(!faults(bad).is_empty(), "{bad}");
    }
}

#[test]
fn nothing_hostile_is_markup() {
    for text in HOSTILE {
        for text in [text.to_owned(), format!("a {text} b"), format!("{text}{text}")] {
            let page = markdown(&account_of(&text, 6));
            assert!(faults(&page).is_empty(), "{text:?}: {:#?}\n{page}", faults(&page));
        }
    }
}

proptest! {
    #[test]
    fn nothing_at_all_is_markup(
        parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
                "[ -~]{0,6}",
                prop::sample::select(vec!["`", "|", "\\", " ", "\n", "*", "_", "@", "#1", "<", "[x]:", "~", "=", "1.", "+ "])
                    .prop_map(str::to_owned),
                any::<char>().prop_map(String::from),
            ],
            0..8,
        )
    ) {
        let text = parts.concat();
        let page = markdown(&account_of(&text, 3));
        prop_assert!(faults(&page).is_empty(), "{:?}: {:#?}\n{}", text, faults(&page), page);
    }
}

#[test]
fn what_does_not_fit_is_left_out_and_counted() {
    for count in [10, 200, 6000] {
        for text in ["socket", "\u{1f600} smile", "@alice|`#1"] {
            let page = markdown(&account_of(text, count));
            assert!(page.encode_utf16().count() <= MARKDOWN_LIMIT);
            assert!(faults(&page).is_empty(), "{:#?}", faults(&page));
            assert_eq!(page.contains("left out here**"), count > 1000, "{count} {text}");
        }
    }
}
