//! SARIF, judged by the schema of OASIS.
//!
//! The crate `serde-sarif` carries the file, from `Schemata/` of github.com/oasis-tcs/sarif-spec.

use super::*;
use sdiff::report::faces::sarif;
use serde_json::Value;

fn schema() -> jsonschema::Validator {
    // A pattern of a member that is not used here has a bracket too much, and is no pattern.
    let text = text_of_schema();
    assert!(text.contains("{2}]?$"), "the schema was mended");
    let schema: Value = serde_json::from_str(&text.replace("{2}]?$", "{2}?$")).expect("JSON");
    jsonschema::draft7::meta::validate(&schema).expect("a schema");
    jsonschema::draft7::options().should_validate_formats(true).build(&schema).expect("a schema")
}

/// Where cargo has put the crate, cargo knows.
fn text_of_schema() -> String {
    // Those of other systems need not be there.
    let about = std::process::Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let about = String::from_utf8_lossy(&about.stdout).into_owned();
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let error = String::from_utf8_lossy(&output.stderr);
    let metadata: Value = serde_json::from_slice(&output.stdout).expect(&error);
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif");
    let manifest = package.expect("serde-sarif")["manifest_path"].as_str().expect("a path");
    let schema = std::path::Path::new(manifest).with_file_name("src").join("schema.json");
    std::fs::read_to_string(schema).expect("the schema")
}

fn log(account: &Account) -> Value {
    serde_json::from_str(&sarif(account)).expect("JSON")
}

#[track_caller]
fn fits(log: &Value) {
    let schema = schema();
    let faults: Vec<String> =
        schema.iter_errors(log).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().expect("results")
}

#[test]
fn logs_fit_the_schema() {
    fits(&log(&compared(&old(), &new())));
    fits(&log(&compared(&new(), &new())));
    fits(&log(&checked(&profile("mine.json", &["keyctl"]))));
    for text in HOSTILE {
        fits(&log(&account_of(text, 3)));
    }
    let mut wrong = log(&account_of("x", 3));
    wrong["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(!schema().is_valid(&wrong));
}

#[test]
fn every_result_has_its_rule_and_a_fingerprint_of_its_own() {
    for account in [compared(&old(), &new()), checked(&profile("a", &["keyctl", "bpf", "chwon"]))] {
        let log = log(&account);
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules").clone();
        let mut known = std::collections::HashSet::new();
        assert!(!results(&log).is_empty());
        for result in results(&log) {
            let index = result["ruleIndex"].as_u64().expect("a rule") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let prints = &result["partialFingerprints"];
            assert!(known.insert(prints["primaryLocationLineHash"].to_string()), "{result:#}");
        }
        for rule in &rules {
            assert!(rule["properties"]["tags"].as_array().expect("tags").len() <= 20);
            assert!(!rule["help"]["text"].as_str().expect("text").is_empty());
        }
    }
}

#[test]
fn fingerprints_do_not_hang_on_lines() {
    let prints = |text: &str| {
        let loaded =
            load::parse("a.json", text.as_bytes(), &LoadOptions::default()).expect("loads");
        let log = log(&compared(&profile("b.json", &[]), &loaded));
        let prints = results(&log).iter().map(|r| r["partialFingerprints"].to_string());
        (prints.collect::<Vec<_>>(), results(&log)[0]["message"].clone())
    };
    let text = profile("a.json", &["keyctl", "bpf"]).source.text.to_string();
    let moved = format!("\n\n\n{text}");
    assert_eq!(prints(&text), prints(&moved));
}

#[test]
fn paths_are_relative_uris() {
    for (path, uri, is_relative) in [
        ("a/b.json", "a/b.json", true),
        ("./a b.json", "a%20b.json", true),
        ("c:d#e?f%.json", "c%3Ad%23e%3Ff%25.json", true),
        ("ä.json", "%C3%A4.json", true),
        ("/etc/a.json", "file:///etc/a.json", false),
    ] {
        let mut account = account_of("x", 1);
        account.entries[0].file = Some(path.to_owned());
        let log = log(&account);
        let artifact = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], uri);
        assert_eq!(artifact["uriBaseId"] == "%SRCROOT%", is_relative);
    }
}

#[test]
fn accepted_findings_are_suppressed() {
    let log = log(&account_of("tokens", 1));
    let [open, accepted] = &results(&log)[..] else { panic!("{log:#}") };
    assert_eq!(open["suppressions"], Value::Null);
    assert_eq!(accepted["suppressions"][0]["justification"], "tokens");
}

#[test]
fn links_of_messages_are_none() {
    let log = log(&account_of("[x](http://evil.example) {0}", 1));
    let text = results(&log)[0]["message"]["text"].as_str().expect("text").to_owned();
    assert!(text.starts_with("\\[x\\](http://evil.example) {{0}} is let"), "{text}");
}

#[test]
fn what_is_too_much_is_left_out_and_counted() {
    let account = account_of(&"\u{1f600}long ".repeat(40), 26_000);
    let text = sarif(&account);
    assert!(text.len() < 10_000_000, "{}", text.len());
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let shown = results(&log).len();
    assert!(shown < 25_000 && results(&log).iter().all(|result| result["level"] == "error"));
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let note = notes[0]["message"]["text"].as_str().expect("text");
    let numbers = note.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<usize>().ok());
    // One more is accepted.
    assert_eq!(shown + numbers.sum::<usize>(), 26_001, "{note}");
    let many = log_len(&account_of("x", 26_000));
    assert!(many <= 25_000, "{many}");
}

fn log_len(account: &Account) -> usize {
    results(&log(account)).len()
}
