//! What each lint's help says, done to its example: the finding is gone, nothing is let through that
//! was not, and nothing else is wrong.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::diff::{Direction, compare};
use sdiff::lint::{self, Finding, Severity};
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::profile::{normalize, to_json};
use sdiff::semantics::{Engine, Policy, Settings};
use std::collections::BTreeSet;

/// A mend of a lint's example.
struct Mend {
    lint: &'static str,
    /// Words of the help that say so.
    says: &'static str,
    /// What of the example becomes what; of nothing the whole.
    edits: &'static [(&'static str, &'static str)],
    /// Calls that the help says to allow.
    allows: &'static [&'static str],
    /// Lints that say more of the same once the rule does something.
    leads_to: &'static [&'static str],
}

const fn mend(
    lint: &'static str,
    says: &'static str,
    edits: &'static [(&'static str, &'static str)],
) -> Mend {
    Mend { lint, says, edits, allows: &[], leads_to: &[] }
}

const NEVER: &str = r#",
  {"names": ["setpriority"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 2, "value": 0, "op": "SCMP_CMP_LT"}]}"#;
const BESIDE: &str = r#",
  {"names": ["personality"], "action": "SCMP_ACT_LOG",
   "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}"#;
const BOTH: &str = r#"{"index": 0, "value": 1, "op": "SCMP_CMP_GE"}, {"index": 0, "value": 2, "op": "SCMP_CMP_LE"}]"#;
const EACH: &str = r#"{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]"#;

const MENDS: &[Mend] = &[
    mend("does-not-load", "leave one of the two rules out", &[(BESIDE, "")]),
    Mend {
        leads_to: &["open-twin"],
        ..mend("unknown-syscall", "did you mean `chown`", &[("chwon", "chown")])
    },
    mend("absent-syscall", "remove the name", &[("\"breakpoint\"", "")]),
    mend(
        "no-effect",
        "remove `clone` there",
        &[("{\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\"},", "")],
    ),
    mend(
        "redundant",
        "remove it here",
        &[(",\n  {\"names\": [\"write\"], \"action\": \"SCMP_ACT_ALLOW\"}", "")],
    ),
    mend(
        "equals-default",
        "remove it",
        &[(",\n  {\"names\": [\"acct\"], \"action\": \"SCMP_ACT_ERRNO\"}", "")],
    ),
    mend(
        "equals-default",
        "`errnoRet` 38",
        &[(
            "[\"acct\"], \"action\": \"SCMP_ACT_ERRNO\"",
            "[\"acct\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38",
        )],
    ),
    mend("impossible-condition", "remove the rule", &[(NEVER, "")]),
    mend(
        "impossible-environment",
        "remove the rule",
        &[(
            "{\"names\": [\"arch_prctl\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": [\"x32\"]}}",
            "",
        )],
    ),
    mend("unknown-capability", "`CAP_SYS_ADMIN`", &[("\"SYS_ADMIN\"", "\"CAP_SYS_ADMIN\"")]),
    mend("unknown-host", "`amd64`", &[("\"amd64\", \"x86_64\"", "\"amd64\"")]),
    mend(
        "unknown-architecture",
        "`SCMP_ARCH_AARCH64`",
        &[("SCMP_ARCH_ARM64", "SCMP_ARCH_AARCH64")],
    ),
    mend("unknown-field", "`includes`", &[("\"include\"", "\"includes\"")]),
    Mend {
        leads_to: &["multiplexed"],
        ..mend("repeated-argument", "one rule for each part", &[(BOTH, EACH)])
    },
    mend("wide-operand", "leave the 32-bit architectures out", &[(", \"SCMP_ARCH_X86\"", "")]),
    mend("multiplexed", "leave SCMP_ARCH_X86 out", &[(", \"SCMP_ARCH_X86\"", "")]),
    mend(
        "multiplexed",
        "`errnoRet` 38",
        &[(
            "[\"socketcall\"], \"action\": \"SCMP_ACT_ALLOW\"",
            "[\"socketcall\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38",
        )],
    ),
    mend(
        "open-twin",
        "restrict `fchmodat`, `fchmodat2`",
        &[("\"fchmod\"", "\"fchmod\", \"fchmodat\", \"fchmodat2\"")],
    ),
    mend("open-flag", "let the mask be 2114060416", &[("2080505856", "2114060416")]),
    // The default runs programs of other ABIs, which the example kills, and lets whoever holds the
    // capability account.
    Mend {
        allows: &["acct", "exit", "read", "restart_syscall"],
        ..mend("default-allows", "start from Docker's default", &[])
    },
    mend("errno-zero", "1 (EPERM)", &[("\"errnoRet\": 0", "\"errnoRet\": 1")]),
    mend("dangerous-call", "block it", &[(", \"keyctl\"", "")]),
    mend(
        "other-engine",
        "leave out the rules",
        &[(
            "{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}",
            "",
        )],
    ),
    Mend {
        allows: &["read"],
        ..mend(
            "missing-abi",
            "list the architectures",
            &[("\"SCMP_ARCH_X86_64\"", "\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"")],
        )
    },
    Mend {
        allows: &["execve"],
        ..mend("no-start", "allow `execve`", &[("\"execve\"", "\"acct\"")])
    },
    mend(
        "newer-call",
        "block it with `errnoRet` 38",
        &[(
            "}]}",
            "}, {\"names\": [\"clone3\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}]}",
        )],
    ),
    Mend {
        allows: &["clone3"],
        leads_to: &["dangerous-call"],
        ..mend("newer-call", "allow `clone3`", &[("\"clone\"", "\"clone\", \"clone3\"")])
    },
    mend("older-library", "leave the calls out", &[(", \"mseal\"", "")]),
    mend("kill-default", "SCMP_ACT_ERRNO", &[("SCMP_ACT_KILL", "SCMP_ACT_ERRNO")]),
];

fn parse(text: &str) -> Loaded {
    load::parse("p.json", text.as_bytes(), &LoadOptions::default()).expect(text)
}

fn settings(loaded: &Loaded) -> Settings {
    let engine = Engine::of(loaded.profile.format);
    let hosts = lint::hosts_of(&loaded.profile, engine);
    Settings { hosts, ..Settings::new(engine) }
}

fn findings(loaded: &Loaded) -> Vec<Finding> {
    lint::check(loaded, &settings(loaded)).unwrap()
}

/// The calls that are let through after and were not before, on the hosts of the first.
fn opened(before: &Loaded, after: &Loaded) -> BTreeSet<String> {
    let mut store = Store::default();
    let settings = settings(before);
    let policies = [before, after].map(|l| Policy::build(&mut store, &l.profile, &settings));
    // Of a profile that nothing loads nobody can say what it lets through.
    let [Ok(before), Ok(after)] = policies else { return BTreeSet::new() };
    let comparison = compare(&mut store, &before, &after).unwrap();
    let changes = comparison.changes.iter();
    let effects = changes.flat_map(|change| change.effects.iter());
    let weaker = effects.filter(|effect| {
        let (from, to) = (effect.from, effect.to);
        effect.direction == Direction::Weaker && to.lets_through() && !from.lets_through()
    });
    weaker.map(|e| e.witness.syscall.map_or("others".to_owned(), |s| s.to_string())).collect()
}

fn is_warning(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

fn try_mend(name: &str, lint: &str, says: &str, before: &Loaded, after: &Loaded, mend: &Mend) {
    let was = findings(before);
    let found: Vec<&Finding> = was.iter().filter(|finding| finding.lint == lint).collect();
    assert!(found.iter().any(|f| f.help.contains(says)), "{name}: {says:?} is not in {found:#?}");
    let is = findings(after);
    let left = is.iter().find(|finding| finding.lint == lint);
    assert!(left.is_none(), "{name}: after {says:?} there is still {left:#?}");
    let is_known = |new: &&Finding| {
        mend.leads_to.contains(&new.lint)
            || was.iter().any(|old| old.lint == new.lint && old.subject == new.subject)
            // It says of more calls, or of others, that nothing runs without them.
            || (new.lint == "no-start" && was.iter().any(|old| old.lint == "no-start"))
    };
    let new = is.iter().filter(|finding| is_warning(finding)).find(|new| !is_known(new));
    assert!(new.is_none(), "{name}: {says:?} leads to {new:#?}");
    let opened = opened(before, after);
    let more: Vec<_> = opened.iter().filter(|call| !mend.allows.contains(&&***call)).collect();
    assert!(more.is_empty(), "{name}: {says:?} opens {more:?}");
}

#[test]
fn help_mends_and_opens_nothing_else() {
    let mut tried = BTreeSet::new();
    for mend in MENDS {
        let lint = lint::ALL.iter().find(|lint| lint.id == mend.lint).expect(mend.lint);
        let mut text = lint.fires.to_owned();
        for (from, to) in mend.edits {
            assert!(text.contains(from), "{}: {from:?}", mend.lint);
            text = text.replacen(from, to, 1);
        }
        let after = match mend.edits.is_empty() {
            true => load::load("default", &LoadOptions::default()).unwrap(),
            false => parse(&text),
        };
        if mend.lint == "does-not-load" {
            assert!(findings(&after).iter().all(|finding| finding.lint != mend.lint));
        } else {
            try_mend(mend.lint, mend.lint, mend.says, &parse(lint.fires), &after, mend);
        }
        tried.insert(mend.lint);
    }
    // In normal form a profile is in normal form; upstream's newest is not stale.
    let fires = |id: &str| lint::ALL.iter().find(|lint| lint.id == id).expect("a lint").fires;
    let normal = parse(&to_json(&normalize(&parse(fires("not-normal")).profile)));
    assert!(findings(&normal).iter().all(|finding| finding.lint != "not-normal"));
    let newest = load::load("default", &LoadOptions::default()).unwrap();
    assert!(findings(&newest).iter().all(|finding| finding.lint != "stale"));
    for lint in lint::ALL {
        let is_tried = tried.contains(lint.id) || ["not-normal", "stale"].contains(&lint.id);
        // What mends a program is another program: the neighbour on which the lint is silent.
        let is_tried = is_tried || lint.fires.starts_with("0000:");
        assert!(is_tried || lint.fires.is_empty(), "{}: its help is not tried", lint.id);
    }
}

/// What closes a multiplexer hangs on the default action and on the ABI: whatever the help names is
/// done, to profiles of every such kind.
#[test]
fn what_is_said_to_close_a_multiplexer_closes_it() {
    let plain = mend("multiplexed", "", &[]);
    let errno = |default: &str| if default.contains("38") { 1 } else { 38 };
    for (arches, default, own) in [
        (r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#, r#""SCMP_ACT_ERRNO""#, ""),
        (r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#, r#""SCMP_ACT_ERRNO""#, r#""SCMP_ACT_ERRNO""#),
        (
            r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#,
            r#""SCMP_ACT_ERRNO", "defaultErrnoRet": 38"#,
            r#""SCMP_ACT_ERRNO", "errnoRet": 38"#,
        ),
        (
            r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#,
            r#""SCMP_ACT_KILL_PROCESS""#,
            r#""SCMP_ACT_ALLOW""#,
        ),
        (r#""SCMP_ARCH_S390X", "SCMP_ARCH_S390""#, r#""SCMP_ACT_ERRNO""#, r#""SCMP_ACT_ALLOW""#),
        (r#""SCMP_ARCH_PPC64LE""#, r#""SCMP_ACT_ERRNO""#, r#""SCMP_ACT_ALLOW""#),
        (r#""SCMP_ARCH_X86""#, r#""SCMP_ACT_TRAP""#, ""),
    ] {
        let text = |arches: &str, gate: &str| {
            let gate = match gate {
                "" => String::new(),
                action => format!(r#"{{"names": ["socketcall"], "action": {action}}},"#),
            };
            format!(
                r#"{{"defaultAction": {default}, "architectures": [{arches}], "syscalls": [{gate}
  {{"names": ["read", "mseal", "connect"], "action": "SCMP_ACT_ALLOW"}},
  {{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
   "args": [{{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}}]}}]}}"#
            )
        };
        let before = parse(&text(arches, own));
        let found = findings(&before);
        let Some(finding) = found.iter().find(|finding| finding.lint == "multiplexed") else {
            panic!("{arches} {default} {own}: {found:#?}");
        };
        let number = errno(default);
        let says = format!("`errnoRet` {number}");
        let blocked = format!(r#""SCMP_ACT_ERRNO", "errnoRet": {number}"#);
        let after = parse(&text(arches, &blocked));
        try_mend(&format!("{arches} {default}"), "multiplexed", &says, &before, &after, &plain);
        // A rule that does nothing is told as one, and its help is the same.
        if own.contains("ERRNO") {
            try_mend(default, "no-effect", &says, &before, &after, &plain);
        }
        if let Some((_, rest)) = finding.help.split_once("leave ")
            && let Some((out, _)) = rest.split_once(" out of the filter")
        {
            let kept: Vec<&str> = arches
                .split(", ")
                .filter(|name| {
                    !out.contains(name.trim_matches('"')) || *name == "\"SCMP_ARCH_X86_64\""
                })
                .collect();
            let after = parse(&text(&kept.join(", "), own));
            try_mend(arches, "multiplexed", "out of the filter", &before, &after, &plain);
        }
    }
}
