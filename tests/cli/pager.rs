//! Long reports on a terminal. `script` gives the program one.

use super::*;

/// What a terminal of 24 lines shows of a command, with these variables; nothing without `script`.
fn terminal(command: &str, variables: &[(&str, &str)]) -> Option<String> {
    let mut script = Command::new("script");
    let line = format!("stty rows 24 cols 100; {} {command}", env!("CARGO_BIN_EXE_sdiff"));
    script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).env("TERM", "xterm");
    for name in ["PAGER", "SDIFF_PAGER", "LESS"] {
        script.env_remove(name);
    }
    let output = script.envs(variables.iter().copied()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

const LONG: &str = "machines";
const PAGER: &str = "sh -c 'echo PAGED; cat >/dev/null'";

#[test]
fn a_long_report_goes_through_the_pager() {
    let Some(seen) = terminal(LONG, &[("PAGER", PAGER)]) else { return };
    assert!(seen.contains("PAGED") && !seen.contains("libseccomp"), "{seen}");
    // One of its own comes first.
    let own = [("PAGER", "cat"), ("SDIFF_PAGER", PAGER)];
    assert!(terminal(LONG, &own).is_some_and(|seen| seen.contains("PAGED")));
}

#[test]
fn a_short_one_or_one_without_a_pager_does_not() {
    let paged = [("PAGER", PAGER)];
    for (command, variables) in [
        ("--version", &paged[..]),
        ("fingerprint default", &paged),
        ("machines --no-pager", &paged),
        ("machines | head -n 3", &paged),
        ("machines", &[("PAGER", "")]),
        ("machines", &[("PAGER", "cat")]),
        // A pager that is not there hides nothing.
        ("machines", &[("PAGER", "no-such-pager 2>/dev/null")]),
    ] {
        let Some(seen) = terminal(command, variables) else { return };
        assert!(!seen.contains("PAGED") && seen.trim().len() > 5, "{command}: {seen}");
    }
}

#[test]
fn the_status_is_the_programs() {
    let Some(seen) = terminal("default docker@20.10.0; echo status $?", &[("PAGER", PAGER)]) else {
        return;
    };
    assert!(seen.contains("PAGED") && seen.contains("status 1"), "{seen}");
}

#[test]
fn topics_of_help() {
    for (topic, says) in
        [("profiles", "docker@3c28324"), ("machines", "--libseccomp V"), ("verdicts", "! weakened")]
    {
        let ran = sdiff(&format!("help {topic}")).run().status(0).stderr("").stdout_has(says);
        let one = &topic[..topic.len() - 1];
        let same = sdiff(&format!("--no-pager help --color never {one}")).run().status(0);
        assert_eq!(same.stdout, ran.stdout);
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{topic}: {widest:?}");
        assert!(sdiff("--help").run().stdout.contains(&format!("`sdiff help {topic}`")));
    }
}
