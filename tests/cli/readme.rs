//! What README shows is what the program prints, in text and in the picture.

use anstyle::AnsiColor;
use std::path::Path;
use std::process::Command;

/// The blocks that are sessions: a command behind `$ `, and what it prints.
fn sessions(page: &str) -> Vec<(String, String)> {
    let mut sessions: Vec<(String, String)> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        let block = block.split_once("\n```").map_or(block, |(block, _)| block);
        for line in block.lines() {
            match (line.strip_prefix("$ sdiff "), sessions.last_mut()) {
                (Some(command), _) => sessions.push((command.to_owned(), String::new())),
                (None, Some((_, printed))) => *printed += &format!("{line}\n"),
                (None, None) => panic!("no command: {line}"),
            }
        }
    }
    sessions
}

/// What a shell shows of a command in the repository: on a terminal standard output and error are one.
fn shown(arguments: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Command::new("sh");
    run.args(["-c", &format!("exec \"$0\" {arguments} 2>&1"), env!("CARGO_BIN_EXE_sdiff")]);
    run.current_dir(root).env_remove("COLUMNS");
    String::from_utf8(run.output().expect("it runs").stdout).expect("text")
}

/// `SDIFF_WRITE_DOCS=1` draws it.
#[test]
fn the_picture_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures/terminal.svg");
    let report = shown("default examples/mine.json --color=always --hyperlink=never");
    let session = format!("$ \u{1b}[1msdiff default examples/mine.json\u{1b}[0m\n{report}");
    // On a light ground: the colours of most terminals are hard to read on a dark one.
    let terminal = anstyle_svg::Term::new()
        .fg_color(AnsiColor::Black.into())
        .bg_color(AnsiColor::BrightWhite.into());
    let picture = terminal.render_svg(&session);
    if std::env::var_os("SDIFF_WRITE_DOCS").is_some() {
        std::fs::write(&path, picture).expect("it is written");
    } else {
        let kept = std::fs::read_to_string(&path).expect("the picture");
        assert!(kept == picture, "draw it: SDIFF_WRITE_DOCS=1 cargo test --test cli readme");
    }
}

#[test]
fn readme_shows_what_the_program_prints() {
    assert!(page_shows_what_the_program_prints("README.md") >= 4);
}

#[test]
fn the_page_on_filters_shows_what_the_program_prints() {
    assert!(page_shows_what_the_program_prints("docs/enforced.md") >= 4);
}

/// `SDIFF_WRITE_DOCS=1` writes it. How many sessions it has.
fn page_shows_what_the_program_prints(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut page = std::fs::read_to_string(&path).expect("the page");
    let sessions = sessions(&page);
    let count = sessions.len();
    let mut differ = Vec::new();
    for (command, shown) in sessions {
        let printed = self::shown(&command);
        if printed != shown {
            let session = |output: &str| format!("$ sdiff {command}\n{output}");
            page = page.replacen(&session(&shown), &session(&printed), 1);
            differ.push((command, printed));
        }
    }
    if std::env::var_os("SDIFF_WRITE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page is written");
    } else {
        assert!(
            differ.is_empty(),
            "write it: SDIFF_WRITE_DOCS=1 cargo test --test cli readme\n{differ:#?}"
        );
    }
    count
}
