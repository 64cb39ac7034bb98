//! Reads each filter that is named, exactly, and prints its name with the most bytes that it took at a
//! time. `tests/filter_speed.rs` counts the instructions of [`read_one_filter`].

use sdiff::decision::Store;
use sdiff::filter::{Filter, read};
use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's, and how much is held. There is one thread.
struct Counting;

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.load(Relaxed) + layout.size();
        HELD.store(held, Relaxed);
        MOST.store(MOST.load(Relaxed).max(held), Relaxed);
        // SAFETY: as it was asked.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.store(HELD.load(Relaxed) - layout.size(), Relaxed);
        // SAFETY: it came from there.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// From bytes to the whole function; one more than it has nodes, or 0 where there is none.
// SAFETY: nothing else has that name.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn read_one_filter(bytes: &&[u8]) -> usize {
    let Ok(program) = read(bytes) else { return 0 };
    let mut store = Store::default();
    match Filter::new(&mut store, &[program]) {
        Ok(filter) => {
            std::hint::black_box(&filter);
            1 + store.node_count()
        }
        Err(_) => 0,
    }
}

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else { return ExitCode::FAILURE };
        let before = HELD.load(Relaxed);
        MOST.store(before, Relaxed);
        if read_one_filter(&bytes.as_slice()) == 0 {
            eprintln!("{path}: no function");
            return ExitCode::FAILURE;
        }
        println!("{path}\t{}", MOST.load(Relaxed) - before);
    }
    ExitCode::SUCCESS
}
