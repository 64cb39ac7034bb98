//! Help, the manual page and completions.

use super::*;

#[test]
fn help_fits_a_screen() {
    let help = sdiff("--help").run().status(0).stderr("").stdout;
    let lines = help.lines().count();
    assert!((20..=46).contains(&lines), "{lines} lines:\n{help}");
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
        // The function asks the program, which knows the values.
        sdiff("completions").argument(shell).run().status(0).stdout_has("SDIFF_COMPLETE");
    }
    let asked = |words: &str| {
        let index = words.split(' ').count() - 1;
        let test = words.split(' ').fold(sdiff("--"), Test::argument);
        let test = test.env("SDIFF_COMPLETE", "bash").env("_CLAP_IFS", "\n");
        let ran = test.env("_CLAP_COMPLETE_INDEX", &index.to_string()).run().status(0).stderr("");
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for (words, has) in [
        // The main form: a built-in profile, its release, and the options of `diff`.
        ("sdiff def", "default"),
        ("sdiff default docker@28.2.", "docker@28.2.1"),
        ("sdiff default mine.json --fail-on w", "weakened"),
        ("sdiff default --old-e", "--old-engine"),
        ("sdiff ch", "check"),
        ("sdiff --host amd64,arm", "amd64,arm64"),
        ("sdiff --caps none,CAP_SYS_P", "none,CAP_SYS_PTRACE"),
        ("sdiff --runtime runc@1.1.1", "runc@1.1.15"),
        ("sdiff explain default io_uring_e", "io_uring_enter"),
        ("sdiff check --explain no-e", "no-effect"),
        ("sdiff check --format sa", "sarif"),
        ("sdiff check --also sa", "sarif="),
        ("sdiff rebase mine.json --onto podman@5.8", "podman@5.8.2"),
    ] {
        let answers = asked(words);
        assert!(answers.iter().any(|answer| answer == has), "{words}: {answers:?}");
    }
    sdiff("completions sh").run().status(2).stdout("").stderr_has("bash");
}

/// Of every command the examples come first, and no line is wider than is asked for.
#[test]
fn help_of_each_command() {
    let help = sdiff("--help").run().stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.map_while(|line| line.strip_prefix("  ")?.split(' ').next());
    let hidden = ["merge-driver", "git-diff", "completions", "man"];
    let mut seen = 0;
    for command in commands.filter(|name| *name != "help").chain(hidden) {
        let help = sdiff(&format!("{command} --help --width 60")).run().status(0).stdout;
        let at = |heading: &str| help.find(heading).unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(at("Examples:\n") < at("\nUsage:"), "{command}: {help}");
        // Examples are lines of a shell.
        let prose = &help[..at("Examples:\n")];
        assert!(prose.lines().all(|line| line.chars().count() <= 60), "{command}: {prose}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
