//! Help, the manual page and completions.

use super::*;

#[test]
fn help_fits_a_screen() {
    let help = sdiff("--help").run().status(0).stderr("").stdout;
    let lines = help.lines().count();
    assert!((20..=45).contains(&lines), "{lines} lines:\n{help}");
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    assert!(help.contains("Examples:\n  sdiff default mine.json"), "{help}");
    sdiff("-h").run().status(0).stdout(&help);
}

#[test]
fn each_option_of_diff_is_explained() {
    let help = sdiff("diff --help").run().status(0).stdout;
    for option in [
        "--host",
        "--caps",
        "--kernel",
        "--engine",
        "--old-engine",
        "--new-engine",
        "--runtime",
        "--input-format",
        "--format",
        "--only",
        "--within",
        "--fail-on",
        "--exit-code",
        "--quiet",
        "--output",
        "--verbose",
        "--color",
    ] {
        assert!(help.contains(option), "{option}");
    }
    assert!(help.contains("REV:PATH") && help.contains("! weakened"), "{help}");
    sdiff("help diff").run().status(0).stdout(&help);
}

#[test]
fn the_version() {
    let version = concat!("sdiff ", env!("CARGO_PKG_VERSION"), "\n");
    sdiff("--version").run().status(0).stdout(version);
}

#[test]
fn the_manual_page_has_every_command() {
    let page = sdiff("man").run().status(0).stdout;
    for command in ["DIFF", "NORMALIZE", "BASELINES", "FINGERPRINT", "COMPLETIONS", "MAN"] {
        assert!(page.contains(&format!(".SH \"SDIFF {command}\"")), "{command}");
    }
    assert!(page.contains("\\-\\-fail\\-on"), "{page}");
}

#[test]
fn completions_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        sdiff("completions").argument(shell).run().status(0).stdout_has("new-engine");
    }
    sdiff("completions sh").run().status(2).stdout("").stderr_has("bash");
}
