//! Lists by system call, in one piece of memory.

use crate::syscall::Syscall;

/// A list for each system call.
#[derive(Clone, Debug)]
pub(super) struct ByCall<T> {
    items: Vec<T>,
    /// Where the list of each call begins, by [`Syscall::index`], and where the last ends.
    starts: Vec<u32>,
}

impl<T: Copy> ByCall<T> {
    /// Keeps the order of the items of each call.
    pub fn new(pairs: &[(Syscall, T)]) -> ByCall<T> {
        let mut starts = vec![0; Syscall::count() + 1];
        for (syscall, _) in pairs {
            starts[syscall.index() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        // Every place is written once: the first item only fills them.
        let mut items = pairs.first().map_or(Vec::new(), |&(_, first)| vec![first; pairs.len()]);
        for &(syscall, item) in pairs {
            let at = &mut next[syscall.index()];
            items[*at as usize] = item;
            *at += 1;
        }
        ByCall { items, starts }
    }
}

impl<T> ByCall<T> {
    pub fn get(&self, syscall: Syscall) -> &[T] {
        let [from, to] = [syscall.index(), syscall.index() + 1].map(|at| self.starts[at] as usize);
        &self.items[from..to]
    }

    /// Every item.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut()
    }

    /// The calls with a list that is not empty, in their order.
    pub fn calls(&self) -> impl Iterator<Item = Syscall> + '_ {
        Syscall::all().filter(|&syscall| !self.get(syscall).is_empty())
    }
}
