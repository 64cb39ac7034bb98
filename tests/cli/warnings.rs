//! What is said of profiles that load.

use super::*;

fn names(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|at| format!("xx{at}")).collect();
    profile(&allow(&names.join(" "), ""))
}

fn warnings(count: usize, arguments: &str) -> String {
    let test = sdiff(arguments).argument("a.json").argument("a.json");
    test.file("a.json", &names(count)).run().status(0).stderr
}

#[test]
fn a_misspelt_call_shows_its_line() {
    let test = sdiff("default a.json").file("a.json", &profile(&allow("chwon", "")));
    test.run().status(1).stderr(
        "warning: `chwon` is not a system call: the rule does nothing for it\n \
         --> a.json:4:12\n  |\n\
         4 | {\"names\": [\"chwon\"], \"action\": \"SCMP_ACT_ALLOW\"}\n  \
         |            ^^^^^^^\n  \
         = help: did you mean `chown`?\n",
    );
}

#[test]
fn many_are_folded() {
    let more = "more in a.json: `-v` shows them all";
    assert_eq!(warnings(6, "").matches("is not a system call").count(), 12);
    assert_eq!(warnings(17, "").matches("is not a system call").count(), 10);
    assert_eq!(warnings(17, "").matches(&format!("warning: 12 {more}")).count(), 2);
    assert_eq!(warnings(17, "-v").matches("is not a system call").count(), 34);
    assert!(!warnings(17, "-v").contains(more));
}
