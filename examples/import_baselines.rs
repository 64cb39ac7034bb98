//! Writes `baselines/` and `src/baseline/contents.rs` from upstream's files:
//!
//! ```text
//! cargo run --example import-baselines -- ../shared/upstream
//! ```
//!
//! The folder holds `INDEX.tsv` (file, repository, path, commit, tag, date, SHA-256 of each
//! upstream file) and `RELEASES.tsv` (which release ships which file). A new release is a line
//! there, and this command. What upstream retracted is left out. The same input gives the same output, byte for byte.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use sdiff::baseline::{Product, RETRACTED};
use sdiff::load::{self, LoadOptions};
use sdiff::profile::{Format, normalize, to_json};
use sha2::{Digest, Sha256};

/// A line of `INDEX.tsv`.
struct Upstream {
    commit: String,
    tag: String,
    date: String,
    sha256: String,
    /// The content in `baselines/` that says the same.
    content: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let upstream = env::args().nth(1).ok_or("usage: import-baselines UPSTREAM_FOLDER")?;
    let upstream = Path::new(&upstream);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));

    let mut contents: BTreeMap<String, String> = BTreeMap::new();
    let mut files: BTreeMap<String, Upstream> = BTreeMap::new();
    for line in rows(&upstream.join("INDEX.tsv"))? {
        let [file, _repository, _path, commit, tag, date, sha256, ..] = line.as_slice() else {
            return Err(format!("INDEX.tsv: {line:?}").into());
        };
        if !file.ends_with(".json") {
            continue;
        }
        let bytes = fs::read(upstream.join(file))?;
        let actual = hex(&Sha256::digest(&bytes));
        if actual != *sha256 {
            return Err(format!("{file}: SHA-256 is {actual}, INDEX.tsv says {sha256}").into());
        }
        let text = normal_form(file, &bytes)?;
        // One content for all that say the same; the first in the index gives its name.
        let (folder, name) = content_name(file);
        let twin = contents.iter().find(|(key, old)| key.starts_with(folder) && **old == text);
        let content = twin.map_or(name, |(key, _)| key.clone());
        contents.insert(content.clone(), text);
        let [commit, tag, date, sha256] = [commit, tag, date, sha256].map(String::clone);
        files.insert(file.clone(), Upstream { commit, tag, date, sha256, content });
    }

    let mut index = String::from("product\trelease\tdate\tcontent\ttag\tcommit\tsha256\n");
    for line in rows(&upstream.join("RELEASES.tsv"))? {
        let [product, release, date, file, ..] = line.as_slice() else {
            return Err(format!("RELEASES.tsv: {line:?}").into());
        };
        let from = files.get(file).ok_or_else(|| format!("{file} is not in INDEX.tsv"))?;
        let product = if product == "containers-common" { "podman" } else { product };
        let is_it = |(of, version): &(Product, &str)| of.name() == product && version == release;
        if RETRACTED.iter().any(is_it) {
            continue;
        }
        write_row(&mut index, product, release, date, from)?;
    }
    for (file, from) in &files {
        // moby/profiles has tags of its own, which no Docker release need use.
        if let Some(release) = file.strip_prefix("docker/profiles-") {
            write_row(&mut index, "profiles", release.trim_end_matches(".json"), &from.date, from)?;
        }
    }

    let folder = root.join("baselines");
    for product in ["docker", "podman"] {
        let _ = fs::remove_dir_all(folder.join(product));
        fs::create_dir_all(folder.join(product))?;
    }
    let mut list = String::from(
        "//! Every content of `baselines/`, by name. Written by `cargo run --example \
         import-baselines`.\n\n#[rustfmt::skip]\n\
         pub(super) static CONTENTS: &[(&str, &str)] = &[\n",
    );
    for (name, text) in &contents {
        fs::write(folder.join(format!("{name}.json")), text)?;
        writeln!(list, "    ({name:?}, include_str!(\"../../baselines/{name}.json\")),")?;
    }
    list.push_str("];\n");
    fs::write(root.join("src/baseline/contents.rs"), list)?;
    fs::write(folder.join("index.tsv"), index)?;
    println!("{} contents from {} upstream files", contents.len(), files.len());
    Ok(())
}

fn normal_form(file: &str, bytes: &[u8]) -> Result<String, Box<dyn Error>> {
    let podman = file.starts_with("podman/");
    let format = if podman { Format::ContainersCommon } else { Format::Docker };
    let options = LoadOptions { format: Some(format), ..LoadOptions::default() };
    let loaded = load::parse(file, bytes, &options).map_err(|error| error.render(false))?;
    Ok(to_json(&normalize(&loaded.profile)))
}

/// `docker/docker-28.2.0.json` is `docker/28.2.0`; `docker/profiles-0.2.1.json` keeps its name.
fn content_name(file: &str) -> (&str, String) {
    let (folder, name) = file.split_once('/').unwrap_or(("", file));
    let name = name.trim_end_matches(".json");
    let name = name.trim_start_matches("docker-").trim_start_matches("containers-common-");
    (folder, format!("{folder}/{name}"))
}

fn write_row(
    index: &mut String,
    product: &str,
    release: &str,
    date: &str,
    from: &Upstream,
) -> Result<(), std::fmt::Error> {
    let Upstream { content, tag, commit, sha256, .. } = from;
    writeln!(index, "{product}\t{release}\t{date}\t{content}\t{tag}\t{commit}\t{sha256}")
}

fn rows(path: &Path) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
