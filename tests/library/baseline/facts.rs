//! What the importer wrote down of the built-in defaults is what they do.

#![allow(clippy::expect_used)]

#[path = "../../../examples/import_baselines/facts.rs"]
mod written;

use sdiff::facts;
use sdiff::syscall::{Host, numbers};
use std::path::Path;

/// Every default is built anew, for every host.
#[test]
fn what_is_written_down_is_what_the_defaults_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facts/written.rs");
    let text = written::text().expect("they load");
    let is_written = std::fs::read_to_string(path).expect("a text") == text;
    assert!(is_written, "`cargo run --example import-baselines -- --facts` writes another one");
}

#[test]
fn every_number_has_a_fact_and_a_default_is_at_no_distance_from_itself() {
    assert!(facts::releases().len() > 40);
    for (at, release) in facts::releases().iter().enumerate() {
        for host in Host::ALL {
            let own: Vec<_> = facts::of(at, host).map(|(hash, _)| hash).collect();
            assert_eq!(own.len(), numbers(host.native()).len(), "{release} on {host}");
            let distances = facts::distances(&own, host);
            for (other, &distance) in distances.iter().enumerate() {
                let theirs = facts::of(other, host).map(|(hash, _)| hash);
                let differ = theirs.zip(&own).filter(|(theirs, own)| theirs != *own).count();
                assert_eq!(distance, differ, "{release} and {other} on {host}");
            }
        }
    }
}
