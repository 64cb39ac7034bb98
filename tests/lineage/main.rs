//! Where profiles come from: forks that were made, and files that were published.
//!
//! How many forks are made says `SDIFF_FORKS` (2,000 for all of it; a tenth without it), and the first of their seeds
//! `SDIFF_FORK_SEED`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod forks;
mod published;
mod range;
mod rebases;
mod rng;

use forks::{Fork, Size, fork};
use sdiff::baseline::Product;
use sdiff::load::{LoadOptions, parse};
use sdiff::origin::{Candidate, Origin, origin};

const LINES: [Product; 2] = [Product::Docker, Product::ContainersCommon];

/// Made forks of each size: of 2,000 there are 1,000, 600 and 400.
fn made() -> impl Iterator<Item = Fork> {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |number| number.parse::<u64>().unwrap())
    };
    let first = number("SDIFF_FORK_SEED", 0);
    (first..first + number("SDIFF_FORKS", 200)).map(|seed| {
        let size = match seed % 10 {
            0..=4 => Size::Few,
            5..=7 => Size::Many,
            _ => Size::Cut,
        };
        fork(seed, size)
    })
}

fn of(fork: &Fork) -> Origin {
    let loaded = parse("fork.json", fork.text.as_bytes(), &LoadOptions::default());
    let loaded = loaded.unwrap_or_else(|error| panic!("{}\n{}", error.render(false), fork.text));
    origin(&loaded.profile, &LINES)
}

/// How many forks there are, and of how many the origin is named, alone or in a tie, and is among the
/// states that can be it; how many these are.
#[derive(Default)]
struct Count {
    forks: usize,
    named: usize,
    within: usize,
    states: usize,
    /// Of how many too little is left to be known as a copy.
    none: usize,
}

#[test]
fn forks_go_to_where_they_came_from() {
    let mut counts: [Count; 3] = Default::default();
    for fork in made() {
        let found = of(&fork);
        let is_it = |one: &Candidate| std::ptr::eq(one.state, fork.origin);
        let count = &mut counts[fork.size as usize];
        count.forks += 1;
        count.named += usize::from(found.nearest().iter().any(is_it));
        count.within += usize::from(found.candidates.iter().any(is_it));
        count.states += found.candidates.len();
        count.none += usize::from(found.candidates.is_empty());
    }
    let bounds = [(Size::Few, 0.96, 0.995), (Size::Many, 0.86, 0.99), (Size::Cut, 0.5, 0.85)];
    for (count, (size, named, within)) in counts.into_iter().zip(bounds) {
        let share = |part: usize| part as f64 / count.forks as f64;
        let found = [count.named, count.within, count.states].map(share);
        eprintln!("{size:?}: {} forks; named, within, states: {found:.4?}", count.forks);
        // Of a tenth the shares may be some forks lower.
        let spare = 1.0 / (count.forks as f64).sqrt() * 0.2;
        assert!(found[0] >= named - spare, "{size:?}: {found:?}");
        assert!(found[1] >= within - spare, "{size:?}: {found:?}");
        assert!(found[2] < 25.0, "{size:?}: {found:?}");
        // What a rebase reckons with leaves out no origin, however much was cut off.
        let known = count.forks - count.none;
        assert!(count.within * 1000 >= known * 995, "{size:?}: {} of {known}", count.within);
    }
}
