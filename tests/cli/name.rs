//! The program under the name that it was called by.

use super::*;

/// What the program says under another name: the second one that is installed, or one of the
/// user's.
fn called(program: &Path, arguments: &[&str]) -> (String, String) {
    let output = Command::new(program).args(arguments).output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr))
}

/// Words `sdiff` by themselves, which `sdiff.toml` is none of.
fn own_name(text: &str) -> Vec<&str> {
    let text = text.lines().filter(|line| line.replace("sdiff.toml", "").contains("sdiff"));
    let named = [
        "seccomp-sdiff",
        "merge.sdiff",
        "merge=sdiff",
        "diff.sdiff",
        "diff=sdiff",
        "seccomp\\-sdiff",
        "_seccomp__sdiff",
        "sdiff.toml",
        "SECCOMP-SDIFF",
    ];
    text.filter(|line| {
        let rest = named.iter().fold((*line).to_owned(), |line, name| line.replace(name, ""));
        rest.contains("sdiff")
    })
    .collect()
}

#[test]
fn help_errors_completions_and_the_manual_page_have_it() {
    let program = Path::new(env!("CARGO_BIN_EXE_seccomp-sdiff"));
    let help = sdiff("--help").run().stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.map_while(|line| line.strip_prefix("  ")?.split(' ').next());
    let of_commands = commands.filter(|name| *name != "help").map(|name| vec![name, "--help"]);
    let hidden =
        ["merge-driver", "git-diff", "completions", "man"].map(|name| vec![name, "--help"]);
    let others = [vec!["--help"], vec!["man"]];
    let mut seen = 0;
    for arguments in of_commands.chain(hidden).chain(others) {
        let (stdout, stderr) = called(program, &arguments);
        assert!(stdout.contains("seccomp"), "{arguments:?}: {stdout}{stderr}");
        assert_eq!(own_name(&stdout), Vec::<&str>::new(), "{arguments:?}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
    let script = called(program, &["completions", "bash"]).0;
    assert!(script.trim_end().ends_with(" seccomp-sdiff"), "{script}");
    let (stdout, _) = called(program, &["--version"]);
    assert_eq!(stdout, concat!("seccomp-sdiff ", env!("CARGO_PKG_VERSION"), "\n"));
    for arguments in [&["docker@99", "default"][..], &["default"], &["chek"], &["check", "--hots"]]
    {
        let (stdout, stderr) = called(program, arguments);
        assert_eq!(stdout, "");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert_eq!(own_name(&stderr), Vec::<&str>::new(), "{arguments:?}");
    }
}

#[test]
fn a_report_is_the_same_under_each_name() {
    let arguments = ["docker@20.10.0", "default"];
    let of = |program| called(Path::new(program), &arguments).0;
    let report = of(env!("CARGO_BIN_EXE_sdiff"));
    assert!(report.contains("lets through"), "{report}");
    assert_eq!(of(env!("CARGO_BIN_EXE_seccomp-sdiff")), report);
}

#[test]
fn any_name_will_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join(format!("scdiff{}", std::env::consts::EXE_SUFFIX));
    // A copy that was just written cannot be run while another test, which is about to run its own
    // program, still holds it open.
    #[cfg(unix)]
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sdiff"), &program).expect("links");
    #[cfg(not(unix))]
    fs::copy(env!("CARGO_BIN_EXE_sdiff"), &program).expect("copies");
    assert!(called(&program, &["--help"]).0.contains("\n  scdiff default mine.json"));
    assert_eq!(
        called(&program, &["--version"]).0,
        concat!("scdiff ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// What a report for a reader advises runs where the short name is another program.
#[test]
fn advice_has_it() {
    let program = Path::new(env!("CARGO_BIN_EXE_seccomp-sdiff"));
    let check = called(program, &["check", "default"]).0;
    assert!(check.contains("`seccomp-sdiff FILE FILE"), "{check}");
    let texts = [
        check,
        called(program, &["check", "--explain", "stale"]).0,
        called(program, &["check", "--rules"]).0,
        called(program, &["baselines"]).0,
        called(program, &["machines"]).0,
        called(program, &["default", "default", "--runtime", "rucn"]).1,
    ];
    for text in texts {
        assert_eq!(own_name(&text), Vec::<&str>::new());
    }
    // For programs a report is the same bytes.
    let json = |program| called(Path::new(program), &["check", "default", "--format", "json"]).0;
    assert_eq!(json(env!("CARGO_BIN_EXE_seccomp-sdiff")), json(env!("CARGO_BIN_EXE_sdiff")));
}

/// A line of the user's file stays as it is.
#[test]
fn excerpts_are_left_alone() {
    let ran = sdiff("default mine.json").file("mine.json", "{ \"`sdiff check`\": x }\n").run();
    assert!(ran.stderr.contains("`sdiff check`"), "{}", ran.stderr);
    let program = Path::new(env!("CARGO_BIN_EXE_seccomp-sdiff"));
    let file = ran.folder.path().join("mine.json");
    let (_, stderr) = called(program, &["default", file.to_str().expect("UTF-8")]);
    assert!(stderr.contains("{ \"`sdiff check`\": x }"), "{stderr}");
}

#[test]
fn a_mistyped_command_is_told_the_right_one() {
    for (typed, meant) in [("chek", "check"), ("reveiw", "review"), ("linage", "lineage")] {
        let ran = sdiff(&format!("{typed} mine.json")).run().status(2).stdout("");
        assert!(ran.stderr.contains(&format!("'{meant}'")), "{}", ran.stderr);
    }
    // A profile of that name is meant by its name.
    sdiff("chek default").file("chek", &profile(&allow("read", ""))).run().status(1);
}
