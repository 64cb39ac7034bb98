//! Completions in the real bash, zsh and fish, typed on a terminal of tmux.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use sdiff_real::shipped::sdiff;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// The two names of the program, beside each other as they are installed.
const NAMES: [&str; 2] = ["sdiff", "seccomp-sdiff"];

/// What is typed before the key, and what the line is to have then: more, so that it is seen when
/// the shell is done.
const TYPED: [(&str, &str); 10] = [
    ("unconf", "unconfined"),
    ("default docker@28.4", "docker@28.4.0"),
    ("default mi", "mine.json"),
    ("default mine.json --old-eng", "--old-engine"),
    ("--host loong", "loongarch64"),
    ("default mine.json --caps CAP_SYS_PT", "CAP_SYS_PTRACE"),
    ("explain default io_uring_en", "io_uring_enter"),
    ("check --explain impossible-c", "impossible-condition"),
    ("help verd", "verdicts"),
    ("schema prof", "profile"),
];

/// A terminal with a shell in it.
struct Terminal {
    socket: String,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]);
    }
}

impl Terminal {
    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        let output = tmux.args(["-L", &self.socket]).args(arguments).output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows a text; how long hangs on the machine alone.
    fn wait(&self, text: &str) -> bool {
        self.soon(|screen| screen.contains(text))
    }

    fn soon(&self, is_so: impl Fn(&str) -> bool) -> bool {
        (0..600).any(|_| {
            let is_now = is_so(&self.screen());
            if !is_now {
                sleep(Duration::from_millis(100));
            }
            is_now
        })
    }

    /// Removes the line, until the screen has it no more and does not get it back: a shell that is
    /// asked to clear the screen may draw it again. No C-c, which a shell may obey much later.
    fn clear(&self, text: &str) -> bool {
        self.soon(|_| {
            for key in ["C-u", "C-l"] {
                self.tmux(&["send-keys", key]);
            }
            (0..3).all(|_| {
                sleep(Duration::from_millis(100));
                !self.screen().contains(text)
            })
        })
    }
}

fn has(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|o| o.status.success())
}

/// Whether the shell and tmux are there; where everything is required, they must be.
fn is_there(shell: &str) -> bool {
    let missing: Vec<&str> = [shell, "tmux"].into_iter().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var_os("SDIFF_REQUIRE_REAL").is_none(), "missing: {missing:?}");
    eprintln!("SKIPPED: completions in {shell}: missing are {missing:?}");
    false
}

/// A folder with the program under both names, which it is called by.
fn programs(folder: &Path) -> PathBuf {
    let folder = folder.join("bin");
    fs::create_dir(&folder).expect("a folder");
    for name in NAMES {
        std::os::unix::fs::symlink(sdiff(), folder.join(name)).expect("links");
    }
    folder
}

fn completes(shell: &str, start: &[&str], file: &str, text: &str) {
    if !is_there(shell) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("mine.json"), "{}").expect("writes");
    fs::write(folder.path().join(file), text).expect("writes");
    let terminal = Terminal { socket: format!("sdiff-{shell}-{}", std::process::id()) };
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("PATH={}:{path}", programs(folder.path()).display());
    let home = format!("HOME={}", folder.path().display());
    let zdotdir = format!("ZDOTDIR={}", folder.path().display());
    let config = format!("XDG_CONFIG_HOME={}", folder.path().display());
    let here = folder.path().to_str().expect("a path");
    let mut arguments = vec!["-f", "/dev/null", "new-session", "-d", "-x", "160", "-y", "50"];
    arguments.extend(["-c", here, "env", &path, &home, &zdotdir, &config, "TERM=screen"]);
    arguments.extend(start);
    terminal.tmux(&arguments);
    let ready = "printf 'rea%s\\n' dy";
    terminal.tmux(&["send-keys", "-l", ready]);
    terminal.tmux(&["send-keys", "Enter"]);
    assert!(terminal.wait("ready"), "{shell}: {}", terminal.screen());
    for name in NAMES {
        for (typed, wanted) in TYPED {
            terminal.tmux(&["send-keys", "-l", &format!("{name} {typed}")]);
            assert!(terminal.wait(typed), "{shell}: {}", terminal.screen());
            terminal.tmux(&["send-keys", "Tab"]);
            let line =
                format!("{name} {}{wanted}", &typed[..typed.rfind(' ').map_or(0, |at| at + 1)]);
            assert!(terminal.wait(&line), "{shell}: no {line:?} in {}", terminal.screen());
            assert!(terminal.clear(name), "{shell}: still {}", terminal.screen());
        }
    }
}

fn lines(shell: &str) -> String {
    NAMES.map(|name| format!("eval \"$({name} completions {shell})\"\n")).concat()
}

#[test]
fn in_bash() {
    completes("bash", &["bash", "--rcfile", "rc", "-i"], "rc", &lines("bash"));
}

#[test]
fn in_zsh() {
    let text = format!("autoload -Uz compinit; compinit -u\n{}", lines("zsh"));
    completes("zsh", &["zsh", "-i"], ".zshrc", &text);
}

#[test]
fn in_fish() {
    let text = NAMES.map(|name| format!("{name} completions fish | source\n")).concat();
    completes("fish", &["fish", "--init-command", "source rc.fish", "-i"], "rc.fish", &text);
}
