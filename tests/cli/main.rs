//! The program, as its users meet it: files in, arguments, what it prints and its status.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

mod accept;
mod baselines;
mod check;
mod colors;
mod engines;
mod errors;
mod explain;
mod explain_faces;
mod extends;
mod faces;
mod filter_texts;
mod filters;
mod fingerprint;
mod fleet;
mod gates;
mod git_diff;
mod held;
mod help;
mod implied;
mod json;
mod layout;
mod learn;
mod library;
mod lineage;
mod live;
mod lsp;
mod merge;
mod merge_driver;
mod name;
mod needs;
mod normalize;
mod objects;
mod options;
mod output;
mod packages;
mod pager;
mod pages;
mod readme;
mod rebase;
mod recordings;
mod repository;
mod require;
mod review;
mod schema;
mod settings;
mod settings_file;
mod stack;
mod text;
mod uses;
mod uses_kinds;
mod warnings;
mod written;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// One run of the program in a folder of its own.
struct Test {
    folder: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Variables that the program does not see.
    hidden: Vec<String>,
    stdin: String,
    /// Where it runs, if not in its folder.
    place: Option<std::path::PathBuf>,
}

/// What a run gave.
struct Ran {
    stdout: String,
    stderr: String,
    status: i32,
    folder: TempDir,
}

/// A run with these arguments, between spaces.
fn sdiff(arguments: &str) -> Test {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    let (environment, hidden) = (Vec::new(), Vec::new());
    Test { folder, arguments, environment, hidden, stdin: String::new(), place: None }
}

/// A profile that blocks all but what these rules say.
fn profile(rules: &str) -> String {
    format!("{{\n\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"syscalls\": [\n{rules}\n]\n}}\n")
}

/// The same with the ABI of amd64 listed: without a list runc writes no stub.
fn listed(rules: &str) -> String {
    let list = "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}],\n\"syscalls\"";
    profile(rules).replace("\"syscalls\"", list)
}

/// A rule that allows calls, with further members.
fn allow(names: &str, more: &str) -> String {
    let names: Vec<String> = names.split(' ').map(|name| format!("{name:?}")).collect();
    format!("{{\"names\": [{}], \"action\": \"SCMP_ACT_ALLOW\"{more}}}", names.join(", "))
}

impl Test {
    fn file(self, name: &str, text: &str) -> Test {
        fs::write(self.folder.path().join(name), text).expect("writes");
        self
    }

    fn folder_file(self, folder: &str, name: &str, text: &str) -> Test {
        fs::create_dir_all(self.folder.path().join(folder)).expect("a folder");
        self.file(&format!("{folder}/{name}"), text)
    }

    fn argument(mut self, argument: &str) -> Test {
        self.arguments.push(argument.to_owned());
        self
    }

    fn env(mut self, name: &str, value: &str) -> Test {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Test {
        self.hidden.push(name.to_owned());
        self
    }

    /// Runs in a folder of its own folder.
    fn within(mut self, folder: &str) -> Test {
        self.place = Some(self.folder.path().join(folder));
        self
    }

    /// Runs somewhere else.
    fn at(mut self, folder: &Path) -> Test {
        self.place = Some(folder.to_owned());
        self
    }

    fn stdin(mut self, text: &str) -> Test {
        self.stdin = text.to_owned();
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdiff"));
        let place = self.place.as_deref().unwrap_or(self.folder.path());
        command.args(&self.arguments).current_dir(place);
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM"] {
            command.env_remove(name);
        }
        for name in &self.hidden {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(self) -> Ran {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A program that does not read it closes the pipe.
        let _ = stdin.write_all(self.stdin.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("ends");
        Ran::of(output, self.folder)
    }
}

impl Ran {
    fn of(output: Output, folder: TempDir) -> Ran {
        Ran {
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            status: output.status.code().expect("no signal"),
            folder,
        }
    }

    #[track_caller]
    fn status(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn stdout(self, text: &str) -> Ran {
        assert_eq!(self.stdout, text);
        self
    }

    #[track_caller]
    fn stderr(self, text: &str) -> Ran {
        assert_eq!(self.stderr, text);
        self
    }

    #[track_caller]
    fn stdout_has(self, part: &str) -> Ran {
        assert!(self.stdout.contains(part), "no {part:?} in\n{}", self.stdout);
        self
    }

    #[track_caller]
    fn stderr_has(self, part: &str) -> Ran {
        assert!(self.stderr.contains(part), "no {part:?} in\n{}", self.stderr);
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("there")
    }

    /// The names of all files in the folder.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path() as &Path).expect("reads");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("reads").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}
