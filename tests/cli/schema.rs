//! `sdiff schema`, and what the schema of profiles refuses.

use super::sdiff;
use sdiff::load::{LoadOptions, parse};
use sdiff::profile::Format;
use sdiff::semantics::{Engine, Settings};
use sdiff::{baseline, lint, schema};
use serde_json::Value;

#[test]
fn schemas_are_listed_and_printed() {
    let listed = sdiff("schema").run().status(0).stdout;
    for name in listed.lines().filter_map(|line| line.split_whitespace().next()) {
        let ran = sdiff(&format!("schema {name}")).run().status(0).stderr("");
        let schema: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    // Each file of a schema that is in docs/ can be had.
    let docs = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).expect("docs/");
    let files = docs.filter(|file| {
        file.as_ref().is_ok_and(|file| file.file_name().to_string_lossy().ends_with(".schema.json"))
    });
    assert_eq!(files.count() + 3, listed.lines().count(), "{listed}");
    let ran = sdiff("schema profiles").run().status(2).stdout("");
    ran.stderr_has(
        "there is no schema `profiles`: did you mean `profile`? known are profile, oci, operator,",
    );
}

#[test]
fn every_default_fits() {
    let schema = of_profiles();
    let defaults =
        baseline::list().iter().filter(|release| release.product.format() != Format::Oci);
    let mut count = 0;
    for release in defaults {
        let value: Value = serde_json::from_str(&release.text()).expect("JSON");
        // Docker's own lists had a host that is none, for some days a kernel with three parts, and have
        // a name that is no system call's.
        let errors = schema.iter_errors(&value).map(|error| error.to_string());
        let errors: Vec<String> = errors
            .filter(|error| {
                !["\"x32\" is not", "\"4.8.0\" does", "\"lsm_set_self_attrs\" is"]
                    .iter()
                    .any(|of| error.starts_with(of))
            })
            .collect();
        assert!(errors.is_empty(), "{release}: {errors:?}");
        count += 1;
    }
    assert!(count > 200, "{count}");
}

/// What the schema refuses, `check` has a word about: in published profiles.
#[test]
fn what_it_refuses_is_explained() {
    let schema = of_profiles();
    let (mut fit, mut explained) = (0, 0);
    for (name, bytes) in published() {
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let loaded = match parse(&name, &bytes, &LoadOptions::default()) {
            Ok(loaded)
                if matches!(loaded.profile.format, Format::Docker | Format::ContainersCommon) =>
            {
                loaded
            }
            // An object of another kind, or what does not load, which is an error with its place.
            _ => continue,
        };
        if schema.is_valid(&value) {
            fit += 1;
            continue;
        }
        let settings = Settings::new(Engine::of_loaded(&loaded));
        let found = lint::check(&loaded, &settings).expect("within the bounds");
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(!found.is_empty() || !loaded.warnings.is_empty(), "{name}: {errors:?}");
        explained += 1;
    }
    if fit + explained > 0 {
        assert!(fit > explained && explained > 10, "{fit} fit, {explained} are explained");
    }
}

/// A name with a typing error is underlined where it stands.
#[test]
fn an_error_has_its_place() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["read", "opennat2"], "action": "SCMP_ACT_ALOW", "args": [{"index": 6, "op": "=="}]}]}"#;
    let value = serde_json::from_str(text).expect("JSON");
    let places: Vec<String> =
        of_profiles().iter_errors(&value).map(|e| e.instance_path().to_string()).collect();
    let rule = "/syscalls/0";
    for place in ["/names/1", "/action", "/args/0/index", "/args/0/op"] {
        assert!(places.contains(&format!("{rule}{place}")), "{places:?}");
    }
    assert_eq!(places.len(), 4, "{places:?}");
}

fn of_profiles() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema::profile()).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// Profiles found in public, where they are at hand.
fn published() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/json");
    let Ok(files) = std::fs::read_dir(folder) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus");
        return Vec::new();
    };
    let paths = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
    paths
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("its bytes")))
        .collect()
}
