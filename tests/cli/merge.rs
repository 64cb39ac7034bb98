//! `sdiff merge`: layers in, one profile out; formats, strategies, patches.

use super::{allow, profile, sdiff};
use std::fs;

/// What the team of these tests keeps.
const OVERLAY: &str = r#"{ "syscalls": [
    { "names": ["keyctl"], "action": "SCMP_ACT_ALLOW" } ] }"#;

fn base() -> String {
    profile(&allow("read write", ""))
}

/// With an overlay that denies one family of sockets.
const NO_INET6: &str = r#"{ "syscalls": [ { "names": ["socket"], "action": "SCMP_ACT_ERRNO",
    "args": [ { "index": 0, "value": 10, "op": "SCMP_CMP_EQ" } ] } ] }"#;

#[test]
fn a_name_goes_into_the_group_of_the_base() {
    let ran = sdiff("merge -v --base base.json mine.json")
        .file("base.json", &base())
        .file("mine.json", OVERLAY)
        .run();
    assert_eq!((ran.status, &*ran.stderr), (0, "proved equal on 16 hosts\n"));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn strategies_differ_as_they_say() {
    let blocks = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        { "names": ["write"], "action": "SCMP_ACT_KILL_PROCESS" } ] }"#;
    let mut all = String::new();
    for strategy in ["override", "replace", "union", "stack"] {
        let ran = sdiff(&format!("merge --strategy {strategy} --base base.json mine.json"))
            .file("base.json", &base())
            .file("mine.json", blocks)
            .run();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        all += &format!("--- {strategy}\n{}{}", ran.stderr, ran.stdout);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_last_of_several_layers_has_the_word() {
    let of = |action: &str| {
        format!("{{ \"syscalls\": [ {{ \"names\": [\"keyctl\"], \"action\": \"{action}\" }} ] }}")
    };
    let run = |layers: &str| {
        sdiff(&format!("merge --diff {layers}"))
            .file("base.json", &base())
            .file("logs.json", &of("SCMP_ACT_LOG"))
            .file("allows.json", &of("SCMP_ACT_ALLOW"))
            .run()
            .stdout
    };
    let upward = run("base.json logs.json allows.json");
    assert!(upward.contains("+ added      keyctl  ENOSYS → ALLOW"), "{upward}");
    let downward = run("base.json allows.json logs.json");
    assert!(downward.contains("keyctl  ENOSYS → LOG"), "{downward}");
    assert_eq!(run("--base base.json logs.json allows.json"), upward);
}

#[test]
fn a_result_without_conditions_is_for_one_host_and_kernel() {
    let run = |format: &str| {
        sdiff(&format!("merge --format {format} --host amd64 --kernel 6.1 base.json mine.json"))
            .file("base.json", &profile(&allow("read", ", \"excludes\": {\"arches\": [\"arm\"]}")))
            .file("mine.json", NO_INET6)
            .run()
    };
    let oci = run("oci");
    assert_eq!(oci.status, 0, "{}", oci.stderr);
    let operator = run("operator");
    assert_eq!(operator.status, 0, "{}", operator.stderr);
    insta::assert_snapshot!(format!("{}---\n{}", oci.stdout, operator.stdout));
}

#[test]
fn only_conditions_want_a_host_and_a_kernel() {
    let run = |arguments: &str, base: &str| {
        sdiff(&format!("merge {arguments} base.json")).file("base.json", base).run()
    };
    for form in ["operator", "oci"] {
        let form = format!("--format {form}");
        run(&form, &base()).status(0).stdout_has("write");
        let listed = base().replace(
            "\"syscalls\"",
            "\"architectures\": [\"SCMP_ARCH_AARCH64\"], \"listenerPath\": \"/x\",\n\"syscalls\"",
        );
        let ran = run(&form, &listed).status(0).stdout_has("SCMP_ARCH_AARCH64");
        ran.stdout_has("/x");
        for (condition, lacks) in [
            ("\"arches\": [\"amd64\"]", "give one --host, and"),
            ("\"minKernel\": \"4.8\"", "give --kernel, and"),
            ("\"arches\": [\"amd64\"], \"minKernel\": \"4.8\"", "give one --host, --kernel, and"),
        ] {
            let text = profile(&allow("read", &format!(", \"includes\": {{{condition}}}")));
            run(&form, &text).status(2).stderr_has(lacks);
            run(&format!("{form} --host amd64 --kernel 6.1"), &text).status(0);
        }
        let map = "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}],\n\"syscalls\"";
        let mapped = base().replace("\"syscalls\"", map);
        run(&form, &mapped).status(2).stderr_has("give one --host, and");
        run(&format!("{form} --host amd64"), &mapped).status(0).stdout_has("SCMP_ARCH_X86_64");
    }
}

#[test]
fn a_patch_is_short_and_taken_back() {
    let ran = sdiff("merge --format patch --base default mine.json").file("mine.json", OVERLAY);
    let ran = ran.run();
    let patch = ran.stdout;
    insta::assert_snapshot!(patch);
    let run = |arguments: &str| {
        sdiff(arguments).file("mine.json", OVERLAY).file("mine.patch.json", &patch).run().stdout
    };
    let applied = run("merge --base default --apply mine.patch.json");
    let merged = run("merge --base default mine.json");
    assert!(applied.contains("\"keyctl\""), "{applied}");
    let ran = sdiff("--exit-code a.json b.json").file("a.json", &applied).file("b.json", &merged);
    let ran = ran.run();
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn a_hostile_patch_is_an_error() {
    let copy = r#"{"op":"copy","from":"/syscalls","path":"/syscalls/-"}"#;
    for (patch, why) in [
        (format!("[{}]", vec![copy; 64].join(",")), "out of bounds"),
        (r#"[{"op":"add","path":"/syscalls/99999999999","value":{}}]"#.to_owned(), "does not fit"),
        (r#"[{"op":"test","path":"/syscalls","value":[]}]"#.to_owned(), "does not fit"),
        ("{}".to_owned(), "not an RFC 6902 patch"),
        (" ".repeat((16 << 20) + 1), "out of bounds"),
    ] {
        let ran = sdiff("merge --base default --apply p.json -o out.json").file("p.json", &patch);
        let ran = ran.run();
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert!(!ran.folder.path().join("out.json").exists());
    }
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let run = |arguments: &str| {
        sdiff(arguments)
            .file("base.json", &base())
            .file("mine.json", OVERLAY)
            .file("out.json", "as it was")
            .folder_file("folder", "inside", "")
            .run()
    };
    let written = |ran: &super::Ran| fs::read_to_string(ran.folder.path().join("out.json"));
    let ran = run("merge base.json mine.json -o out.json");
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (0, "", ""));
    let text = written(&ran).expect("a file");
    assert_eq!(text, run("merge base.json mine.json").stdout);
    assert!(text.contains("keyctl"), "{text}");
    let ran = run("merge base.json missing.json -o out.json");
    assert_eq!((ran.status, written(&ran).expect("a file").as_str()), (2, "as it was"));
    let ran = run("merge base.json mine.json -o folder");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cannot write `folder`"), "{}", ran.stderr);
    // The base itself may be replaced: all is read before anything is written.
    let ran = run("merge base.json mine.json -o base.json");
    assert_eq!(fs::read_to_string(ran.folder.path().join("base.json")).expect("a file"), text);
}

#[test]
fn what_does_not_go_together_is_told() {
    for (arguments, why) in [
        ("merge", "no profile to merge"),
        ("merge - -", "only one of the layers"),
        ("merge --apply p.json", "--base"),
        ("merge --base base.json --apply p.json mine.json", "cannot be used with"),
        ("merge --base base.json --apply p.json --format patch", "--format patch"),
        ("merge --base - --apply -", "standard input can be the base or the patch"),
        ("merge --diff --format patch base.json mine.json", "cannot be used with"),
    ] {
        let ran = sdiff(arguments).file("base.json", &base()).file("mine.json", OVERLAY).run();
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{arguments}");
        assert!(ran.stderr.contains(why), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn standard_input_is_a_layer() {
    let ran = sdiff("merge base.json -").file("base.json", &base()).stdin(OVERLAY).run();
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(ran.stdout.contains("keyctl"), "{}", ran.stdout);
}

#[test]
fn a_forgotten_base_is_an_error() {
    let run = |arguments: &str| {
        let test = sdiff(arguments).file("base.json", &base()).file("allow.json", OVERLAY);
        test.file("empty.json", "{}").run()
    };
    for arguments in
        ["merge allow.json", "merge allow.json base.json", "merge --base allow.json empty.json"]
    {
        let ran = run(arguments).status(2).stdout("");
        ran.stderr_has(
            "rules without a `defaultAction` are an overlay, and there is no base below",
        )
        .stderr_has("--> allow.json:2:5")
        .stderr_has("--base default")
        .stderr_has("`\"extends\": \"default\"`");
    }
    for strategy in ["stack", "union"] {
        let ran = run(&format!("merge --strategy {strategy} base.json allow.json")).status(2);
        ran.stdout("")
            .stderr_has(&format!("`{strategy}` counts the default action of every layer"))
            .stderr_has("--> allow.json:2:5");
        let ran = run(&format!("merge --strategy {strategy} base.json empty.json")).status(0);
        ran.stderr("").stdout_has("\"read\"");
    }
    for strategy in ["override", "replace"] {
        let run = run(&format!("merge --strategy {strategy} base.json allow.json empty.json"));
        run.status(0).stderr("").stdout_has("keyctl");
    }
}

#[test]
fn a_base_that_turns_seccomp_off_is_told() {
    for text in ["{\"extends\": [], \"syscalls\": []}", "{}", "null"] {
        for arguments in
            ["merge off.json", "merge --base off.json mine.json", "merge off.json mine.json"]
        {
            let ran = sdiff(arguments).file("off.json", text).file("mine.json", OVERLAY).run();
            let ran = ran.status(0).stderr_has("warning: the base off.json has neither ");
            assert_eq!(ran.stderr.matches("turns seccomp off").count(), 1, "{}", ran.stderr);
        }
    }
}

#[test]
fn a_patched_profile_goes_the_way_of_a_merged_one() {
    let patch = r#"[{"op": "add", "path": "/syscalls/0/names/-", "value": "keyctl"}]"#;
    let newer = allow("mount", ", \"includes\": {\"minKernel\": \"7.0\"}");
    let base = || profile(&format!("{},{newer}", allow("read write", "")));
    let run = |arguments: &str| {
        let test = sdiff(&format!("merge --base base.json {arguments}")).file("p.json", patch);
        test.file("base.json", &base()).file("mine.json", OVERLAY).stdin(patch).run().status(0)
    };
    let host = "--host amd64 --kernel 6.1";
    let shown = run("--diff --apply p.json").stderr("");
    shown.stdout_has("base.json  →  patched").stdout_has("+ added      keyctl  ENOSYS → ALLOW");
    let oci = run(&format!("--format oci {host} --apply p.json")).stderr("");
    assert!(!oci.stdout_has("keyctl").stdout.contains("minKernel"));
    let operator = run(&format!("--format operator {host} --apply p.json"));
    operator.stdout_has("kind: SeccompProfile").stdout_has("name: \"base\"").stdout_has("keyctl");
    run("-v --apply p.json").stderr("proved equal on 16 hosts\n").stdout_has("keyctl");
    assert_eq!(run("--apply -").stdout, run("--apply p.json").stdout);
    let unknown = patch.replace("keyctl", "keyctk");
    let ran = sdiff("merge --base base.json --apply -").file("base.json", &base()).stdin(&unknown);
    ran.run().status(0).stderr_has("warning: `keyctk` is not a system call");
}

#[test]
fn written_profiles_say_kill_as_every_docker_reads_it() {
    let text = r#"{ "defaultAction": "SCMP_ACT_KILL_THREAD", "syscalls": [
        { "names": ["read"], "action": "SCMP_ACT_ALLOW" } ] }"#;
    let kill = r#"{ "syscalls": [ { "names": ["read"], "action": "SCMP_ACT_KILL_THREAD",
        "args": [ { "index": 0, "value": 10, "op": "SCMP_CMP_EQ" } ] } ] }"#;
    let host = "--host amd64 --kernel 6.1";
    for arguments in [
        "merge kill.json mine.json".to_owned(),
        format!("merge --format oci {host} kill.json mine.json"),
        format!("merge --format operator {host} kill.json mine.json"),
        "merge --format patch --base allow.json mine.json".to_owned(),
        "normalize kill.json".to_owned(),
    ] {
        let test = sdiff(&arguments).file("kill.json", text).file("mine.json", kill);
        let test = test.file("allow.json", &base());
        let ran = test.run().status(0).stdout_has("SCMP_ACT_KILL");
        assert!(!ran.stdout.contains("KILL_THREAD"), "{}", ran.stdout);
    }
    let ran = sdiff("kill.json default").file("kill.json", text).run();
    ran.stdout_has("KILL_THREAD → ");
}

/// The patch of a merge over a base; what it gives does what the merge gives.
fn round_trip(base: &str, text: &str, options: &str, layer: &str) -> String {
    let run = |arguments: &str, patch: &str| {
        let test = sdiff(arguments).file("base.json", text).file("mine.json", layer);
        test.file("p.json", patch).run().status(0).stdout
    };
    let patch = run(&format!("merge --base {base} {options} mine.json --format patch"), "");
    let patched = run(&format!("merge --base {base} --apply p.json"), &patch);
    let merged = run(&format!("merge --base {base} {options} mine.json"), "");
    let ran = sdiff("merged.json patched.json").file("merged.json", &merged);
    ran.file("patched.json", &patched).run().stdout("same policy\n").status(0);
    patch
}

#[test]
fn a_patch_of_podmans_file_is_one_for_podman() {
    let allow = r#"{"syscalls":[{"names":["unshare","keyctl"],"action":"SCMP_ACT_ALLOW"}]}"#;
    let deny = r#"{"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[{"names":["keyctl","chmod"],
        "action":"SCMP_ACT_ERRNO","errnoRet":38}]}"#;
    for base in ["podman", "containers-common@0.64.1", "containers-common@0.21"] {
        round_trip(base, "", "", allow);
        round_trip(base, "", "", deny);
    }
    // Its words for numbers win over the numbers.
    let own = r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"defaultErrno":"ENOSYS",
        "syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"},
        {"names":["chmod"],"action":"SCMP_ACT_ERRNO","errno":"EACCES"}]}"#;
    let patch = round_trip("base.json", own, "", deny);
    assert!(patch.contains("{\"op\":\"add\",\"path\":\"/syscalls/-\""), "{patch}");
    let patch = round_trip("base.json", own, "--strategy stack", deny);
    assert!(patch.contains("{\"op\":\"remove\",\"path\":\"/defaultErrno\"}"), "{patch}");
}

#[test]
fn a_patch_uses_the_keys_of_the_file() {
    let text = r#"{"DefaultAction":"SCMP_ACT_ERRNO","SYSCALLS":[{"Names":["read"],
        "action":"SCMP_ACT_ALLOW","Comment":"as it was"}]}"#;
    let patch = round_trip("base.json", text, "", OVERLAY);
    assert_eq!(
        patch,
        "[\n  {\"op\":\"add\",\"path\":\"/SYSCALLS/0/Names/0\",\"value\":\"keyctl\"},\n  \
         {\"op\":\"add\",\"path\":\"/SYSCALLS/0/Comment\",\
         \"value\":\"as it was; mine.json: with keyctl\"}\n]\n"
    );
    let kill = OVERLAY.replace("{ \"sys", "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"sys");
    let patch = round_trip("base.json", text, "--strategy stack", &kill);
    assert!(patch.contains("\"path\":\"/DefaultAction\""), "{patch}");
    let twice = text.replace("\"SYSCALLS\"", "\"syscalls\": [], \"SYSCALLS\"");
    let ran = sdiff("merge --base base.json mine.json --format patch").file("base.json", &twice);
    let ran = ran.file("mine.json", OVERLAY).run().status(2).stdout("");
    ran.stderr_has("`syscalls` appears again in an object");
}

#[test]
fn a_patch_replaces_name_by_names_where_it_has_to() {
    let text = r#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
        {"name":"read","action":"SCMP_ACT_ALLOW"},{"name":"write","action":"SCMP_ACT_ALLOW"},
        {"name":"open","action":"SCMP_ACT_LOG"}]}"#;
    let patch = round_trip("base.json", text, "", OVERLAY);
    let operations = [
        r#"{"op":"remove","path":"/syscalls/0/name"}"#,
        r#"{"op":"add","path":"/syscalls/0/names","value":["read"]}"#,
        r#"{"op":"add","path":"/syscalls/0/names/0","value":"keyctl"}"#,
        r#"{"op":"add","path":"/syscalls/0/comment","value":"mine.json: with keyctl"}"#,
    ];
    assert_eq!(patch, format!("[\n  {}\n]\n", operations.join(",\n  ")));
    let log = OVERLAY.replace("keyctl", "open");
    let patch = round_trip("base.json", text, "", &log);
    assert!(patch.contains(r#"{"op":"remove","path":"/syscalls/2"}"#), "{patch}");
}

#[test]
fn a_base_that_extends_others_has_no_patch() {
    let over = "{\"extends\": \"base.json\", \"syscalls\": []}";
    for arguments in [
        "merge --base over.json mine.json --format patch",
        "merge --base over.json --apply p.json",
        "merge over2.json --format patch",
    ] {
        let test = sdiff(arguments).file("base.json", &base()).file("mine.json", OVERLAY);
        let test = test.file("over.json", over).file("p.json", "[]");
        let test = test.file("over2.json", &over.replace("base.json", "over.json"));
        let ran = test.run().status(2).stdout("");
        ran.stderr_has("over.json extends others, and a patch is of the text of one file")
            .stderr_has("`sdiff merge over.json -o whole.json`");
    }
    // The lowest of the layers is a file that a patch can be of.
    let test = sdiff("merge over.json --format patch").file("base.json", &base());
    test.file("over.json", over).run().status(0).stdout("[]\n");
}

#[test]
fn what_a_merge_does_not_change_stays_as_it_is() {
    let text = r#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
        {"names":["write","read"],"action":"SCMP_ACT_ALLOW","comment":"the basics"},
        {"name":"open","action":"SCMP_ACT_LOG","comment":"watched"},
        {"names":["stat","lstat"],"action":"SCMP_ACT_LOG","comment":"watched as well"}]}"#;
    let ran = sdiff("merge --base base.json mine.json").file("base.json", text);
    insta::assert_snapshot!(ran.file("mine.json", OVERLAY).run().status(0).stderr("").stdout);
}

#[test]
fn what_does_nothing_is_told_with_the_difference_too() {
    let typo = r#"{ "syscalls": [ { "names": ["chwon"], "action": "SCMP_ACT_ERRNO" } ] }"#;
    sdiff("merge --diff --base base.json mine.json")
        .file("base.json", &base())
        .file("mine.json", typo)
        .run()
        .status(0)
        .stderr_has("did you mean `chown`?");
    let dialect = r#"{ "syscalls": [
        { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "6.0" } },
        { "names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES" } ] }"#;
    let run = |more: &str| {
        sdiff(&format!("merge --base base.json mine.json {more}"))
            .file("base.json", &base())
            .file("mine.json", dialect)
            .run()
            .status(0)
    };
    run("").stderr_has("mine.json is read as Podman's, which does not read `minKernel`");
    assert!(!run("--engine docker").stderr.contains("Podman"));
}

/// Twenty calls by one way are one line.
#[test]
fn what_a_multiplexer_cannot_say_is_told_in_a_line() {
    let deny = r#"{ "syscalls": [ { "names": ["socketcall"], "action": "SCMP_ACT_ERRNO" } ] }"#;
    let ran = sdiff("merge -v --base default mine.json").file("mine.json", deny).run().status(0);
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("warning: `accept`, `accept4`, `bind`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`socket` and `socketpair` by way of `socketcall` get ALLOW"));
    assert!(ran.stderr.ends_with("proved equal on 16 hosts, but for what is warned of\n"));
}

/// Some rules of Podman's hang on their order; nobody asked for others.
#[test]
fn what_no_layer_names_is_left_alone() {
    let nothing = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [] }"#;
    let deny = r#"{ "syscalls": [ { "names": ["bind"], "action": "SCMP_ACT_ERRNO" } ] }"#;
    let run = |overlay: &str| {
        let test = sdiff("merge --base podman mine.json --format patch");
        test.file("mine.json", overlay).run().status(0).stdout
    };
    assert_eq!(run(nothing), "[]\n");
    assert!(!run(deny).contains("setns"));
}
