//! What the pages of the documentation show is what the program prints.

use super::sdiff;
use std::fs;
use std::path::Path;

/// The team's two calls, put into the default of its time by hand once.
const TEAM: &str = r#"{ "syscalls": [
    { "names": ["keyctl", "unshare"], "action": "SCMP_ACT_ALLOW" } ] }"#;

/// The commands of a page with what it shows of their output.
fn shown(page: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let blocks = page.split("\n```\n");
    for line in blocks.filter(|block| block.starts_with("$ ")).flat_map(str::lines) {
        match (line.strip_prefix("$ "), all.last_mut()) {
            (Some(command), _) => all.push((command.to_owned(), Vec::new())),
            (None, Some((_, output))) => output.push(line.to_owned()),
            (None, None) => {}
        }
    }
    all
}

#[test]
fn a_stale_fork_becomes_an_overlay_as_the_page_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/overlay.md");
    let page = fs::read_to_string(path).expect("the page").replace("\r\n", "\n");
    let fork = sdiff("merge --base docker@20.10.0 team.json").file("team.json", TEAM).run();
    let mut folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("mine.json"), fork.stdout).expect("writes");
    let mut ran = 0;
    for (command, wanted) in shown(&page) {
        let found = if let Some(arguments) = command.strip_prefix("sdiff ") {
            let mut test = sdiff(arguments);
            test.folder = folder;
            let run = test.run();
            folder = run.folder;
            ran += 1;
            run.stderr + &run.stdout
        } else if let Some(name) = command.strip_prefix("cat ") {
            fs::read_to_string(folder.path().join(name)).expect("a file")
        } else {
            assert!(command.starts_with("docker run "), "{command}");
            continue;
        };
        // The page leaves out the end of a long list.
        let is_cut = wanted.last().is_some_and(|line| line.trim() == "...");
        let count = if is_cut { wanted.len() - 1 } else { found.lines().count() };
        let found: Vec<&str> = found.lines().take(count).collect();
        let wanted: Vec<&str> =
            wanted.iter().take(wanted.len() - usize::from(is_cut)).map(|line| &**line).collect();
        assert_eq!(found.join("\n"), wanted.join("\n"), "{command}");
    }
    assert_eq!(ran, 4, "the commands of the page");
}
