//! Lines that speak of profiles and belong to no use: what looks as if nothing were touched.
//!
//! Files say in more ways which profile a container gets than [`crate::uses`] reads: a template's
//! function sets a value, a program's own configuration has a key. Where such a line changes and no use
//! of the file is told, the line itself is told, as not judged.

use super::super::{Side, filled};
use super::compare::Judge;
use super::{Changed, Read, Uses};
use crate::load::{Source, SourceKind};
use crate::profile::Span;
use crate::report::account::{Entry, Item, Level, Region, SeenUse, Status, bare};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// So many lines of a file are told.
const LINES: usize = 5;

/// A line of one side, and where it is.
#[derive(Clone)]
struct Line {
    /// Its words.
    words: String,
    place: Span,
}

/// Tells the lines of a file that speak of profiles and belong to no use.
pub(super) fn entry(judge: &Judge, changed: &Changed, uses: &mut Uses) {
    let items = items(changed);
    let Some(read) = changed.new.as_ref().or(changed.old.as_ref()) else { return };
    if items.is_empty() {
        return;
    }
    let prefix = judge.profiles.repository.prefix(Side::Old);
    let source = |read: &Option<Read>, prefix: &str| {
        let name = |read: &Read| format!("{prefix}{}", read.path);
        read.as_ref().map(|read| Source::new(&name(read), SourceKind::Memory, &read.text))
    };
    let (old, new) = (source(&changed.old, prefix), source(&changed.new, ""));
    let mut told = Vec::new();
    for (mut item, at, was_at) in items {
        let place = |source: &Option<Source>, span| Some(Region::of(source.as_ref()?, span?));
        (item.place, item.old_place) = (place(&new, at), place(&old, was_at));
        uses.seen.push(SeenUse {
            path: read.path.clone(),
            workload: String::new(),
            container: String::new(),
            runner: "unknown",
            old: was_at.map(|_| item.subject.clone()),
            new: at.map(|_| item.subject.clone()),
            verdict: "not-judged",
            why: Some(item.message.clone()),
            place: item.place,
            old_place: item.old_place,
        });
        told.push(filled(item));
    }
    let was = changed.old.as_ref();
    let mut entry = Entry {
        path: read.path.clone(),
        file: changed.new.as_ref().map(|read| read.path.clone()),
        status: match (was, &changed.new) {
            (None, _) => Status::Added,
            (_, None) => Status::Deleted,
            (Some(was), _) if was.path != read.path => Status::Renamed,
            _ => Status::Changed,
        },
        against: was.map_or(String::new(), |was| format!("{prefix}{}", was.path)),
        sentence: told.first().map_or(String::new(), |item| item.message.clone()),
        items: Vec::new(),
        accepted: Vec::new(),
        notes: Vec::new(),
        old,
        new,
        own: None,
        table: None,
        told: None,
    };
    super::super::judge::accept(&mut entry, told, judge.question);
    uses.entries.push(entry);
}

/// What is to be said of a file of which nothing else is: each item with its place on the new and on
/// the old side.
fn items(changed: &Changed) -> Vec<(Item, Option<Span>, Option<Span>)> {
    let Some(read) = changed.new.as_ref().or(changed.old.as_ref()) else { return Vec::new() };
    // A profile is judged as one.
    let is_profile =
        |read: &Read| read.text.trim_start().starts_with('{') && read.text.contains("SCMP_ACT_");
    if !is_configuration(&read.path)
        || [&changed.old, &changed.new].into_iter().flatten().any(is_profile)
    {
        return Vec::new();
    }
    let is_new = changed.new.is_none() || changed.old.is_none();
    let has_uses = [&changed.old, &changed.new]
        .into_iter()
        .flatten()
        .any(|read| !read.found.uses.is_empty() || !read.found.guards.is_empty());
    let explained: HashSet<String> =
        [&changed.old, &changed.new].into_iter().flatten().flat_map(explained).collect();
    let lines = |read: &Option<Read>| -> Vec<Line> {
        let all = read.as_ref().map_or(Vec::new(), lines);
        let speaks = |line: &Line| match (is_new, has_uses) {
            (true, _) => is_telling(&line.words) && !has_uses,
            (false, false) => is_strong(&line.words),
            // Of a file that is read, what a template does and what no word of a use explains.
            (false, true) => {
                is_strong(&line.words)
                    && (line.words.contains("{{")
                        || (is_telling(&line.words) && !line.words.contains("seccompProfile")))
                    && !explained.contains(&line.words)
            }
        };
        all.into_iter().filter(speaks).collect()
    };
    let (old, new) = (lines(&changed.old), lines(&changed.new));
    let (mut gone, mut come) = (without(&old, &new), without(&new, &old));
    if has_uses {
        // Words that only stand on other lines are the same to those who read them.
        let (was, is) = (tokens(&changed.old), tokens(&changed.new));
        let differs = |line: &Line| {
            let mut words = strong_words(&line.words).peekable();
            // Of JSON in a command no word says it alone: `{"seccomp-profile":"unconfined"}`.
            words.peek().is_none()
                || words.any(|word| was.get(word).copied() != is.get(word).copied())
        };
        gone.retain(|line| differs(line));
        come.retain(|line| differs(line));
    }
    let item = |line: &Line, verb: &str| {
        let shown = super::profile::short(&line.words);
        let digest: [u8; 32] =
            Sha256::digest(format!("{}\0{verb}\0{}", read.path, line.words)).into();
        let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Item {
            subject: shown.clone(),
            message: format!(
                "`{shown}` {verb}: not judged: which container it is for is not known here"
            ),
            help: Some(
                "look at it by hand; `--fail-on unjudged` lets nothing pass that is not judged"
                    .to_owned(),
            ),
            ..bare(format!("unjudged-{digits}"), "unjudged", Level::Warning, "warning")
        }
    };
    let come = come.iter().map(|line| (item(line, "is new"), Some(line.place), None));
    let gone = gone.iter().map(|line| (item(line, "is gone"), None, Some(line.place)));
    come.chain(gone).take(LINES).collect()
}

/// Those of the first that the second has fewer of, however they are spaced and quoted.
fn without(lines: &[Line], others: &[Line]) -> Vec<Line> {
    let key = |line: &Line| -> String {
        line.words.chars().filter(|c| !c.is_whitespace() && !"[]'\",".contains(*c)).collect()
    };
    let mut left: HashMap<String, usize> = HashMap::new();
    for other in others {
        *left.entry(key(other)).or_default() += 1;
    }
    let is_more = |line: &&Line| match left.get_mut(&key(line)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    lines.iter().filter(is_more).cloned().collect()
}

/// How often each word stands there that says something.
fn tokens(read: &Option<Read>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for line in read.as_ref().map_or(Vec::new(), lines) {
        for word in strong_words(&line.words) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn strong_words(line: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '\\');
    line.split(is_end).filter(|word| is_strong(word))
}

/// The lines of a text that are no comments.
fn lines(read: &Read) -> Vec<Line> {
    let mut at = 0;
    let mut found: Vec<Line> = Vec::new();
    // The line before, where it says whose value the next one is.
    let mut before: Option<String> = None;
    for line in read.text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        let bare = line.split(" #").next().unwrap_or(line);
        let words = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_comment =
            ["#", "//", "--", "/*", "<!--", ";", "* ", "{{/*", "{{- /*", "{#", "\"//\""]
                .iter()
                .any(|start| words.starts_with(start))
                && !words.starts_with("--");
        if !is_comment && !words.is_empty() {
            let place = Span { start: start as u32, end: (start + bare.trim().len()) as u32 };
            let whole = match &before {
                Some(key) if is_value(&words) => format!("{key} {words}"),
                _ => words.clone(),
            };
            before = is_seccomp_key(&words).then_some(words);
            found.push(Line { words: whole, place });
        }
    }
    found
}

/// Whether a line is the key of a setting for seccomp, whose value stands on the next.
fn is_seccomp_key(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    lower.contains("seccomp") && !lower.contains("libseccomp") && !is_sentence(&lower)
        || (lower.contains("seccomp") && lower.contains("name"))
}

/// Whether a line is no more than a value that decides.
fn is_value(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    let is_said = ["unconfined", "runtimedefault", "runtime/default", "localhost", "true", "false"];
    lower.split_whitespace().count() <= 3 && is_said.iter().any(|word| lower.contains(word))
}

/// The words of the lines at which uses stand.
fn explained(read: &Read) -> Vec<String> {
    let line = |at: u32| {
        let at = (at as usize).min(read.text.len());
        let start = read.text.get(..at).unwrap_or("").rfind('\n').map_or(0, |end| end + 1);
        let line = read.text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        let bare = line.split(" #").next().unwrap_or(line);
        bare.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    read.found.uses.iter().map(|one| line(one.place.start)).collect()
}

/// Whether a file sets something up, as far as its name tells: no program's source, no text for
/// readers, nothing that describes what could be set.
fn is_configuration(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let folders = ["vendor/", "node_modules/", "crds/", "crd/", "third_party/", "testdata/"];
    if folders
        .iter()
        .any(|folder| lower.starts_with(folder) || lower.contains(&format!("/{folder}")))
        || ["swagger", "openapi", "schema", "changelog", "changes"]
            .iter()
            .any(|word| name.contains(word))
    {
        return false;
    }
    const OTHERS: [&str; 40] = [
        "go", "rs", "c", "h", "cc", "cpp", "hpp", "java", "kt", "swift", "scala", "cs", "py", "rb",
        "js", "mjs", "cjs", "ts", "tsx", "jsx", "vue", "php", "pl", "lua", "md", "markdown", "rst",
        "adoc", "txt", "html", "htm", "svg", "lock", "sum", "patch", "diff", "csv", "tsv", "proto",
        "po",
    ];
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    !OTHERS.contains(&end) && !name.contains("gotmpl") && !end.bytes().all(|b| b.is_ascii_digit())
        || end.is_empty()
}

/// Whether a line says something of a profile, or of what decides like one.
fn is_strong(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    if is_sentence(&lower)
        || is_talk(&lower)
        || lower.contains("scmp_")
        || lower.contains("libseccomp")
    {
        return false;
    }
    [
        "--privileged",
        "allow_privileged",
        "allow-privileged",
        "cap_add",
        "cap-add",
        "security_opt",
        "security-opt",
        "security.insecure",
        "add-caps",
        "add_caps",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || lower.split(' ').any(|word| word == "--seccomp" || word.starts_with("--seccomp-profile"))
        || has_privileged(&lower)
        || sets_seccomp(&lower)
}

/// Whether a setting is named for seccomp, or a profile: not a library's name, a build's tag or a path.
fn sets_seccomp(lower: &str) -> bool {
    let word = "seccomp";
    let is_key = |at: usize| {
        let rest = lower.get(at + word.len()..).unwrap_or("");
        let rest =
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-.".contains(c));
        rest.trim_start_matches(['"', '\'', ' ']).starts_with([':', '='])
    };
    lower.match_indices(word).any(|(at, _)| is_key(at))
        || (lower.contains(word)
            && ["unconfined", "runtimedefault", "runtime/default", "localhost/"]
                .iter()
                .any(|value| lower.contains(value)))
        || lower.contains("--seccomp-default")
}

/// Whether a line takes a filter away, or could: the value is in it.
fn is_telling(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    is_strong(words)
        && ((lower.contains("seccomp") && lower.contains("unconfined"))
            || lower.contains("--privileged")
            || lower.contains("--cap-add")
            || ["allow_privileged", "allow-privileged"].iter().any(|word| lower.contains(word))
            || (has_privileged(&lower)
                && ["true", "yes", "{{", "${", "$("].iter().any(|value| lower.contains(value)))
            || lower.contains("seccomp=")
            || lower.contains("seccomp:\""))
}

/// `privileged` as a word: not `allowPrivileged`, not `unprivileged`, and not said to be off.
fn has_privileged(lower: &str) -> bool {
    let is_word = |at: usize, word: &str| {
        let before = lower.get(..at).and_then(|text| text.chars().next_back());
        let after = lower.get(at + word.len()..).and_then(|text| text.chars().next());
        let is_part = |c: Option<char>| {
            c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        // `docker_privileged` is one with a prefix, `non_privileged` the contrary.
        let head = lower.get(..at).unwrap_or("").trim_end_matches(['_', '-']);
        let is_prefixed = before.is_some_and(|c| matches!(c, '_' | '-'))
            && !head.is_empty()
            && !["un", "non", "not", "no", "deny", "disallow", "reject", "forbid", "drop"]
                .iter()
                .any(|no| head.ends_with(no));
        (!is_part(before) || is_prefixed) && !is_part(after)
    };
    let word = "privileged";
    let at = lower.match_indices(word).map(|(at, _)| at).find(|at| is_word(*at, word));
    at.is_some_and(|at| {
        let rest = lower.get(at + word.len()..).unwrap_or("");
        let value = rest.trim_start_matches(['"', '\'', ' ', ':', '=', ',']);
        !value.starts_with("false") && !value.starts_with("no")
    })
}

/// Whether a command only says something: its words go to no file and to no other command.
fn is_talk(lower: &str) -> bool {
    let command = lower.trim_start_matches(['-', '@', '+', ' ']);
    let command = command.strip_prefix("run: ").unwrap_or(command);
    ["echo ", "printf "].iter().any(|verb| command.starts_with(verb))
        && !command.contains(['>', '|', ';', '&', '`'])
        && !command.contains("$(")
}

/// Whether it is a text for people.
fn is_sentence(lower: &str) -> bool {
    let key = lower.trim_start_matches(['-', ' ', '"', '\'']);
    let is_about =
        ["description", "title", "message", "help", "comment", "summary", "name:", "name\""];
    is_about.iter().any(|start| key.starts_with(start))
        || (lower.split(' ').count() > 8
            && !["--", "{", "=", "$", "(", "[", ": true"].iter().any(|word| lower.contains(word)))
}
