//! What loads, what does not, and what the messages say.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use sdiff::load::{self, LoadErrorKind, LoadOptions, Loaded, WarningKind};
use sdiff::profile::{ActionName, Format};

fn loaded(text: &str) -> Loaded {
    load::parse("p.json", text.as_bytes(), &LoadOptions::default())
        .unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn error(text: &str) -> String {
    match load::parse("p.json", text.as_bytes(), &LoadOptions::default()) {
        Ok(loaded) => panic!("loads: {:?}", loaded.profile),
        Err(error) => error.render(false),
    }
}

fn kind(text: &str) -> LoadErrorKind {
    let result = load::parse("p.json", text.as_bytes(), &LoadOptions::default());
    result.expect_err("must not load").kind().clone()
}

fn warnings(text: &str) -> Vec<String> {
    let loaded = loaded(text);
    let line = |warning: &load::Warning| {
        let at = warning.position(&loaded.source);
        let help = warning.help().map_or(String::new(), |help| format!(" ({help})"));
        format!("{}:{}: {}{help}", at.line, at.column, warning.message())
    };
    loaded.warnings.iter().map(line).collect()
}

/// A profile with one rule, given its members.
fn rule(members: &str) -> String {
    format!("{{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{{{members}}}]}}")
}

#[test]
fn a_misspelt_action_shows_its_line() {
    let text = "{\n\t\"defaultAction\": \"SCMP_ACT_ALOW\"\n}";
    assert_eq!(
        error(text),
        "error: unknown action `SCMP_ACT_ALOW`\n \
         --> p.json:2:19\n  |\n\
         2 |     \"defaultAction\": \"SCMP_ACT_ALOW\"\n  \
         |                      ^^^^^^^^^^^^^^^\n  \
         = help: did you mean `SCMP_ACT_ALLOW`?\n"
    );
}

#[test]
fn a_trailing_comma_is_called_so() {
    assert_eq!(
        error("{\"syscalls\": [],}"),
        "error: JSON has no trailing commas, and Docker refuses them\n \
         --> p.json:1:16\n  |\n\
         1 | {\"syscalls\": [],}\n  \
         |                ^\n  \
         = help: remove this comma\n"
    );
}

#[test]
fn errors_in_a_line() {
    let line = |text: &str| {
        let error = load::parse("p.json", text.as_bytes(), &LoadOptions::default());
        error.expect_err(text).to_string()
    };
    let cases = [
        ("", "p.json:1:1: the file is empty"),
        (" \n", "p.json:1:1: the file is empty"),
        ("\u{feff}{}", "p.json:1:1: the file starts with a byte order mark"),
        ("// x\n{}", "p.json:1:1: JSON has no comments, and Docker refuses them"),
        ("{} x", "p.json:1:4: there is more text behind the end of the JSON value"),
        ("[]", "p.json:1:1: not a seccomp profile: an array at the top, expected an object"),
        (
            "{\"a\": 1}",
            "p.json:1:1: not a seccomp profile: none of its fields (`a`, ...) is a profile's",
        ),
        ("{\"linux\": {}}", "p.json:1:1: this OCI config.json has no `linux.seccomp`"),
        (
            "{\"syscalls\": {}}",
            "p.json:1:14: `syscalls` must be an array: cannot unmarshal an object into it",
        ),
        (
            "{\"defaultErrnoRet\": \"1\"}",
            "p.json:1:21: `defaultErrnoRet` must be a whole number: cannot unmarshal a string into it",
        ),
        (
            "{\"defaultErrnoRet\": 1.5}",
            "p.json:1:21: `defaultErrnoRet` must be a whole number from 0 to 2^64-1: cannot unmarshal 1.5 into it",
        ),
        ("{\"architectures\": [\"amd64\"]}", "p.json:1:20: unknown architecture `amd64`"),
    ];
    for (text, expected) in cases {
        assert_eq!(line(text), expected);
    }
}

#[test]
fn rules_are_held_to_what_runc_knows() {
    let condition = |arg: &str| rule(&format!("\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{arg}]"));
    assert_eq!(kind(&rule("\"names\": [\"read\"]")), LoadErrorKind::NoAction);
    assert_eq!(
        kind(&condition("{\"index\": 6, \"op\": \"SCMP_CMP_EQ\"}")),
        LoadErrorKind::IndexTooLarge(6)
    );
    assert_eq!(kind(&condition("{\"index\": 0}")), LoadErrorKind::NoOperator);
    let nearest = Some("SCMP_CMP_EQ");
    let name = "SCMP_CMP_EQUAL".to_owned();
    assert_eq!(
        kind(&condition("{\"op\": \"SCMP_CMP_EQUAL\"}")),
        LoadErrorKind::UnknownOperator { name, nearest }
    );
    for number in ["-1", "1.0", "1e3", "18446744073709551616"] {
        let text = condition(&format!("{{\"value\": {number}, \"op\": \"SCMP_CMP_EQ\"}}"));
        assert!(matches!(kind(&text), LoadErrorKind::Number { .. }), "{number}");
    }
    let most = condition("{\"value\": 18446744073709551615, \"op\": \"SCMP_CMP_EQ\"}");
    assert_eq!(loaded(&most).profile.rules[0].args[0].value, u64::MAX);
}

#[test]
fn what_only_some_engines_refuse_loads() {
    let both = "\"name\": \"read\", \"names\": [\"write\", \"\"], \"action\": \"SCMP_ACT_NOTIFY\"";
    let profile = loaded(&rule(both)).profile;
    assert!(profile.rules[0].name.is_some());
    loaded(&rule("\"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"x\"}"));
    loaded(
        "{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"architectures\": [\"SCMP_ARCH_X86\"], \"archMap\": [{}]}",
    );
}

#[test]
fn keys_match_without_regard_to_case() {
    let text = "{\"DefaultAction\": \"SCMP_ACT_ALLOW\", \"\u{17f}yscalls\": null}";
    assert_eq!(
        warnings(text),
        [
            "1:2: `DefaultAction` is read as `defaultAction`: keys match without regard to case",
            "1:37: `\u{17f}yscalls` is read as `syscalls`: keys match without regard to case",
        ]
    );
    assert_eq!(loaded(text).profile.default_action.expect("read").value, ActionName::Allow);
}

#[test]
fn a_duplicated_key_is_decoded_into_what_is_there() {
    // The second array's rule is decoded into the first one's: it keeps the condition.
    let first = "{\"names\": [\"a\", \"b\"], \"action\": \"SCMP_ACT_LOG\", \
                 \"args\": [{\"index\": 1, \"op\": \"SCMP_CMP_EQ\"}]}";
    let text = format!(
        "{{\"syscalls\": [{first}, {first}], \"syscalls\": [{{\"names\": [\"c\"], \"action\": \"SCMP_ACT_ALLOW\"}}]}}"
    );
    let profile = loaded(&text).profile;
    assert_eq!(profile.rules.len(), 1);
    let rule = &profile.rules[0];
    assert_eq!(rule.names.iter().map(|name| &*name.value).collect::<Vec<_>>(), ["c"]);
    assert_eq!((rule.action.value, rule.args.len()), (ActionName::Allow, 1));
    let duplicate = |w: &load::Warning| w.kind == WarningKind::DuplicateKey("syscalls");
    assert!(loaded(&text).warnings.iter().any(duplicate));
}

#[test]
fn null_is_no_value() {
    let text = "{\"defaultAction\": null, \"defaultErrnoRet\": 5, \"defaultErrnoRet\": null, \
                \"syscalls\": null, \"archMap\": null}";
    let profile = loaded(text).profile;
    assert_eq!(profile.default_action, None);
    assert_eq!(profile.default_errno_ret, None);
    assert!(loaded("null").profile.rules.is_empty());
    let minimum = |value: &str| {
        let members =
            format!("\"action\": \"SCMP_ACT_LOG\", \"includes\": {{\"minKernel\": {value}}}");
        loaded(&rule(&members)).profile.rules[0].includes.min_kernel.clone().map(|v| v.value)
    };
    assert_eq!(minimum("null"), None);
    assert_eq!(minimum("\"\""), Some(String::new()));
}

#[test]
fn what_means_nothing_gets_a_warning() {
    let members = "\"names\": [\"chwon\", \"frobnicate\"], \"action\": \"SCMP_ACT_ALLOW\", \"arg\": [], \
        \"_note\": 1, \"includes\": {\"caps\": [\"SYS_ADMIN\"], \"arches\": [\"x86_64\", \"x32\"]}";
    assert_eq!(
        warnings(&rule(members)),
        [
            "1:61: `chwon` is not a system call: the rule does nothing for it (did you mean `chown`?)",
            "1:70: `frobnicate` is not a system call: the rule does nothing for it",
            "1:113: unknown field `arg` is ignored (did you mean `args`?)",
            "1:124: unknown field `_note` is ignored",
            "1:158: `SYS_ADMIN` is not a capability: no container has it (did you mean `CAP_SYS_ADMIN`?)",
            "1:183: `x86_64` is no host's name in `arches` (did you mean `amd64`?)",
        ]
    );
    assert!(warnings("{\"extends\": [], \"strategy\": \"union\"}").is_empty());
}

#[test]
fn warnings_are_bounded() {
    let names = vec!["\"nonesuch\""; 100_000].join(",");
    let loaded = loaded(&rule(&format!("\"names\": [{names}], \"action\": \"SCMP_ACT_ALLOW\"")));
    assert_eq!(loaded.warnings.len(), 1001);
    assert_eq!(loaded.warnings[1000].kind, WarningKind::More(99_000));
}

#[test]
fn formats_are_told_apart() {
    let format = |text: &str| loaded(text).profile.format;
    assert_eq!(format("{}"), Format::Docker);
    assert_eq!(format("{\"defaultErrno\": \"ENOSYS\"}"), Format::ContainersCommon);
    let errno = "\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"EPERM\"";
    assert_eq!(format(&rule(errno)), Format::ContainersCommon);
    assert_eq!(format("{\"linux\": {\"seccomp\": {}}}"), Format::Oci);
    let json = "{\"apiVersion\": \"security-profiles-operator.x-k8s.io/v1alpha1\", \"kind\": \"SeccompProfile\", \"spec\": {}}";
    assert_eq!(format(json), Format::Operator);
}

#[test]
fn an_oci_config_has_no_conditions() {
    let text = "{\"process\": {}, \"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_LOG\",\n\
        \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"X\"]}}]}}}";
    let profile = loaded(text).profile;
    assert!(profile.rules[0].includes.is_empty());
    assert_eq!(
        warnings(text),
        ["2:62: unknown field `includes` is ignored (only Docker and Podman read it)"]
    );
}

const TWO: &str = "\
apiVersion: security-profiles-operator.x-k8s.io/v1
kind: SeccompProfile
metadata: {name: web}
spec:
  defaultAction: SCMP_ACT_ERRNO
  syscalls:
  - action: SCMP_ACT_ALLOW
    names: [read, 'write']  # é
    args:
    - {index: 1, op: SCMP_CMP_EQ, value: 0x10}
---
kind: ConfigMap
---
kind: SeccompProfile
metadata: {name: db}
spec: {defaultAction: SCMP_ACT_LOG}
";

fn document(text: &str, name: Option<&str>) -> Result<Loaded, load::LoadError> {
    let document = name.map(str::to_owned);
    load::parse("p.yaml", text.as_bytes(), &LoadOptions { document, ..LoadOptions::default() })
}

#[test]
fn one_of_several_operator_profiles_is_chosen() {
    let error = document(TWO, None).expect_err("two profiles");
    assert_eq!(error.to_string(), "p.yaml:14:1: the file holds 2 profiles");
    assert_eq!(error.help().expect("help"), "choose one as `FILE#web`; there are `web`, `db`");
    let error = document(TWO, Some("cache")).expect_err("none");
    assert_eq!(error.help().expect("help"), "there are `web`, `db`");

    let web = document(TWO, Some("web")).expect("loads");
    let rule = &web.profile.rules[0];
    assert_eq!(rule.args[0].value, 16);
    let at = web.source.position(rule.names[1].span.start);
    assert_eq!((at.line, at.column), (8, 19));
    let db = document(TWO, Some("2")).expect("loads");
    assert_eq!(db.profile.default_action.expect("given").value, ActionName::Log);
    assert_eq!(db.warnings, []);
}

#[test]
fn yaml_is_bounded_too() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", "));
    }
    assert!(matches!(kind(&laughs), LoadErrorKind::TooManyValues(_)));
    assert!(matches!(kind(&"- ".repeat(1000)), LoadErrorKind::TooDeep(_)));
    assert!(matches!(kind("a: 1\na: 2\n"), LoadErrorKind::DuplicateYamlKey(_)));
    assert!(matches!(kind("a: {b: 1}\nc:\n  <<: 1\n"), LoadErrorKind::UnsupportedYaml(_)));
    assert!(matches!(kind("{{- if .x }}\na: 1"), LoadErrorKind::Template));
    assert!(matches!(kind("kind: SeccompProfile\na: {{ .x }}"), LoadErrorKind::Template));
}

#[test]
fn limits_name_themselves() {
    let options = LoadOptions::default();
    let error = load::parse("big", &vec![b' '; load::MAX_BYTES + 1], &options).expect_err("big");
    assert_eq!(error.to_string(), "big: the file is larger than the limit of 16 MiB");
    let rules = vec!["{}"; load::MAX_RULES + 1].join(",");
    assert_eq!(
        kind(&format!("{{\"syscalls\": [{rules}]}}")),
        LoadErrorKind::TooManyRules(load::MAX_RULES)
    );
    let ones = vec!["1"; load::MAX_VALUES].join(",");
    assert_eq!(kind(&format!("[{ones}]")), LoadErrorKind::TooManyValues(load::MAX_VALUES));
    let deep = format!("{{\"x\": {}", "[".repeat(1 << 20));
    assert_eq!(kind(&deep), LoadErrorKind::TooDeep(load::MAX_JSON_DEPTH));
}

/// As Go's decoder: a byte that is none of UTF-8 is U+FFFD inside a string, and refused elsewhere.
#[test]
fn bytes_that_are_no_utf8() {
    let parse = |bytes: &[u8]| load::parse("p.json", bytes, &LoadOptions::default());
    let text = b"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"r\xe9ad\", \"read\"],\n\"comment\": \"caf\xe9\", \"action\": \"SCMP_ACT_ALLOW\"}]}";
    let loaded = parse(text).expect("Latin-1 in strings");
    assert_eq!(loaded.profile.rules[0].names[0].value, "r\u{fffd}ad");
    let kinds: Vec<_> = loaded.warnings.iter().map(|warning| &warning.kind).collect();
    let not_utf8 = kinds.iter().filter(|kind| ***kind == load::WarningKind::NotUtf8).count();
    assert_eq!(not_utf8, 1, "{kinds:?}");
    // Three bytes of which Rust's own decoder would make one character.
    let text = b"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"listenerPath\": \"\xf0\x9f\x98\"}";
    let path = parse(text).expect("half a character").profile.listener_path;
    assert_eq!(path.expect("a path"), "\u{fffd}\u{fffd}\u{fffd}");
    let outside = parse(b"{\"a\": 1,\n \xe9}").expect_err("outside a string");
    assert_eq!(outside.to_string(), "p.json:2:2: not UTF-8");
    let rendered = parse(b"\xff\xfe{\0}\0").expect_err("UTF-16").render(false);
    assert!(rendered.contains("not UTF-8"), "{rendered}");
    assert!(parse(b"defaultAction: \"\xe9\"").expect_err("YAML").to_string().contains("not UTF-8"));
}

/// moby's decoder looks at no field that it does not know, however deep it goes.
#[test]
fn what_lies_deep_is_passed_over_as_go_does() {
    let text = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!("{{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"x\": {open}{close}}}")
    };
    assert!(load::parse("p.json", text(5000).as_bytes(), &LoadOptions::default()).is_ok());
    assert!(load::parse("p.json", text(9_999).as_bytes(), &LoadOptions::default()).is_ok());
    assert_eq!(kind(&text(10_000)), LoadErrorKind::TooDeep(load::MAX_JSON_DEPTH));
}

/// Files of other programs in `shapes/`, each told by what it is.
#[test]
fn files_of_other_programs_get_one_line() {
    let shapes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !shapes.exists() {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no shapes");
        return eprintln!("skipped: no shapes");
    }
    for (file, says) in [
        ("shapes/gojudge.yaml", ":1:1: this is a policy of Elastic's go-seccomp-bpf"),
        ("shapes/kafel.policy", ":1:1: this is a policy in Kafel"),
        ("shapes/lxc.seccomp", ":1:1: this is a policy of LXC"),
        ("shapes/minijail.policy", ":1:1: this is a policy of minijail"),
        ("shapes/tf.tf", ":1:1: this is a file of Terraform"),
        ("shapes/talos.yaml", ":1:1: the file holds 2 profiles"),
        ("shapes/seccompiler.json", ":1:1: this is a filter of Firecracker's"),
        ("json/genuinetools-binctr-binctr-2016.json", ":1:1: there is text before the profile"),
        ("json/jusito-docker-vsftpd-alpine-vsftpd-default.json", ":1:1: there is text before"),
    ] {
        let path = shapes.join(file);
        let error = load::load(path.to_str().expect("a name"), &LoadOptions::default());
        let error = error.expect_err(file).to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// It would be no good advice without saying what it does.
#[test]
fn help_for_an_empty_file_says_what_an_empty_profile_does() {
    let error = load::parse("p.json", b"", &LoadOptions::default());
    let rendered = error.expect_err("empty").render(false);
    assert!(rendered.contains("`{}` is the profile without rules: it turns seccomp off"));
}
