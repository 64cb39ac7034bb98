//! The reader of recordings on any bytes: no panic, every line is counted, and what is read in two
//! parts at the end of a line that waits for nothing is what is read at once.
//!
//! `cargo +nightly fuzz run read -- -max_total_time=60`

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdiff::recording::{Recorder, read};
use sdiff::report::{lines_text, nothing_read_text};

fuzz_target!(|bytes: &[u8]| {
    let Ok(recording) = read(bytes, None) else { return };
    let lines = bytes.split_inclusive(|&byte| byte == b'\n').count() as u64;
    assert_eq!(recording.lines.total(), lines);
    let is_empty = recording.calls.is_empty() && recording.unknown.is_empty();
    assert_eq!(recording.lines.calls == 0, is_empty);
    let said = lines_text(&recording) + &nothing_read_text("fuzz", &recording.lines);
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    // Joined with another one it holds no less.
    let mut recorder = Recorder::new(None);
    for part in [bytes, b"read(0, \"\", 1) = 0\n"] {
        recorder.read(part).expect("bytes");
    }
    let both = recorder.finish();
    assert_eq!(both.lines.total(), lines + 1);
    let count = |recording: &sdiff::recording::Recording| -> u64 {
        let known = recording.calls.values().map(|tally| tally.count);
        known.chain(recording.unknown.values().copied()).fold(0, u64::saturating_add)
    };
    assert_eq!(count(&both), count(&recording).saturating_add(1));
});
