//! From a folder of upstream's files.

use super::add::{self, content_name};
use super::written::{Baselines, File, Row, rows};
use sdiff::baseline::{Product, RETRACTED};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// All that is in the folder.
pub fn folder(upstream: &Path) -> Result<Baselines, Box<dyn Error>> {
    let mut baselines = Baselines::default();
    let mut dates = BTreeMap::new();
    for line in rows(&upstream.join("INDEX.tsv"))? {
        let [file, _repository, _path, commit, tag, date, sha256, ..] = line.as_slice() else {
            return Err(format!("INDEX.tsv: {line:?}").into());
        };
        if !file.ends_with(".json") {
            continue;
        }
        let bytes = fs::read(upstream.join(file))?;
        let actual = add::sha256(&bytes);
        if actual != *sha256 {
            return Err(format!("{file}: SHA-256 is {actual}, INDEX.tsv says {sha256}").into());
        }
        let name = content_name(file);
        let (folder, _) = name.split_once('/').unwrap_or((&name, ""));
        let content = baselines.content(folder, &name, add::normal_form(folder, file, &bytes)?);
        dates.insert(name.clone(), date.clone());
        let [tag, commit] = [tag, commit].map(String::clone);
        baselines.files.insert(name, File { content, tag, commit, sha256: actual });
    }
    for line in rows(&upstream.join("RELEASES.tsv"))? {
        let [product, release, date, file, ..] = line.as_slice() else {
            return Err(format!("RELEASES.tsv: {line:?}").into());
        };
        let Some(product) = Product::ALL.into_iter().find(|known| known.key() == product) else {
            return Err(format!("RELEASES.tsv: unknown product {product}").into());
        };
        let is_it = |(of, version): &(Product, &str)| *of == product && version == release;
        if !RETRACTED.iter().any(is_it) {
            baselines.insert(Row::new(product, release, date, &content_name(file))?)?;
        }
    }
    let names: Vec<String> = baselines.files.keys().cloned().collect();
    for name in names {
        // moby/profiles has tags of its own, which no Docker release need use.
        if let Some(release) = name.strip_prefix("docker/profiles-") {
            let date = dates.get(&name).map_or("", String::as_str);
            baselines.insert(Row::new(Product::Profiles, release, date, &name)?)?;
        }
    }
    Ok(baselines)
}
