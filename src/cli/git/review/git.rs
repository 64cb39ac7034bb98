//! Two sides of a git repository, by way of git itself.
//!
//! No shell, no hook, no filter and no program that a repository names is run: only plumbing that
//! reads objects.

use crate::load::MAX_BYTES;
use crate::review::{Content, File, FileChange, FileKind, Repository, Side, Trouble};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

/// What a side is.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// A commit, in full.
    Commit(String),
    /// What the next commit would hold.
    Index,
}

/// A repository and the two sides.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub folder: PathBuf,
    pub old: String,
    pub new: Tree,
    /// What messages put before an old path.
    pub prefix: String,
}

/// Renames are looked for among at most this many files.
const RENAME_LIMIT: &str = "-l2000";

/// The paths in which overlays are looked for.
const OVERLAYS: [&str; 3] = ["*.json", "*.yaml", "*.yml"];

pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env_remove("GIT_EXTERNAL_DIFF")
        .stdin(Stdio::null());
    command
}

/// What git prints; none where its status is 1, which says no.
pub(super) fn output(folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, Trouble> {
    let output = command(folder)
        .args(arguments)
        .output()
        .map_err(|error| Trouble(format!("git: {error}")))?;
    match output.status.code() {
        Some(0) => Ok(Some(output.stdout)),
        Some(1) => Ok(None),
        _ => {
            let message = String::from_utf8_lossy(&output.stderr);
            let first = message.lines().next().unwrap_or("it fails without a message");
            Err(Trouble(format!("git: {}", first.trim_start_matches("fatal: "))))
        }
    }
}

/// A line of what git prints.
pub(super) fn line(folder: &Path, arguments: &[&str]) -> Result<Option<String>, Trouble> {
    let output = output(folder, arguments)?;
    Ok(output.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}

impl Sides {
    /// What differs between the two.
    pub fn changes(&self) -> Result<Vec<FileChange>, Trouble> {
        let shown = ["-r", "-z", "-M", RENAME_LIMIT, "--raw", "--no-abbrev", "--no-ext-diff"];
        let mut arguments = match &self.new {
            Tree::Commit(_) => vec!["diff-tree"],
            Tree::Index => vec!["diff-index", "--cached"],
        };
        arguments.extend(shown);
        arguments.push(&self.old);
        if let Tree::Commit(new) = &self.new {
            arguments.push(new);
        }
        arguments.push("--");
        let bytes = output(&self.folder, &arguments)?.unwrap_or_default();
        changes(&bytes).ok_or_else(|| Trouble("git: a list of changes cannot be read".to_owned()))
    }

    /// What lies at these paths.
    fn list(&self, side: Side, paths: &[String]) -> Result<Vec<File>, Trouble> {
        match (side, &self.new) {
            (Side::New, Tree::Index) => {
                self.listed(&["ls-files", "-s", "-z", "--full-name", "--"], paths)
            }
            (Side::New, Tree::Commit(tree)) => self.list_tree(tree, paths),
            (Side::Old, _) => self.list_tree(&self.old, paths),
        }
    }

    /// The YAML and JSON files that hold one of these words.
    fn grep(&self, side: Side, words: &[&str]) -> Result<Vec<File>, Trouble> {
        let tree = match (side, &self.new) {
            (Side::Old, _) => self.old.as_str(),
            (Side::New, Tree::Commit(new)) => new.as_str(),
            (Side::New, Tree::Index) => "--cached",
        };
        // All is text here: an attribute of the change could say otherwise to hide an overlay.
        let mut arguments = vec!["grep", "-l", "-z", "--text", "-F", "--full-name"];
        arguments.push("--no-recurse-submodules");
        arguments.extend(words.iter().flat_map(|word| ["-e", word]));
        arguments.extend([tree, "--"]);
        let top: Vec<String> = OVERLAYS.iter().map(|glob| format!(":(top){glob}")).collect();
        arguments.extend(top.iter().map(String::as_str));
        let bytes = output(&self.folder, &arguments)?.unwrap_or_default();
        let paths = bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        let paths = paths.map(|path| {
            let path = String::from_utf8_lossy(path);
            let prefix = format!("{tree}:");
            path.strip_prefix(&prefix).unwrap_or(&path).to_owned()
        });
        let paths: Vec<String> = paths.collect();
        self.list(side, &paths)
    }

    /// Every file.
    fn everything(&self, side: Side) -> Result<Vec<File>, Trouble> {
        match (side, &self.new) {
            (Side::New, Tree::Index) => {
                self.listed(&["ls-files", "-s", "-z", "--full-name", "--"], &[])
            }
            (Side::New, Tree::Commit(tree)) => {
                self.listed(&["ls-tree", "-r", "-z", "--full-tree", tree, "--"], &[])
            }
            (Side::Old, _) => {
                self.listed(&["ls-tree", "-r", "-z", "--full-tree", &self.old, "--"], &[])
            }
        }
    }

    fn list_tree(&self, tree: &str, paths: &[String]) -> Result<Vec<File>, Trouble> {
        self.listed(&["ls-tree", "-z", "--full-tree", tree, "--"], paths)
    }

    fn listed(&self, arguments: &[&str], paths: &[String]) -> Result<Vec<File>, Trouble> {
        let mut files = Vec::new();
        // A command line has its limits. No path is all of them.
        let all: [&[String]; 1] = [&[]];
        let chunks = paths.chunks(200).chain(all.into_iter().filter(|_| paths.is_empty()));
        for paths in chunks {
            let mut command = command(&self.folder);
            command.env("GIT_LITERAL_PATHSPECS", "1").args(arguments);
            let output = command.args(paths).output();
            let output = output.map_err(|error| Trouble(format!("git: {error}")))?;
            files.extend(output.stdout.split(|byte| *byte == 0).filter_map(entry));
        }
        Ok(files)
    }
}

/// `MODE TYPE ID\tPATH` of ls-tree, `MODE ID STAGE\tPATH` of ls-files.
fn entry(line: &[u8]) -> Option<File> {
    let line = String::from_utf8_lossy(line).into_owned();
    let (about, path) = line.split_once('\t')?;
    let fields: Vec<&str> = about.split(' ').collect();
    let id = fields.iter().find(|field| field.len() >= 40)?;
    file(fields.first()?, id, path)
}

fn file(mode: &str, id: &str, path: &str) -> Option<File> {
    let kind = match mode.trim_start_matches(':') {
        "100644" | "100755" | "100664" => FileKind::Regular,
        "120000" => FileKind::Link,
        "160000" => FileKind::Submodule,
        _ => return None,
    };
    Some(File { path: path.to_owned(), id: id.to_owned(), kind })
}

/// `:MODE MODE ID ID STATUS\0PATH\0`, with a second path for renames and copies.
fn changes(bytes: &[u8]) -> Option<Vec<FileChange>> {
    let mut fields = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let mut changes = Vec::new();
    while let Some(about) = fields.next().filter(|about| !about.is_empty()) {
        let about: Vec<&str> = about.split(' ').collect();
        let [old_mode, new_mode, old_id, new_id, status] = about[..] else { return None };
        let path = fields.next()?;
        let new_path = match status.starts_with(['R', 'C']) {
            true => fields.next()?,
            false => path.clone(),
        };
        let old = file(old_mode, old_id, &path).filter(|_| !status.starts_with('C'));
        changes.push(FileChange { old, new: file(new_mode, new_id, &new_path) });
    }
    Some(changes)
}

/// A process that hands out contents.
struct Batch {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

/// A repository as one thread reads it.
pub(super) struct Reader<'a> {
    sides: &'a Sides,
    batch: RefCell<Option<Batch>>,
    found: RefCell<HashMap<(Side, String), Option<File>>>,
    all: RefCell<HashMap<Side, Rc<[File]>>>,
}

impl<'a> Reader<'a> {
    pub fn new(sides: &'a Sides) -> Reader<'a> {
        Reader {
            sides,
            batch: RefCell::default(),
            found: RefCell::default(),
            all: RefCell::default(),
        }
    }

    fn start(&self) -> std::io::Result<Batch> {
        let mut child = command(&self.sides.folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let gone = || std::io::Error::other("no pipe");
        let ask = child.stdin.take().ok_or_else(gone)?;
        let answer = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Batch { child, ask, answer })
    }

    fn content(&self, id: &str) -> std::io::Result<Option<Content>> {
        let mut batch = self.batch.borrow_mut();
        if batch.is_none() {
            *batch = Some(self.start()?);
        }
        let Some(Batch { ask, answer, .. }) = &mut *batch else { return Ok(None) };
        writeln!(ask, "{id}")?;
        ask.flush()?;
        let mut header = String::new();
        answer.read_line(&mut header)?;
        let fields: Vec<&str> = header.trim_end().split(' ').collect();
        let [_, "blob", size] = fields[..] else { return Ok(None) };
        let size: u64 = size.parse().map_err(std::io::Error::other)?;
        // Behind the content is the end of a line.
        let mut content = answer.take(size + 1);
        if size > MAX_BYTES as u64 {
            std::io::copy(&mut content, &mut std::io::sink())?;
            return Ok(Some(Content::TooLarge));
        }
        let mut bytes = Vec::with_capacity(size as usize + 1);
        content.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size + 1 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.pop();
        Ok(Some(Content::Bytes(bytes)))
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(Batch { mut child, ask, answer }) = self.batch.take() {
            drop((ask, answer));
            let _ = child.wait();
        }
    }
}

impl Repository for Reader<'_> {
    fn find(&self, side: Side, path: &str) -> Result<Option<File>, Trouble> {
        let key = (side, path.to_owned());
        if let Some(known) = self.found.borrow().get(&key) {
            return Ok(known.clone());
        }
        let files = self.sides.list(side, &[path.to_owned()])?;
        let found = files.into_iter().find(|file| file.path == path);
        self.found.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    fn find_at(&self, side: Side, revision: &str, path: &str) -> Result<Option<File>, Trouble> {
        let head = match (side, &self.sides.new) {
            (Side::Old, _) => &self.sides.old,
            (Side::New, Tree::Commit(new)) => new,
            (Side::New, Tree::Index) => "HEAD",
        };
        // `HEAD~1` and the like, counted from the side.
        let rest = revision.strip_prefix("HEAD").or_else(|| revision.strip_prefix('@'));
        let rest = rest.filter(|rest| rest.starts_with(['~', '^']));
        let name = rest.map_or(revision.to_owned(), |rest| format!("{head}{rest}"));
        let tree = commit(&self.sides.folder, &name)?;
        let files = self.sides.list_tree(&tree, &[path.to_owned()])?;
        Ok(files.into_iter().find(|file| file.path == path))
    }

    fn read(&self, id: &str) -> Result<Content, Trouble> {
        let content =
            self.content(id).map_err(|error| Trouble(format!("git cat-file: {error}")))?;
        content.ok_or_else(|| {
            Trouble(format!(
                "git does not have the blob {id}: in a partial clone, `git fetch --refetch` gets it"
            ))
        })
    }

    fn folder(&self, side: Side, path: &str) -> Result<Vec<File>, Trouble> {
        let start = if path.is_empty() { String::new() } else { format!("{path}/") };
        let paths = if start.is_empty() { Vec::new() } else { vec![start.clone()] };
        let mut files = self.sides.list(side, &paths)?;
        // The index knows no folders, and lists all that is below.
        files.retain(|file| file.path.strip_prefix(&start).is_some_and(|name| !name.contains('/')));
        Ok(files)
    }

    fn overlays(&self, side: Side) -> Result<Vec<File>, Trouble> {
        self.sides.grep(side, &["\"extends\"", "baseProfileName"])
    }

    fn ending(&self, side: Side, name: &str) -> Result<Vec<File>, Trouble> {
        let known = self.all.borrow().get(&side).cloned();
        let all = match known {
            Some(all) => all,
            None => {
                let all: Rc<[File]> = self.sides.everything(side)?.into();
                self.all.borrow_mut().insert(side, Rc::clone(&all));
                all
            }
        };
        let is_it = |file: &&File| file.path.rsplit('/').next() == Some(name);
        Ok(all.iter().filter(is_it).cloned().collect())
    }

    fn holding(&self, side: Side, word: &str) -> Result<Vec<File>, Trouble> {
        self.sides.grep(side, &[word])
    }

    fn prefix(&self, side: Side) -> &str {
        match side {
            Side::Old => &self.sides.prefix,
            Side::New => "",
        }
    }
}

/// The commit of that name.
pub(super) fn commit(folder: &Path, name: &str) -> Result<String, Trouble> {
    let wanted = format!("{name}^{{commit}}");
    let found = line(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
    found.filter(|id| !id.is_empty()).ok_or_else(|| {
        let name = name.escape_debug();
        Trouble(format!("git knows no commit `{name}` here{}", fetch_more(folder)))
    })
}

/// What to do where commits are missing.
pub(super) fn fetch_more(folder: &Path) -> String {
    match line(folder, &["rev-parse", "--is-shallow-repository"]) {
        Ok(Some(answer)) if answer == "true" => {
            ": this clone is shallow; `git fetch --unshallow` gets the rest (`fetch-depth: 0` of \
             actions/checkout, `GIT_DEPTH: 0` of GitLab)"
                .to_owned()
        }
        _ => String::new(),
    }
}
