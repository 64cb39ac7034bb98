//! What the pages of the documentation show is what the program prints.

use super::sdiff;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(repository().join(name)).expect("the page").replace("\r\n", "\n")
}

/// Puts the files of a folder of the repository into another.
fn copy(from: &str, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(repository().join(from)).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copies");
        }
    }
}

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
    let page = page("docs/overlay.md");
    let mut folder = tempfile::tempdir().expect("a temporary folder");
    copy("examples", folder.path());
    copy("examples/conflict", folder.path());
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
    assert_eq!(ran, 5, "the commands of the page");
}

/// The lines of a page that are commands without output. What needs a container, root, or the rows of
/// another program is tried elsewhere.
fn lines(page: &str) -> Vec<&str> {
    let blocks = page.split("```").skip(1).step_by(2);
    let lines = blocks.filter(|block| !block.contains("\n$ ")).flat_map(str::lines);
    let elsewhere = ["container:", "sdiff ps", "--from-rows"];
    lines
        .filter(|line| line.starts_with("sdiff "))
        .filter(|line| !elsewhere.iter().any(|part| line.contains(part)))
        .collect()
}

/// Every line of README and of the pages runs in `examples/`, as they say.
#[test]
fn lines_of_pages_run_on_the_examples() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let examples = folder.path().join("examples");
    for part in ["", "stack", "conflict"] {
        copy(&format!("examples/{part}"), &examples.join(part));
    }
    copy("docs/pictures", &examples);
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("sdiff() {{ \"$SDIFF\" \"$@\"; }}\n{script}")]);
        shell.env("SDIFF", env!("CARGO_BIN_EXE_sdiff")).current_dir(&examples);
        shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GITHUB_EVENT_PATH");
        shell.output().expect("sh")
    };
    let made = shell(
        "set -e; git init -q -b main ..; git config user.name A; git config user.email a@invalid
         git add .; git commit -qm one; git tag v1.2
         sed -i.kept s/chwon/chown/ mine.json; git commit -qam two; git tag v1.3; git checkout -qb work",
    );
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut pages = vec!["README.md".to_owned()];
    for file in fs::read_dir(repository().join("docs")).expect("a folder") {
        let name = file.expect("a file").file_name().into_string().expect("a name");
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    let mut tried = 0;
    for name in pages {
        for line in lines(&page(&name)) {
            let ran = shell(line);
            let said = String::from_utf8_lossy(&ran.stderr);
            assert!(matches!(ran.status.code(), Some(0 | 1)), "{name}: {line}\n{said}");
            tried += 1;
        }
    }
    assert!(tried >= 35, "{tried}");
}

/// An acceptance on a page has the id that the report shows.
#[test]
fn ids_on_pages_are_those_of_the_examples() {
    let run = sdiff("-v default examples/mine.json").at(&repository()).run();
    let id = "sd2-added-keyctl-be25b801316844e3";
    run.stdout_has(&format!("id: {id}\n"));
    for name in ["docs/review.md", "docs/sdiff-toml.md"] {
        let accepted = format!("change = \"{id}\"\nprofile = \"examples/mine.json\"\n");
        assert!(page(name).contains(&accepted), "{name}");
    }
}
