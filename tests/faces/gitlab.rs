//! Code quality, by what GitLab requires of it.

use super::*;
use sdiff::report::faces::gitlab;
use serde_json::Value;
use std::collections::HashSet;

fn issues(account: &Account) -> Vec<Value> {
    serde_json::from_str(&gitlab(account)).expect("a list")
}

#[test]
fn every_issue_has_what_gitlab_needs() {
    for account in [compared(&old(), &new()), checked(&profile("./a.json", &["keyctl", "chwon"]))] {
        let issues = issues(&account);
        assert_eq!(issues.len(), account.items().count());
        let mut known = HashSet::new();
        for issue in &issues {
            assert!(issue["description"].as_str().is_some_and(|text| !text.is_empty()));
            assert!(issue["check_name"].is_string());
            let severity = issue["severity"].as_str().expect("a severity");
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
            let path = issue["location"]["path"].as_str().expect("a path");
            assert!(!path.starts_with("./"), "{path}");
            assert!(known.insert(issue["fingerprint"].to_string()));
        }
    }
}

#[test]
fn one_id_twice_is_two_issues() {
    let mut account = account_of("x", 3);
    for item in &mut account.entries[0].items {
        item.id = "same".to_owned();
        item.rule = "added";
    }
    let prints: HashSet<String> =
        issues(&account).iter().map(|issue| issue["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), 3);
}

#[test]
fn nothing_is_an_empty_list() {
    assert_eq!(gitlab(&compared(&new(), &new())), "[]\n");
}
