//! The loader on any bytes: no panic, and a profile that loads keeps its meaning when it is
//! written and read again.
//!
//! `cargo +nightly fuzz run load -- -max_total_time=60`

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdiff::load::{LoadOptions, parse};
use sdiff::profile::{normalize, to_json};

fuzz_target!(|bytes: &[u8]| {
    match parse("fuzz", bytes, &LoadOptions::default()) {
        Ok(loaded) => {
            for warning in loaded.warnings.iter().take(20) {
                warning.render(&loaded.source, true);
            }
            let normal = normalize(&loaded.profile);
            assert_eq!(normalize(&normal), normal);
            let text = to_json(&normal);
            let again = parse("again", text.as_bytes(), &LoadOptions::default());
            assert_eq!(to_json(&again.expect("what was written loads").profile), text);
        }
        Err(error) => {
            let shown = error.render(false);
            assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
});
