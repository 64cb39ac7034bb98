//! Conditions as sets of calls, as libseccomp compares.

use crate::decision::{Compare, Set, Store, TooLarge};
use crate::profile::{ArgCmp, Op};

/// The calls that fulfil a condition, as libseccomp compares on words of that width.
pub(crate) fn condition(store: &mut Store, arg: &ArgCmp, is_32bit: bool) -> Result<Set, TooLarge> {
    let (width, highest) = if is_32bit { (32, u64::from(u32::MAX)) } else { (64, u64::MAX) };
    let value = arg.value & highest;
    let mut compare =
        |compare, mask, datum| store.compare_arg(arg.index, 0, width, mask, compare, datum);
    let (set, negated) = match arg.op {
        Op::Eq => (compare(Compare::Eq, highest, value)?, false),
        Op::Ne => (compare(Compare::Eq, highest, value)?, true),
        Op::Ge => (compare(Compare::Ge, highest, value)?, false),
        Op::Lt => (compare(Compare::Ge, highest, value)?, true),
        Op::Gt => (compare(Compare::Gt, highest, value)?, false),
        Op::Le => (compare(Compare::Gt, highest, value)?, true),
        Op::MaskedEq => (compare(Compare::Eq, value, arg.value_two & value)?, false),
    };
    if negated { store.not(set) } else { Ok(set) }
}

/// The calls that a rule with these conditions is about. Conditions on distinct arguments are all to
/// hold; where an argument occurs twice each condition is a rule of its own.
pub(crate) fn conditions(
    store: &mut Store,
    args: &[ArgCmp],
    is_32bit: bool,
) -> Result<Set, TooLarge> {
    let repeats = repeats(args);
    let mut found = if repeats { Set::EMPTY } else { Set::ALL };
    for arg in args {
        let set = condition(store, arg, is_32bit)?;
        found = if repeats { store.or(found, set)? } else { store.and(found, set)? };
    }
    Ok(found)
}

/// Whether an argument occurs in two of the conditions.
pub(crate) fn repeats(args: &[ArgCmp]) -> bool {
    (1..args.len()).any(|at| args[..at].iter().any(|arg| arg.index == args[at].index))
}

/// Whether no argument fulfils a condition. A mask's datum is masked too, so that one holds for
/// some argument always.
pub(crate) fn is_never(arg: &ArgCmp, is_32bit: bool) -> bool {
    let highest = if is_32bit { u64::from(u32::MAX) } else { u64::MAX };
    match arg.op {
        Op::Lt => arg.value & highest == 0,
        Op::Gt => arg.value & highest == highest,
        _ => false,
    }
}
