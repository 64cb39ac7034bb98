//! The promise of bounded work: what a question costs grows with its file as it should, and what
//! would cost more than the bound ends in the error that says so.
//!
//! Costs are the meter's own counts, which are the same on every machine. `examples/dearest_profiles.rs`
//! holds them against CPU time. SDIFF_BOUNDS_RULES is the number of rules: 500 for a long run.

// A test may panic.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod questions;
mod shapes;

use questions::QUESTIONS;
use sdiff::decision::{Bound, Limits, TooLarge};
use sdiff::load::{LoadOptions, Loaded, parse};
use sdiff::semantics::{Engine, Settings};

fn loaded(text: &str) -> Loaded {
    parse("dear.json", text.as_bytes(), &LoadOptions::default()).unwrap()
}

/// Kinds of rules whose cost may grow with n log n alone. Not those of two arguments and more, where the
/// library's own tree has a level below each test, in which each rule is looked for; nor those
/// of many upper halves, whose blocks are reached with other words held and are decided for each.
const STRAIGHT: [&str; 5] = ["names", "EQ", "NE", "masks", "ranges"];

fn size() -> usize {
    std::env::var("SDIFF_BOUNDS_RULES").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
}

/// Four times the rules cost at most five times the work (n log n of 500 and 2,000: 4.9).
#[test]
fn work_grows_with_n_log_n() {
    let small = size();
    for (name, shape) in shapes::SHAPES.iter().filter(|(name, _)| STRAIGHT.contains(name)) {
        let [few, many] = [small, 4 * small].map(|count| loaded(&shape(count)));
        for (command, question) in QUESTIONS.iter().filter(|(command, _)| *command != "check") {
            let costs = [&few, &many].map(question);
            let [(few, None), (many, None)] = costs else { panic!("{name}, {command}: a bound") };
            let grew = many.work() as f64 / few.work().max(1) as f64;
            println!("{name}, {command}: {} units, {grew:.2}", few.work());
            assert!(grew <= 5.5, "{name}, {command}: {grew:.2}");
        }
    }
}

/// Each row of a table of small files that once took seconds to hours, and more of the kind.
#[test]
fn small_files_are_answered_or_end_in_the_error() {
    // Half of it is minutes less, and asks the same.
    let size = || size() / 2;
    let mut files = vec![
        ("rules and 6 capabilities", shapes::eq_with(size(), 6)),
        ("rules and 10 capabilities", shapes::eq_with(size(), 10)),
        ("one name many times and 8 capabilities", shapes::same_name_with(40 * size(), 8)),
        ("one name many times and many words", shapes::tangled(size() / 3)),
        ("rules of one value", shapes::eq(2 * size())),
        ("masks", shapes::masks(size())),
    ];
    files.extend(shapes::SHAPES.iter().map(|(name, shape)| (*name, shape(size()))));
    for (name, text) in files {
        let loaded = loaded(&text);
        for (command, question) in QUESTIONS {
            let (meter, error) = question(&loaded);
            // A step more, or a piece of memory, is where it was seen.
            assert!(meter.work() < Limits::default().work * 11 / 10, "{name}, {command}");
            if let Some(TooLarge { bound, .. }) = error {
                assert!(
                    matches!(bound, Bound::Work(_) | Bound::Memory(_) | Bound::Environments(_)),
                    "{name}, {command}: {bound:?}"
                );
            }
        }
    }
}

/// What is answered of these at all, by the commands that every review needs.
#[test]
fn a_few_conditions_on_capabilities_are_no_trouble() {
    let loaded = loaded(&shapes::eq_with(size(), 4));
    for (command, question) in QUESTIONS {
        let (_, error) = question(&loaded);
        assert_eq!(error, None, "{command}");
    }
}

/// What was not looked at is not silently fine: it fails `check`.
#[test]
fn names_that_were_not_looked_at_are_a_warning() {
    let loaded = loaded(&shapes::eq(1_500));
    let found =
        sdiff::lint::check(&loaded, &Settings::new(Engine::Docker)).expect("within the bounds");
    let is_told = |finding: &sdiff::lint::Finding| {
        finding.subject == "unchecked" && finding.severity == sdiff::lint::Severity::Warning
    };
    assert!(found.iter().any(is_told), "{found:?}");
}
