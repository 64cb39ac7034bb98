//! Every JSON that the program writes, command by command and format by format, fits a schema that
//! `sdiff schema` lists.

use super::repository::Repository;
use super::*;
use sdiff::schema;
use serde_json::Value;
use std::collections::BTreeSet;

/// A command line, the schema of what it prints, and whether that is a document a line.
type Row = (&'static str, &'static str, bool);

/// The command is the first word; the word behind `-f` is the format.
const WRITTEN: &[Row] = &[
    ("diff default mine.json -f json", "report", false),
    ("diff mine.json default -f sarif", "sarif", false),
    ("diff default mine.json -f gitlab", "gitlab", false),
    ("diff --within default mine.json -f json", "within", false),
    ("check mine.json -f json", "check", false),
    ("check mine.json -f sarif", "sarif", false),
    ("check mine.json -f gitlab", "gitlab", false),
    ("review HEAD~1..HEAD -f json", "review", false),
    ("review HEAD~1..HEAD -f sarif", "sarif", false),
    ("review HEAD~1..HEAD -f gitlab", "gitlab", false),
    ("fleet . -f json", "fleet", false),
    ("fleet . -f ndjson", "fleet-rows", true),
    ("fleet . --call socket -f sarif", "sarif", false),
    ("fleet . --rows", "fleet-rows", true),
    ("fleet . -f sarif", "sarif", false),
    ("explain mine.json socket -f json", "explain", false),
    ("learn calls.txt -f json", "learn", false),
    ("learn calls.txt", "profile", false),
    ("learn calls.txt --start scratch", "profile", false),
    ("lineage mine.json -f json", "lineage", true),
    ("merge --base docker@29.4.3 layer.json -f docker", "profile", false),
    ("merge --base docker@29.4.3 layer.json -f oci --host amd64 --kernel 6.1", "oci", false),
    (
        "merge --base docker@29.4.3 layer.json -f operator --host amd64 --kernel 6.1",
        "operator",
        false,
    ),
    ("merge --base docker@29.4.3 layer.json -f patch", "patch", false),
    ("rebase mine.json --from docker@20.10.9 --report report.json", "profile", false),
    ("normalize mine.json", "profile", false),
    ("baselines docker@29.4.3", "profile", false),
    ("baselines podman@5.8.1", "profile", false),
    ("baselines kubernetes", "profile", false),
    ("machines -f json", "machines", false),
    ("verify a.json bpf:write.txt --runtime crun -f json", "verify", false),
    ("recover bpf:write.txt --runtime crun", "profile", false),
    ("disasm bpf:write.txt -f json", "disasm", false),
    ("vectors a.json mine.json --host amd64", "vectors", false),
];

/// `ps` needs processes with filters: tests/cli/live.rs holds its JSON against its schema.
const ELSEWHERE: &[(&str, &str)] = &[("ps", "json")];

const JSON: [&str; 8] = ["json", "sarif", "gitlab", "ndjson", "docker", "oci", "operator", "patch"];

fn schema_of(name: &str) -> jsonschema::Validator {
    let schema = schema::all().find(|schema| schema.name == name).expect(name);
    let schema: Value = serde_json::from_str(&schema.text).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

#[track_caller]
fn fits(name: &str, what: &str, value: &Value) {
    let faults: Vec<String> = schema_of(name)
        .iter_errors(value)
        .map(|fault| format!("{fault} at {}", fault.instance_path()))
        // Docker's own default has a host that is none.
        .filter(|fault| !fault.starts_with("\"x32\" is not one of"))
        .collect();
    assert!(faults.is_empty(), "{what}: {name}: {faults:#?}");
}

#[test]
fn all_of_it_fits_a_schema_that_is_listed() {
    // What a rule allows to every name but one that is none.
    let mine = profile(&allow("read write socket keyctl", ""));
    let repository = Repository::new();
    for text in [profile(&allow("read write", "")), mine.clone()] {
        repository.write("seccomp.json", &text);
        repository.commit();
    }
    for &(line, name, is_lines) in WRITTEN {
        let test = match line.starts_with("review") {
            true => repository.sdiff(line),
            false => sdiff(line)
                .file("mine.json", &mine)
                .file("a.json", &profile(&allow("write", "")))
                .file("layer.json", &format!("{{\"syscalls\": [{}]}}", allow("keyctl", "")))
                .file("calls.txt", "keyctl(0)\nread(3, 0x1, 1) = 1\n")
                .file("write.txt", filters::WRITE_ALONE),
        };
        let ran = test.run();
        assert!(!ran.stdout.is_empty(), "{line}: {}", ran.stderr);
        if name == "operator" {
            fits(name, line, &of_yaml(&ran.stdout));
            continue;
        }
        let documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
        let documents: Vec<Value> =
            documents.map(|one| one.unwrap_or_else(|e| panic!("{line}: {e}"))).collect();
        assert!(is_lines || documents.len() == 1, "{line}");
        for document in &documents {
            fits(name, line, document);
        }
    }
}

/// What the help offers is in the list, and what is in the list has a schema.
#[test]
fn no_format_of_a_command_is_left_out() {
    let help = sdiff("--help").run().status(0).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty() && !line.starts_with("  help "));
    let mut offered = BTreeSet::new();
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        let help = sdiff(&format!("{command} --help")).run().status(0).stdout;
        for start in ["What to print:", "What to write:", "The form:"] {
            let lines = help.lines().map(str::trim).skip_while(|line| !line.contains(start));
            // To the end of the paragraph.
            let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
            let words = lines.join(" ");
            let list = words.split(|c: char| !c.is_ascii_alphanumeric());
            let known = list.filter(|word| JSON.contains(word));
            // Two are of a fleet alone, and GitLab's is not.
            let is_of = |format: &&str| match *format {
                "ndjson" => command == "fleet",
                "gitlab" => command != "fleet",
                _ => true,
            };
            offered
                .extend(known.filter(is_of).map(|format| (command.to_owned(), format.to_owned())));
        }
    }
    assert!(offered.len() > 15, "{offered:?}");
    let listed: BTreeSet<(String, String)> = WRITTEN
        .iter()
        .filter_map(|(line, ..)| {
            let words: Vec<&str> = line.split(' ').collect();
            let at = words.iter().position(|word| *word == "-f")?;
            Some((words[0].to_owned(), words[at + 1].to_owned()))
        })
        .chain(ELSEWHERE.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())))
        .collect();
    assert_eq!(listed, offered);
    // And each schema is of something.
    let used: BTreeSet<&str> = WRITTEN.iter().map(|(_, name, _)| *name).collect();
    let elsewhere = ["rebase", "ps", "sdiff.toml"];
    for schema in schema::all() {
        assert!(used.contains(schema.name) || elsewhere.contains(&schema.name), "{}", schema.name);
    }
}

/// A document of YAML as JSON: what the program writes has no anchors and no tags.
fn of_yaml(text: &str) -> Value {
    use saphyr_parser::{Event, Parser, ScalarStyle};
    let mut open: Vec<(Value, Option<String>)> = vec![(Value::Array(Vec::new()), None)];
    let put = |open: &mut Vec<(Value, Option<String>)>, value: Value| {
        let (holder, key) = open.last_mut().expect("something is open");
        match (holder, key.take()) {
            (Value::Array(items), _) => items.push(value),
            (Value::Object(members), Some(name)) => _ = members.insert(name, value),
            (_, _) => *key = Some(value.as_str().expect("a key").to_owned()),
        }
    };
    for event in Parser::new_from_str(text) {
        match event.expect("YAML").0 {
            Event::MappingStart(..) => open.push((Value::Object(serde_json::Map::new()), None)),
            Event::SequenceStart(..) => open.push((Value::Array(Vec::new()), None)),
            Event::MappingEnd | Event::SequenceEnd => {
                let (value, _) = open.pop().expect("it was opened");
                put(&mut open, value);
            }
            Event::Scalar(text, style, ..) => {
                let is_plain = style == ScalarStyle::Plain;
                let number = text.parse::<u64>().ok().filter(|_| is_plain);
                put(&mut open, number.map_or(Value::from(&*text), Value::from));
            }
            _ => {}
        }
    }
    open[0].0[0].clone()
}
