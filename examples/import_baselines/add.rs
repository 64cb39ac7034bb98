//! A new release, from one downloaded file.

use super::numbers;
use super::written::{Baselines, File, Row};
use sdiff::baseline::Product;
use sdiff::load::{self, LoadOptions};
use sdiff::profile::{Format, normalize, to_json};
use sha2::{Digest, Sha256};
use std::error::Error;

/// What is known of a new release.
pub struct Added<'a> {
    /// Its product, as `sdiff` or as `RELEASES.tsv` names it.
    pub product: &'a str,
    /// Its version; of a state of a main branch the commit.
    pub release: &'a str,
    /// The file.
    pub bytes: &'a [u8],
    /// The commit from which it was taken.
    pub commit: &'a str,
    /// When the release came out.
    pub date: &'a str,
    /// The tag of the commit, if it has one.
    pub tag: &'a str,
}

/// Adds a release.
pub fn add(baselines: &mut Baselines, added: &Added) -> Result<(), Box<dyn Error>> {
    let Added { product, release, bytes, commit, date, tag } = *added;
    let by_key = Product::ALL.into_iter().find(|known| known.key() == product);
    let product = by_key.or(Product::from_name(product)).ok_or("unknown product")?;
    if commit.len() != 40 || !commit.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(format!("--commit {commit}: forty hexadecimal digits are wanted").into());
    }
    let version = if product.is_of_commits() { &commit[..12] } else { release };
    let folder = folder(product);
    let name = match product {
        Product::Profiles => format!("{folder}/profiles-{version}"),
        // Its file is containers-common's, and so is the name.
        Product::Podman => format!("{folder}/podman-{version}"),
        product if product.is_of_commits() => format!("{folder}/{date}-{}", &commit[..8]),
        _ => format!("{folder}/{version}"),
    };
    let sha256 = sha256(bytes);
    let text = normal_form(folder, &name, bytes)?;
    // What another release has shipped before keeps its name.
    let known = baselines
        .files
        .iter()
        .find(|(name, file)| file.sha256 == sha256 && name.starts_with(&format!("{folder}/")));
    let file = match known {
        Some((name, _)) => name.clone(),
        None => {
            let content = baselines.content(folder, &name, text);
            let [tag, commit] = [tag, commit].map(str::to_owned);
            baselines.files.insert(name.clone(), File { content, tag, commit, sha256 });
            name
        }
    };
    baselines.insert(Row::new(product, version, date, &file)?)
}

/// Where a product's contents are.
fn folder(product: Product) -> &'static str {
    match product {
        Product::Docker | Product::Profiles | Product::MobyCommit => "docker",
        Product::Podman | Product::ContainersCommon | Product::CommonCommit => "containers-common",
        Product::Containerd => "containerd",
        Product::Crio => "crio",
    }
}

/// `docker/docker-28.2.0.json` is `docker/28.2.0`; `docker/profiles-0.2.1.json` keeps its name.
pub fn content_name(file: &str) -> String {
    let (folder, name) = file.split_once('/').unwrap_or(("", file));
    let folder = if folder == "podman" { "containers-common" } else { folder };
    let name = name.trim_end_matches(".json");
    let prefixes = ["docker-", "moby-", "containers-common-", "common-", "containerd-", "crio-"];
    let name = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    format!("{folder}/{name}")
}

/// What is built in of an upstream file.
pub fn normal_form(folder: &str, file: &str, bytes: &[u8]) -> Result<String, Box<dyn Error>> {
    let is_common = matches!(folder, "containers-common" | "crio");
    let format = if is_common { Format::ContainersCommon } else { Format::Docker };
    let options = LoadOptions { format: Some(format), ..LoadOptions::default() };
    let words = numbers::in_words(bytes);
    let bytes = words.as_deref().map_or(bytes, str::as_bytes);
    let loaded = load::parse(file, bytes, &options).map_err(|error| error.render(false))?;
    Ok(to_json(&normalize(&loaded.profile)))
}

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
