//! Texts in the layouts that people write.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::load::{LoadOptions, parse};
use crate::profile::{ActionName, Rule, Spanned};

const FILE: &str = r#"{
  "x-keep": true,
  "syscalls": [
    {
      "action": "SCMP_ACT_ALLOW",
      "names": ["read", "write"],
      "args": [],
      "x-why": "a"
    },
    {
      "names": [
        "clone"
      ],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        { "index": 0, "value": 0, "op": "SCMP_CMP_EQ" }
      ]
    }
  ],
  "defaultAction": "SCMP_ACT_ERRNO"
}
"#;

fn read(text: &str) -> Profile {
    parse("x", text.as_bytes(), &LoadOptions::default()).unwrap().profile
}

/// The text after a change, and that it says what the change did.
fn after(text: &str, change: impl Fn(&mut Profile, &mut Vec<Option<usize>>)) -> String {
    let before = read(text);
    let mut after = before.clone();
    let mut places = (0..before.rules.len()).map(Some).collect();
    change(&mut after, &mut places);
    let edited = edited(text, &before, &after, &places).unwrap();
    assert_eq!(to_json(&read(&edited)), to_json(&after), "{edited}");
    edited
}

fn name(rule: &mut Rule, name: &str) {
    let place = rule.names.iter().position(|other| other.value.as_str() > name);
    let place = place.unwrap_or(rule.names.len());
    rule.names.insert(place, Spanned::bare(name.to_owned()));
}

#[test]
fn without_a_change_a_text_stays() {
    for text in [FILE.to_owned(), FILE.replace('\n', "\r\n"), FILE.replace(['\n', ' '], "")] {
        assert_eq!(after(&text, |_, _| {}), text);
    }
}

#[test]
fn a_name_goes_into_an_array_in_its_style() {
    let add = |p: &mut Profile, _: &mut Vec<_>| {
        name(&mut p.rules[0], "dup");
        name(&mut p.rules[1], "clone3");
    };
    let expected = FILE
        .replace("[\"read\"", "[\"dup\", \"read\"")
        .replace("\"clone\"\n", "\"clone\",\n        \"clone3\"\n");
    assert_eq!(after(FILE, add), expected);
    assert_eq!(after(&FILE.replace('\n', "\r\n"), add), expected.replace('\n', "\r\n"));
    let tight = |text: &str| text.replace(['\n', ' '], "");
    assert_eq!(after(&tight(FILE), add), tight(&expected));
    // Wrapped lines stay wrapped.
    let wrapped = FILE.replace("[\"read\", \"write\"]", "[\"a\", \"b\",\n  \"read\", \"write\"]");
    let added = after(&wrapped, |p, _| name(&mut p.rules[0], "dup"));
    assert_eq!(added, wrapped.replace("\"b\",", "\"b\", \"dup\","));
}

#[test]
fn a_name_leaves_with_its_comma() {
    for (gone, left) in [("read", "[\"write\"]"), ("write", "[\"read\"]")] {
        let text = after(FILE, |p, _| p.rules[0].names.retain(|n| n.value != gone));
        assert_eq!(text, FILE.replace("[\"read\", \"write\"]", left));
    }
    let text = after(FILE, |p, places| {
        p.rules.remove(0);
        places.remove(0);
    });
    let (from, to) =
        (FILE.find("    {\n      \"action").unwrap(), FILE.find("    {\n      \"names").unwrap());
    assert_eq!(text, format!("{}{}", &FILE[..from], &FILE[to..]));
    let none = after(FILE, |p, places| {
        p.rules.clear();
        places.clear();
    });
    assert!(none.contains("\"x-keep\": true") && !none.contains("clone"), "{none}");
}

#[test]
fn a_new_rule_looks_like_the_others() {
    let add = |p: &mut Profile, places: &mut Vec<_>| {
        let mut rule = p.rules[1].clone();
        rule.names = vec![Spanned::bare("socket".to_owned()), Spanned::bare("bind".to_owned())];
        p.rules.push(rule);
        places.push(None);
    };
    let new = r#",
    {
      "names": [
        "socket",
        "bind"
      ],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        { "index": 0, "value": 0, "op": "SCMP_CMP_EQ" }
      ]
    }
  ],"#;
    assert_eq!(after(FILE, add), FILE.replace("\n  ],", new));
    let line = "{\n\"syscalls\": [\n{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"},\n\
                {\"names\": [\"dup\"], \"action\": \"SCMP_ACT_LOG\"}\n]\n}";
    let new = ",\n{\"names\": [\"socket\", \"bind\"], \"action\": \"SCMP_ACT_LOG\"}\n]";
    assert_eq!(after(line, add), line.replace("\n]", new));
    // Into nothing.
    let empty = "{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\"\n}\n";
    let text = after(empty, |p, places| {
        p.rules.extend(read(line).rules.into_iter().take(1));
        places.push(None);
    });
    assert!(
        text.starts_with("{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n  \"syscalls\": [\n    {"),
        "{text}"
    );
}

#[test]
fn a_value_changes_alone() {
    let text = after(FILE, |p, _| p.rules[1].args[0].value = 9);
    assert_eq!(text, FILE.replace("\"value\": 0", "\"value\": 9"));
    let text = after(FILE, |p, _| {
        p.rules[0].action = Spanned::bare(ActionName::Errno);
        p.rules[0].errno_ret = Some(Spanned::bare(38));
        p.default_action = Some(Spanned::bare(ActionName::Log));
        p.flags = vec![Spanned::bare("LOG".to_owned())];
    });
    let expected = FILE
        .replacen("ALLOW\",", "ERRNO\",\n      \"errnoRet\": 38,", 1)
        .replace("\"SCMP_ACT_ERRNO\"\n", "\"SCMP_ACT_LOG\",\n  \"flags\": [\"LOG\"]\n");
    assert_eq!(text.replace("[\n    \"LOG\"\n  ]", "[\"LOG\"]"), expected);
}

#[test]
fn what_says_nothing_gives_way() {
    let text = after(FILE, |p, _| p.rules[0].args = p.rules[1].args.clone());
    assert!(text.contains("\"args\": [\n        { \"index\": 0"), "{text}");
    let text = after(FILE, |p, _| p.rules[1].args.clear());
    assert!(
        text.ends_with(
            "\"SCMP_ACT_ALLOW\"\n    }\n  ],\n  \"defaultAction\": \"SCMP_ACT_ERRNO\"\n}\n"
        ),
        "{text}"
    );
}

#[test]
fn keys_count_without_regard_to_case_and_once() {
    let folded = FILE.replace("\"names\": [\"read\"", "\"Names\": [\"read\"");
    let text = after(&folded, |p, _| name(&mut p.rules[0], "dup"));
    assert_eq!(text, folded.replace("[\"read\"", "[\"dup\", \"read\""));
    let twice = FILE.replace("\"args\": []", "\"names\": [\"read\", \"write\"]");
    let before = read(&twice);
    let mut after = before.clone();
    name(&mut after.rules[0], "dup");
    assert_eq!(edited(&twice, &before, &after, &[Some(0), Some(1)]), None);
}
