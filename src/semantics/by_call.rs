//! Lists by system call, in one piece of memory.

use crate::syscall::Syscall;

/// A list for each system call.
#[derive(Clone, Debug)]
pub(super) struct ByCall<T> {
    items: Vec<T>,
    /// Where the list of each call begins, by [`Syscall::index`], and where the last ends.
    starts: Vec<u32>,
}

impl<T> ByCall<T> {
    /// Keeps the order of the items of each call.
    pub fn new(mut pairs: Vec<(Syscall, T)>) -> ByCall<T> {
        pairs.sort_by_key(|&(syscall, _)| syscall);
        let mut starts = vec![0; Syscall::count() + 1];
        for (syscall, _) in &pairs {
            starts[syscall.index() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        ByCall { items: pairs.into_iter().map(|(_, item)| item).collect(), starts }
    }

    pub fn get(&self, syscall: Syscall) -> &[T] {
        let [from, to] = [syscall.index(), syscall.index() + 1].map(|at| self.starts[at] as usize);
        &self.items[from..to]
    }

    /// The calls with a list that is not empty, in their order.
    pub fn calls(&self) -> impl Iterator<Item = Syscall> + '_ {
        Syscall::all().filter(|&syscall| !self.get(syscall).is_empty())
    }
}
