//! `--format` and `--also`.

use super::*;

const ALL: [(&str, &str); 5] = [
    ("markdown", "### "),
    ("sarif", "{\n  \"$schema\""),
    ("github", "sdiff: "),
    ("gitlab", "["),
    ("junit", "<?xml"),
];

#[test]
fn the_format_does_not_change_the_status() {
    for (format, start) in ALL {
        let run = |arguments: &str| sdiff(arguments).argument("--format").argument(format).run();
        let ran = run("diff docker@29.4.2 default").status(1);
        assert!(ran.stdout.starts_with(start), "{format}: {}", ran.stdout);
        let _same = run("diff default default").status(0);
        let _let_through = run("diff docker@29.4.2 default --fail-on never").status(0);
        let _found = run("check docker@1.12").status(1);
        let _let_through = run("check docker@1.12 --fail-on never").status(0);
    }
}

#[test]
fn others_are_written_from_the_same_run() {
    let mut test = sdiff("docker@29.4.2 default");
    for (format, _) in ALL {
        test = test.argument("--also").argument(&format!("{format}=out.{format}"));
    }
    let ran = test.argument("--also=text=out.text").argument("--also=json=out.json").run();
    let ran = ran.status(1);
    for (format, _) in ALL.into_iter().chain([("text", ""), ("json", "")]) {
        let alone = sdiff("docker@29.4.2 default -f").argument(format).run();
        assert_eq!(ran.read(&format!("out.{format}")), alone.stdout, "{format}");
    }
    assert_eq!(ran.stdout, ran.read("out.text"));
    assert_eq!(ran.files().len(), 7);
    let ran = sdiff("check docker@1.12 -q --also junit=out.xml").run().status(1).stdout("");
    assert!(ran.read("out.xml").starts_with("<?xml"));
}

#[test]
fn a_value_that_is_none_teaches() {
    for (value, says) in [
        ("sarif", "it is FORMAT=FILE, as in `sarif=out.sarif`"),
        ("pdf=x", "no format `pdf`: there are text, json,"),
        ("sarif=", "a file is missing behind `sarif=`"),
        ("sarif=-", "a file is missing behind `sarif=`"),
    ] {
        let ran = sdiff("default default --also").argument(value).run().status(2);
        let _ran = ran.stdout("").stderr_has(says);
    }
    for arguments in ["--also sarif=x --also junit=x", "-o x --also junit=x"] {
        let ran = sdiff(&format!("default default {arguments}")).run().status(2);
        let _ran = ran.stdout("").stderr_has("`x` cannot hold two formats");
    }
    for arguments in ["check default -f unified", "check default --also unified=x"] {
        let ran = sdiff(arguments).run().status(2);
        let _ran = ran.stdout("").stderr_has("`unified` is a format of `sdiff diff`");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_trouble() {
    let ran = sdiff("docker@29.4.2 default --also sarif=no/such/x").run().status(2);
    assert!(ran.files().is_empty());
    let _ran = ran.stdout("").stderr_has("error: cannot write `no/such/x`: ");
}

#[test]
fn trouble_leaves_files_as_they_were() {
    let test = sdiff("default nothing.json --also sarif=x").file("x", "old");
    assert_eq!(test.run().status(2).read("x"), "old");
}

#[test]
fn places_are_those_of_the_file() {
    let text = profile(&allow("keyctl", ""));
    let run = |format: &str| {
        let test = sdiff("default ./a/mine.json -f").argument(format);
        test.folder_file("a", "mine.json", &text).run().stdout
    };
    let place = "::error file=a/mine.json,line=4,endLine=4,col=12,endColumn=20,";
    assert!(run("github").contains(place), "{}", run("github"));
    assert!(run("gitlab").contains("\"path\": \"a/mine.json\""));
    assert!(run("sarif").contains("\"uri\": \"a/mine.json\""));
    // Nothing points into what is no file.
    let ran = sdiff("docker@29.4.2 default -f github").run();
    assert!(!ran.stdout.contains("file="), "{}", ran.stdout);
}
