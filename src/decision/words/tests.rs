use super::super::build::Compare::{self, Eq, Ge, Gt};
use super::*;
use crate::profile::{Capability, KernelVersion};
use proptest::prelude::*;

fn arg(store: &mut Store, index: u8, mask: u64, compare: Compare, datum: u64) -> Set {
    store.compare_arg(index, 0, 64, mask, compare, datum).unwrap()
}

fn one_of(store: &mut Store, index: u8, values: &[u64]) -> Set {
    values.iter().fold(Set::EMPTY, |set, &value| {
        let one = arg(store, index, u64::MAX, Eq, value);
        store.or(set, one).unwrap()
    })
}

fn cap(store: &mut Store, name: &str) -> Set {
    store.with_capability(Capability::from_name(name).unwrap()).unwrap()
}

fn is(value: u64) -> ValueRange {
    ValueRange { from: value, to: Some(value) }
}

/// Describes, and checks what is true of every description.
fn exact(store: &mut Store, set: Set, width: u16, limit: usize) -> Description {
    let found = describe(store, set, width, limit).unwrap();
    assert_eq!(found, describe(store, set, width, limit).unwrap());
    assert!(found.clauses.len() <= limit);
    let width = effective_width(store, set, width);
    let mut covered = Set::EMPTY;
    for clause in &found.clauses {
        let part = clause.to_set(store, width).unwrap();
        assert!(store.minus(part, set).unwrap().is_empty(), "{clause:?}");
        covered = store.or(covered, part).unwrap();
    }
    let rest = found.rest.unwrap_or(Set::EMPTY);
    assert!(store.and(covered, rest).unwrap().is_empty());
    assert_eq!(store.or(covered, rest).unwrap(), set);
    found
}

/// The description of a set without a rest.
fn clauses(store: &mut Store, set: Set) -> Vec<Clause> {
    let found = exact(store, set, 64, 20);
    assert_eq!(found.rest, None);
    found.clauses
}

/// The terms, where the only thing to say is about argument 0.
fn terms(store: &mut Store, set: Set) -> Vec<Term> {
    let mut clauses = clauses(store, set);
    assert_eq!(clauses.len(), 1, "{clauses:?}");
    let clause = clauses.remove(0);
    assert!(clause.capabilities.is_empty() && clause.kernel.is_empty());
    assert_eq!(clause.args.len(), 1);
    assert_eq!(clause.args[0].index, 0);
    clause.args[0].terms.clone()
}

#[test]
fn all_and_nothing() {
    let mut store = Store::default();
    assert_eq!(clauses(&mut store, Set::EMPTY), []);
    assert_eq!(clauses(&mut store, Set::ALL), [Clause::default()]);
    assert!(Clause::default().is_always());
}

#[test]
fn values_and_all_but_them() {
    let mut store = Store::default();
    let families = one_of(&mut store, 0, &[38, 40]);
    assert_eq!(terms(&mut store, families), [Term::In(vec![is(38), is(40)])]);
    let others = store.not(families).unwrap();
    assert_eq!(terms(&mut store, others), [Term::NotIn(vec![is(38), is(40)])]);
    let personas = one_of(&mut store, 0, &[0, 8, 0x20000, 0x20008, 0xffff_ffff]);
    let list = [0, 8, 0x20000, 0x20008, 0xffff_ffff].map(is).to_vec();
    assert_eq!(terms(&mut store, personas), [Term::In(list.clone())]);
    let others = store.not(personas).unwrap();
    assert_eq!(terms(&mut store, others), [Term::NotIn(list)]);
    let many: Vec<u64> = (0..60).map(|place| place * 7919).collect();
    let list = many.iter().copied().map(is).collect();
    let many = one_of(&mut store, 0, &many);
    assert_eq!(terms(&mut store, many), [Term::In(list)]);
}

#[test]
fn dockers_rules_for_socket_without_two_families() {
    let mut store = Store::default();
    let below = arg(&mut store, 0, u64::MAX, Ge, 38);
    let below = store.not(below).unwrap();
    let between = one_of(&mut store, 0, &[39]);
    let above = arg(&mut store, 0, u64::MAX, Gt, 40);
    let set = store.or(below, between).unwrap();
    let set = store.or(set, above).unwrap();
    assert_eq!(terms(&mut store, set), [Term::NotIn(vec![is(38), is(40)])]);
    let vsock = one_of(&mut store, 0, &[40]);
    let formerly = store.not(vsock).unwrap();
    let difference = store.minus(formerly, set).unwrap();
    assert_eq!(terms(&mut store, difference), [Term::In(vec![is(38)])]);
}

#[test]
fn ranges() {
    let mut store = Store::default();
    let from5 = arg(&mut store, 0, u64::MAX, Ge, 5);
    assert_eq!(terms(&mut store, from5), [Term::In(vec![ValueRange { from: 5, to: None }])]);
    let above9 = arg(&mut store, 0, u64::MAX, Gt, 9);
    let range = ValueRange { from: 5, to: Some(9) };
    let between = store.minus(from5, above9).unwrap();
    assert_eq!(terms(&mut store, between), [Term::In(vec![range])]);
    let outside = store.not(between).unwrap();
    assert_eq!(terms(&mut store, outside).len(), 1);
}

#[test]
fn masks_and_what_differs_from_them() {
    let mut store = Store::default();
    let mask = 0x7e02_0000;
    let none = arg(&mut store, 0, mask, Eq, 0);
    assert_eq!(terms(&mut store, none), [Term::Masked { mask, value: 0 }]);
    let any = store.not(none).unwrap();
    assert_eq!(terms(&mut store, any), [Term::NotMasked { mask, value: 0 }]);
    // Two masks at once, and a mask with a range.
    let odd = arg(&mut store, 0, 1, Eq, 1);
    let both = store.and(any, odd).unwrap();
    let expected = [Term::Masked { mask: 1, value: 1 }, Term::NotMasked { mask, value: 0 }];
    assert_eq!(terms(&mut store, both), expected);
    let from100 = arg(&mut store, 0, u64::MAX, Ge, 100);
    let odd_from100 = store.and(odd, from100).unwrap();
    let range = Term::In(vec![ValueRange { from: 100, to: None }]);
    let said = terms(&mut store, odd_from100);
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], Term::Masked { mask: 1, value: 1 });
    assert!(matches!(said[1], Term::In(_) | Term::NotIn(_)), "{said:?} or {range:?}");
    // A mask or a value outside of it.
    let value = one_of(&mut store, 0, &[0x2000_0000]);
    let either = store.or(none, value).unwrap();
    assert_eq!(clauses(&mut store, either).len(), 2);
}

#[test]
fn masks_with_exceptions() {
    let mut store = Store::default();
    let mask = 0x7e02_0000;
    let none = arg(&mut store, 0, mask, Eq, 0);
    let out = one_of(&mut store, 0, &[0, 17, 0x1100]);
    let set = store.minus(none, out).unwrap();
    let but = Term::NotIn(vec![is(0), is(17), is(0x1100)]);
    assert_eq!(terms(&mut store, set), [Term::Masked { mask, value: 0 }, but]);
    // Some in, some out, on both sides of the mask.
    let extra = one_of(&mut store, 0, &[0x2000_0000, 0x4000_0011]);
    let set = store.or(set, extra).unwrap();
    let said = clauses(&mut store, set);
    assert_eq!(said.len(), 2, "{said:?}");
    let complement = store.not(set).unwrap();
    let said = clauses(&mut store, complement);
    assert_eq!(said.len(), 2, "{said:?}");
    let odd = arg(&mut store, 0, 1, Eq, 1);
    let one = one_of(&mut store, 0, &[1]);
    let two = one_of(&mut store, 0, &[2]);
    let set = store.minus(odd, one).unwrap();
    let set = store.or(set, two).unwrap();
    let said = clauses(&mut store, set);
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn the_low_half_alone() {
    let mut store = Store::default();
    let set = store.compare_arg(0, 0, 32, u64::MAX, Eq, 5).unwrap();
    let low = Term::Masked { mask: 0xffff_ffff, value: 5 };
    assert_eq!(terms(&mut store, set), [low]);
    // On an ABI of 32 bits that is the value.
    let found = exact(&mut store, set, 32, 9);
    assert_eq!(found.clauses[0].args[0].terms, [Term::In(vec![is(5)])]);
    let wide = one_of(&mut store, 0, &[40]);
    let narrow = store.compare_arg(0, 0, 32, u64::MAX, Eq, 40).unwrap();
    let wide = store.not(wide).unwrap();
    let narrow = store.not(narrow).unwrap();
    assert_eq!(exact(&mut store, wide, 64, 9), exact(&mut store, narrow, 32, 9));
    // A set that asks for high bits is described by them, whatever the ABI.
    assert_eq!(exact(&mut store, wide, 32, 9), exact(&mut store, wide, 64, 9));
}

#[test]
fn capabilities_are_few_clauses() {
    let mut store = Store::default();
    let (admin, bpf) = (cap(&mut store, "CAP_SYS_ADMIN"), cap(&mut store, "CAP_BPF"));
    let either = store.or(admin, bpf).unwrap();
    let neither = store.not(either).unwrap();
    let names = |clauses: Vec<Clause>| -> Vec<Vec<(&str, bool)>> {
        let names = |clause: Clause| {
            clause.capabilities.iter().map(|&(cap, held)| (cap.name(), held)).collect()
        };
        clauses.into_iter().map(names).collect()
    };
    assert_eq!(
        names(clauses(&mut store, either)),
        [[("CAP_SYS_ADMIN", true)], [("CAP_BPF", true)]]
    );
    assert_eq!(
        names(clauses(&mut store, neither)),
        [[("CAP_SYS_ADMIN", false), ("CAP_BPF", false)]]
    );
    // Docker's clone: without CAP_SYS_ADMIN only some flags, with it all.
    let none = arg(&mut store, 0, 0x7e02_0000, Eq, 0);
    let clone = store.or(admin, none).unwrap();
    let said = clauses(&mut store, clone);
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|clause| clause.capabilities.len() + clause.args.len() == 1));
    let set = store.and(either, none).unwrap();
    assert_eq!(clauses(&mut store, set).len(), 2);
}

#[test]
fn kernels_are_ranges() {
    let mut store = Store::default();
    let version = |text| KernelVersion::parse(text).unwrap();
    let since = store.kernel_at_least(version("4.8")).unwrap();
    let ptrace = cap(&mut store, "CAP_SYS_PTRACE");
    let set = store.or(since, ptrace).unwrap();
    let said = clauses(&mut store, set);
    assert_eq!(said.len(), 2);
    let kernel = vec![KernelRange { from: Some(version("4.8")), to: None }];
    assert!(said.contains(&Clause { kernel, ..Clause::default() }), "{said:?}");
    let before = store.minus(Set::ALL, since).unwrap();
    let kernel = vec![KernelRange { from: None, to: Some(version("4.7")) }];
    assert_eq!(clauses(&mut store, before), [Clause { kernel, ..Clause::default() }]);
}

#[test]
fn a_product_stays_a_product() {
    let mut store = Store::default();
    let families = one_of(&mut store, 0, &[2, 10]);
    let types = one_of(&mut store, 1, &[1, 2, 3]);
    let admin = cap(&mut store, "CAP_NET_ADMIN");
    let set = store.and(families, types).unwrap();
    let set = store.minus(set, admin).unwrap();
    let said = clauses(&mut store, set);
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].capabilities.len(), said[0].args.len()), (1, 2));
    // Its complement needs a clause for each factor.
    let complement = store.not(set).unwrap();
    assert_eq!(clauses(&mut store, complement).len(), 3);
}

#[test]
fn a_tangled_set_keeps_its_rest() {
    let mut store = Store::default();
    let mut set = Set::EMPTY;
    for shift in 0..12 {
        let mut all = Set::ALL;
        for index in 0..3 {
            let part = arg(&mut store, index, 5 << shift, Eq, 1 << shift);
            all = store.and(all, part).unwrap();
        }
        set = store.or(set, all).unwrap();
    }
    assert!(exact(&mut store, set, 64, 8).rest.is_some());
    let complement = store.not(set).unwrap();
    assert!(exact(&mut store, complement, 64, 8).rest.is_some());
}

/// One condition, as profiles have them.
#[derive(Clone, Debug)]
enum Atom {
    Capability(u8),
    Kernel(u8, u8),
    Arg(u8, u64, u8, u64),
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0_u64..6,
        3 => 36_u64..42,
        1 => (0_u32..64).prop_map(|bit| 1 << bit),
        1 => Just(u64::MAX),
        1 => Just(0xffff_ffff),
        1 => any::<u64>(),
    ]
}

fn mask() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => Just(u64::MAX),
        1 => Just(0x7e02_0000_u64),
        1 => Just(0xffff_ffff_u64),
        1 => 0_u64..16,
        1 => number(),
    ]
}

fn atom() -> impl Strategy<Value = Atom> {
    prop_oneof![
        1 => (20_u8..24).prop_map(Atom::Capability),
        1 => (3_u8..6, 0_u8..3).prop_map(|(kernel, major)| Atom::Kernel(kernel, major)),
        4 => (0_u8..3, mask(), 0_u8..3, number()).prop_map(|(i, m, c, v)| Atom::Arg(i, m, c, v)),
    ]
}

/// A union of conjunctions, some conditions negated, and perhaps the difference of two of them.
type Sum = Vec<Vec<(Atom, bool)>>;

fn sum() -> impl Strategy<Value = Sum> {
    let product = prop::collection::vec((atom(), prop::bool::weighted(0.7)), 1..4);
    prop::collection::vec(product, 1..6)
}

fn set_of(store: &mut Store, sum: &Sum, width: u16) -> Set {
    let mut set = Set::EMPTY;
    for product in sum {
        let mut all = Set::ALL;
        for (atom, positive) in product {
            let part = match *atom {
                Atom::Capability(bit) => {
                    store.with_capability(Capability::from_bit(bit).unwrap()).unwrap()
                }
                Atom::Kernel(kernel, major) => {
                    store.kernel_at_least(KernelVersion { kernel, major }).unwrap()
                }
                Atom::Arg(index, mask, compare, datum) => {
                    let compare = [Eq, Gt, Ge][usize::from(compare)];
                    let cut = u64::MAX >> (64 - width);
                    let (mask, datum) = (mask & cut, datum & mask & cut);
                    store.compare_arg(index, 0, width, mask, compare, datum).unwrap()
                }
            };
            all = if *positive { store.and(all, part) } else { store.minus(all, part) }.unwrap();
        }
        set = store.or(set, all).unwrap();
    }
    set
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_union_of_clauses_and_rest_is_the_set(old in sum(), new in sum(), narrow: bool) {
        let mut store = Store::default();
        let width = if narrow { 32 } else { 64 };
        let old = set_of(&mut store, &old, width);
        let new = set_of(&mut store, &new, width);
        for set in [old, new, store.minus(new, old).unwrap(), store.not(old).unwrap()] {
            exact(&mut store, set, width, 12);
            exact(&mut store, set, width, 2);
        }
    }

    #[test]
    fn a_sum_is_told_in_few_clauses(mut sum in sum()) {
        // Profiles have masks for equality alone.
        for (atom, _) in sum.iter_mut().flatten() {
            if let Atom::Arg(_, mask, 1.., _) = atom {
                *mask = u64::MAX;
            }
        }
        // And a rule has one condition an argument.
        for product in &mut sum {
            let mut seen = [false; 6];
            product.retain(|(atom, _)| match atom {
                Atom::Arg(index, ..) => !std::mem::replace(&mut seen[usize::from(*index)], true),
                _ => true,
            });
        }
        let mut store = Store::default();
        let set = set_of(&mut store, &sum, 64);
        let found = exact(&mut store, set, 64, 60);
        prop_assert_eq!(found.rest, None);
    }

    #[test]
    fn small_words_by_brute_force(table in any::<u32>(), hole in any::<u32>()) {
        let mut store = Store::default();
        let values: Vec<u64> = (0..32).filter(|bit| table >> bit & 1 == 1).collect();
        let set = one_of(&mut store, 0, &values);
        let open: Vec<u64> = (0..32).filter(|bit| hole >> bit & 1 == 1).collect();
        let open = one_of(&mut store, 0, &open);
        let high = store.or(set, open).unwrap();
        let mut words = values::Values { store: &mut store, index: 0, width: 5 };
        // Five bits: those above are not asked, so they are cut from the sets.
        let five = |store: &mut Store, set: Set| {
            let cut = |var| (var < var::arg(0, 4)).then_some(false);
            Set(store.fix(set.decision(), &cut).unwrap())
        };
        let (low, high) = (five(words.store, set), five(words.store, high));
        let mut covered = Set::EMPTY;
        for (terms, part) in words.cover(low, high).unwrap() {
            for value in 0..32 {
                let point = super::super::Assignment { args: [value, 0, 0, 0, 0, 0], ..Default::default() };
                let holds = terms.iter().all(|term| holds(term, value));
                prop_assert_eq!(words.store.evaluate(part.decision(), &point) == 1, holds);
            }
            covered = words.store.or(covered, part).unwrap();
        }
        prop_assert!(store.minus(low, covered).unwrap().is_empty());
        prop_assert!(store.minus(covered, high).unwrap().is_empty());
    }
}

fn holds(term: &Term, value: u64) -> bool {
    let within = |ranges: &[ValueRange]| {
        ranges.iter().any(|range| range.from <= value && range.to.is_none_or(|to| value <= to))
    };
    match term {
        Term::In(ranges) => within(ranges),
        Term::NotIn(ranges) => !within(ranges),
        Term::Masked { mask, value: wanted } => value & mask == *wanted,
        Term::NotMasked { mask, value: wanted } => value & mask != *wanted,
    }
}

#[test]
fn clauses_that_differ_in_the_values_of_one_argument_are_one() {
    let mut store = Store::default();
    let mut set = Set::EMPTY;
    // What a browser's sandbox asks of `socket`: the protocol hangs on the type.
    for (domains, kind, protocols) in
        [(&[2, 10][..], 1, &[6][..]), (&[2, 10], 2, &[0, 17]), (&[1, 2, 10], 1, &[0])]
    {
        let mut part = one_of(&mut store, 0, domains);
        for (index, values) in [(1, &[kind][..]), (2, protocols)] {
            let with = one_of(&mut store, index, values);
            part = store.and(part, with).unwrap();
        }
        set = store.or(set, part).unwrap();
    }
    let said = clauses(&mut store, set);
    assert_eq!(said.len(), 3, "{said:?}");
    let both = ArgClause { index: 2, terms: vec![Term::In(vec![is(0), is(17)])] };
    assert!(said.iter().any(|clause| clause.args.contains(&both)), "{said:?}");
}
