//! Writes `baselines/` and `src/baseline/contents.rs`, from a folder of upstream's files or from
//! one downloaded file of a new release:
//!
//! ```text
//! cargo run --example import-baselines -- ../shared/upstream
//! cargo run --example import-baselines -- --add docker 30.0.0 default.json \
//!     --commit 0123456789abcdef0123456789abcdef01234567 --tag docker-v30.0.0 --date 2026-12-01
//! ```
//!
//! The folder holds `INDEX.tsv` (file, repository, path, commit, tag, date, SHA-256 of each
//! upstream file) and `RELEASES.tsv` (which release ships which file). What upstream retracted is
//! left out. The same input gives the same output, byte for byte.

mod add;
mod delta;
mod import;
mod numbers;
mod written;

use std::env;
use std::error::Error;
use std::path::Path;

use add::Added;
use written::Baselines;

const USAGE: &str = "usage: import-baselines UPSTREAM_FOLDER\n   or: import-baselines --add \
                     PRODUCT RELEASE FILE --commit COMMIT --date DATE [--tag TAG]";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let arguments: Vec<String> = env::args().skip(1).collect();
    let baselines = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folder] if !folder.starts_with('-') => import::folder(Path::new(folder))?,
        ["--add", product, release, file, options @ ..] => {
            let mut baselines = Baselines::read(root)?;
            let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
            let option = |name: &str| {
                let pair = options.chunks(2).find(|pair| pair.first() == Some(&name));
                pair.and_then(|pair| pair.get(1)).copied()
            };
            let known = ["--commit", "--date", "--tag"];
            let is_known = |pair: &[&str]| pair.len() == 2 && known.contains(&pair[0]);
            if !options.chunks(2).all(is_known) {
                return Err(USAGE.into());
            }
            add::add(
                &mut baselines,
                &Added {
                    product,
                    release,
                    bytes: &bytes,
                    commit: option("--commit").ok_or(USAGE)?,
                    date: option("--date").ok_or(USAGE)?,
                    tag: option("--tag").unwrap_or(""),
                },
            )?;
            baselines
        }
        _ => return Err(USAGE.into()),
    };
    baselines.write(root)?;
    println!(
        "{} releases, {} upstream files, {} contents",
        baselines.releases.len(),
        baselines.files.len(),
        baselines.contents.len()
    );
    Ok(())
}
