//! runc's answer before the filter: `ENOSYS` for calls that are newer than the profile.
//! Source: `libcontainer/seccomp/patchbpf/enosys_linux.go` in runc, measured on 1.1.5.

use crate::arch::Arch;
use crate::bpf::{Action, Data};
use crate::library;
use crate::oci::Oci;

/// The stub of one filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stub {
    /// The architectures it knows, each with the highest number that a rule names there.
    highest: Vec<(Arch, u32)>,
}

/// With this `defaultErrnoRet` runc leaves the stub out: it compares with libseccomp's whole
/// action, `SCMP_ACT_ERRNO(ENOSYS)`, where `ENOSYS` was meant. (So 38 does not leave it out.)
const LEAVES_OUT: u64 = 0x0005_0000 | libc::ENOSYS as u64;

impl Stub {
    /// The stub for an object whose architectures are known to runc.
    pub fn of(oci: &Oci) -> Stub {
        let lenient = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"];
        if oci.default_errno_ret == Some(LEAVES_OUT) || lenient.contains(&&*oci.default_action) {
            return Stub::default();
        }
        let mut highest = Vec::new();
        // The architectures as listed: the native one counts only where it is listed too.
        for arch in oci.architectures.iter().filter_map(|name| Arch::from_oci(name)) {
            let names = oci.syscalls.iter().flat_map(|rule| &rule.names);
            let top = names.filter_map(|name| library::number(arch, name)).max().unwrap_or(0);
            if top > 0 && !highest.iter().any(|(known, _)| *known == arch) {
                highest.push((arch, top as u32));
            }
        }
        Stub { highest }
    }

    /// How many instructions runc puts before the filter. (Each of them counts against the
    /// kernel's bound.)
    pub fn len(&self, oci: &Oci) -> usize {
        let lenient = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"];
        if oci.default_errno_ret == Some(LEAVES_OUT) || lenient.contains(&&*oci.default_action) {
            return 0;
        }
        let mut audits: Vec<u32> =
            oci.architectures.iter().filter_map(|a| Arch::from_oci(a)).map(Arch::audit).collect();
        audits.sort_unstable();
        audits.dedup();
        let section = |audit: &u32| {
            let of: Vec<Arch> =
                self.highest.iter().map(|h| h.0).filter(|a| a.audit() == *audit).collect();
            match of.as_slice() {
                [] => 0,
                [Arch::S390 | Arch::S390x] => 5,
                [Arch::X86_64 | Arch::X32] => 4,
                [_] => 3,
                _ => 5,
            }
        };
        4 + audits.len() + audits.iter().map(section).sum::<usize>()
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
            if arch.audit() != data.arch || !mode {
                continue;
            }
            if data.nr > top {
                return enosys;
            }
            // setup(2): the kernel's number for every call that is too new for its table.
            if matches!(arch, Arch::S390 | Arch::S390x) && data.nr == 0 {
                return enosys;
            }
        }
        None
    }
}
