//! The real libseccomp, of several releases at once: each `.so` is loaded by its path, and answers
//! for itself.

use crate::arch::Arch;
use crate::bpf::Program;
use crate::roots;
use libseccomp_sys as sys;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

/// An error of the library: the errno that it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

fn check(rc: i32) -> Result<(), Errno> {
    if rc == 0 { Ok(()) } else { Err(Errno(-rc)) }
}

/// A comparison (`enum scmp_compare`).
pub use sys::scmp_compare as Compare;

/// A condition (`struct scmp_arg_cmp`).
pub use sys::scmp_arg_cmp as Condition;

type Context = *mut c_void;

/// The names that Debian 11 has added to 2.5.1.
const BULLSEYE: [&str; 10] = [
    "close_range",
    "epoll_pwait2",
    "landlock_add_rule",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "memfd_secret",
    "mount_setattr",
    "process_madvise",
    "process_mrelease",
    "quotactl_fd",
];

/// The functions that are used here, as `seccomp.h` declares them.
struct Functions {
    init: unsafe extern "C" fn(u32) -> Context,
    release: unsafe extern "C" fn(Context),
    arch_native: unsafe extern "C" fn() -> u32,
    arch_resolve_name: unsafe extern "C" fn(*const c_char) -> u32,
    arch_add: unsafe extern "C" fn(Context, u32) -> c_int,
    arch_remove: unsafe extern "C" fn(Context, u32) -> c_int,
    attr_set: unsafe extern "C" fn(Context, sys::scmp_filter_attr, u32) -> c_int,
    rule_add_array: unsafe extern "C" fn(Context, u32, c_int, c_uint, *const Condition) -> c_int,
    export_bpf: unsafe extern "C" fn(Context, c_int) -> c_int,
    export_pfc: unsafe extern "C" fn(Context, c_int) -> c_int,
    resolve_name_arch: unsafe extern "C" fn(u32, *const c_char) -> c_int,
    resolve_num_arch: unsafe extern "C" fn(u32, c_int) -> *mut c_char,
}

type Numbers = HashMap<String, Vec<u32>>;

/// A loaded libseccomp.
pub struct Library {
    /// Its version: 2.5.4 is `(2, 5, 4)`.
    pub version: (u32, u32, u32),
    /// Its place among those that are loaded.
    at: usize,
    functions: Functions,
    numbers: OnceLock<[Numbers; Arch::ALL.len()]>,
}

impl PartialEq for Library {
    fn eq(&self, other: &Library) -> bool {
        self.at == other.at
    }
}

impl Eq for Library {}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "libseccomp {}", self.name())
    }
}

struct All {
    /// Of each version one, the machine's own first.
    libraries: Vec<Library>,
    /// Where that of each root folder is among them.
    suites: Vec<(&'static str, usize)>,
}

fn all() -> &'static All {
    static ALL: LazyLock<All> = LazyLock::new(|| {
        let mut libraries = vec![Library::open(Path::new("libseccomp.so.2"), 0)];
        let mut suites = Vec::new();
        for suite in roots::suites() {
            let path = "usr/lib/x86_64-linux-gnu/libseccomp.so.2";
            let path = roots::folder().join(suite).join(path);
            let library = Library::open(&path, libraries.len());
            let known = libraries.iter().position(|known| known.version == library.version);
            suites.push((suite, known.unwrap_or(libraries.len())));
            if known.is_none() {
                libraries.push(library);
            }
        }
        All { libraries, suites }
    });
    &ALL
}

/// Every libseccomp that is here, the machine's own first, then those of the root folders
/// ([`roots`]); of one version one.
///
/// # Panics
/// Where there is none, or one that cannot be loaded.
pub fn libraries() -> &'static [Library] {
    &all().libraries
}

/// The machine's own libseccomp.
pub fn own() -> &'static Library {
    &libraries()[0]
}

/// The libseccomp of a root folder; of none the machine's own.
pub fn of_suite(suite: Option<&str>) -> Option<&'static Library> {
    let Some(suite) = suite else { return Some(own()) };
    let &(_, at) = all().suites.iter().find(|(known, _)| *known == suite)?;
    libraries().get(at)
}

impl Library {
    fn open(path: &Path, at: usize) -> Library {
        let text = CString::new(path.to_str().expect("a path")).expect("a path");
        // By itself each library finds its own functions, whichever the program is linked with.
        let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_DEEPBIND;
        // SAFETY: a valid string. The library runs no code of its own when it is loaded.
        let handle = unsafe { libc::dlopen(text.as_ptr(), flags) };
        assert!(!handle.is_null(), "{}: cannot be loaded", path.display());
        let symbol = |name: &CStr| {
            // SAFETY: a handle that is never closed, and a valid string.
            let symbol = unsafe { libc::dlsym(handle, name.as_ptr()) };
            assert!(!symbol.is_null(), "{}: no {name:?}", path.display());
            symbol
        };
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: the function of that name has the type of the field, and is a pointer.
                unsafe { std::mem::transmute_copy(&symbol($name)) }
            };
        }
        let functions = Functions {
            init: function!(c"seccomp_init"),
            release: function!(c"seccomp_release"),
            arch_native: function!(c"seccomp_arch_native"),
            arch_resolve_name: function!(c"seccomp_arch_resolve_name"),
            arch_add: function!(c"seccomp_arch_add"),
            arch_remove: function!(c"seccomp_arch_remove"),
            attr_set: function!(c"seccomp_attr_set"),
            rule_add_array: function!(c"seccomp_rule_add_array"),
            export_bpf: function!(c"seccomp_export_bpf"),
            export_pfc: function!(c"seccomp_export_pfc"),
            resolve_name_arch: function!(c"seccomp_syscall_resolve_name_arch"),
            resolve_num_arch: function!(c"seccomp_syscall_resolve_num_arch"),
        };
        let version: unsafe extern "C" fn() -> *const sys::scmp_version =
            function!(c"seccomp_version");
        let api_set: unsafe extern "C" fn(c_uint) -> c_int = function!(c"seccomp_api_set");
        // SAFETY: the library returns a pointer to a static structure. Level 6 is what every kernel
        // since 5.7 offers: with it the library's answers do not hang on the kernel of the test.
        let version = unsafe {
            api_set(6);
            &*version()
        };
        let version = (version.major, version.minor, version.micro);
        Library { version, at, functions, numbers: OnceLock::new() }
    }

    /// Its version, as `2.5.4`.
    pub fn name(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// Its version, with the one whose names and numbers it has: Debian's 2.5.4 has those of
    /// upstream's 2.5.5, which builds the same filters.
    pub fn release(&self) -> String {
        let is_debians =
            self.version == (2, 5, 4) && self.number(Arch::X86_64, "cachestat").is_some();
        if is_debians { "2.5.5".into() } else { self.name() }
    }

    /// Whether a name cannot be judged by it: one that a distribution has added, since no release of
    /// upstream's has both its names and its way to build filters; and two calls that the main
    /// crate does not follow there. On s390 and s390x libseccomp wrote a direct rule for them to
    /// x86's numbers before 2.5.2 (its commit f454456), which are those of other calls.
    pub fn is_left_out(&self, name: &str) -> bool {
        let is_misplaced = matches!(name, "recvmmsg" | "sendmmsg");
        self.version == (2, 5, 1) && (is_misplaced || BULLSEYE.contains(&name))
    }

    /// Whether it has an architecture at all.
    pub fn has(&self, arch: Arch) -> bool {
        self.number(arch, "read").is_some()
    }

    /// The architecture that it calls by that name.
    pub fn arch(&self, name: &str) -> Option<Arch> {
        let name = CString::new(name).ok()?;
        // SAFETY: a valid C string, which the library only reads.
        let token = unsafe { (self.functions.arch_resolve_name)(name.as_ptr()) };
        Arch::ALL.into_iter().find(|arch| arch.token() == token)
    }

    /// The number that the library gives a name: below zero for one that the architecture does not
    /// have by itself (a multiplexed call, or a call of other architectures), `None` for one that
    /// it does not know at all.
    pub fn number(&self, arch: Arch, name: &str) -> Option<i32> {
        // Each thread remembers for itself: a lock could be held by another one when a child is
        // forked.
        type Memo = Vec<HashMap<String, [Option<i32>; Arch::ALL.len()]>>;
        thread_local! {
            static MEMO: RefCell<Memo> = RefCell::default();
        }
        MEMO.with_borrow_mut(|memo| {
            if memo.len() <= self.at {
                memo.resize_with(self.at + 1, HashMap::new);
            }
            let memo = &mut memo[self.at];
            if let Some(known) = memo.get(name) {
                return known[arch as usize];
            }
            let numbers = Arch::ALL.map(|arch| {
                let name = CString::new(name).ok()?;
                let resolve = self.functions.resolve_name_arch;
                // SAFETY: a valid C string, which the library only reads.
                let nr = unsafe { resolve(arch.token(), name.as_ptr()) };
                (nr != -1).then_some(nr) // -1 is __NR_SCMP_ERROR
            });
            memo.insert(name.to_owned(), numbers);
            numbers[arch as usize]
        })
    }

    /// The name that the library gives a number.
    fn name_of(&self, arch: Arch, number: i32) -> Option<String> {
        // SAFETY: the library returns null or a string that is the caller's to free.
        unsafe {
            let text = (self.functions.resolve_num_arch)(arch.token(), number);
            if text.is_null() {
                return None;
            }
            let name = CStr::from_ptr(text).to_string_lossy().into_owned();
            libc::free(text.cast());
            Some(name)
        }
    }

    /// Every real number on an architecture that the library calls by that name. A multiplexed
    /// call (`socket` on x86) can have one beside the pseudo-number that [`Library::number`] gives.
    pub fn numbers(&self, arch: Arch, wanted: &str) -> &[u32] {
        let tables = self.numbers.get_or_init(|| {
            Arch::ALL.map(|arch| {
                let mut table = Numbers::new();
                let base = if arch == Arch::X32 { 1 << 30 } else { 0 };
                let private = if arch == Arch::Arm { 0xf_0000..0xf_0010 } else { 0..0 };
                for nr in (base..base + 7000).chain(private) {
                    if let Some(name) = self.name_of(arch, nr) {
                        table.entry(name).or_default().push(nr as u32);
                    }
                }
                table
            })
        });
        tables[arch as usize].get(wanted).map_or(&[], Vec::as_slice)
    }

    /// `seccomp_init`, for a host of that architecture: the library starts with the architecture
    /// of this machine, which is taken out again.
    pub fn filter(&self, default: u32, native: Arch) -> Result<Filter<'_>, Errno> {
        // SAFETY: the context is released in `drop`.
        let filter = Filter(self, unsafe { (self.functions.init)(default) });
        if filter.1.is_null() {
            return Err(Errno(libc::EINVAL));
        }
        // SAFETY: a valid context, here and below.
        let own = unsafe { (self.functions.arch_native)() };
        if own != native.token() {
            check(unsafe { (self.functions.arch_remove)(filter.1, own) })?;
            filter.add_arch(native)?;
        }
        Ok(filter)
    }
}

/// A filter under construction (`scmp_filter_ctx`).
pub struct Filter<'a>(&'a Library, Context);

impl Filter<'_> {
    /// `seccomp_arch_add`; an architecture that is there already is no error.
    pub fn add_arch(&self, arch: Arch) -> Result<(), Errno> {
        // SAFETY: a valid context.
        match check(unsafe { (self.0.functions.arch_add)(self.1, arch.token()) }) {
            Err(Errno(libc::EEXIST)) => Ok(()),
            other => other,
        }
    }

    /// Asks for a binary search of the numbers (`SCMP_FLTATR_CTL_OPTIMIZE` 2).
    pub fn optimize(&self) -> Result<(), Errno> {
        let attribute = sys::scmp_filter_attr::SCMP_FLTATR_CTL_OPTIMIZE;
        // SAFETY: a valid context.
        check(unsafe { (self.0.functions.attr_set)(self.1, attribute, 2) })
    }

    /// `seccomp_rule_add_array`. `number` is that of this machine's own architecture: the library
    /// translates it by name for each architecture of the filter.
    pub fn add_rule(&self, action: u32, number: i32, when: &[Condition]) -> Result<(), Errno> {
        let (add, count) = (self.0.functions.rule_add_array, when.len() as u32);
        // SAFETY: a valid context and an array of `count` elements.
        check(unsafe { add(self.1, action, number, count, when.as_ptr()) })
    }

    /// `seccomp_export_bpf`.
    pub fn export(&self, native: Arch) -> Result<Program, Errno> {
        let bytes = self.written(self.0.functions.export_bpf)?;
        Program::decode(&bytes, native.big_endian()).map_err(|_| Errno(libc::EBADMSG))
    }

    /// `seccomp_export_pfc`: the same as text.
    pub fn export_pseudo(&self) -> Result<String, Errno> {
        let bytes = self.written(self.0.functions.export_pfc)?;
        String::from_utf8(bytes).map_err(|_| Errno(libc::EBADMSG))
    }

    fn written(
        &self,
        write: unsafe extern "C" fn(Context, c_int) -> c_int,
    ) -> Result<Vec<u8>, Errno> {
        thread_local! {
            static SCRATCH: RefCell<File> = RefCell::new(scratch());
        }
        SCRATCH.with_borrow_mut(|file| {
            file.set_len(0).and_then(|()| file.rewind()).expect("a file in memory");
            // SAFETY: a valid context and an open file.
            check(unsafe { write(self.1, file.as_raw_fd()) })?;
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a file in memory");
            Ok(bytes)
        })
    }
}

impl Drop for Filter<'_> {
    fn drop(&mut self) {
        if !self.1.is_null() {
            // SAFETY: a valid context, used no more.
            unsafe { (self.0.functions.release)(self.1) };
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
