//! How reports are laid out: the verdict first, widths, lists, ids, links.

use super::*;

/// The columns of a line, of which colours and links take none.
fn columns(line: &str) -> usize {
    let mut text = String::new();
    for (at, part) in line.split("\u{1b}").enumerate() {
        text += match (at, part.chars().next()) {
            (0, _) => part,
            (_, Some('[')) => part.split_once('m').expect("a colour").1,
            (_, Some(']')) => "",
            _ => part.strip_prefix('\\').expect("the end of a link"),
        };
    }
    text.chars().count()
}

#[test]
fn the_verdict_is_the_first_line_and_of_a_long_report_the_last() {
    let mine = listed(&allow("read keyctl", ""));
    let short = sdiff("a.json b.json").file("a.json", &listed(&allow("read", "")));
    let short = short.file("b.json", &mine).run().stdout;
    assert_eq!(short.matches("b.json lets through").count(), 1, "{short}");
    assert!(short.starts_with("b.json lets through one kind of calls that a.json blocks."));
    let long = sdiff("default b.json --runtime none").file("b.json", &mine).run().stdout;
    let first = long.lines().next().expect("a line");
    assert!(first.starts_with("b.json lets through one kind of calls that default blocks."));
    assert_eq!(long.lines().next_back(), Some(first), "{long}");

    let text = sdiff("check b.json").file("b.json", &mine).run().stdout;
    let first = text.lines().next().expect("a line");
    assert!(first.contains(" error") && first.contains("info"), "{text}");
    let rules: Vec<String> = (0..9).map(|at| allow(&format!("raed{at}"), "")).collect();
    let text = sdiff("check c.json").file("c.json", &profile(&rules.join(",\n"))).run().stdout;
    assert_eq!(text.lines().next(), text.lines().next_back(), "{text}");
}

#[test]
fn no_line_is_wider_than_it_is_asked_for() {
    let mine = profile(&[allow("raed mount", ""), allow("keyctl read", "")].join(",\n"));
    for arguments in [
        "docker@1.12 default",
        "default empty.json",
        "default allow.json",
        "--within default mine.json",
        "default default --new-engine containerd",
        "--summary default empty.json",
        "check mine.json",
        "check allow.json",
        "check --summary mine.json allow.json",
        "check --rules",
        "check --explain no-effect",
        "explain default clone",
        "lineage mine.json",
        "machines",
        "baselines",
        "fleet mine.json allow.json",
        "help machines",
        "help profiles",
        "help verdicts",
    ] {
        for width in [60, 72, 100, 150] {
            let run = |more: &str| {
                let test = sdiff(&format!("{arguments} {more}"));
                let test = test.file("mine.json", &mine).file("empty.json", &profile(""));
                test.file("allow.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}").run().stdout
            };
            let text = run(&format!("--width {width}"));
            assert!(!text.is_empty(), "{arguments}");
            // The answer of `--within` has its lines for programs.
            if width == 100 && !arguments.starts_with("--within") {
                assert_eq!(run(""), text, "{arguments}: a pipe has 100 columns");
            }
            // `check` and `explain` show lines of the file, cut at the width.
            let is_wide = |line: &&str| {
                let words = line.split([' ', '|']).filter(|word| !word.is_empty()).count();
                line.chars().count() > width && words > 1
            };
            assert_eq!(text.lines().find(is_wide), None, "{arguments} --width {width}");
            if width == 60 && !arguments.starts_with("help") {
                let colored = run("--width 60 --color always --hyperlink always");
                let wide = colored.lines().find(|line| {
                    columns(line) > width
                        && columns(line) != line.trim().chars().count()
                        && !text.lines().any(|plain| plain.chars().count() == columns(line))
                });
                assert_eq!(wide, None, "{arguments} in colour");
            }
        }
    }
    for wrong in ["59", "x", "-1", "99999"] {
        let ran = sdiff(&format!("default default --width={wrong}")).run().status(2).stdout("");
        ran.stderr_has("from 60 to 10000");
    }
}

#[test]
fn long_lists_are_cut_and_told_whole_when_asked() {
    let run = |more: &str| {
        sdiff(&format!("default empty.json {more}")).file("empty.json", &profile("")).run().stdout
    };
    let text = run("");
    assert!(text.lines().count() < 130, "{text}");
    assert!(text.contains("more; -v shows all (364 calls)"), "{text}");
    // What is named and what is counted are all.
    let block = text.split("  - removed    ").find(|block| block.contains("(364 calls)"));
    let names: Vec<&str> =
        block.expect("it").split(", and ").next().expect("names").split(',').collect();
    let more = format!("and {} more", 364 - names.len());
    assert!(text.contains(&more), "{more}: {text}");
    let whole = run("-v");
    assert!(!whole.contains("-v shows all"), "{whole}");
    assert!(whole.contains("write, writev (364 calls)"), "{whole}");
}

#[test]
fn a_summary_is_a_line_a_kind() {
    let mine = profile(&allow("read keyctl add_key", ""));
    let test = |arguments: &str| {
        let old = profile(&allow("read chown", ""));
        sdiff(arguments).file("a.json", &old).file("b.json", &mine).run()
    };
    let text = test("--summary a.json b.json --runtime none").status(1).stdout;
    let lines: Vec<&str> = text.lines().skip(3).collect();
    assert_eq!(lines, ["  + added    2  add_key, keyctl", "  - removed  1  chown"], "{text}");
    let text = test("check --summary b.json").stdout;
    assert!(text.contains("\n  ! dangerous-call"), "{text}");
    assert_eq!(text.lines().count(), 1 + text.lines().filter(|l| l.starts_with("  ")).count());
    test("--summary a.json b.json --format json").status(2).stderr_has("`text`");
}

#[test]
fn an_acceptance_is_written_from_the_screen() {
    let old = profile(&allow("read mseal", ""));
    let new = profile(&allow("read keyctl bpf mseal", ""));
    let run = |arguments: &str, config: &str| {
        let test = sdiff(arguments).file("old.json", &old).file("new.json", &new);
        test.file("sdiff.toml", config).run()
    };
    let ids = |text: &str| -> Vec<String> {
        let ids = text.lines().filter_map(|line| line.trim().strip_prefix("id: "));
        ids.map(|id| id.split(' ').next().expect("an id").to_owned()).collect()
    };
    let accept = |key: &str, ids: &[String]| -> String {
        let one = |id: &String| format!("[[accept]]\n{key} = \"{id}\"\nreason = \"seen\"\n");
        ids.iter().map(one).collect()
    };
    let shown = ids(&run("-v old.json new.json", "").status(1).stdout);
    assert_eq!(shown.len(), 2, "{shown:?}");
    run("old.json new.json", &accept("change", &shown)).status(0);
    run("old.json new.json", &accept("change", &shown[..1])).status(1);
    let shown = ids(&run("-v check new.json", "").status(1).stdout);
    assert!(shown.len() > 2, "{shown:?}");
    let all = accept("rule", &shown);
    run("check new.json --fail-on info", &all).status(0).stdout_has("accepted");
    assert!(ids(&run("check new.json", "").stdout).is_empty());
}

#[test]
fn evidence_is_as_readable_as_the_finding() {
    let mine = profile(&allow("read keyctl", ""));
    for arguments in ["default mine.json", "check mine.json"] {
        let test = sdiff(&format!("{arguments} --color always")).file("mine.json", &mine);
        let text = test.run().stdout;
        let evidence =
            ["proof: ", "danger: ", "mine.json:", "Docker does not", "help: ", "needs: "];
        let found: Vec<&str> =
            text.lines().filter(|line| evidence.iter().any(|word| line.contains(word))).collect();
        assert!(found.len() > 3, "{text}");
        let dim = found.iter().find(|line| line.contains("\u{1b}[2m"));
        assert_eq!(dim, None);
    }
}

#[test]
fn places_lead_to_files_where_it_is_asked_for() {
    let mine = profile(&allow("read keyctl", ""));
    let run = |arguments: &str| {
        let test = sdiff(arguments).file("a.json", &profile(&allow("read", "")));
        test.file("my file.json", &mine).argument("a.json").argument("my file.json").run()
    };
    let ran = run("--hyperlink always");
    let folder = fs::canonicalize(ran.folder.path()).expect("a folder");
    let link = format!(
        "\u{1b}]8;;file://{}/my%20file.json\u{1b}\\my file.json:4\u{1b}]8;;\u{1b}\\",
        folder.display()
    );
    assert!(ran.stdout.contains(&link), "{:?}", ran.stdout);
    assert!(run("check --hyperlink always").stdout.contains("/my%20file.json\u{1b}\\"));
    for none in ["", "--hyperlink never", "--hyperlink auto --color always", "--color always"] {
        assert!(!run(none).stdout.contains("]8;;"), "{none}");
    }
    // Programs get none.
    assert!(!run("--hyperlink always --format json").stdout.contains("]8;;"));
}
