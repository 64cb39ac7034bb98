//! The tree that is sorted at once against the tree that is made rule by rule.

use super::*;
use crate::profile::Op;
use crate::semantics::libseccomp::chain::Condition;
use proptest::prelude::*;
use std::sync::Arc;

fn rule() -> impl Strategy<Value = LibRule> {
    let op =
        prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Ge, Op::Gt, Op::MaskedEq]);
    let word = prop::sample::select(vec![0u64, 1, 2, 3, 7, 0xffff_ffff]);
    let value = (word.clone(), word).prop_map(|(high, low)| high << 32 | low);
    let mask = value.clone();
    let condition = (op, mask, value).prop_map(|(op, mask, datum)| {
        let mask = if op == Op::MaskedEq { mask } else { u64::MAX };
        Condition { op, mask, datum }
    });
    // Now and then none at all, and seldom another action, which may be refused.
    (prop::option::weighted(0.98, condition), 0..6usize, prop::bool::weighted(0.05)).prop_map(
        |(condition, arg, is_other)| {
            let mut conditions = [None; 6];
            conditions[arg] = condition;
            LibRule { action: if is_other { 9 } else { 8 }, conditions }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("SDIFF_TREE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
    ))]

    #[test]
    fn rules_of_one_condition_become_the_tree_that_the_library_makes(
        rules in prop::collection::vec(rule(), 2..24),
        is_32bit: bool,
    ) {
        let meter = Arc::new(Meter::new(Default::default()));
        let rules: Vec<&LibRule> = rules.iter().collect();
        let mut blocks = Blocks::new(&meter);
        let walked = one_by_one(&meter, &rules, Library::NEWEST, is_32bit);
        let flat = Tree::flat(Library::NEWEST, &meter, &rules, is_32bit).unwrap();
        if let Some(flat) = flat {
            // Where it claims something the library refuses nothing.
            let walked = walked.unwrap();
            prop_assert_eq!(flat.tests, walked.tests);
            let written = program::write(&mut blocks, &meter, &walked, 0, 1).unwrap();
            // Equal programs have equal first blocks.
            prop_assert_eq!(program::write(&mut blocks, &meter, &flat, 0, 1).unwrap(), written);
        } else {
            let actions = rules.iter().any(|rule| rule.action != rules[0].action);
            prop_assert!(actions, "only rules that disagree are left to the walk");
        }
    }
}
