//! The page for an auditor, read without a browser: that nothing of a profile becomes markup, that
//! the policy allows what is in the page and nothing else, and that all findings are there. What the
//! page does in a browser is tested in `tests/real`.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::diff::{Direction, Kind, Place, compare};
use sdiff::load::{LoadOptions, Loaded, Source, SourceKind, parse};
use sdiff::report::account::{
    Accepted, Account, Cell, Command, Effect, Entry, Item, Level, Region, Status, Table, TableRow,
    Verdict, diff_account, table,
};
use sdiff::report::faces::html;
use sdiff::report::{Report, Side};
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::{Abi, Host, Syscall};
use sha2::{Digest, Sha256};

/// What would leave a text, an attribute, a comment, the title, the style or the script, reorder
/// what stands beside it, or be taken for markup after a second decoding.
const HOSTILE: &str = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\
     \" onmouseover=\"alert(1)\" ' --> ]]> &lt;b&gt; `<i>` \u{202e}\u{2066}\u{200b}\u{feff}\u{1b}[2J\u{0}";

fn loaded(name: &str, text: &str) -> Loaded {
    parse(name, text.as_bytes(), &LoadOptions::default()).expect("a profile")
}

fn baseline(spec: &str) -> Loaded {
    sdiff::load::load(spec, &LoadOptions::default()).expect("is built in")
}

fn account(old: &Loaded, new: &Loaded) -> Account {
    let mut store = Store::default();
    let settings = Settings::new(Engine::Docker);
    let [old_policy, new_policy] = [old, new].map(|loaded| {
        Policy::build(&mut store, &loaded.profile, &settings).expect("has a meaning")
    });
    let comparison = compare(&mut store, &old_policy, &new_policy).expect("within bounds");
    let report = Report {
        old: Side { loaded: old, policy: &old_policy },
        new: Side { loaded: new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    let mut account = diff_account(&report, true);
    let table = table(&mut store, Some(&old_policy), &new_policy).expect("within bounds");
    account.entries[0].table = Some(table);
    account
}

/// The same text in every place of an account.
fn everywhere(text: &str) -> Account {
    let owned = || text.to_owned();
    let region = Region { line: 1, column: 3, end_line: 1, end_column: 9 };
    let effect = Effect {
        direction: Direction::Weaker,
        actions: owned(),
        words: owned(),
        needs: Some(owned()),
        proof: Some(owned()),
        old_lines: vec![1],
        new_lines: vec![1, 2, 900],
    };
    let item = Item {
        id: owned(),
        rule: "weakened",
        level: Level::Error,
        severity: "high",
        subject: owned(),
        message: owned(),
        effects: vec![effect],
        proof: Some(owned()),
        dangers: vec![owned()],
        needs: vec![owned()],
        help: Some(owned()),
        place: Some(region),
        old_place: Some(region),
        data: serde_json::Value::String(owned()),
        origin: Default::default(),
    };
    let source = || Some(Source::new(text, SourceKind::Memory, &format!("{text}\n{text}")));
    let table = Table {
        columns: vec![vec![Place { host: Host::Amd64, abi: Abi::X86 }]],
        rows: vec![TableRow {
            syscall: owned(),
            cells: vec![Some(Cell {
                old: Some(owned()),
                new: Some(owned()),
                direction: Some(Direction::Other),
            })],
        }],
    };
    let entry = Entry {
        path: owned(),
        file: Some(owned()),
        status: Status::Renamed,
        against: owned(),
        sentence: owned(),
        items: vec![item.clone(), item.clone()],
        accepted: vec![Accepted { item, reason: owned() }],
        notes: vec![owned()],
        old: source(),
        new: source(),
        own: None,
        table: Some(table),
        told: None,
    };
    Account {
        command: Command::Review,
        scope: owned(),
        range: Some(owned()),
        verdict: Verdict { level: Some(Level::Error), sentence: owned(), fails: true },
        entries: vec![entry.clone(), entry],
        notes: vec![owned()],
        uses: Vec::new(),
    }
}

/// The tags of a page, and the text between them, as a reader of HTML splits it. The style and the
/// script are texts.
fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start..=end];
        tags.push(tag);
        rest = &rest[end + 1..];
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            if tag == open {
                rest = &rest[rest.find(close).expect("an end")..];
            }
        }
    }
    tags
}

/// Between the only two of these.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(start).expect("begins");
    rest.split_once(end).expect("ends").0
}

#[test]
fn no_text_becomes_markup() {
    let [hostile, harmless] = [HOSTILE, "harmless"].map(|text| html(&everywhere(text)));
    // The same elements, with the same attributes: nothing of the text is one.
    let shape = |page: &str| -> Vec<String> {
        let name = |tag: &&str| {
            let quoted = tag.split('"').enumerate();
            quoted.filter(|(at, _)| at % 2 == 0).map(|(_, part)| part).collect::<String>()
        };
        // Backticks make names, and the hostile text has a pair of them.
        let code = |tag: &&&str| !matches!(**tag, "<code>" | "</code>");
        tags(page).iter().filter(code).map(name).collect()
    };
    assert_eq!(shape(&hostile), shape(&harmless));
    assert!(shape(&harmless).len() > 200, "{harmless}");
    let shown = hostile.matches("&lt;img src=x onerror=alert(1)&gt;").count();
    assert!(shown > 50, "what is escaped is shown: {shown}");
    assert!(hostile.chars().all(|c| c == '\n' || !c.is_control()));
    for hidden in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'] {
        assert!(!hostile.contains(hidden), "{hidden:?}");
    }
    assert!(hostile.contains("\\u{202e}\\u{2066}\\u{200b}\\u{feff}\\u{1b}[2J\\u{0}"));
}

#[test]
fn the_policy_allows_what_is_in_the_page_alone() {
    let page = html(&everywhere(HOSTILE));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let policy = policy.replace("&#39;", "'");
    let hash = |text: &str| {
        let digest = Sha256::digest(text.as_bytes());
        base64(&digest)
    };
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
             img-src data:; base-uri 'none'; form-action 'none'"
        )
    );
    // An attribute with a style or a handler would not be allowed.
    for tag in tags(&page) {
        assert!(!tag.contains(" style=") && !tag.contains(" on"), "{tag}");
    }
}

/// By `openssl`'s table, bit by bit: another way than the page's.
fn base64(bytes: &[u8]) -> String {
    let letters: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut out = String::new();
    for at in (0..bits.len()).step_by(6) {
        let six = format!("{:0<6}", &bits[at..bits.len().min(at + 6)]);
        out.push(letters[usize::from_str_radix(&six, 2).expect("bits")]);
    }
    out + &"=".repeat((3 - bytes.len() % 3) % 3)
}

#[test]
fn nothing_is_loaded() {
    let page = html(&account(&baseline("docker@20.10.0"), &baseline("docker@29.4.3")));
    let loading = ["src", "href", "action", "data", "srcset", "poster", "ping", "background"];
    let mut links = 0;
    for tag in tags(&page) {
        for name in loading {
            let Some((_, value)) = tag.split_once(&format!(" {name}=\"")) else { continue };
            assert!(value.starts_with('#') || value.starts_with("data:,\""), "{tag}");
            links += 1;
        }
    }
    assert!(links > 40, "each finding links to itself");
    let style = between(&page, "<style>", "</style>");
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn every_finding_is_there_with_its_proof() {
    let account = account(&baseline("docker@20.10.0"), &baseline("docker@29.4.3"));
    let page = html(&account);
    assert!(account.items().count() > 40);
    for (_, item) in account.items() {
        let article = between(&page, &format!(" id=\"{}\"", item.id), "</article>");
        assert!(article.contains(&item.rule.to_string()), "{article}");
        for effect in &item.effects {
            let proof = effect.proof.as_deref().unwrap_or_default();
            let proof = proof.replace('\'', "&#39;").replace('&', "&amp;");
            assert!(article.contains(&proof), "{proof}: {article}");
            for line in effect.new_lines.iter().take(1) {
                assert!(
                    article.contains(&format!("<span class=\"no\">▸{line}</span>")),
                    "{article}"
                );
            }
        }
    }
    assert_eq!(page, html(&account), "the same bytes");
}

#[test]
fn names_are_given_once() {
    let page = html(&everywhere(HOSTILE));
    let mut names: Vec<&str> =
        page.split(" id=\"").skip(1).map(|rest| between(rest, "", "\"")).collect();
    let count = names.len();
    assert!(count > 6);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let mut account = everywhere("x");
    let line = format!("{}PLACE{}", "a".repeat(100_000), "b".repeat(100_000));
    account.entries.truncate(1);
    let entry = &mut account.entries[0];
    entry.new = Some(Source::new("new", SourceKind::Memory, &line));
    entry.items[0].place =
        Some(Region { line: 1, column: 100_001, end_line: 1, end_column: 100_006 });
    let page = html(&account);
    assert!(page.contains(&format!("…{}<mark>PLACE</mark>{}…", "a".repeat(80), "b".repeat(155))));
    assert!(page.len() < 100_000);
}

/// Of a profile that extends others, places are in the file and lines of effects in what it
/// resolves to.
#[test]
fn places_of_an_overlay_are_in_its_file() {
    let mut account = everywhere("x");
    account.entries.truncate(1);
    let entry = &mut account.entries[0];
    entry.items.truncate(1);
    entry.own = Some(Source::new("own", SourceKind::Memory, "{}\n\"overlay\"\n"));
    entry.new = Some(Source::new("whole", SourceKind::Memory, &"line\n".repeat(50)));
    let item = &mut entry.items[0];
    item.effects[0].new_lines = vec![40];
    item.place = Some(Region { line: 2, column: 1, end_line: 2, end_column: 10 });
    let page = html(&account);
    let whole = between(&page, "<b>New, resolved</b>", "</figure>");
    assert!(whole.contains("▸40</span>") && !whole.contains("<mark>"), "{whole}");
    let own = between(&page, "<b>File</b>", "</figure>");
    assert!(own.contains("▸2</span><code><mark>&quot;overlay&quot;</mark>"), "{own}");
}

/// The table says of each call in each place what the policies say.
#[test]
fn the_table_is_the_policies() {
    let text = |rules: &str| {
        format!(
            "{{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"archMap\": [\
             {{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\"]}}, \
             {{\"architecture\": \"SCMP_ARCH_AARCH64\"}}], \"syscalls\": [{rules}]}}"
        )
    };
    let allow = |name: &str, more: &str| {
        format!("{{\"names\": [\"{name}\"], \"action\": \"SCMP_ACT_ALLOW\"{more}}}")
    };
    let ptrace = ", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 1}]";
    let old = loaded("old.json", &text(&[allow("read", ""), allow("bpf", "")].join(", ")));
    let only = ", \"includes\": {\"arches\": [\"amd64\"]}";
    let new = [allow("read", ""), allow("ptrace", ptrace), allow("open", only)].join(", ");
    let new = loaded("new.json", &text(&new));
    let table = account(&old, &new).entries[0].table.clone().expect("filled");
    let cell = |name: &str, host, abi| {
        let row = table.rows.iter().find(|row| row.syscall == name).expect("a row");
        let place = Place { host, abi };
        let at = table.columns.iter().position(|places| places.contains(&place)).expect("a column");
        row.cells[at].as_ref().map(|cell| {
            let word = |word: &Option<String>| word.clone().unwrap_or_default();
            (word(&cell.old), word(&cell.new), cell.direction)
        })
    };
    let some = |old: &str, new: &str, way| Some((old.to_owned(), new.to_owned(), way));
    let amd64 = |name| cell(name, Host::Amd64, Abi::X86_64);
    assert_eq!(amd64("read"), some("ALLOW", "ALLOW", None));
    // Without its own name bpf is above runc's boundary.
    assert_eq!(amd64("bpf"), some("ALLOW", "ENOSYS", Some(Direction::Stricter)));
    assert_eq!(amd64("ptrace"), some("EPERM", "ALLOW or EPERM", Some(Direction::Weaker)));
    assert_eq!(amd64("open"), some("EPERM", "ALLOW", Some(Direction::Weaker)));
    let weaker = some("EPERM", "ALLOW", Some(Direction::Weaker));
    assert_eq!(cell("open", Host::Amd64, Abi::X86), weaker);
    // arm64 has no such call; its 32-bit programs have, and are killed for it.
    let killed = some("KILL_THREAD", "KILL_THREAD", None);
    assert_eq!(cell("open", Host::Arm64, Abi::Arm), killed);
    assert_eq!(cell("ptrace", Host::Arm64, Abi::Aarch64), amd64("ptrace"));
    // Each place is in one column, and each call in one row.
    let places: usize = table.columns.iter().map(Vec::len).sum();
    let expected: usize = Host::ALL.iter().map(|host| host.abis().len()).sum();
    assert_eq!(places, expected);
    let of_abi = |call: &Syscall| Abi::ALL.iter().any(|&abi| call.number(abi).is_some());
    assert_eq!(table.rows.len(), Syscall::all().filter(of_abi).count());
}
