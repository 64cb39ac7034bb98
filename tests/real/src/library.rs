//! The real libseccomp, in the few calls that are needed here.

use crate::arch::Arch;
use crate::bpf::Program;
use libseccomp_sys as sys;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_void};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::{LazyLock, Once};

/// An error of the library: the errno that it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

fn check(rc: i32) -> Result<(), Errno> {
    if rc == 0 { Ok(()) } else { Err(Errno(-rc)) }
}

/// The library's version, as `2.5.4`.
pub fn version() -> String {
    // SAFETY: the library returns a pointer to a static structure.
    let v = unsafe { &*sys::seccomp_version() };
    format!("{}.{}.{}", v.major, v.minor, v.micro)
}

/// The number that the library gives a name: below zero for one that the architecture does not
/// have by itself (a multiplexed call, or a call of other architectures), `None` for one that it
/// does not know at all.
pub fn number(arch: Arch, name: &str) -> Option<i32> {
    // Each thread remembers for itself: a lock could be held by another one when a child is forked.
    thread_local! {
        static MEMO: RefCell<HashMap<String, [Option<i32>; Arch::ALL.len()]>> = RefCell::default();
    }
    MEMO.with_borrow_mut(|memo| {
        if let Some(known) = memo.get(name) {
            return known[arch as usize];
        }
        let numbers = Arch::ALL.map(|arch| {
            let name = CString::new(name).ok()?;
            // SAFETY: a valid C string, which the library only reads.
            let nr = unsafe { sys::seccomp_syscall_resolve_name_arch(arch.token(), name.as_ptr()) };
            (nr != -1).then_some(nr) // -1 is __NR_SCMP_ERROR
        });
        memo.insert(name.to_owned(), numbers);
        numbers[arch as usize]
    })
}

/// The name that the library gives a number.
fn name(arch: Arch, number: i32) -> Option<String> {
    // SAFETY: the library returns null or a string that is the caller's to free.
    unsafe {
        let text = sys::seccomp_syscall_resolve_num_arch(arch.token(), number);
        if text.is_null() {
            return None;
        }
        let name = CStr::from_ptr(text).to_string_lossy().into_owned();
        libc::free(text.cast_mut().cast());
        Some(name)
    }
}

/// Every real number on an architecture that the library calls by that name. A multiplexed call
/// (`socket` on x86) can have one beside the pseudo-number that [`number`] gives.
pub fn numbers(arch: Arch, wanted: &str) -> &'static [u32] {
    type Table = HashMap<String, Vec<u32>>;
    static TABLES: LazyLock<[Table; Arch::ALL.len()]> = LazyLock::new(|| {
        Arch::ALL.map(|arch| {
            let mut table = Table::new();
            let base = if arch == Arch::X32 { 1 << 30 } else { 0 };
            let private = if arch == Arch::Arm { 0xf_0000..0xf_0010 } else { 0..0 };
            for nr in (base..base + 7000).chain(private) {
                if let Some(name) = name(arch, nr) {
                    table.entry(name).or_default().push(nr as u32);
                }
            }
            table
        })
    });
    TABLES[arch as usize].get(wanted).map_or(&[], Vec::as_slice)
}

/// A comparison (`enum scmp_compare`).
pub use sys::scmp_compare as Compare;

/// A condition (`struct scmp_arg_cmp`).
pub use sys::scmp_arg_cmp as Condition;

/// A filter under construction (`scmp_filter_ctx`).
pub struct Filter(*mut c_void);

impl Filter {
    /// `seccomp_init`, for a host of that architecture: the library starts with the architecture
    /// of this machine, which is taken out again.
    pub fn new(default: u32, native: Arch) -> Result<Filter, Errno> {
        static API: Once = Once::new();
        // SAFETY: no pointer is passed. Level 6 is what every kernel since 5.7 offers: with it the
        // library's answers do not hang on the kernel that the test runs on.
        API.call_once(|| unsafe {
            let _ = sys::seccomp_api_set(6);
        });
        // SAFETY: the context is released in `drop`.
        let filter = Filter(unsafe { sys::seccomp_init(default) });
        if filter.0.is_null() {
            return Err(Errno(libc::EINVAL));
        }
        // SAFETY: a valid context, here and below.
        let own = unsafe { sys::seccomp_arch_native() };
        if own != native.token() {
            check(unsafe { sys::seccomp_arch_remove(filter.0, own) })?;
            filter.add_arch(native)?;
        }
        Ok(filter)
    }

    /// `seccomp_arch_add`; an architecture that is there already is no error.
    pub fn add_arch(&self, arch: Arch) -> Result<(), Errno> {
        // SAFETY: a valid context.
        match check(unsafe { sys::seccomp_arch_add(self.0, arch.token()) }) {
            Err(Errno(libc::EEXIST)) => Ok(()),
            other => other,
        }
    }

    /// Asks for a binary search of the numbers (`SCMP_FLTATR_CTL_OPTIMIZE` 2).
    pub fn optimize(&self) -> Result<(), Errno> {
        let attribute = sys::scmp_filter_attr::SCMP_FLTATR_CTL_OPTIMIZE;
        // SAFETY: a valid context.
        check(unsafe { sys::seccomp_attr_set(self.0, attribute, 2) })
    }

    /// `seccomp_rule_add_array`. `number` is that of this machine's own architecture: the library
    /// translates it by name for each architecture of the filter.
    pub fn add_rule(&self, action: u32, number: i32, when: &[Condition]) -> Result<(), Errno> {
        let count = when.len() as u32;
        // SAFETY: a valid context and an array of `count` elements.
        check(unsafe { sys::seccomp_rule_add_array(self.0, action, number, count, when.as_ptr()) })
    }

    /// `seccomp_export_bpf`.
    pub fn export(&self, native: Arch) -> Result<Program, Errno> {
        thread_local! {
            static SCRATCH: RefCell<File> = RefCell::new(scratch());
        }
        SCRATCH.with_borrow_mut(|file| {
            file.set_len(0).and_then(|()| file.rewind()).expect("a file in memory");
            // SAFETY: a valid context and an open file.
            check(unsafe { sys::seccomp_export_bpf(self.0, file.as_raw_fd()) })?;
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a file in memory");
            Program::decode(&bytes, native.big_endian()).map_err(|_| Errno(libc::EBADMSG))
        })
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a valid context, used no more.
            unsafe { sys::seccomp_release(self.0) };
        }
    }
}

fn scratch() -> File {
    // SAFETY: a valid C string; the descriptor is new and owned by the file from here on.
    unsafe {
        let fd = libc::memfd_create(c"bpf".as_ptr(), libc::MFD_CLOEXEC);
        assert!(fd >= 0, "memfd_create failed");
        File::from_raw_fd(fd)
    }
}
