//! The report for a terminal.

use super::*;

fn diff(old: &str, new: &str, arguments: &str) -> String {
    let test = sdiff("old.json new.json").file("old.json", &profile(old));
    let test = arguments.split_whitespace().fold(test, Test::argument);
    test.file("new.json", &profile(new)).run().status(1).stdout
}

#[test]
fn every_part_of_a_report() {
    let vsock = ", \"args\": [{\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_NE\"}]";
    let old = [&allow("read mseal", ""), &allow("socket", vsock), &allow("chown", "")];
    let admin = ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}";
    let new = [
        &allow("read mseal", ""),
        &allow("socket", ""),
        &allow("keyctl", ""),
        &allow("fsopen fsmount", admin),
    ];
    let [old, new] = [old.map(|s| &**s).join(",\n"), new.map(|s| &**s).join(",\n")];
    assert_eq!(diff(&old, &new, "--host amd64,arm64"), "PINNED\n");
}

#[test]
fn the_boundary_is_one_note() {
    let text = diff(&allow("read mseal", ""), &allow("read open_tree_attr", ""), "--host amd64");
    assert_eq!(text, "PINNED\n");
}

#[test]
fn no_line_is_wider_than_the_page() {
    for arguments in
        ["docker@1.12 default", "default podman", "default default --new-engine containerd"]
    {
        let text = sdiff(arguments).run().status(1).stdout;
        let wide = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{arguments}");
    }
}

#[test]
fn a_release_is_named() {
    let text = sdiff("docker@20.10 docker@20.10.0").run().status(1).stdout;
    let first = text.lines().next().unwrap_or_default();
    assert!(first.starts_with("docker@20.10 (docker 20.10.27)  →  docker@20.10.0  "), "{first}");
}

#[test]
fn one_policy_in_two_texts() {
    let text = profile(&format!("{},\n{}", allow("read", ""), allow("write", "")));
    let test = sdiff("a.json b.json").file("a.json", &text);
    let ran = test.file("b.json", &profile(&allow("write read", ""))).run().status(0);
    ran.stdout("same policy\n");
    let errno = allow("mount", "").replace("ALLOW", "ERRNO");
    let more = profile(&format!("{},\n{errno}", allow("read write", "")));
    let test = sdiff("a.json b.json --runtime none").file("a.json", &text);
    test.file("b.json", &more).run().status(0).stdout("different text, same policy\n");
}
