//! Where a reader takes a change for granted.

use crate::diff::{Place, Subject};
use crate::report::sides::Report;
use crate::syscall::Abi;

/// Every place where the subject exists and one of the two filters looks at it: what a reader
/// takes for granted where no place is said.
pub(super) fn usual(report: &Report, subject: Subject) -> Vec<Place> {
    let exists = |abi: Abi| match subject {
        Subject::Syscall(syscall) => syscall.number(abi).is_some(),
        Subject::Abi(of) => abi == of,
        _ => true,
    };
    report.comparison.places.iter().copied().filter(|place| exists(place.abi)).collect()
}
