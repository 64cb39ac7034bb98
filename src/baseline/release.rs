//! Releases and what they ship, as `baselines/releases.tsv` and `baselines/files.tsv` have it.

use super::contents::CONTENTS;
use super::delta;
use super::product::Product;
use crate::profile::Generation;
use std::borrow::Cow;
use std::fmt;
use std::sync::{LazyLock, OnceLock};

/// A release and the profile that it ships, or a state of a main branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Whose.
    pub product: Product,
    /// Its version: `29.4.3`; of a state the first twelve digits of its commit.
    pub version: &'static str,
    /// When it came out: `2026-05-06`.
    pub date: &'static str,
    /// The content's name: its path in `baselines/` without the ending. Equal for releases that
    /// ship the same profile.
    pub content: &'static str,
    /// The upstream tag from which the content was taken; the first that has it, empty where none
    /// has.
    pub tag: &'static str,
    /// The commit of that tag, or the first that has the content.
    pub commit: &'static str,
    /// The SHA-256 of the upstream file, in hexadecimal.
    pub sha256: &'static str,
    /// The version's numbers, by which releases are ordered; none of a state.
    pub(super) order: Vec<u32>,
}

/// A line of `baselines/files.tsv`: an upstream file.
struct File {
    name: &'static str,
    content: &'static str,
    tag: &'static str,
    commit: &'static str,
    sha256: &'static str,
}

/// A line each, by name.
const FILES: &str = include_str!("../../baselines/files.tsv");

/// A line each, by product and version.
const LINES: &str = include_str!("../../baselines/releases.tsv");

/// By product and version; states by date.
static RELEASES: [LazyLock<Vec<Release>>; Product::ALL.len()] = [
    LazyLock::new(|| read(Product::ALL[0])),
    LazyLock::new(|| read(Product::ALL[1])),
    LazyLock::new(|| read(Product::ALL[2])),
    LazyLock::new(|| read(Product::ALL[3])),
    LazyLock::new(|| read(Product::ALL[4])),
    LazyLock::new(|| read(Product::ALL[5])),
    LazyLock::new(|| read(Product::ALL[6])),
    LazyLock::new(|| read(Product::ALL[7])),
];

/// The releases of a product by version, the newest last; states of a main branch by date.
pub fn releases(product: Product) -> &'static [Release] {
    Product::ALL.iter().position(|other| *other == product).map_or(&[], |at| &RELEASES[at])
}

/// The last release of a product whose version begins with those numbers: the others are not read
/// for it.
pub(super) fn last_of(product: Product, wanted: &[u32]) -> Option<&'static Release> {
    // By the line's place from the end of the product's.
    static ONE: [[OnceLock<Option<Release>>; MOST_LINES]; Product::ALL.len()] =
        [const { [const { OnceLock::new() }; MOST_LINES] }; Product::ALL.len()];
    let key = product.key();
    let is_it = |version: &str| {
        let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.');
        let mut is_next =
            |wanted: &u32| numbers.next().and_then(|n| n.parse().ok()) == Some(*wanted);
        wanted.iter().all(&mut is_next)
    };
    if product.is_of_commits() && !wanted.is_empty() {
        // They have no numbers.
        return None;
    }
    let place = Product::ALL.iter().position(|other| *other == product)?;
    let (from, to) = PLACES[place];
    let lines = LINES.get(from..to)?.trim_end().rsplit('\n').enumerate();
    let mut of_product = lines.filter_map(|(at, line)| {
        let rest = line.strip_prefix(key)?.strip_prefix('\t')?;
        Some((at, rest, rest.split_once('\t')?.0))
    });
    let (at, line, _) = of_product.find(|(.., version)| is_it(version))?;
    let release = ONE.get(place)?.get(at)?.get_or_init(|| {
        let file = line.split('\t').nth(2)?;
        let is_of = |line: &&str| line.strip_prefix(file).is_some_and(|l| l.starts_with('\t'));
        let file = FILES.lines().find(is_of).and_then(File::from_line)?;
        Release::from_line(product, line, &[file])
    });
    release.as_ref()
}

/// More than a product has lines; a test holds it.
const MOST_LINES: usize = 1024;

/// From where to where in `LINES` the lines of each product stand, which are together.
static PLACES: [(usize, usize); Product::ALL.len()] = {
    let mut places = [(0, 0); Product::ALL.len()];
    let (text, mut from) = (LINES.as_bytes(), 0);
    while from < text.len() {
        let (mut end, mut tab) = (from, from);
        while text[tab] != b'\t' {
            tab += 1;
        }
        while end < text.len() && text[end] != b'\n' {
            end += 1;
        }
        let mut product = 0;
        while product < Product::ALL.len() {
            if is_at(text, from, Product::ALL[product].key().as_bytes(), tab) {
                let is_first = places[product].1 == 0;
                places[product] = (if is_first { from } else { places[product].0 }, end);
            }
            product += 1;
        }
        from = end + 1;
    }
    places
};

/// Whether a word is what stands from one place to another.
const fn is_at(text: &[u8], from: usize, word: &[u8], to: usize) -> bool {
    if to - from != word.len() {
        return false;
    }
    let mut at = 0;
    while at < word.len() {
        if text[from + at] != word[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The importer wrote them in order.
fn read(product: Product) -> Vec<Release> {
    static READ: LazyLock<Vec<File>> =
        LazyLock::new(|| FILES.lines().skip(1).filter_map(File::from_line).collect());
    lines(product).filter_map(|rest| Release::from_line(product, rest, &READ)).collect()
}

fn lines(product: Product) -> impl Iterator<Item = &'static str> {
    let key = product.key();
    LINES.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('\t'))
}

/// A content: as it is, or made of the one that its first line names.
fn text(content: &str) -> Cow<'static, str> {
    let at = CONTENTS.binary_search_by_key(&content, |(name, _)| name);
    let written = at.ok().and_then(|at| CONTENTS.get(at)).map_or("", |(_, written)| *written);
    match written.split_once('\n') {
        Some((base, delta)) if !written.starts_with('{') => delta::apply(&text(base), delta).into(),
        _ => written.into(),
    }
}

impl File {
    fn from_line(line: &'static str) -> Option<File> {
        let mut fields = line.split('\t');
        let (name, content) = (fields.next()?, fields.next()?);
        let (tag, commit, sha256) = (fields.next()?, fields.next()?, fields.next()?);
        let content = if content.is_empty() { name } else { content };
        Some(File { name, content, tag, commit, sha256 })
    }
}

impl Release {
    /// The profile, as JSON that Docker (or Podman) can load as it is.
    pub fn text(&self) -> Cow<'static, str> {
        text(self.content)
    }

    /// The version's numbers, by which releases of one product are ordered; none of a state.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Which generation of its engine reads it: that of its own day.
    pub fn generation(&self) -> Generation {
        let before = |numbers: &[u32]| self.order.as_slice() < numbers;
        match self.product {
            Product::Containerd | Product::Crio => Generation::OwnCode,
            // Where a change went into several lines, the line's own release counts.
            Product::Docker => match self.order.first() {
                _ if before(&[1, 12]) => Generation::Moby1_10,
                _ if before(&[1, 13]) => Generation::Moby1_12,
                _ if before(&[20, 10]) => Generation::Moby1_13,
                Some(23) if !before(&[23, 0, 16]) => Generation::Today,
                Some(25) if !before(&[25, 0, 7]) => Generation::Today,
                _ if before(&[27, 3]) => Generation::Moby20_10,
                _ => Generation::Today,
            },
            // By the day when the reader's change came to the main branch.
            Product::MobyCommit => match self.date {
                date if date < "2016-06-06" => Generation::Moby1_10,
                date if date < "2016-09-01" => Generation::Moby1_12,
                date if date < "2020-09-11" => Generation::Moby1_13,
                date if date < "2024-09-09" => Generation::Moby20_10,
                _ => Generation::Today,
            },
            Product::Podman
            | Product::ContainersCommon
            | Product::CommonCommit
            | Product::Profiles => Generation::Today,
        }
    }

    fn from_line(product: Product, rest: &'static str, files: &[File]) -> Option<Release> {
        let mut fields = rest.split('\t');
        let (version, date, file) = (fields.next()?, fields.next()?, fields.next()?);
        let at = files.binary_search_by(|known| known.name.cmp(file)).ok()?;
        let &File { content, tag, commit, sha256, .. } = files.get(at)?;
        let order = if product.is_of_commits() { Vec::new() } else { numbers(version)? };
        Some(Release { product, version, date, content, tag, commit, sha256, order })
    }
}

/// As the user names it: `docker@29.4.3`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.product, self.version))
    }
}

/// The numbers of a version; a `v` before it is allowed.
pub(super) fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read alone is what is found among all.
    #[test]
    fn the_last_of_a_line_is_the_same_read_alone() {
        for product in Product::ALL {
            let all = releases(product);
            assert!(all.len() <= MOST_LINES && !all.is_empty());
            let find = |wanted: &[u32]| all.iter().rfind(|r| r.order.starts_with(wanted));
            assert_eq!(last_of(product, &[]), find(&[]), "{product:?}");
            assert_eq!(last_of(product, &[9999]), find(&[9999]));
            for release in all {
                for length in 0..=release.order.len() {
                    let wanted = &release.order[..length];
                    assert_eq!(last_of(product, wanted), find(wanted), "{product:?} {wanted:?}");
                }
            }
        }
    }
}
