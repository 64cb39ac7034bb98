//! `sdiff fingerprint`.

use super::*;

fn fingerprint(rules: &str, arguments: &str) -> String {
    let test = sdiff("fingerprint a.json").file("a.json", &profile(rules));
    let test = arguments.split_whitespace().fold(test, Test::argument);
    let text = test.run().status(0).stderr("").stdout;
    assert_eq!(text.len(), "sd2:".len() + 64 + 1, "{text}");
    assert!(text.starts_with("sd2:") && text.ends_with('\n'), "{text}");
    text
}

#[test]
fn hangs_on_what_the_profile_does_alone() {
    let one = fingerprint(&allow("read write", ""), "");
    let other = format!("{},\n{}", allow("write", ""), allow("read write", ", \"comment\": \"x\""));
    assert_eq!(fingerprint(&other, ""), one);
    let conditional = ", \"args\": [{\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]";
    assert_eq!(fingerprint(&format!("{},\n{}", allow("read", conditional), other), ""), one);
    assert_ne!(fingerprint(&allow("read", ""), ""), one);
    assert_ne!(fingerprint(&allow("read write", conditional), ""), one);
}

#[test]
fn hangs_on_what_is_asked() {
    let filter = ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}";
    let rules = format!("{},\n{}", allow("read write", ""), allow("mount", filter));
    let plain = allow("read write", "");
    assert_ne!(fingerprint(&rules, ""), fingerprint(&plain, ""));
    assert_eq!(
        fingerprint(&rules, "--caps none --runtime none"),
        fingerprint(&plain, "--caps none --runtime none")
    );
    assert_ne!(fingerprint(&plain, "--host amd64"), fingerprint(&plain, "--host arm64"));
    assert_eq!(
        fingerprint(&plain, "--host amd64,arm64"),
        fingerprint(&plain, "--host arm64 --host amd64 --host amd64")
    );
}

/// It may be kept beside a profile: a change of its meaning needs another prefix than `sd2:`.
#[test]
fn stays_what_it_is() {
    let known = "sd2:f3fca31fc2017d30026e1b137e0aa1bcc08d40f954a861ad107f292c15225d9b";
    assert_eq!(fingerprint(&allow("read", ""), "--host amd64"), format!("{known}\n"));
}
