//! What the built-in defaults do, for `src/facts/`.

use sdiff::baseline::{self, Product};
use sdiff::decision::Store;
use sdiff::facts::{Memo, hash, is_open};
use sdiff::load::{LoadOptions, load};
use sdiff::semantics::{Engine, Given, Policy, Settings};
use sdiff::syscall::Host;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;

/// Hashes in a line of the text.
const A_LINE: usize = 4;

/// The text of `src/facts/written.rs`, from what is built into the program.
pub fn text() -> Result<String, Box<dyn Error>> {
    let releases = releases();
    // By host and call, of each release the place in `hashes`.
    let mut hashes: Vec<(u64, bool)> = Vec::new();
    let mut known: BTreeMap<u64, usize> = BTreeMap::new();
    let mut pasts: Vec<Vec<Vec<u8>>> = vec![Vec::new(); Host::ALL.len()];
    for release in &releases {
        let loaded = load(release, &LoadOptions::default())?;
        let mut settings = Settings::new(Engine::of_loaded(&loaded));
        settings.given = Given { capabilities: Some(Given::docker_default()), kernel: None };
        let mut store = Store::default();
        let policy = Policy::build(&mut store, &loaded.profile, &settings)?;
        let mut memo = Memo::default();
        for host in Host::ALL {
            let abi = policy.abi(host, host.native());
            let abi = abi.ok_or_else(|| format!("{release} does not load on {host}"))?;
            let calls: Vec<_> = abi.bare_calls().collect();
            let of_host = &mut pasts[host as usize];
            of_host.resize(calls.len(), Vec::new());
            for (past, decision) in of_host.iter_mut().zip(calls) {
                let hash = hash(&store, decision, &mut memo);
                let place = *known.entry(hash).or_insert_with(|| {
                    hashes.push((hash, is_open(&store, decision)));
                    hashes.len() - 1
                });
                past.push(u8::try_from(place)?);
            }
        }
    }
    let mut histories: BTreeMap<&[u8], usize> = BTreeMap::new();
    for past in pasts.iter().flatten() {
        histories.insert(past, 0);
    }
    for (place, (_, at)) in histories.iter_mut().enumerate() {
        *at = place;
    }
    let mut text = String::from(
        "//! Written by `cargo run --example import-baselines -- --facts`. Not to be edited.\n\n",
    );
    let count = releases.len();
    writeln!(text, "/// The newest release that ships each content, the newest first.")?;
    writeln!(text, "#[rustfmt::skip]\npub(super) static RELEASES: [&str; {count}] = [")?;
    for line in releases.chunks(A_LINE) {
        let names: Vec<String> = line.iter().map(|release| format!("\"{release}\"")).collect();
        writeln!(text, "    {},", names.join(", "))?;
    }
    writeln!(text, "];\n\n/// Every hash, and whether the decision lets some call through.")?;
    writeln!(
        text,
        "#[rustfmt::skip]\npub(super) static HASHES: [(u64, bool); {}] = [",
        hashes.len()
    )?;
    for line in hashes.chunks(A_LINE) {
        let hashes: Vec<String> =
            line.iter().map(|(hash, open)| format!("({hash:#018x}, {open})")).collect();
        writeln!(text, "    {},", hashes.join(", "))?;
    }
    writeln!(text, "];\n\n/// What calls got over time: of each release the place in `HASHES`.")?;
    let histories_count = histories.len();
    writeln!(text, "#[rustfmt::skip]")?;
    writeln!(text, "pub(super) static HISTORIES: [[u8; {count}]; {histories_count}] = [")?;
    for history in histories.keys() {
        writeln!(text, "    [{}],", list(history.iter()))?;
    }
    writeln!(
        text,
        "];\n\n/// By host, of each number of its native ABI the place in `HISTORIES`."
    )?;
    writeln!(text, "#[rustfmt::skip]")?;
    writeln!(text, "pub(super) static OF_CALLS: [&[u16]; {}] = [", pasts.len())?;
    for of_host in &pasts {
        let places: Vec<usize> = of_host.iter().map(|past| histories[past.as_slice()]).collect();
        let lines: Vec<String> =
            places.chunks(25).map(|line| format!("      {},\n", list(line.iter()))).collect();
        writeln!(text, "    &[\n{}    ],", lines.concat())?;
    }
    Ok(text + "];\n")
}

fn list<T: ToString>(numbers: impl Iterator<Item = T>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// The newest release that ships each content, the newest first.
fn releases() -> Vec<String> {
    let mut known: Vec<&str> = Vec::new();
    let mut releases = Vec::new();
    for release in baseline::list().iter().rev() {
        let is_copied = matches!(release.product, Product::Docker | Product::ContainersCommon);
        if is_copied && !known.contains(&release.content) {
            known.push(release.content);
            releases.push(release.to_string());
        }
    }
    releases
}
