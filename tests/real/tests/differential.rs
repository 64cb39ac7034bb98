//! The main crate against the oracles: libseccomp itself, and the plain restatements of the
//! engines and runc around it. Not one answer may differ.

use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::library::libraries;
use sdiff_real::machine::Machine;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::roots;
use sdiff_real::subject::{Mismatch, Subject, Tally, judge, oracle, shrink};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many cases a thread takes at once.
const BATCH: u64 = 64;

/// How many mismatches are shown.
const SHOWN: usize = 5;

fn run(flavour: Flavour, count: u64, subject: &dyn Subject) {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let next = AtomicU64::new(first);
    let began = Instant::now();
    let work = || {
        let (mut tally, mut found) = (Tally::default(), Vec::<Box<Mismatch>>::new());
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            if from >= first + count {
                return (tally, found);
            }
            let upto = (from + BATCH).min(first + count);
            let cases: Vec<Case> =
                (from..upto).map(|seed| Case::on(Machine::of(seed), seed, flavour)).collect();
            for (case, endless) in cases.iter().zip(endless(&cases)) {
                match judge(case, subject, endless) {
                    Ok(one) => tally.add(one),
                    Err(mismatch) => found.push(mismatch),
                }
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
    println!("{flavour:?} on {:?}: {tally}, {:.1?}", libraries(), began.elapsed());
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
    run(Flavour::Hostile, share(70), &MainCrate);
}

#[test]
fn realistic() {
    run(Flavour::Realistic, share(20), &MainCrate);
}

/// Where releases of the library differ: see `wide`.
#[test]
fn wide() {
    run(Flavour::Wide, share(10), &MainCrate);
}

/// Each generation of the library judges as many cases as the others.
#[test]
fn the_libraries_are_of_four_generations() {
    if let Some(why) = roots::missing() {
        return knobs::skip("the_libraries_are_of_four_generations", &why);
    }
    let versions: Vec<_> = libraries().iter().map(|library| library.version).collect();
    for wanted in [(2, 5, 1), (2, 5, 4), (2, 6, 0)] {
        assert!(versions.contains(&wanted), "{versions:?}");
    }
    assert!(versions.iter().any(|version| *version > (2, 6, 0)), "{versions:?}");
    let count = |library| (0..1000).filter(|&seed| Machine::of(seed).library == library).count();
    assert!(libraries().iter().all(|library| count(library) > 200));
}

/// The generator is worth its time: most profiles load, some are refused, for many reasons.
#[test]
fn the_cases_are_mixed() {
    for (flavour, most) in [(Flavour::Realistic, 150), (Flavour::Hostile, 450)] {
        let cases: Vec<Case> = (0..1000).map(|seed| Case::new(seed, flavour)).collect();
        let no = |&(case, endless): &(&Case, bool)| endless || oracle(case).is_err();
        let refused = cases.iter().zip(endless(&cases)).filter(no).count();
        println!("{flavour:?}: {refused} of 1000 refused");
        assert!(refused > 0 && refused < most, "{flavour:?}: {refused} of 1000 refused");
    }
}
