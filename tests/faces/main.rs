//! The faces of an account, each judged by what reads it.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod github;
mod gitlab;
mod html;
mod junit;
mod links;
mod markdown;
mod sarif;
mod snapshots;

use sdiff::decision::Store;
use sdiff::diff::{Kind, compare};
use sdiff::lint;
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::report::account::{
    Accepted, Account, Command, Effect, Entry, Item, Level, Region, Status, Verdict, check_account,
    diff_account,
};
use sdiff::report::{Checked, Report, Side};
use sdiff::semantics::{Engine, Policy, Settings};

/// What somebody may write into a profile so that a reader is misled.
const HOSTILE: [&str; 34] = [
    "@alice",
    "@org/team",
    "fixes #12",
    "org/repo#1",
    "GH-12",
    "JIRA-12",
    "0123456789abcdef0123456789abcdef01234567",
    "[click](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- -->",
    "</details><script>",
    "http://evil.example",
    "www.evil.example",
    "me@evil.example",
    "<http://evil.example>",
    "a|b",
    "a\\|b",
    "\\",
    "`",
    "``` a",
    "x`y`z",
    "line\nbreak",
    "line\r\n\r\n# heading",
    "\n::error::x",
    "::stop-commands::x",
    "##[error]x",
    "%0A::error::x,file=y:z",
    "\u{1b}[31mred",
    "\u{202e}gnp.exe",
    "]]>&lt;\u{0}\u{fffe}\u{ffff}",
    "$x$ **bold** _it_ ~~no~~ :tada: [^1]",
    "- [ ] task",
    "&commat;alice &#64;bob",
];

fn old() -> Loaded {
    load::load("docker@20.10.10", &LoadOptions::default()).expect("loads")
}

fn new() -> Loaded {
    load::load("docker@29.4.3", &LoadOptions::default()).expect("loads")
}

fn profile(name: &str, names: &[&str]) -> Loaded {
    let names = serde_json::json!(names);
    let text = format!(
        "{{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n{{\"names\": {names},\n\
         \"action\": \"SCMP_ACT_ALLOW\"}}]}}\n"
    );
    load::parse(name, text.as_bytes(), &LoadOptions::default()).expect("loads")
}

/// What `diff` gives.
fn compared(old: &Loaded, new: &Loaded) -> Account {
    let mut store = Store::default();
    let mut policy = |loaded: &Loaded| {
        Policy::build(&mut store, &loaded.profile, &Settings::new(Engine::Docker)).expect("builds")
    };
    let (old_policy, new_policy) = (policy(old), policy(new));
    let comparison = compare(&mut store, &old_policy, &new_policy).expect("compares");
    let report = Report {
        old: Side { loaded: old, policy: &old_policy },
        new: Side { loaded: new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    diff_account(&report, report.is_different())
}

/// What `check` gives.
fn checked(loaded: &Loaded) -> Account {
    let hosts = lint::hosts_of(&loaded.profile, Engine::Docker);
    let settings = Settings { hosts, ..Settings::new(Engine::Docker) };
    let findings = lint::check(loaded, &settings).expect("checks");
    let source = Some(&loaded.source);
    let one = Checked { name: &loaded.source.name, source, findings: &findings, accepted: &[] };
    check_account(&[one], !findings.is_empty())
}

/// An account in which every text that can come from outside is this one.
fn account_of(text: &str, count: usize) -> Account {
    let own = || text.to_owned();
    let effect = || Effect {
        direction: sdiff::diff::Direction::Weaker,
        actions: own(),
        words: own(),
        needs: Some(own()),
        proof: Some(own()),
        old_lines: vec![1],
        new_lines: vec![1, 2],
    };
    let item = |at: usize| {
        let level = [Level::Error, Level::Warning, Level::Note][at % 3];
        Item {
            id: format!("{text}-{at}"),
            rule: ["added", "no-effect", "removed"][at % 3],
            level,
            severity: ["high", "warning", "info"][at % 3],
            subject: own(),
            message: format!("{text} is let `{text}` through {text}"),
            effects: if at % 3 == 1 { Vec::new() } else { vec![effect(), effect()] },
            proof: Some(own()),
            dangers: vec![own()],
            needs: vec![own()],
            help: Some(own()),
            place: Some(Region { line: 2, column: 3, end_line: 2, end_column: 9 }),
            old_place: None,
            data: serde_json::json!({ "id": own() }),
            origin: Default::default(),
        }
    };
    let entry = Entry {
        own: None,
        path: own(),
        file: Some(own()),
        status: Status::Changed,
        against: own(),
        sentence: format!("{text} and more."),
        items: (0..count).map(item).collect(),
        accepted: vec![Accepted { item: item(0), reason: own() }],
        notes: vec![own()],
        old: None,
        new: None,
        table: None,
        told: None,
    };
    let verdict =
        Verdict { level: Some(Level::Error), sentence: format!("{text} is weaker."), fails: true };
    Account {
        command: Command::Review,
        scope: own(),
        range: Some(own()),
        verdict,
        entries: vec![entry],
        notes: vec![own()],
        uses: Vec::new(),
    }
}
