//! Prints what the four defaults of today let through that not all of them do, as the table of
//! `docs/baselines.md`:
//!
//! ```text
//! cargo run --example defaults-table
//! ```

use sdiff::decision::Store;
use sdiff::load::{LoadOptions, load};
use sdiff::profile::{KernelVersion, Profile};
use sdiff::semantics::{Engine, Given, Policy, Runtime, Settings, action};
use sdiff::syscall::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;

/// The defaults, as they are named here, and the head of each column.
const DEFAULTS: [(&str, &str); 4] = [
    ("docker", "Docker"),
    ("podman", "Podman"),
    ("kubernetes", "containerd, Kubernetes"),
    ("crio", "CRI-O"),
];

#[allow(dead_code)] // a test takes the table alone
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", table()?);
    Ok(())
}

/// For native programs on amd64 with the capabilities that Docker grants, on Linux 6.12: the calls that are let
/// through whatever their arguments are (`yes`), with some arguments (`some`), with none (`no`).
pub fn table() -> Result<String, Box<dyn Error>> {
    let mut columns: Vec<BTreeMap<&str, &str>> = Vec::new();
    let (mut head, mut rule) = (String::from("| calls |"), String::from("|---|"));
    for (spec, title) in DEFAULTS {
        let loaded = load(spec, &LoadOptions::default())?;
        columns.push(answers(&loaded.profile, Engine::of_loaded(&loaded))?);
        let version = loaded.baseline.map_or("", |release| release.version);
        write!(head, " {title} {version} |")?;
        rule.push_str("---|");
    }
    let mut rows: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for name in columns.iter().flat_map(BTreeMap::keys).copied().collect::<BTreeSet<&str>>() {
        let row: Vec<&str> =
            columns.iter().map(|column| *column.get(name).unwrap_or(&"no")).collect();
        if row.iter().any(|cell| *cell != row[0]) {
            rows.entry(row).or_default().push(name);
        }
    }
    let mut text = format!("{head}\n{rule}\n");
    for (row, names) in rows {
        writeln!(text, "| `{}` | {} |", names.join("`, `"), row.join(" | "))?;
    }
    Ok(text)
}

fn answers(
    profile: &Profile,
    engine: Engine,
) -> Result<BTreeMap<&'static str, &'static str>, Box<dyn Error>> {
    let kernel = KernelVersion::parse("6.12");
    let given = Given { capabilities: Some(Given::docker_default()), kernel };
    let settings = Settings { hosts: vec![Host::Amd64], given, ..Settings::new(engine) };
    let mut store = Store::default();
    let policy = Policy::build(&mut store, profile, &settings.with_runtime(Runtime::None))?;
    let abi = policy.abi(Host::Amd64, Host::Amd64.native()).ok_or("no such ABI")?;
    let word = |decision| {
        let leaves = store.leaves(decision);
        let open = leaves.iter().filter(|leaf| action(**leaf).lets_through()).count();
        match open {
            0 => "no",
            open if open == leaves.len() => "yes",
            _ => "some",
        }
    };
    Ok(abi.calls().map(|(_, call, decision)| (call.name(), word(decision))).collect())
}
