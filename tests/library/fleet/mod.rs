//! Rows to a report: the same whatever the order and the split; and what is shared by profiles.

use proptest::prelude::*;
use sdiff::decision::Store;
use sdiff::fleet::{
    Beyond, Confinement, Facts, File, Fleet, Judge, Left, LeftKind, Options, Origin, ProfileRow,
    Question, Row, Unread, UseRow,
};
use sdiff::load::{LoadOptions, Surroundings, parse};
use sdiff::report::fleet as faces;
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::Host;
use std::collections::{BTreeMap, BTreeSet};

fn profile_row() -> impl Strategy<Value = Row> {
    let origin = (0..3_u32, 0..4_usize).prop_map(|(days, edits)| Origin {
        state: format!("docker@{days}"),
        edits,
        days_behind: days,
        releases_behind: 1,
    });
    let facts = (any::<bool>(), proptest::option::of("[a-c]"), 0..3_usize).prop_map(
        |(unconfined, no_start, calls)| {
            let calls = ["bpf", "keyctl", "mount"]
                .iter()
                .take(calls)
                .map(|name| (*name).to_owned())
                .collect();
            let beyond = Beyond { default: "docker".to_owned(), calls, ..Beyond::default() };
            Facts {
                unconfined,
                no_start,
                beyond,
                open: BTreeSet::from(["bpf".to_owned()]),
                ..Facts::default()
            }
        },
    );
    ("[ab]/[a-e]", 0..4_u8, proptest::option::of(origin), facts).prop_map(
        |(name, group, origin, facts)| {
            let fingerprint = format!("sd2:{group:064x}");
            let (engine, others, broken) = ("docker".to_owned(), BTreeMap::new(), Vec::new());
            Row::Profile(Box::new(ProfileRow {
                name,
                engine,
                fingerprint,
                others,
                origin,
                facts,
                broken,
            }))
        },
    )
}

fn row() -> impl Strategy<Value = Row> {
    let used = ("[a-c]", 0..4_usize, 1..9_usize, any::<bool>()).prop_map(
        |(name, at, line, for_others)| {
            let (container, says) = ("web".to_owned(), "said".to_owned());
            Row::Use(UseRow {
                confinement: Confinement::ALL[at],
                name,
                line,
                container,
                says,
                for_others,
            })
        },
    );
    let unread = ("[a-c]", any::<bool>()).prop_map(|(name, trouble)| {
        Row::Unread(Unread { name, line: Some(1), column: None, why: "why".to_owned(), trouble })
    });
    let left = ("[a-z]", any::<bool>()).prop_map(|(name, is_link)| {
        let kind = if is_link { LeftKind::Links } else { LeftKind::Archives };
        Row::Left(Left { kind, count: 1, names: BTreeSet::from([name]) })
    });
    prop_oneof![4 => profile_row(), 2 => used, 1 => unread, 2 => left]
}

fn reports(fleet: Fleet) -> [String; 6] {
    let fleet = fleet.finished();
    [
        faces::fleet_text(&fleet, false),
        faces::fleet_json(&fleet),
        faces::fleet_csv(&fleet),
        faces::fleet_markdown(&fleet),
        faces::fleet_html(&fleet),
        faces::fleet_sarif(&fleet),
    ]
}

fn of(rows: &[Row]) -> Fleet {
    let mut fleet = Fleet::default();
    // As another machine would have them.
    for row in rows {
        let line = serde_json::to_string(row).expect("a row is JSON");
        let again: Row = serde_json::from_str(&line).expect("a row is read");
        assert_eq!(&again, row);
        fleet.add(again);
    }
    fleet
}

proptest! {
    #[test]
    fn any_order_and_any_split_give_the_same_bytes(
        rows in proptest::collection::vec(row(), 0..40),
        shuffled in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        order in any::<u64>(),
    ) {
        let whole = reports(of(&rows));
        let mut other = rows.clone();
        // A shuffle that hangs on the case alone.
        let mut state = order | 1;
        for at in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(at, (state >> 33) as usize % (at + 1));
        }
        let mut parts: Vec<Fleet> = Vec::new();
        let mut from = 0;
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(other.len() + 1)).collect();
        ends.push(other.len());
        ends.sort_unstable();
        for end in ends {
            parts.push(of(&other[from..end]));
            from = end;
        }
        // Joined from either end, and from the middle.
        let middle = shuffled.index(parts.len());
        let right = parts.split_off(middle);
        let join = |parts: Vec<Fleet>| parts.into_iter().reduce(Fleet::merge).unwrap_or_default();
        let (left, right) = (join(parts), join(right));
        prop_assert_eq!(reports(left.clone().merge(right.clone())), whole.clone());
        prop_assert_eq!(reports(right.merge(left)), whole);
    }
}

fn judged(text: &str, questions: Vec<Question>) -> Vec<Row> {
    let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
    let judge = Judge::new(Options {
        engine: None,
        settings,
        questions,
        format: None,
        plan: false,
        team: None,
    });
    let file = File { name: "a.json", path: None, bytes: text.as_bytes(), is_named: true };
    judge.file(file, &Surroundings::within_repository())
}

/// What a row says of a call is what its policy does, in whatever words the profile says it.
#[test]
fn open_and_partly_are_what_the_policy_does() {
    for (rule, open, partly) in [
        ("", false, false),
        (r#"{"names": ["socket"], "action": "SCMP_ACT_ALLOW"}"#, true, false),
        (
            r#"{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
                "args": [{"index": 0, "op": "SCMP_CMP_NE", "value": 40}]}"#,
            true,
            false,
        ),
        (
            r#"{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}"#,
            false,
            true,
        ),
        (
            r#"{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
                "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 40}]}"#,
            false,
            false,
        ),
    ] {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{{"architecture": "SCMP_ARCH_X86_64"}}], "syscalls": [{rule}]}}"#
        );
        let rows = judged(&text, vec![Question::call("socket(AF_ALG)").expect("a question")]);
        let [Row::Profile(row)] = &rows[..] else { panic!("{rows:?}") };
        let has = |set: &BTreeSet<String>| set.contains("socket(AF_ALG)");
        assert_eq!((has(&row.facts.open), has(&row.facts.partly)), (open, partly), "{text}");
        let direct = row.facts.answers.iter().any(|way| !way.indirect);
        assert_eq!(direct, open || partly, "{text}: {:?}", row.facts.answers);
        // The key is the fingerprint of the policy alone.
        let loaded = parse("a.json", text.as_bytes(), &LoadOptions::default()).expect("loads");
        let mut store = Store::default();
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
        let policy = Policy::build(&mut store, &loaded.profile, &settings).expect("a policy");
        assert_eq!(policy.fingerprint(&store).to_string(), row.fingerprint);
    }
}
