//! runc's answer before the filter: `ENOSYS` for calls that are newer than the profile.
//! Source: `libcontainer/seccomp/patchbpf/enosys_linux.go` in runc, by its history.

use crate::arch::Arch;
use crate::bpf::{Action, Data};
use crate::library::Library;
use crate::machine::Version;
use crate::oci::Oci;

/// The stub of one filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stub {
    /// The architectures it knows, each with the highest number that a rule names there; none where
    /// no rule names a number.
    highest: Vec<(Arch, Option<u32>)>,
    /// Whether there is one at all.
    is_there: bool,
    /// Whether it answers `setup` on s390 and s390x.
    has_setup: bool,
}

/// With this `defaultErrnoRet` runc leaves the stub out: it compares with libseccomp's whole
/// action, `SCMP_ACT_ERRNO(ENOSYS)`, where `ENOSYS` was meant. (So 38 does not leave it out.)
const LEAVES_OUT: u64 = 0x0005_0000 | libc::ENOSYS as u64;

impl Stub {
    /// The stub for an object whose architectures are known to runc.
    pub fn of(oci: &Oci, native: Arch, library: &Library, version: Version) -> Stub {
        let lenient = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"];
        let is_left_out =
            oci.default_errno_ret == Some(LEAVES_OUT) && version >= Version(1, 0, 0, 95);
        if is_left_out || lenient.contains(&&*oci.default_action) || version < Version(1, 0, 0, 93)
        {
            return Stub::default();
        }
        let mut arches: Vec<Arch> =
            oci.architectures.iter().filter_map(|name| Arch::from_oci(name)).collect();
        // In 1.1.15 and 1.2.0 the native one came to those that are listed.
        if version >= Version::new(1, 1, 15) {
            arches.push(native);
        }
        arches.sort_unstable();
        arches.dedup();
        let top = |arch: Arch| {
            let names = oci.syscalls.iter().flat_map(|rule| &rule.names);
            let numbers = names.filter_map(|name| library.number(arch, name));
            numbers.max().filter(|&top| top > 0).map(|top| top as u32)
        };
        let highest = arches.into_iter().map(|arch| (arch, top(arch))).collect();
        Stub { highest, is_there: true, has_setup: version >= Version::new(1, 1, 3) }
    }

    /// How many instructions runc puts before the filter. (Each of them counts against the
    /// kernel's bound.)
    pub fn len(&self) -> usize {
        if !self.is_there {
            return 0;
        }
        let mut audits: Vec<u32> = self.highest.iter().map(|(arch, _)| arch.audit()).collect();
        audits.sort_unstable();
        audits.dedup();
        let section = |audit: &u32| {
            let of = |(arch, top): &(Arch, Option<u32>)| {
                (arch.audit() == *audit && top.is_some()).then_some(*arch)
            };
            let of: Vec<Arch> = self.highest.iter().filter_map(of).collect();
            match of.as_slice() {
                [] => 0,
                [Arch::S390 | Arch::S390x] if self.has_setup => 5,
                [Arch::X86_64 | Arch::X32] => 4,
                [_] => 3,
                _ => 5,
            }
        };
        4 + audits.len() + audits.iter().map(section).sum::<usize>()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its answer, if it has one.
    pub fn judge(&self, data: &Data) -> Option<Action> {
        const X32_BIT: u32 = 1 << 30;
        let enosys = Some(Action::Errno(libc::ENOSYS as u16));
        for &(arch, top) in &self.highest {
            let mode = match arch {
                Arch::X86_64 => data.nr & X32_BIT == 0,
                Arch::X32 => data.nr & X32_BIT != 0,
                _ => true,
            };
            let Some(top) = top.filter(|_| arch.audit() == data.arch && mode) else {
                continue;
            };
            if data.nr > top {
                return enosys;
            }
            // setup(2): the kernel's number for every call that is too new for its table.
            if self.has_setup && matches!(arch, Arch::S390 | Arch::S390x) && data.nr == 0 {
                return enosys;
            }
        }
        None
    }
}
