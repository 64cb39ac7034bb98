//! The strict meeting of two profiles: `merge --compare-to`, `--within` as JSON, `vectors`, and their page.

use super::*;
use serde_json::Value;

const NAMES: [&str; 3] = ["node.json", "pulled.json", "by-names.json"];

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/stack").join(name);
    fs::read_to_string(path).expect("an example")
}

fn with_examples(arguments: &str) -> Test {
    NAMES.into_iter().fold(sdiff(arguments), |test, name| test.file(name, &example(name)))
}

fn valid(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// Every session of the page is what the program prints. `SDIFF_WRITE_DOCS=1` writes them.
#[test]
fn the_page_shows_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kep-6061.md");
    let page = fs::read_to_string(&path).expect("the page").replace("\r\n", "\n");
    let mut folder = tempfile::tempdir().expect("a temporary folder");
    for name in NAMES {
        fs::write(folder.path().join(name), example(name)).expect("writes");
    }
    let mut made = Vec::new();
    let mut sessions = 0;
    for block in page.split("```") {
        if !block.starts_with("\n$ ") {
            made.push(block.to_owned());
            continue;
        }
        let mut text = "\n".to_owned();
        for line in block.lines().filter(|line| line.starts_with("$ ")) {
            let mut test = sdiff(line.strip_prefix("$ sdiff ").expect("a command of sdiff"));
            test.folder = folder;
            let ran = test.run();
            text += &format!("{line}\n{}{}", ran.stderr, ran.stdout);
            folder = ran.folder;
            sessions += 1;
        }
        made.push(text);
    }
    let made = made.join("```");
    if std::env::var_os("SDIFF_WRITE_DOCS").is_some() {
        fs::write(&path, &made).expect("writes");
    }
    assert!(sessions >= 6);
    assert_eq!(made, page, "SDIFF_WRITE_DOCS=1 writes it");
}

#[test]
fn a_merge_is_right_or_a_call_shows_that_it_is_not() {
    let ask = |layers: &str, merged: &str| {
        with_examples(&format!("merge --strategy stack {layers} --compare-to {merged}")).run()
    };
    ask("node.json node.json", "node.json").status(0).stdout("yes\n");
    let more = ask("node.json pulled.json", "by-names.json").status(1);
    more.stdout_has("no: by-names.json lets through more").stdout_has("ALLOW, and not EPERM");
    // Less is wrong as well, and so is what only one of two stops.
    let less = ask("by-names.json by-names.json", "node.json").status(1);
    less.stdout_has("lets through less").stdout_has("EPERM, and not ALLOW");
    ask("node.json pulled.json", "node.json").status(1).stdout_has("socket(AF_UNIX");
    with_examples("merge node.json pulled.json --compare-to node.json")
        .run()
        .status(2)
        .stderr_has("--strategy stack");
    with_examples("merge --strategy stack node.json --compare-to node.json")
        .run()
        .status(2)
        .stdout("");
}

/// What the reference tool of the KEP's authors made of containerd's default and itself.
#[test]
fn a_merge_by_names_of_a_default_with_itself() {
    let Some(shared) =
        std::env::var_os("SDIFF_SHARED").map(std::path::PathBuf::from).or_else(|| {
            let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
            beside.is_dir().then_some(beside)
        })
    else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none());
        return;
    };
    let file = shared.join("corpus/shapes/spm-self.json");
    let text = fs::read_to_string(file).expect("the file");
    let ran = sdiff("merge --strategy stack --host amd64 --caps docker-default containerd containerd --compare-to self.json")
        .file("self.json", &text)
        .run()
        .status(1);
    ran.stdout_has("no: self.json lets through more");
    let opened = sdiff("--format json --host amd64 --caps docker-default containerd self.json")
        .file("self.json", &text)
        .run();
    for call in ["AF_ALG", "AF_VSOCK", "personality"] {
        assert!(opened.stdout.contains(call), "{call}: {}", opened.stdout);
    }
}

#[test]
fn admission() {
    let ask =
        |pair: &str| with_examples(&format!("--within {pair} --host amd64 --format json")).run();
    let no = ask("node.json pulled.json").status(1);
    let answer: Value = serde_json::from_str(&no.stdout).expect("JSON");
    valid(include_str!("../../docs/within.schema.json"), &answer);
    assert_eq!(answer["allowed"], false);
    assert!(
        answer["proof"]["call"].as_str().is_some_and(|call| call.contains("→ ALLOW")),
        "{answer}"
    );
    let yes = ask("by-names.json node.json").status(0);
    let answer: Value = serde_json::from_str(&yes.stdout).expect("JSON");
    valid(include_str!("../../docs/within.schema.json"), &answer);
    assert_eq!((&answer["allowed"], &answer["proof"]), (&Value::from(true), &Value::Null));
    with_examples("--within node.json pulled.json --format sarif").run().status(2).stdout("");
}

#[test]
fn conformance_vectors() {
    let ran = with_examples("vectors node.json pulled.json").run().status(0).stderr("");
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    valid(include_str!("../../docs/vectors.schema.json"), &found);
    let vectors = found["vectors"].as_array().expect("vectors");
    let of = |arg: &str| {
        let is_it = |one: &&Value| one["syscall"] == "socket" && one["args"][0] == arg;
        &vectors.iter().find(is_it).unwrap_or_else(|| panic!("no socket({arg})"))["want"]["action"]
    };
    // Both sides of both conditions.
    assert_eq!(
        [of("0x25"), of("0x26"), of("0x1"), of("0x2")],
        ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW"]
    );
    // Every call has at least one.
    let names: std::collections::BTreeSet<&str> =
        vectors.iter().filter_map(|one| one["syscall"].as_str()).collect();
    assert!(names.len() > 300, "{}", names.len());
    // What a merge is made of answers as they say.
    let again = with_examples("vectors node.json pulled.json").run();
    assert_eq!(again.stdout, ran.stdout);
    with_examples("vectors node.json").run().status(2).stdout("");
}
