//! The main crate against the oracles: libseccomp itself, and the plain restatements of the
//! engines and runc around it. Not one answer may differ.

use sdiff_real::cases::{Case, Flavour};
use sdiff_real::knobs;
use sdiff_real::library;
use sdiff_real::subject::{self, Mismatch, Subject, Tally, judge, oracle, shrink};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many mismatches are shown.
const SHOWN: usize = 5;

fn run(flavour: Flavour, count: u64, subject: &dyn Subject) {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let next = AtomicU64::new(first);
    let began = Instant::now();
    let work = || {
        let (mut tally, mut found) = (Tally::default(), Vec::<Box<Mismatch>>::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return (tally, found);
            }
            match judge(&Case::new(seed, flavour), subject) {
                Ok(one) => tally.add(one),
                Err(mismatch) => found.push(mismatch),
            }
        }
    };
    let (mut tally, mut found) = (Tally::default(), Vec::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..knobs::threads()).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (of, mismatches) = thread.join().expect("a thread of the test panicked");
            tally.add(of);
            found.extend(mismatches);
        }
    });
    println!("{flavour:?}: {tally}, {:.1?}", began.elapsed());
    let total = found.len();
    found.sort_by_key(|mismatch| mismatch.case.seed);
    let shown: Vec<String> =
        found.into_iter().take(SHOWN).map(|m| shrink(m, subject).to_string()).collect();
    assert!(total == 0, "{total} of {count} cases differ. The first:\n{}", shown.join("\n"));
}

fn share(percent: u64) -> u64 {
    knobs::number("SDIFF_ORACLE_CASES", 10_000) * percent / 100
}

#[test]
fn hostile() {
    match subject::subject() {
        Some(subject) => run(Flavour::Hostile, share(75), subject),
        None => knobs::skip("hostile", "the main crate has no semantics yet"),
    }
}

#[test]
fn realistic() {
    match subject::subject() {
        Some(subject) => run(Flavour::Realistic, share(25), subject),
        None => knobs::skip("realistic", "the main crate has no semantics yet"),
    }
}

/// The numbers in this package's notes are those of one version.
#[test]
fn the_library_is_the_one_that_was_read() {
    assert!(library::version().starts_with("2.5."), "libseccomp {}", library::version());
}

/// The generator is worth its time: most profiles load, some are refused, for many reasons.
#[test]
fn the_cases_are_mixed() {
    for (flavour, most) in [(Flavour::Realistic, 60), (Flavour::Hostile, 450)] {
        let refused = (0..1000).filter(|seed| oracle(&Case::new(*seed, flavour)).is_err()).count();
        println!("{flavour:?}: {refused} of 1000 refused");
        assert!(refused > 0 && refused < most, "{flavour:?}: {refused} of 1000 refused");
    }
}
