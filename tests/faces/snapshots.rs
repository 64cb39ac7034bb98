//! The exact reports.

use super::*;
use sdiff::report::faces;

/// The hostile names in one profile.
fn hostile() -> Account {
    let mut names = vec!["keyctl"];
    names.extend(HOSTILE);
    checked(&profile("a|b @alice\n.json", &names))
}

fn accounts() -> [(&'static str, Account); 4] {
    [
        ("change", compared(&old(), &new())),
        ("hostile", hostile()),
        ("same", compared(&new(), &new())),
        ("check", checked(&load::load("docker@1.12", &LoadOptions::default()).expect("loads"))),
    ]
}

#[test]
fn each_face_of_each_account() {
    for (name, account) in accounts() {
        insta::assert_snapshot!(format!("{name}.md"), faces::markdown(&account));
        insta::assert_snapshot!(format!("{name}.github"), faces::github(&account));
        insta::assert_snapshot!(format!("{name}.gitlab"), faces::gitlab(&account));
        insta::assert_snapshot!(format!("{name}.junit"), faces::junit(&account));
        // The rules are those of the lints, and the same in each.
        let mut log: serde_json::Value =
            serde_json::from_str(&faces::sarif(&account)).expect("JSON");
        log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("rules").truncate(2);
        // Every fifth says as much as all.
        let results = log["runs"][0]["results"].as_array_mut().expect("results");
        let mut at = 0;
        results.retain(|_| {
            at += 1;
            at % 5 == 1
        });
        insta::assert_snapshot!(format!("{name}.sarif"), format!("{log:#}"));
    }
}

#[test]
fn an_account_fits_its_schema() {
    let schema = include_str!("../../docs/review.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    for (name, account) in accounts() {
        let json: serde_json::Value =
            serde_json::from_str(&faces::account_json(&account)).expect("JSON");
        let faults: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        let items: usize = account.entries.iter().map(|entry| entry.items.len()).sum();
        let told = json["profiles"].as_array().expect("a list").iter();
        let told: usize =
            told.map(|entry| entry["findings"].as_array().expect("a list").len()).sum();
        assert_eq!(items, told);
    }
    let mut json: serde_json::Value =
        serde_json::from_str(&faces::account_json(&account_of("x", 3))).expect("JSON");
    assert!(schema.is_valid(&json));
    json["profiles"][0]["findings"][0]["level"] = "bad".into();
    assert!(!schema.is_valid(&json));
}
