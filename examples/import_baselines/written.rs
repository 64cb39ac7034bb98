//! What is built in, as it stands in `baselines/`.
//!
//! `releases.tsv` says which release ships which upstream file, `files.tsv` where each file comes
//! from and which content says the same. Of a content there is the text (`.json`), or what differs
//! from another content's text (`.delta`).

use super::delta;
use sdiff::baseline::{Product, delta::apply};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// All that is built in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// By product and version.
    pub releases: Vec<Row>,
    /// By name.
    pub files: BTreeMap<String, File>,
    /// By name.
    pub contents: BTreeMap<String, String>,
}

/// A line of `releases.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    product: Product,
    version: String,
    date: String,
    file: String,
    /// Before those with a higher one; states are ordered by date alone.
    order: Vec<u32>,
}

/// A line of `files.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What says the same.
    pub content: String,
    /// The first tag that has it.
    pub tag: String,
    /// The commit of that tag, or the first that has it.
    pub commit: String,
    /// In hexadecimal.
    pub sha256: String,
}

/// A content is written as it is where more than this share of it (a fourth) is in no other.
const WHOLE_FROM: usize = 4;

impl Row {
    /// A release; a version has to be one.
    pub fn new(
        product: Product,
        version: &str,
        date: &str,
        file: &str,
    ) -> Result<Row, Box<dyn Error>> {
        let shape = date.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
        if shape.collect::<Vec<u8>>() != b"0000-00-00" {
            return Err(
                format!("{product}@{version}: `{date}` is no date: 2026-12-01 is one").into()
            );
        }
        let order = match product.is_of_commits() {
            true => Vec::new(),
            false => version
                .split('.')
                .map(|part| part.parse().map_err(|_| format!("`{version}` is no version")))
                .collect::<Result<_, _>>()?,
        };
        let [version, date, file] = [version, date, file].map(str::to_owned);
        Ok(Row { product, version, date, file, order })
    }

    fn key(&self) -> (Product, &[u32], &str) {
        let date = if self.order.is_empty() { &*self.date } else { "" };
        (self.product, &self.order, date)
    }
}

impl Baselines {
    /// Adds a release to its place.
    pub fn insert(&mut self, row: Row) -> Result<(), Box<dyn Error>> {
        let Row { product, version, file, .. } = &row;
        if !self.files.contains_key(file) {
            return Err(format!("{product}@{version}: there is no {file}").into());
        }
        if self.releases.iter().any(|old| old.product == *product && old.version == *version) {
            return Err(format!("{product}@{version} is built in already").into());
        }
        let at = self.releases.partition_point(|old| old.key() <= row.key());
        self.releases.insert(at, row);
        Ok(())
    }

    /// The name of the content in a folder that is such a text: an old one's, or the new name.
    pub fn content(&mut self, folder: &str, name: &str, text: String) -> String {
        let is_twin = |(key, old): &(&String, &String)| {
            key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && **old == text
        };
        if let Some((twin, _)) = self.contents.iter().find(is_twin) {
            return twin.clone();
        }
        self.contents.insert(name.to_owned(), text);
        name.to_owned()
    }

    /// Reads what is there.
    pub fn read(root: &Path) -> Result<Baselines, Box<dyn Error>> {
        let folder = root.join("baselines");
        let mut baselines = Baselines::default();
        for line in rows(&folder.join("files.tsv"))? {
            let [name, content, tag, commit, sha256] = line.as_slice() else {
                return Err(format!("files.tsv: {line:?}").into());
            };
            let content = if content.is_empty() { name } else { content };
            let [content, tag, commit, sha256] = [content, tag, commit, sha256].map(String::clone);
            if !baselines.contents.contains_key(&content) {
                baselines.contents.insert(content.clone(), text(&folder, &content)?);
            }
            baselines.files.insert(name.clone(), File { content, tag, commit, sha256 });
        }
        for line in rows(&folder.join("releases.tsv"))? {
            let [product, version, date, file] = line.as_slice() else {
                return Err(format!("releases.tsv: {line:?}").into());
            };
            let product = Product::ALL.into_iter().find(|known| known.key() == product);
            let product = product.ok_or_else(|| format!("releases.tsv: {line:?}"))?;
            baselines.insert(Row::new(product, version, date, file)?)?;
        }
        Ok(baselines)
    }

    /// Writes all of it, and the list of contents for the program.
    pub fn write(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let folder = root.join("baselines");
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            }
        }
        let mut list = String::from(
            "//! Every content of `baselines/`, by name. Written by `cargo run --example \
             import-baselines`.\n\n#[rustfmt::skip]\n\
             pub(super) static CONTENTS: &[(&str, &str)] = &[\n",
        );
        let bases = self.bases();
        for (name, text) in &self.contents {
            let base = bases.get(name.as_str()).copied().flatten();
            let (ending, written) = match base {
                Some(base) => {
                    ("delta", format!("{base}\n{}", delta::of(&self.contents[base], text)))
                }
                None => ("json", text.clone()),
            };
            let path = folder.join(format!("{name}.{ending}"));
            path.parent().map(fs::create_dir_all).transpose()?;
            fs::write(path, written)?;
            writeln!(list, "    ({name:?}, include_str!(\"../../baselines/{name}.{ending}\")),")?;
        }
        list.push_str("];\n");
        fs::write(root.join("src/baseline/contents.rs"), list)?;

        let mut files = String::from("file\tcontent\ttag\tcommit\tsha256\n");
        for (name, File { content, tag, commit, sha256 }) in &self.files {
            let content = if content == name { "" } else { content };
            writeln!(files, "{name}\t{content}\t{tag}\t{commit}\t{sha256}")?;
        }
        fs::write(folder.join("files.tsv"), files)?;
        let mut releases = String::from("product\trelease\tdate\tfile\n");
        for Row { product, version, date, file, .. } in &self.releases {
            writeln!(releases, "{}\t{version}\t{date}\t{file}", product.key())?;
        }
        fs::write(folder.join("releases.tsv"), releases)?;
        Ok(())
    }

    /// From which content each is made. The oldest come first, so that a new one moves none.
    fn bases(&self) -> BTreeMap<&str, Option<&str>> {
        let first_day = |content: &str| {
            let of_it =
                |row: &&Row| self.files.get(&row.file).is_some_and(|f| f.content == content);
            self.releases.iter().filter(of_it).map(|row| row.date.as_str()).min()
        };
        let mut order: Vec<(Option<&str>, &str)> =
            self.contents.keys().map(|name| (first_day(name), name.as_str())).collect();
        order.sort();
        let mut bases: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut whole: Vec<&str> = Vec::new();
        for (_, name) in order {
            let text = &self.contents[name];
            let sizes = whole.iter().map(|base| (new_bytes(&self.contents[*base], text), *base));
            let best = sizes.min_by_key(|(size, _)| *size);
            let base = best.filter(|(size, _)| size * WHOLE_FROM <= text.len()).map(|(_, b)| b);
            if base.is_none() {
                whole.push(name);
            }
            bases.insert(name, base);
        }
        bases
    }
}

/// How many bytes of a text are in lines that the base has not, or has not as often.
fn new_bytes(base: &str, text: &str) -> usize {
    let mut left: HashMap<&str, usize> = HashMap::new();
    base.lines().for_each(|line| *left.entry(line).or_default() += 1);
    let mut bytes = 0;
    for line in text.lines() {
        match left.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => bytes += line.len(),
        }
    }
    bytes
}

/// The text of a content.
fn text(folder: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    let path = folder.join(format!("{name}.json"));
    if path.exists() {
        return Ok(fs::read_to_string(path)?);
    }
    let delta = fs::read_to_string(folder.join(format!("{name}.delta")))?;
    let (base, delta) = delta.split_once('\n').ok_or("an empty delta")?;
    Ok(apply(&text(folder, base)?, delta))
}

/// The lines of a table without its head.
pub fn rows(path: &Path) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}
