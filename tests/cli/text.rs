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
    assert_eq!(
        diff(&old, &new, "--host amd64,arm64"),
        r"new.json lets through 4 kinds of calls that old.json blocks.          3 added, 1 weakened, 1 removed
old.json  →  new.json                               amd64, arm64, every capability set, every kernel

  + added      keyctl  EPERM → ALLOW                                      new.json:6
                 proof: keyctl(KEYCTL_GET_KEYRING_ID, 0, 0, 0, 0) on amd64, no capabilities
                 danger: the kernel's keyrings are shared with the host, not namespaced; a reference
                         leak in it gave root (CVE-2016-0728)
  ! weakened   socket  EPERM → ALLOW  when arg0 (domain) = AF_VSOCK (40)  new.json:5
                 proof: socket(AF_VSOCK, SOCK_STREAM, 0) on amd64, no capabilities
                 danger: reaches kernel code by address family: AF_VSOCK the hypervisor and host,
                         AF_ALG the crypto code, AF_PACKET raw frames (CVE-2016-8655, CVE-2017-7308,
                         CVE-2020-14386)
  + added      fsmount, fsopen (2 calls)
                       EPERM → ALLOW  with CAP_SYS_ADMIN                  new.json:7
                 Docker does not grant CAP_SYS_ADMIN by default
                 proof: fsmount(0, 0, 0) on amd64, CAP_SYS_ADMIN
                 danger: part of mounting by file descriptor, which a rule on `mount` does not see
  - removed    chown   ALLOW → EPERM                                      was old.json:6
"
    );
}

#[test]
fn the_boundary_is_one_note() {
    let test = sdiff("old.json new.json").file("old.json", &listed(&allow("read mseal", "")));
    let test = test.file("new.json", &listed(&allow("read open_tree_attr", "")));
    test.run().status(1).stdout(
        r"new.json lets through one kind of calls that old.json blocks.          1 added, 1 removed, 1 changed
old.json  →  new.json                               all 16 hosts, every capability set, every kernel

  + added      open_tree_attr  ENOSYS → ALLOW  new.json:5
                 proof: open_tree_attr(0, 0, 0, 0, 0) on amd64, no capabilities
                 danger: part of mounting by file descriptor, which a rule on `mount` does not see
  - removed    mseal           ALLOW → EPERM   was old.json:5
  · the ENOSYS boundary moves from 462 to 467 everywhere: 4 calls (getxattrat, listxattrat,
    removexattrat, setxattrat) give EPERM instead of ENOSYS
",
    );
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
    let first = text.lines().nth(1).unwrap_or_default();
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
    let hint = "  · b.json:5 does nothing (mount): it says what the default action says\n";
    let told = format!("different text, same policy\n{hint}");
    test.file("b.json", &more).run().status(0).stdout(&told);
}

#[test]
fn files_of_one_name_keep_their_folders() {
    let test = || {
        let test = sdiff("").file("a.json", &profile("")).file("b.json", &profile(""));
        fs::create_dir(test.folder.path().join("new")).expect("makes");
        test.file("new/a.json", &profile(&allow("read", "")))
    };
    let same = test().argument("a.json").argument("new/a.json").run().status(1).stdout;
    assert!(same.contains("  new/a.json:4\n"), "{same}");
    let other = test().argument("b.json").argument("new/a.json").run().status(1).stdout;
    assert!(other.contains("\nb.json  →  new/a.json "), "{other}");
    assert!(other.contains("  a.json:4\n"), "{other}");
    assert!(
        other.starts_with("a.json lets through one kind of calls that b.json blocks."),
        "{other}"
    );
}

#[test]
fn seccomp_that_is_switched_off_comes_first() {
    let text = sdiff("default a.json").file("a.json", "{}").run().status(1).stdout;
    let third = text.lines().nth(3).unwrap_or_default();
    assert_eq!(third, "  ! a.json turns seccomp off: every call is allowed");
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    assert!(text.contains("everywhere but in ppc programs on ppc64"), "{text}");
    assert!(!text.contains("only the new filter"), "{text}");
}
