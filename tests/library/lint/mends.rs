//! What editors offer: each mend is put into the text, and the finding is gone.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::lint::{self, Finding, Mend};
use sdiff::load::{LoadOptions, Loaded, parse_at};
use sdiff::semantics::{Engine, Policy, Settings};
use std::collections::BTreeSet;

fn loaded(text: &str) -> Loaded {
    parse_at("example.json", text.as_bytes(), &LoadOptions::default()).expect("loads")
}

fn findings(loaded: &Loaded) -> Vec<Finding> {
    lint::check(loaded, &Settings::new(Engine::Docker)).expect("within the bounds")
}

fn mended(text: &str, mend: &Mend) -> String {
    let (start, end) = (mend.span.start as usize, mend.span.end as usize);
    [&text[..start], &mend.text, &text[end..]].concat()
}

fn count(found: &[Finding], of: &Finding) -> usize {
    found.iter().filter(|f| (f.lint, &f.subject) == (of.lint, &of.subject)).count()
}

fn are_equal(old: &Loaded, new: &Loaded) -> bool {
    let mut store = Store::default();
    let settings = Settings::new(Engine::Docker);
    let mut policy =
        |loaded: &Loaded| Policy::build(&mut store, &loaded.profile, &settings).expect("builds");
    let (old, new) = (policy(old), policy(new));
    compare(&mut store, &old, &new).expect("within the bounds").changes.is_empty()
}

/// Names in every place where one can stand: first, in the middle, last; on lines of their own.
const PLACES: [&str; 5] = [
    r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["write", "openat"], "action": "SCMP_ACT_ALLOW"}]}"#,
    r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["read", "write", "openat"], "action": "SCMP_ACT_ALLOW"},
        {"names": [
            "close",
            "read" , 
            "write"
        ], "action": "SCMP_ACT_ALLOW"}]}"#,
    r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["read", "chwon", "nmaes", "opennat"], "action": "SCMP_ACT_ALLOW",
         "includes": {"caps": ["SYS_ADMIN"], "arches": ["x86_64"]}, "commment": "x"}]}"#,
    r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["kill"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["kill", "socket"], "action": "SCMP_ACT_LOG",
         "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}"#,
    r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"Names": ["read", "kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}"#,
];

#[test]
fn a_mend_ends_its_finding_and_opens_no_call_that_was_closed_for_nothing() {
    let mut seen = BTreeSet::new();
    let examples = lint::ALL.iter().map(|lint| lint.fires).filter(|text| text.starts_with('{'));
    for text in examples.chain(PLACES) {
        let own = loaded(text);
        let found = findings(&own);
        for finding in &found {
            for mend in lint::mends(&own, finding) {
                let text = mended(text, &mend);
                let new = loaded(&text);
                let left = findings(&new);
                assert!(
                    count(&left, finding) < count(&found, finding),
                    "{mend:?}: {text}: {left:#?}"
                );
                if mend.title.starts_with("Remove") || finding.lint == "not-normal" {
                    assert!(are_equal(&own, &new), "{mend:?}: {text}");
                }
                seen.insert(finding.lint);
            }
        }
    }
    let expected = [
        "equals-default",
        "no-effect",
        "not-normal",
        "redundant",
        "unknown-architecture",
        "unknown-capability",
        "unknown-field",
        "unknown-host",
        "unknown-syscall",
    ];
    for lint in expected {
        assert!(seen.contains(lint), "{lint}: {seen:?}");
    }
}

#[test]
fn what_does_not_load_is_mended_where_one_word_was_meant() {
    let cases = [
        (r#"{"defaultAction": "SCMP_ACT_ERNO"}"#, "Write `SCMP_ACT_ERRNO`"),
        (
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_ARM64"]}"#,
            "Write `SCMP_ARCH_AARCH64`",
        ),
        (
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EG"}]}]}"#,
            "Write `SCMP_CMP_EQ`",
        ),
        (r#"{"defaultAction": "SCMP_ACT_ERRNO", }"#, "Remove the comma"),
    ];
    for (text, title) in cases {
        let options = LoadOptions::default();
        let error = parse_at("example.json", text.as_bytes(), &options).expect_err("is refused");
        let mends = lint::mends_of_refusal(&error);
        let titles: Vec<&str> = mends.iter().map(|mend| &*mend.title).collect();
        assert!(titles.contains(&title), "{text}: {titles:?}");
        loaded(&mended(text, &mends[0]));
    }
}
