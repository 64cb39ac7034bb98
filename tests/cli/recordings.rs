//! `sdiff explain --trace`: every line is accounted for.

use super::sdiff;

#[test]
fn nothing_understood_is_no_answer() {
    let ran = sdiff("explain default --trace t").file("t", "hello\nyou there\n").run().status(2);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    for said in
        ["no call was found in the 2 lines of t", "line 1 is not understood: hello", "strace"]
    {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = sdiff("explain default --trace t").file("t", "").run().status(2);
    assert!(ran.stderr.contains("t is empty"), "{}", ran.stderr);
}

#[test]
fn all_lines_are_counted() {
    let text = "read(0, \"\", 1) = 1\n+++ exited with 0 +++\n\u{1b}]0;what is it\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(0);
    let ran = ran.stdout_has("1 with calls").stdout_has("1 with none, 1 not understood");
    assert!(ran.stdout.starts_with("Much of the recording was not understood"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    sdiff("explain default --trace t --strict").file("t", text).run().status(2);
}

#[test]
fn a_record_says_on_which_host_it_was_made() {
    let text = "type=SECCOMP msg=audit(1.2:3): sig=0 arch=c00000b7 syscall=40 code=0x50000\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(1);
    ran.stdout_has("mount").stdout_has("on arm64");
    let ran = sdiff("explain default --trace -").stdin("getcwd\n").run().status(0);
    ran.stdout_has("the recording does not say on which host: amd64 is guessed");
}

#[test]
fn the_result_counts() {
    let text = "chown(\"/x\", 0, 0) = -1 EPERM (Operation not permitted)\nkeyctl(0, 0, 0) = 0\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(1);
    ran.stdout_has("not seccomp: chown() failed with EPERM 1 times")
        .stdout_has("it ran 1 times in the recording, which was not made under this profile");
}
