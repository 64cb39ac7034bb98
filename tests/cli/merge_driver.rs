//! `sdiff merge-driver`, called by the real git in a repository of the test's own.

use super::repository::{Repository, command};
use super::{allow, profile};
use std::fs;

/// How git is told of the driver.
const DRIVER: &str = "merge-driver %O %A %B %P";

/// What git made of a merge.
struct Merged {
    is_clean: bool,
    text: String,
    stderr: String,
}

fn repository(driver: &str, text: &str) -> Repository {
    let repository = Repository::new();
    let sdiff = format!("'{}'", env!("CARGO_BIN_EXE_sdiff").replace('\\', "/"));
    repository.git(&["config", "merge.sdiff.driver", &format!("{sdiff} {driver}")]);
    // Line ends are part of what is tested.
    repository.git(&["config", "core.autocrlf", "false"]);
    repository.write(".gitattributes", "*seccomp*.json merge=sdiff\n");
    repository.write("seccomp.json", text);
    repository.commit();
    repository
}

/// Each text on a branch of its own; then git does something on the one with ours.
fn run(driver: &str, arguments: &[&str], [base, ours, theirs]: [&str; 3]) -> Merged {
    let repository = repository(driver, base);
    repository.branch("theirs");
    repository.write("seccomp.json", theirs);
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("seccomp.json", ours);
    repository.commit();
    let output = command(repository.path()).args(arguments).output().expect("git is there");
    let is_clean = output.status.success();
    let state = repository.git(&["status", "--porcelain"]);
    assert_eq!(state.contains("UU seccomp.json"), !is_clean, "{state}");
    let text = fs::read_to_string(repository.path().join("seccomp.json")).expect("a file");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    Merged { is_clean, text, stderr }
}

/// The second is merged into the first.
fn merged(base: &str, ours: &str, theirs: &str) -> (bool, String) {
    let merged = run(DRIVER, &["merge", "-q", "theirs"], [base, ours, theirs]);
    (merged.is_clean, merged.text)
}

#[test]
fn two_branches_edit_one_array() {
    let of = |names: &str| profile(&allow(names, ""));
    let (ours, theirs) = (of("keyctl read write"), of("bpf read write"));
    let (is_clean, text) = merged(&of("read write"), &ours, &theirs);
    assert!(is_clean, "{text}");
    for name in ["bpf", "keyctl", "read", "write"] {
        assert!(text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
    // One adds a call, the other takes one away.
    let (is_clean, text) = merged(&of("read write"), &ours, &of("read"));
    assert!(is_clean && text.contains("keyctl") && !text.contains("\"write\""), "{text}");
}

/// An array that is not sorted stays as it is.
#[test]
fn names_stay_where_they_are() {
    let of = |names: &str| profile(&allow(names, ""));
    let base = of("read _llseek ioctl accept");
    let (ours, theirs) =
        (of("read _llseek ioctl keyctl accept"), of("bpf read _llseek ioctl accept"));
    let (is_clean, text) = merged(&base, &ours, &theirs);
    assert!(is_clean, "{text}");
    let at = |name: &str| text.find(&format!("\"{name}\"")).expect(name);
    let places = ["read", "_llseek", "ioctl", "keyctl", "accept"].map(at);
    assert!(places.is_sorted(), "{text}");
    // Behind what it follows by name.
    assert!(at("bpf") > at("accept"), "{text}");
}

#[test]
fn a_real_conflict_is_left_as_one() {
    let of = |action: &str| {
        profile(&format!("{{\"names\": [\"keyctl\"],\n\"action\": \"SCMP_ACT_{action}\"}}"))
    };
    let (is_clean, text) = merged(&of("ERRNO"), &of("ALLOW"), &of("KILL_PROCESS"));
    assert!(!is_clean, "{text}");
    assert!(text.contains("<<<<<<< ours") && text.contains(">>>>>>> theirs"), "{text}");
    assert!(text.contains("SCMP_ACT_ALLOW") && text.contains("SCMP_ACT_KILL_PROCESS"), "{text}");
}

#[test]
fn comments_of_either_side_stay() {
    let of = |names: &str, comment: &str| {
        profile(&allow(names, &format!(",\n\n\"comment\": \"{comment}\"")))
    };
    let base = of("read write", "as it was");
    for (ours, theirs) in [
        (of("read write", "why so"), of("keyctl read write", "as it was")),
        (of("keyctl read write", "as it was"), of("read write", "why so")),
    ] {
        let (is_clean, text) = merged(&base, &ours, &theirs);
        assert!(is_clean, "{text}");
        assert!(text.contains("why so"), "{text}");
        assert!(text.contains("keyctl"), "{text}");
    }
}

#[test]
fn two_texts_for_one_comment_are_a_conflict() {
    let of = |comment: &str| profile(&allow("read", &format!(",\n\"comment\": \"{comment}\"")));
    let (is_clean, text) = merged(&of("as it was"), &of("ours here"), &of("theirs here"));
    assert!(!is_clean && text.contains("ours here") && text.contains("theirs here"), "{text}");
}

#[test]
fn what_is_no_profile_is_merged_by_lines() {
    let (is_clean, text) = merged("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
    assert!(is_clean);
    assert_eq!(text, "A\nb\nc\nd\nE\n");
}

#[test]
fn a_conflict_names_the_file_and_says_who_wants_what() {
    let of = |more: &str| profile(&format!("{}{more}", allow("read", "")));
    let errno = |value: &str| {
        format!(
            ",\n{{\"names\": [\"keyctl\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": {value}}}"
        )
    };
    let texts = [of(""), of(&errno("13")), of(&errno("38"))];
    let texts = [&*texts[0], &*texts[1], &*texts[2]];
    let said = |place: &str| {
        format!(
            "conflict{place}: keyctl\n    base:   the default action\n    \
             ours:   EACCES (this branch)\n    theirs: ENOSYS (the other branch)\n"
        )
    };
    let found = run(DRIVER, &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean);
    assert!(found.stderr.contains(&said(" in seccomp.json")), "{}", found.stderr);
    // Without the path it works as before.
    let found = run("merge-driver %O %A %B", &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean && found.stderr.contains(&said("")), "{}", found.stderr);
    // In a rebase git's `ours` is the branch onto which commits go.
    let found = run(DRIVER, &["rebase", "-q", "theirs"], texts);
    assert!(!found.is_clean);
    let swapped = found.stderr.contains("    ours:   ENOSYS (this branch)\n    theirs: EACCES");
    assert!(swapped, "{}", found.stderr);
    let found = run(DRIVER, &["cherry-pick", "theirs"], texts);
    assert!(!found.is_clean && found.stderr.contains(&said(" in seccomp.json")));
}

#[test]
fn a_conflict_stays_one_where_lines_do_not_collide() {
    let of = |first: &str, last: &str| {
        let middle = "a b c d e f g h".replace(' ', "_x\",\n\"");
        let middle = format!("{{\"names\": [\"{middle}\"],\n\"action\": \"SCMP_ACT_ALLOW\"}}");
        profile(&format!("{first}{middle}{last}"))
    };
    let kill = ",\n{\"names\": [\"keyctl\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}";
    let texts = [of("", ""), of(&(allow("keyctl", "") + ",\n"), ""), of("", kill)];
    let found = run(DRIVER, &["merge", "-q", "theirs"], [&texts[0], &texts[1], &texts[2]]);
    assert!(!found.is_clean, "{}", found.text);
    for part in ["ours:   ALLOW", "theirs: KILL_PROCESS", "no lines collide"] {
        assert!(found.stderr.contains(part), "{part}: {}", found.stderr);
    }
}

#[test]
fn errors_name_the_path_and_the_side() {
    let of = |names: &str| profile(&allow(names, ""));
    let broken = of("read keyctl").replace("SCMP_ACT_ALLOW", "SCMP_ACT_ALOW");
    let texts = [&*of("read write"), &*of("read write bpf"), &*broken];
    let found = run(DRIVER, &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean && found.text.contains("<<<<<<< ours"), "{}", found.text);
    assert!(found.stderr.contains("seccomp.json (theirs):4:"), "{}", found.stderr);
    assert!(!found.stderr.contains("merge_file"), "{}", found.stderr);
}

#[test]
fn no_comment_speaks_of_branches() {
    let of = |names: &str| profile(&allow(names, ",\n\n\n\"comment\": \"basics\""));
    let (is_clean, text) = merged(&of("read write"), &of("dup read write"), &of("pipe read write"));
    assert!(is_clean && text.contains("\"comment\": \"basics\""), "{text}");
    // Nor does a group that is new.
    let log = |names: &str| {
        format!(
            "{},\n{{\"names\": [\"{names}\"], \"action\": \"SCMP_ACT_LOG\"}}",
            allow("read", "")
        )
    };
    let (is_clean, text) = merged(
        &profile(&allow("read", "")),
        &profile(&allow("read write", "")),
        &profile(&log("dup")),
    );
    assert!(is_clean && text.contains("SCMP_ACT_LOG") && !text.contains("comment"), "{text}");
}

/// A file as people write it, with what no engine reads.
const FILE: &str = r#"{
  "x-keep": true,
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "names": ["read", "write"],
      "action": "SCMP_ACT_ALLOW",
      "args": [],
      "comment": "basics",
      "includes": {},
      "excludes": {}
    },
    {
      "names": ["personality"],
      "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_EQ" }],
      "x-why": ["a", "b"]
    }
  ]
}
"#;

#[test]
fn the_text_of_ours_is_edited_in_place() {
    let with = |names: &str| FILE.replace("\"read\", \"write\"", names);
    let ours = with(r#""dup", "read", "write""#);
    let theirs = with(r#""pipe", "read", "write""#);
    let expected = with(r#""dup", "pipe", "read", "write""#);
    for arguments in [["merge", "-q", "theirs"], ["rebase", "-q", "theirs"]] {
        let found = run(DRIVER, &arguments, [FILE, &ours, &theirs]);
        assert_eq!((found.is_clean, found.text), (true, expected.clone()), "{}", found.stderr);
        assert!(!found.stderr.contains("anew"), "{}", found.stderr);
    }
    let found = run(DRIVER, &["cherry-pick", "theirs"], [FILE, &ours, &theirs]);
    assert_eq!((found.is_clean, &found.text), (true, &expected));
    // An array with a name a line, and the line ends of Windows, without one at the end.
    let exploded = |names: &str| {
        let names = names.replace(", ", ",\n        ");
        let text = FILE.replace("[\"read\", \"write\"]", &format!("[\n        {names}\n      ]"));
        text.replace('\n', "\r\n").trim_end().to_owned()
    };
    let (base, ours) = (exploded(r#""read", "write""#), exploded(r#""dup", "read", "write""#));
    let theirs = exploded(r#""pipe", "read", "write""#);
    let (is_clean, text) = merged(&base, &ours, &theirs);
    assert_eq!((is_clean, text), (true, exploded(r#""dup", "pipe", "read", "write""#)));
}

#[test]
fn what_theirs_takes_away_or_makes_new_is_edited_too() {
    let ours = FILE.replace("\"read\", \"write\"", "\"dup\", \"read\", \"write\"");
    let theirs = FILE.replace("\"read\", \"write\"", "\"read\"").replace(
        "  ]\n}",
        ",\n{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_LOG\", \"comment\": \"why\"}]}",
    );
    let (is_clean, text) = merged(FILE, &ours, &theirs);
    let new = r#"    },
    {
      "names": ["bpf"],
      "action": "SCMP_ACT_LOG",
      "comment": "why"
    }
  ]"#;
    let expected =
        FILE.replace("\"read\", \"write\"", "\"dup\", \"read\"").replace("    }\n  ]", new);
    assert_eq!((is_clean, text), (true, expected));
}

#[test]
fn a_rule_that_both_change_stays_where_it_is() {
    let of = |value: &str| FILE.replace("\"value\": 0", &format!("\"value\": {value}"));
    // Ours names one more call in the line of theirs, and so lines collide.
    let ours = FILE.replace("[\"personality\"]", "[\"personality\"] ");
    let (is_clean, text) = merged(FILE, &ours, &of("8"));
    assert!(is_clean && text.contains("\"value\": 8") && text.contains("x-why"), "{text}");
    let (is_clean, text) = merged(FILE, &of("9"), &of("8"));
    assert!(is_clean && text.contains("\"x-keep\": true"), "{text}");
    assert!(!text.contains("\"value\": 0,"), "{text}");
}

#[test]
fn files_with_a_name_an_entry_stay_so() {
    let of = |names: &str| {
        let rule = |name| {
            format!("\t{{\"name\": \"{name}\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": []}}")
        };
        profile(&names.split(' ').map(rule).collect::<Vec<_>>().join(",\n"))
    };
    let (is_clean, text) = merged(&of("read write"), &of("dup read write"), &of("fsync read"));
    let new = "\t{\"name\": \"fsync\", \"action\": \"SCMP_ACT_ALLOW\"}";
    let text = text.replace(new, &new.replace('}', ", \"args\": []}"));
    assert_eq!((is_clean, text), (true, of("dup fsync read")));
}

#[test]
fn what_no_engine_reads_is_not_lost_without_a_word() {
    let ours = FILE.replace("\"read\", \"write\"", "\"dup\", \"read\", \"write\"");
    let theirs = FILE
        .replace("\"read\", \"write\"", "\"pipe\", \"read\", \"write\"")
        .replace("\"x-keep\": true", "\"x-keep\": false");
    let found = run(DRIVER, &["merge", "-q", "theirs"], [FILE, &ours, &theirs]);
    assert!(!found.is_clean && found.text.contains("<<<<<<<"), "{}", found.text);
    let said = "conflict in seccomp.json: theirs changes `x-keep`";
    assert!(found.stderr.contains(said), "{}", found.stderr);
    // A key that stands twice cannot be edited.
    let twice = |names: &str| {
        let names = format!("\"names\": [\"bpf\"], \"x-keep\": 1, \"names\": [{names}]");
        profile(&format!("{{{names}, \"action\": \"SCMP_ACT_ALLOW\"}}"))
    };
    let texts = ["\"read\"", "\"dup\", \"read\"", "\"pipe\", \"read\""].map(twice);
    let found = run(DRIVER, &["merge", "-q", "theirs"], [&texts[0], &texts[1], &texts[2]]);
    assert!(found.is_clean && found.text.contains("\"pipe\""), "{}", found.text);
    let said = "note in seccomp.json: no edit of its text gives the merged profile: it is written \
                anew, without `x-keep`\n";
    assert!(found.stderr.contains(said), "{}", found.stderr);
}

#[test]
fn a_name_that_both_add_stands_once() {
    let of = |first: &str, last: &str| {
        let middle = "a b c d e f g h".replace(' ', "_x\",\n\"");
        let names = format!("{first}\"{middle}\"{last}");
        profile(&format!("{{\"names\": [{names}],\n\"action\": \"SCMP_ACT_ALLOW\"}}"))
    };
    let texts = [of("", ""), of("\"keyctl\",\n", ""), of("", ",\n\"keyctl\"")];
    let (is_clean, text) = merged(&texts[0], &texts[1], &texts[2]);
    assert_eq!((is_clean, &text), (true, &texts[1]));
}

#[test]
fn flags_and_lists_of_abis_are_merged() {
    let of = |names: &str, flags: &str, arches: &str| {
        let text = profile(&allow(names, ""));
        text.replace("\"syscalls\"", &format!("{arches}{flags}\"syscalls\""))
    };
    let flags = "\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"],\n";
    let arches = "\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"],\n";
    let few = "\"architectures\": [\"SCMP_ARCH_X86_64\"],\n";
    let base = of("read", "", few);
    let (is_clean, text) = merged(&base, &of("dup read", "", few), &of("bpf read", flags, arches));
    assert!(is_clean && text.contains("FLAG_LOG") && text.contains("SCMP_ARCH_X86\""), "{text}");
    assert!(text.contains("\"bpf\"") && text.contains("\"dup\""), "{text}");
    let other = flags.replace("FLAG_LOG", "FLAG_TSYNC");
    let found = run(
        DRIVER,
        &["merge", "-q", "theirs"],
        [&base, &of("read", flags, few), &of("read", &other, few)],
    );
    let said = "`flags`\n    base:   none\n    ours:   SECCOMP_FILTER_FLAG_LOG";
    assert!(!found.is_clean && found.stderr.contains(said), "{}", found.stderr);
}

fn part(extends: &str, rules: &str) -> String {
    format!(
        "{{\n  \"extends\": {extends},\n  \"x-team\": 1,\n  \"syscalls\": [\n    {rules}\n  ]\n}}\n"
    )
}

#[test]
fn overlays_are_merged_as_overlays() {
    let default = "\"default\"";
    let of = |names: &str| part(default, &allow(names, ""));
    let (is_clean, text) = merged(&of("keyctl"), &of("keyctl unshare"), &of("bpf keyctl"));
    assert_eq!((is_clean, text), (true, of("bpf keyctl unshare")));
    // A deny is no less than no rule, and one that goes away leaves the call to what lies below.
    let deny =
        |names: &str| format!("{{\"names\": [\"{names}\"], \"action\": \"SCMP_ACT_ERRNO\"}}");
    let rules = |names: &str, more: &str| part(default, &format!("{}{more}", allow(names, "")));
    let with = format!(",\n    {}", deny("chmod"));
    let (is_clean, text) =
        merged(&rules("keyctl", &with), &rules("dup keyctl", &with), &rules("keyctl", ""));
    assert_eq!((is_clean, text), (true, rules("dup keyctl", "")));
    let (is_clean, text) =
        merged(&rules("keyctl", ""), &rules("dup keyctl", ""), &rules("bpf keyctl", &with));
    assert_eq!((is_clean, text), (true, rules("bpf dup keyctl", &with)));
    // 32-bit programs are part of it: every base has its own list of them.
    let when = |value: &str| {
        let args = format!(
            ",\n \"args\": [{{\"index\": 0, \"value\": {value}, \"op\": \"SCMP_CMP_EQ\"}}]"
        );
        part(default, &allow("personality", &args))
    };
    let (is_clean, text) = merged(&when("0"), &when("8"), &when("9"));
    assert!(is_clean && !text.contains("arches") && !text.contains("archMap"), "{text}");
}

#[test]
fn overlays_in_conflict_are_left_as_such() {
    let of = |extends: &str, names: &str| part(extends, &allow(names, ""));
    let base = of("\"default\"", "keyctl");
    let (ours, theirs) = (of("\"docker@27\"", "keyctl"), of("\"docker@28\"", "keyctl"));
    let found = run(DRIVER, &["merge", "-q", "theirs"], [&base, &ours, &theirs]);
    assert!(!found.is_clean && found.text.contains("<<<<<<< ours"), "{}", found.text);
    let said = "conflict in seccomp.json: `extends`\n    base:   default\n    \
                ours:   docker@27 (this branch)\n    theirs: docker@28 (the other branch)\n";
    assert!(found.stderr.contains(said), "{}", found.stderr);
    // One that changed alone counts.
    let (is_clean, text) = merged(
        &base,
        &of("\"default\"", "dup keyctl"),
        &of("[\"a.json\", \"default\"]", "bpf keyctl"),
    );
    assert!(is_clean && text.contains("\"bpf\", \"dup\", \"keyctl\""), "{text}");
    assert!(text.contains("\"a.json\",") && text.contains("\"x-team\": 1"), "{text}");
    let action = |action: &str| base.replace("ALLOW", action);
    let found =
        run(DRIVER, &["merge", "-q", "theirs"], [&base, &action("LOG"), &action("KILL_PROCESS")]);
    let said = "keyctl\n    base:   ALLOW\n    ours:   LOG (this branch)\n    theirs: KILL_PROCESS";
    assert!(!found.is_clean && found.stderr.contains(said), "{}", found.stderr);
    // A fork that became an overlay on one side.
    let whole = profile(&allow("read", ""));
    let found =
        run(DRIVER, &["merge", "-q", "theirs"], [&whole, &profile(&allow("dup read", "")), &base]);
    let said =
        "what the file is\n    base:   a whole profile\n    ours:   a whole profile (this branch)";
    assert!(!found.is_clean && found.stderr.contains(said), "{}", found.stderr);
}

#[test]
fn what_has_no_lines_stays_and_is_a_conflict() {
    let found = run(DRIVER, &["merge", "-q", "theirs"], ["{\0", "{\0a", "{\0b"]);
    assert!(!found.is_clean);
    assert_eq!(found.text, "{\0a");
    assert!(found.stderr.contains("note in seccomp.json: git merges no lines of it"));
    assert!(!found.stderr.contains("merge_file"), "{}", found.stderr);
}

#[test]
fn what_both_branches_add_has_no_base() {
    let texts = ["", &*profile(&allow("read", "")), &*profile(&allow("write", ""))];
    let found = run(DRIVER, &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean && found.text.contains("<<<<<<< ours"), "{}", found.text);
    assert!(found.stderr.contains("both branches add it"), "{}", found.stderr);
}

#[test]
fn a_comment_that_nobody_changed_is_no_conflict() {
    let of = |value: &str| {
        let args = format!(
            ", \"args\": [{{\"index\": 0, \"value\": {value}, \"op\": \"SCMP_CMP_EQ\"}}], \"comment\": \"why\""
        );
        profile(&allow("personality", &args))
    };
    let found = run(DRIVER, &["merge", "-q", "theirs"], [&of("0"), &of("8"), &of("9")]);
    assert!(found.is_clean && found.text.contains("\"why\""), "{}{}", found.text, found.stderr);
    // The hosts with 64-bit programs and those without want the same.
    assert!(!found.text.contains("arches"), "{}", found.text);
}
