//! `sdiff baselines`.

use super::*;

#[test]
fn lists_products_first() {
    let list = sdiff("baselines").run().status(0).stderr("").stdout;
    for product in ["docker", "podman", "containerd", "crio", "containers-common", "profiles"] {
        assert!(list.lines().any(|line| line.starts_with(&format!("{product} "))), "{list}");
    }
    assert!(list.lines().count() < 20, "{list}");
    assert!(list.contains("kubernetes         containerd@"), "{list}");
}

#[test]
fn lists_releases_of_a_product() {
    let list = sdiff("baselines docker").run().status(0).stderr("").stdout;
    assert!(list.lines().any(|line| line.starts_with("docker@20.10.25 ")), "{list}");
    assert!(list.lines().all(|line| line.split_whitespace().count() == 3), "{list}");
    let list = sdiff("baselines podman").run().status(0).stdout;
    assert!(list.lines().all(|line| line.starts_with("podman@")), "{list}");
    assert!(list.contains(" containers-common/0.60.0\n"), "{list}");
    let list = sdiff("baselines docker --commits").run().status(0).stdout;
    assert!(list.lines().any(|line| line.starts_with("docker@3c2832431472 ")), "{list}");
    sdiff("baselines podman --commits").run().status(2).stderr_has("main branch of podman");
    sdiff("baselines docker@28 --commits").run().status(2).stderr_has("--commits");
}

#[test]
fn prints_one() {
    let text = sdiff("baselines docker@29.4.3").run().status(0).stdout;
    sdiff("- docker@29.4.3").stdin(&text).run().status(0).stdout("same policy\n");
    let text = sdiff("baselines unconfined").run().status(0).stderr("").stdout;
    sdiff("- unconfined").stdin(&text).run().status(0);
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
    sdiff("baselines docker@0123456").run().status(2).stderr_has("near it are `docker@");
    sdiff("baselines docker@2015-01-01").run().status(2).stderr_has("`docker@17735c3c9805`");
    sdiff("baselines kubernetes@1.30").run().status(2).stderr_has("`containerd@");
}

#[test]
fn a_retracted_version_says_so() {
    let ran = sdiff("baselines containers-common@1.0.1").run().status(2).stdout("");
    ran.stderr_has("upstream retracted it").stderr_has("containers-common@0.68.0");
}

/// What `podman@0.60` meant before Podman's own releases were built in, it still means.
#[test]
fn the_librarys_versions_are_still_known_as_podmans() {
    let ran = sdiff("explain podman@0.60 mount").run().status(0);
    ran.stderr_has("this is `containers-common@0.60`").stderr_has("help: write");
    let ran = sdiff("podman@0.60 containers-common@0.60").run().status(0);
    ran.stdout("same policy\n").stderr_has("write `containers-common@0.60`");
    let mine = r#"{"extends": "podman@0.60", "syscalls": []}"#;
    let ran = sdiff("mine.json podman@0.60").file("mine.json", mine).run().status(0);
    ran.stderr_has("write `containers-common@0.60`");
    let ran = sdiff("merge mine.json").file("mine.json", mine).run().status(0);
    ran.stderr_has("write `containers-common@0.60`");
    let ran = sdiff("check mine.json").file("mine.json", mine).run();
    ran.stderr_has("write `containers-common@0.60`");
    sdiff("podman@5.8 containers-common@0.67").run().status(0).stdout("same policy\n").stderr("");
}
