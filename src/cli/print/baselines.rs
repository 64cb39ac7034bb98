//! `sdiff baselines`: the built-in profiles.

use crate::baseline::{self, Product, Release, UNCONFINED};
use crate::cli::failure::Failure;
use crate::cli::name;
use crate::cli::terminal::output;
use crate::load::{self, LoadOptions};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// List the built-in profiles, or print one
///
/// Without a name it lists whose defaults are built in. With a product's name it lists the
/// releases, one a line: its name, its date, and the content that it ships, which is equal for
/// releases that ship the same profile. With any other name it prints that profile as JSON that
/// Docker (or Podman) loads as it is.
///
/// containerd and CRI-O have no file: their defaults are code, written here in the dialect of Docker
/// or Podman.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which to print: default, docker@29.4.3, podman@5.8, ..., or a product to list
    #[arg(value_name = "NAME")]
    spec: Option<String>,

    /// List the states of the product's main branch instead, by commit
    #[arg(long, requires = "spec")]
    commits: bool,

    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let text = match args.spec.as_deref() {
        None => products(),
        Some(spec) => match listed(spec) {
            Some(product) if args.commits => match product.states() {
                Some(states) => releases(states),
                None => {
                    let message = format!("the main branch of {product} is not built in");
                    return Err(Failure::Usage(message));
                }
            },
            None if args.commits => {
                let message = "--commits lists those of a product: docker, containers-common";
                return Err(Failure::Usage(message.into()));
            }
            Some(product) => releases(product),
            // A path or a revision is not asked for, even if it is there.
            None if baseline::is_spec(spec) => {
                let loaded = load::load(spec, &LoadOptions::default())?;
                for warning in &loaded.warnings {
                    output::to_stderr(&warning.render(&loaded.source, false));
                }
                loaded.source.text.to_string()
            }
            None => {
                let name = spec.escape_debug();
                let near = load::near_baseline(spec);
                let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                let message =
                    format!("no built-in baseline `{name}`: {near}`sdiff baselines` lists them");
                return Err(Failure::Usage(message));
            }
        },
    };
    // A profile stays as its product wrote it; what is listed is for a reader.
    match args.spec.as_deref() {
        Some(spec) if listed(spec).is_none() => output::to(args.output.as_deref(), &text)?,
        _ => output::text(args.output.as_deref(), &text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The product whose releases a name stands for; `default` and `kubernetes` are one of them each.
fn listed(spec: &str) -> Option<Product> {
    Product::from_name(spec).filter(|_| spec != "kubernetes")
}

fn products() -> String {
    let mut text = String::new();
    for product in Product::ALL.into_iter().filter(|product| !product.is_of_commits()) {
        let own = baseline::releases(product);
        let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
        let contents: BTreeSet<&str> = own.iter().map(|release| release.content).collect();
        let releases = format!("{} to {} ({})", first.version, last.version, last.date);
        let counted = format!("{} releases, {} profiles", own.len(), contents.len());
        // Writing to a String cannot fail.
        let _ = write!(text, "{product:<18} {releases:<32} {counted}");
        if let Some(states) = product.states() {
            let _ = write!(text, ", {} commits", baseline::releases(states).len());
        }
        text.push('\n');
    }
    for name in ["default", "kubernetes"] {
        if let Ok(release) = baseline::find(name) {
            let _ = writeln!(text, "{name:<18} {release}");
        }
    }
    let _ = writeln!(text, "{UNCONFINED:<18} no filter at all");
    let more = "\n`sdiff baselines docker` lists the releases, with `--commits` the main branch\n";
    text + &name::in_own_text(more)
}

fn releases(product: Product) -> String {
    let line = |Release { date, content, .. }: &Release, name: &str| {
        format!("{name:<31} {date:<11} {content}\n")
    };
    baseline::releases(product).iter().map(|release| line(release, &release.to_string())).collect()
}
