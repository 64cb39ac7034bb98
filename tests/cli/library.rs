//! What the library's one call prints is what the program prints.

use super::{allow, profile, sdiff};
use ::sdiff::Question;
use ::sdiff::load::{LoadOptions, Loaded, load, parse_at};
use ::sdiff::syscall::Host;

fn loaded(name: &str, text: &str) -> Loaded {
    parse_at(name, text.as_bytes(), &LoadOptions::default()).expect("loads")
}

#[test]
fn one_call_says_what_the_program_says() {
    let old = profile(&allow("read write", ""));
    let more = profile(&allow("read write socket", ""));
    let other = profile(&format!("{}, {}", allow("write", ""), allow("read", "")));
    for (new, within) in [(&more, false), (&other, true), (&old, true)] {
        let (left, right) = (loaded("old.json", &old), loaded("new.json", new));
        let diff = ::sdiff::diff(&left, &right, &Question::default()).expect("compares");
        let run = |arguments: &str| {
            sdiff(arguments).file("old.json", &old).file("new.json", new).run().stdout
        };
        assert_eq!(diff.text(), run("old.json new.json"));
        assert_eq!(diff.json(), run("old.json new.json --format json"));
        assert_eq!((diff.is_within(), diff.is_same()), (within, within));
    }
    let docker = load("default", &LoadOptions::default()).expect("built in");
    let mine = loaded("mine.json", &more);
    let question = Question { hosts: vec![Host::Amd64], ..Question::default() };
    let diff = ::sdiff::diff(&docker, &mine, &question).expect("compares");
    let ran = sdiff("default mine.json --host amd64").file("mine.json", &more).run();
    assert_eq!(diff.text(), ran.stdout);
}

#[test]
fn what_is_not_compared_is_never_the_same() {
    let overlay = loaded("mine.json", "{\"extends\": \"default\", \"syscalls\": []}");
    let old = loaded("old.json", &profile(&allow("read", "")));
    let why = ::sdiff::diff(&old, &overlay, &Question::default()).expect_err("is an overlay");
    assert!(why.to_string().starts_with("mine.json: it extends"), "{why}");
    let both = loaded(
        "both.json",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": \
        [\"SCMP_ARCH_X86\"], \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}]}",
    );
    let why = ::sdiff::diff(&old, &both, &Question::default()).expect_err("is refused");
    assert!(why.to_string().starts_with("both.json: "), "{why}");
}
