//! The engine against brute force: random formulas over nine bits, on all 512 points.

use super::*;
use crate::profile::{Capability, KernelVersion};
use proptest::prelude::*;

/// A formula over two capabilities, the three lowest bits of two arguments and one kernel bit.
#[derive(Clone, Debug)]
enum Formula {
    Cap(u8),
    Kernel(u8),
    Arg { index: u8, mask: u64, compare: Compare, datum: u64 },
    Not(Box<Formula>),
    And(Box<Formula>, Box<Formula>),
    Or(Box<Formula>, Box<Formula>),
}

use Formula::*;

impl Formula {
    fn holds(&self, point: &Assignment) -> bool {
        match self {
            Cap(bit) => point.capabilities >> bit & 1 == 1,
            Kernel(major) => point.kernel >= KernelVersion { kernel: 0, major: *major },
            Arg { index, mask, compare, datum } => {
                let value = point.args[usize::from(*index)] & mask;
                match compare {
                    Compare::Eq => value == *datum,
                    Compare::Gt => value > *datum,
                    Compare::Ge => value >= *datum,
                }
            }
            Not(a) => !a.holds(point),
            And(a, b) => a.holds(point) && b.holds(point),
            Or(a, b) => a.holds(point) || b.holds(point),
        }
    }

    fn build(&self, store: &mut Store) -> Set {
        match self {
            Cap(bit) => store.with_capability(Capability::from_bit(*bit).unwrap()).unwrap(),
            Kernel(major) => {
                store.kernel_at_least(KernelVersion { kernel: 0, major: *major }).unwrap()
            }
            Arg { index, mask, compare, datum } => {
                store.compare_arg(*index, 0, 64, *mask, *compare, *datum).unwrap()
            }
            Not(a) => {
                let a = a.build(store);
                store.not(a).unwrap()
            }
            And(a, b) => {
                let (a, b) = (a.build(store), b.build(store));
                store.and(a, b).unwrap()
            }
            Or(a, b) => {
                let (a, b) = (a.build(store), b.build(store));
                store.or(a, b).unwrap()
            }
        }
    }
}

fn formula() -> impl Strategy<Value = Formula> {
    let compare = prop_oneof![Just(Compare::Eq), Just(Compare::Gt), Just(Compare::Ge)];
    let leaf = prop_oneof![
        (0u8..2).prop_map(Cap),
        (0u8..3).prop_map(Kernel),
        (0u8..2, 0u64..8, compare, 0u64..9).prop_map(|(index, mask, compare, datum)| Arg {
            index,
            mask,
            compare,
            datum
        }),
    ];
    leaf.prop_recursive(5, 32, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Not(a.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| And(a.into(), b.into())),
            (inner.clone(), inner).prop_map(|(a, b)| Or(a.into(), b.into())),
        ]
    })
}

fn points() -> impl Iterator<Item = Assignment> {
    (0u64..512).map(|n| Assignment {
        capabilities: n & 3,
        kernel: KernelVersion { kernel: 0, major: (n >> 2 & 1) as u8 },
        args: [n >> 3 & 7, n >> 6 & 7, 0, 0, 0, 0],
        ..Assignment::default()
    })
}

fn fixed_to(point: Assignment) -> impl Fn(var::Var) -> Option<bool> {
    move |var| match var::group(var) {
        var::Group::Capability(bit) => Some(point.capabilities >> bit & 1 == 1),
        _ => None,
    }
}

proptest! {
    #[test]
    fn a_set_holds_exactly_what_its_formula_says(formula in formula()) {
        let mut store = Store::default();
        let set = formula.build(&mut store);
        for point in points() {
            prop_assert_eq!(store.evaluate(set.decision(), &point) == 1, formula.holds(&point));
        }
    }

    #[test]
    fn equal_functions_are_equal_handles(a in formula(), b in formula()) {
        let mut store = Store::default();
        let (set_a, set_b) = (a.build(&mut store), b.build(&mut store));
        // Major version 2 is the only bound above the points' kernels.
        let same = points().all(|p| a.holds(&p) == b.holds(&p));
        if set_a == set_b {
            prop_assert!(same);
        }
        let difference = {
            let (ab, ba) = (store.minus(set_a, set_b).unwrap(), store.minus(set_b, set_a).unwrap());
            store.or(ab, ba).unwrap()
        };
        prop_assert_eq!(difference.is_empty(), set_a == set_b);
        match store.witness(difference) {
            Some(point) => prop_assert!(a.holds(&point) != b.holds(&point)),
            None => prop_assert!(same && set_a == set_b),
        }
    }

    #[test]
    fn a_witness_is_in_the_set_and_only_the_empty_set_has_none(formula in formula()) {
        let mut store = Store::default();
        let set = formula.build(&mut store);
        match store.witness(set) {
            Some(point) => prop_assert!(formula.holds(&point)),
            None => prop_assert!(set.is_empty() && !points().any(|p| formula.holds(&p))),
        }
    }

    #[test]
    fn choosing_zipping_and_fixing_go_point_by_point(
        set in formula(), a in formula(), b in formula(), at in 0usize..512,
    ) {
        let mut store = Store::default();
        let (s, x, y) = (set.build(&mut store), a.build(&mut store), b.build(&mut store));
        let chosen = store.choose(s, x.decision(), y.decision()).unwrap();
        let zipped = store.zip(x.decision(), y.decision(), &|a, b| 2 * a + b).unwrap();
        let given = points().nth(at).unwrap();
        let fixed = store.fix(zipped, &fixed_to(given)).unwrap();
        for point in points() {
            let (x, y) = (a.holds(&point) as u32, b.holds(&point) as u32);
            let expected = if set.holds(&point) { x } else { y };
            prop_assert_eq!(store.evaluate(chosen, &point), expected);
            prop_assert_eq!(store.evaluate(zipped, &point), 2 * x + y);
            let moved = Assignment { capabilities: given.capabilities, ..point };
            prop_assert_eq!(store.evaluate(fixed, &point), store.evaluate(zipped, &moved));
        }
    }

    #[test]
    fn environments_are_those_in_which_something_is_left(formula in formula()) {
        let mut store = Store::default();
        let set = formula.build(&mut store);
        let environments = store.environments(set).unwrap();
        for point in points() {
            let some = points().any(|p| {
                (p.capabilities, p.kernel) == (point.capabilities, point.kernel)
                    && formula.holds(&p)
            });
            // Arguments above 7 behave like 7 to these formulas, but for `> 7` and `>= 8`.
            if some {
                prop_assert_eq!(store.evaluate(environments.decision(), &point), 1);
            }
        }
    }
}

#[test]
fn words_are_compared_without_sign_on_all_bits() {
    let mut store = Store::default();
    for datum in [0, 1, 5, 1 << 31, 1 << 32, (1 << 32) + 5, 1 << 63, u64::MAX] {
        for compare in [Compare::Eq, Compare::Gt, Compare::Ge] {
            let set = store.compare_arg(3, 0, 64, u64::MAX, compare, datum).unwrap();
            for value in [datum.wrapping_sub(1), datum, datum.wrapping_add(1), 0, u64::MAX] {
                let mut point = Assignment::default();
                point.args[3] = value;
                let expected = match compare {
                    Compare::Eq => value == datum,
                    Compare::Gt => value > datum,
                    Compare::Ge => value >= datum,
                };
                assert_eq!(store.evaluate(set.decision(), &point) == 1, expected, "{value:#x}");
            }
        }
    }
}

#[test]
fn a_bound_is_an_error_and_not_a_guess() {
    let mut store = Store::new(Limits { work: 100_000, memory: 1 << 20 });
    let full = (0..300).try_fold(Set::EMPTY, |all, datum| {
        let one = store.compare_arg(0, 0, 64, u64::MAX, Compare::Eq, datum << 40)?;
        store.or(all, one)
    });
    assert_eq!(full.map_err(|error| error.bound), Err(Bound::Work(100_000)));
}
