//! What one profile, or one container, comes to: facts alone.
//!
//! A row hangs on nothing but the bytes, what was asked and the version of the program: two machines give
//! one and the same. As JSON it is a line, described by `docs/fleet-rows.schema.json`.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "lowercase")]
pub enum Row {
    /// For what the others hold.
    Scope(Scope),
    /// A question that was put to every profile.
    Asked(Asked),
    /// A profile.
    Profile(Box<ProfileRow>),
    /// A container, or what holds for those that say nothing.
    Use(UseRow),
    /// What cannot be judged.
    Unread(Unread),
    /// Files that were not looked into.
    Left(Left),
}

/// For what the rows hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// Hosts, environments and machine, in words.
    pub scope: String,
    /// The version of the program.
    pub version: String,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asked {
    /// As it was written: `socket(AF_ALG)`, `docker@29.4.3..docker@29.8.1`, `no-start`.
    pub question: String,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProfileRow {
    /// What it is called: a path below what was named, with `#NAME` for one of several in a file.
    pub name: String,
    /// Who reads it.
    pub engine: String,
    /// The hash of its function, as `sdiff fingerprint` prints it: the key of its group.
    pub fingerprint: String,
    /// That of other engines that can read it where it lies, by engine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, String>,
    /// Which default it is a copy of, if of any.
    pub origin: Option<Origin>,
    /// What a team's settings require of it and it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Breach>,
    /// What its function comes to.
    #[serde(flatten)]
    pub facts: Facts,
}

/// A requirement that a profile breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Breach {
    /// The id of the finding, by which it is accepted.
    pub id: String,
    /// What is required, and why.
    pub says: String,
    /// One of the calls.
    pub proof: String,
}

/// The default that a text is a copy of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The nearest state of a default: `docker@20.10.3`.
    pub state: String,
    /// How many edits lead from there.
    pub edits: usize,
    /// So many days later the newest came out.
    pub days_behind: u32,
    /// So many releases have a higher version.
    pub releases_behind: usize,
}

/// What a function comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Facts {
    /// Whether there is no filter at all.
    pub unconfined: bool,
    /// What it lets through that the newest default blocks.
    pub beyond: Beyond,
    /// That and why no container starts, in a sentence.
    pub no_start: Option<String>,
    /// Dangerous calls and [`super::WATCHED`] that it lets through on some host, whatever the environment
    /// and the arguments.
    pub open: BTreeSet<String>,
    /// The same, in some environments or for some arguments.
    pub partly: BTreeSet<String>,
    /// The answers to what was asked: how calls in question are let through. Empty is the good news.
    pub answers: Vec<Way>,
    /// What closes these, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Hosts of those that were asked for on which no container starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_on: Vec<String>,
}

/// What a profile lets through that the newest default blocks, in some environment on some host.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Beyond {
    /// That default: `docker@29.8.1`.
    pub default: String,
    /// The calls, by name.
    pub calls: Vec<String>,
    /// Whether it is also numbers without a name.
    pub unnamed: bool,
    /// One call as a proof for each of the dangerous ones; where there is none, for the first.
    pub proofs: Vec<Proof>,
}

/// One concrete call that is let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proof {
    /// Of which system call.
    pub call: String,
    /// The call, where and under what: `socket(AF_ALG, ...) on amd64, no capabilities: ALLOW`.
    pub proof: String,
}

/// A way in which a call in question is let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Way {
    /// The question.
    pub question: String,
    /// The system call that is let through, or the finding's id.
    pub call: String,
    /// Whether it is another call that does the same, such as `socketcall`.
    pub indirect: bool,
    /// Under which condition; empty for always.
    pub when: String,
    /// For which programs on which hosts; empty for all.
    pub places: String,
    /// One of the calls.
    pub proof: String,
}

/// What closes what was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Plan {
    /// The question.
    pub question: String,
    /// The overlay's rules as a JSON text, without what it extends; none where no overlay was found that is
    /// proved to close it.
    pub rules: Option<String>,
    /// Whether it closes every way, and not only the call itself.
    pub closes_all: bool,
    /// What it would stop besides: calls in words.
    pub stops: Vec<String>,
    /// What is to be said of it: why there is none.
    pub note: Option<String>,
}

/// What a container gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confinement {
    /// No filter.
    Unconfined,
    /// A variable, a template or another file says it.
    Open,
    /// A profile of its own.
    Own,
    /// The engine's default.
    Default,
}

impl Confinement {
    /// All, what is to be looked at first before the rest.
    pub const ALL: [Confinement; 4] =
        [Confinement::Unconfined, Confinement::Open, Confinement::Own, Confinement::Default];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Confinement::Unconfined => "unconfined",
            Confinement::Open => "open",
            Confinement::Own => "own",
            Confinement::Default => "default",
        }
    }
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UseRow {
    /// What it gets.
    pub confinement: Confinement,
    /// Where that is said: a file, and the line.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// What it is called: `web of Deployment/shop`.
    pub container: String,
    /// In the words of the file: `RuntimeDefault (Pod field)`, `privileged`.
    pub says: String,
    /// Whether it is for all that say nothing, and not one container.
    pub for_others: bool,
}

/// What cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// What it is called.
    pub name: String,
    /// Where in it.
    pub line: Option<u32>,
    /// And in the line.
    pub column: Option<u32>,
    /// Why.
    pub why: String,
    /// Whether the bytes could not be had, and not: whether they are no good profile.
    pub trouble: bool,
}

/// Why files were not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftKind {
    /// Archives are not read.
    Archives,
    /// Larger than any profile, and no data by their names.
    Large,
    /// Neither files nor folders.
    Special,
    /// Links to folders, which are not followed.
    Links,
    /// A team's settings pass them over.
    Excluded,
}

impl LeftKind {
    /// What so many are, in words.
    pub const fn words(self, count: usize) -> &'static str {
        match (self, count) {
            (LeftKind::Archives, 1) => "archive, which is not read",
            (LeftKind::Archives, _) => "archives, which are not read",
            (LeftKind::Large, 1) => "file larger than 16 MiB that is no data by its name",
            (LeftKind::Large, _) => "files larger than 16 MiB that are no data by their names",
            (LeftKind::Special, _) => "neither file nor folder",
            (LeftKind::Links, 1) => "link to a folder, which is not followed",
            (LeftKind::Links, _) => "links to folders, which are not followed",
            (LeftKind::Excluded, _) => "passed over by `exclude` of sdiff.toml",
        }
    }
}

/// Files that were not looked into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Left {
    /// Why.
    pub kind: LeftKind,
    /// How many.
    pub count: usize,
    /// Some of them: the first by name.
    pub names: BTreeSet<String>,
}

impl Row {
    /// The row of a text that begins behind so many lines.
    #[must_use]
    pub fn behind(mut self, lines: u32) -> Row {
        match &mut self {
            Row::Use(one) => one.line += lines as usize,
            Row::Unread(one) => one.line = one.line.map(|line| line + lines),
            _ => {}
        }
        self
    }
}
