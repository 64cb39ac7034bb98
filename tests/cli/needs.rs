//! `needs:`: who asks for a call first, and what becomes of it where a profile blocks the call.

use super::{allow, listed, sdiff};
use serde_json::Value;

const EPERM: &str = "glibc ≥ 2.34 fails on EPERM for clone3 (no thread starts), and falls back on \
                     ENOSYS";
const ENOSYS: &str = "glibc ≥ 2.34 and glibc's posix_spawn ≥ 2.38 fall back on ENOSYS for clone3, to \
                      clone";

/// All calls up to the last, that no stub of runc answers.
fn allowing(names: &str) -> String {
    listed(&allow(&format!("{names} mseal"), ""))
}

fn giving(errno: u16) -> String {
    let clone3 = format!(
        "{{\"names\": [\"clone3\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": {errno}}}"
    );
    listed(&format!("{},\n{clone3}", allow("read clone mseal", "")))
}

/// What a comparison says, in one line.
fn said(old: &str, new: &str, more: &str) -> String {
    let test = sdiff(&format!("a.json b.json --host amd64 {more}"));
    let text = test.file("a.json", old).file("b.json", new).run().stdout;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_call_that_becomes_blocked_and_an_errno_that_changes() {
    let allowed = allowing("read clone clone3");
    for (old, new, wanted, unwanted) in [
        (&allowed, allowing("read clone"), Some(EPERM), Some(ENOSYS)),
        (&allowed, giving(38), Some(ENOSYS), Some("fails")),
        (&giving(38), giving(1), Some(EPERM), Some(ENOSYS)),
        (&giving(1), giving(38), Some(ENOSYS), Some("fails")),
        // Both fail alike, and what is let through needs nothing.
        (&giving(1), giving(13), None, None),
        (&giving(1), allowed.clone(), None, None),
    ] {
        for more in ["", "--format markdown", "--format html", "--format github"] {
            let text = said(old, &new, more);
            // Whoever reads it in HTML or Markdown reads the same words, with other signs.
            let text = text.replace("&#46;", ".").replace("&#x27;", "'").replace("&#39;", "'");
            match wanted {
                Some(wanted) if more != "--format markdown" => {
                    assert!(text.contains(wanted), "{more}: {wanted}: {text}");
                }
                Some(_) => assert!(text.contains("needs: "), "{text}"),
                None => assert!(!text.to_lowercase().contains("needs: "), "{more}: {text}"),
            }
            if let Some(unwanted) = unwanted.filter(|_| more.is_empty()) {
                assert!(!text.contains(unwanted), "{unwanted}: {text}");
            }
        }
    }
}

/// One call more in a profile takes runc's `ENOSYS` from those below it.
#[test]
fn a_boundary_that_moves() {
    let old = listed(&allow("read clone", ""));
    let text = said(&old, &allowing("read clone"), "");
    assert!(text.contains("the ENOSYS boundary moves"), "{text}");
    assert!(text.contains(EPERM) && text.contains("more that programs ask for first"), "{text}");
}

/// Where arguments decide, the table knows nothing.
#[test]
fn conditions_on_arguments_are_not_judged() {
    let args = ", \"args\": [{\"index\": 0, \"value\": 5, \"op\": \"SCMP_CMP_EQ\"}]";
    let new = listed(&format!("{},\n{}", allow("clone mseal", ""), allow("statx", args)));
    let text = said(&allowing("clone statx"), &new, "");
    assert!(text.contains("tightened statx") && !text.contains("needs: "), "{text}");
}

#[test]
fn explain_and_its_json() {
    for (profile, wanted, fate) in [(giving(1), EPERM, "fails"), (giving(38), ENOSYS, "falls-back")]
    {
        let run = |more: &str| {
            let test = sdiff(&format!("explain mine.json clone3 --host amd64 {more}"));
            test.file("mine.json", &profile).run().stdout
        };
        let text = run("--width 200");
        assert!(text.contains(&format!("needs: {wanted}")), "{text}");
        let json: Value = serde_json::from_str(&run("--format json")).expect("JSON");
        let need = &json["profiles"][0]["answers"][0]["needs"][0];
        assert_eq!((&need["program"], &need["fate"]), (&"glibc".into(), &fate.into()), "{json:#}");
        assert_eq!(need["bears"], serde_json::json!(["ENOSYS"]));
    }
}

/// What `check` says of it, and of `ENOSYS` nothing.
#[test]
fn check_names_who_fails() {
    let run = |profile: &str| {
        let test = sdiff("check mine.json --host amd64 --format json");
        test.file("mine.json", profile).run().stdout
    };
    let text = run(&allowing("read clone"));
    assert!(text.contains(EPERM) && text.contains("or block it with `errnoRet` 38"), "{text}");
    assert!(!run(&giving(38)).contains("for clone3"));
    // A newer call that has no way back: the older one alone does not do.
    let text = run(&allowing("read stat"));
    assert!(text.contains("fails on EPERM for newfstatat"), "{text}");
    assert!(text.contains("as on any errno") && text.contains("allow `newfstatat`"), "{text}");
}
