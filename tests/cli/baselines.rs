//! `sdiff baselines`.

use super::*;

#[test]
fn lists_every_release() {
    let list = sdiff("baselines").run().status(0).stderr("").stdout;
    assert!(list.contains("docker@20.10.25    2023-"), "{list}");
    assert!(list.lines().any(|line| line.starts_with("podman@0.60.0 ")), "{list}");
    assert!(list.lines().all(|line| line.split_whitespace().count() == 3), "{list}");
}

#[test]
fn prints_one() {
    let text = sdiff("baselines docker@29.4.3").run().status(0).stdout;
    sdiff("- docker@29.4.3").stdin(&text).run().status(0).stdout("same policy\n");
}

#[test]
fn what_is_none() {
    sdiff("baselines a.json")
        .file("a.json", "{}")
        .run()
        .status(2)
        .stdout("")
        .stderr("error: no built-in baseline `a.json`: `sdiff baselines` lists them\n");
    sdiff("baselines docker@99").run().status(2).stdout("").stderr_has("near it are");
}

#[test]
fn a_retracted_version_says_so() {
    let ran = sdiff("baselines podman@1.0.1").run().status(2).stdout("");
    ran.stderr_has("upstream retracted it").stderr_has("podman@0.64.1");
    sdiff("podman podman@0.64.1").run().status(0).stdout("same policy\n");
}
