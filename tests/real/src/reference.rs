//! What runc and crun ask of libseccomp for a resolved profile, restated plainly, by version.
//! Sources, by their history: `libcontainer/seccomp/{seccomp_linux,config}.go` and `SetupSeccomp` in
//! `libcontainer/specconv/spec_linux.go` of runc, `src/libcrun/seccomp.c` of crun. The tests
//! `container` and `generations` hold both against the real programs.

use crate::arch::{Arch, Host};
use crate::bpf::{Action, Data, MAX_INSNS, Program};
use crate::library::{Compare, Condition, Errno, Filter};
use crate::machine::{Machine, Runtime, Version};
use crate::oci::{Arg, Oci};
use crate::stub::Stub;
use std::cell::Cell;

/// What a container gets.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// No seccomp at all.
    Off,
    /// A filter.
    Filter(Loaded),
}

/// A filter and what stands before it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// libseccomp's program.
    pub program: Program,
    /// runc's stub, which crun has not.
    pub stub: Stub,
    /// libseccomp's program as its pseudo filter code, where [`with_pseudo`] asks for it.
    pub pseudo: Option<String>,
}

thread_local! {
    static WITH_PSEUDO: Cell<bool> = const { Cell::new(false) };
}

/// Lets the filters that this thread compiles from here on have their pseudo filter code, or not.
pub fn with_pseudo(asked: bool) {
    WITH_PSEUDO.set(asked);
}

impl Loaded {
    /// The action for a call, with or without the stub.
    ///
    /// # Panics
    /// On a program that the kernel would not take: the library wrote it.
    pub fn judge(&self, data: &Data, with_stub: bool) -> Action {
        if with_stub && let Some(action) = self.stub.judge(data) {
            return action;
        }
        self.program.judge(data).unwrap_or_else(|fault| panic!("{fault}"))
    }
}

/// Why a container does not start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Refusal {
    Action(String),
    Operator(String),
    Architecture(String),
    Flag(String),
    Index(u64),
    EmptyName,
    NoNames,
    NotifyDefault,
    NotifyWrite,
    /// crun: `errnoRet` beside an action that takes none.
    ErrnoRet(String),
    /// libseccomp does not add an architecture (33, `EDOM`: of another byte order).
    AddArchitecture(Arch, Errno),
    /// libseccomp does not add a rule: the entry of `syscalls`, the name.
    AddRule(usize, String, Errno),
    /// libseccomp does not write the program.
    Export(Errno),
    /// The kernel does not take a program of so many instructions.
    TooLong(usize),
}

type Result<T> = std::result::Result<T, Refusal>;

/// The filter of a container on a host.
pub fn compile(oci: &Oci, host: &Host, machine: Machine) -> Result<Compiled> {
    match machine.runtime {
        Runtime::Runc(version) => runc(oci, host, machine, version),
        Runtime::Crun(version) => crun(oci, host, machine, version),
    }
}

fn runc(oci: &Oci, host: &Host, machine: Machine, version: Version) -> Result<Compiled> {
    let library = machine.library;
    if oci.default_action.is_empty() && oci.syscalls.is_empty() {
        return Ok(Compiled::Off);
    }
    let flag = |flag: &&String| match flag.strip_prefix("SECCOMP_FILTER_FLAG_") {
        Some("TSYNC" | "SPEC_ALLOW" | "LOG") => version < Version::new(1, 2, 0),
        // It asks the library, which has this one since 2.6.0, before it takes it.
        Some("WAIT_KILLABLE_RECV") => {
            version < Version::new(1, 5, 0) || library.version < (2, 6, 0)
        }
        _ => true,
    };
    if let Some(flag) = oci.flags.iter().find(flag) {
        return Err(Refusal::Flag(flag.clone()));
    }
    let known = |name: &str| match name {
        "SCMP_ACT_NOTIFY" => version >= Version::new(1, 1, 0),
        "SCMP_ACT_KILL_THREAD" | "SCMP_ACT_KILL_PROCESS" => version >= Version::new(1, 1, 3),
        _ => true,
    };
    let action = |name: &str, errno| match known(name) {
        true => action(name, errno),
        false => Err(Refusal::Action(name.to_owned())),
    };
    let native = host.native();
    let errno = oci.default_errno_ret.filter(|_| version >= Version(1, 0, 0, 95));
    let default = action(&oci.default_action, errno)?;
    // Decoded as a whole before anything is added, names that mean nothing included.
    let mut calls = Vec::new();
    for (entry, rule) in oci.syscalls.iter().enumerate() {
        let act = action(&rule.action, rule.errno_ret)?;
        for name in &rule.names {
            for arg in &rule.args {
                operator(&arg.op)?;
            }
            if rule.action == "SCMP_ACT_NOTIFY" && name == "write" {
                return Err(Refusal::NotifyWrite);
            }
            calls.push((entry, name, act, &rule.args));
        }
    }
    if oci.default_action == "SCMP_ACT_NOTIFY" {
        return Err(Refusal::NotifyDefault);
    }
    let filter = library.filter(default, native).map_err(Refusal::Export)?;
    for name in &oci.architectures {
        let known = |arch: &Arch| match arch {
            Arch::Riscv64 => version >= Version::new(1, 1, 8),
            Arch::Loongarch64 => version >= Version::new(1, 5, 0),
            _ => true,
        };
        let arch = Arch::from_oci(name).filter(known);
        let arch = arch.ok_or_else(|| Refusal::Architecture(name.clone()))?;
        filter.add_arch(arch).map_err(|errno| Refusal::AddArchitecture(arch, errno))?;
    }
    if calls.len() > 32 && version >= Version::new(1, 2, 0) {
        filter.optimize().map_err(Refusal::Export)?;
    }
    for (entry, name, act, args) in calls {
        if name.is_empty() {
            return Err(Refusal::EmptyName);
        }
        // Before that the library is asked, and refuses it.
        if act == default && version >= Version::new(1, 0, 2) {
            continue;
        }
        // By the table of the machine that runc was built for, and this is x86_64.
        let Some(number) = library.number(Arch::X86_64, name) else {
            continue;
        };
        add(&filter, act, number, args)
            .map_err(|e| e.unwrap_or_else(|errno| Refusal::AddRule(entry, name.clone(), errno)))?;
    }
    let stub = Stub::of(oci, native, machine.library, version);
    finish(&filter, native, stub)
}

/// The first crun that takes a rule without names.
const NAMELESS: Version = Version::new(1, 7, 0);

fn crun(oci: &Oci, host: &Host, machine: Machine, version: Version) -> Result<Compiled> {
    let library = machine.library;
    let is_old = version < Version::new(0, 19, 0);
    // A missing key would be `ALLOW` to an old one; here, as engines write it, it is empty.
    let default = oci.default_action.as_str();
    let takes_errno = |name: &str, errno: Option<u64>| {
        let takes = name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE";
        let refused = errno.is_some() && !takes && !is_old;
        if refused { Err(Refusal::ErrnoRet(name.into())) } else { Ok(()) }
    };
    let unknown = |flag: &&String| match flag.strip_prefix("SECCOMP_FILTER_FLAG_") {
        Some("TSYNC" | "SPEC_ALLOW" | "LOG") => false,
        Some("WAIT_KILLABLE_RECV") => version < Version::new(1, 6, 0),
        _ => true,
    };
    if let Some(flag) = oci.flags.iter().find(unknown) {
        return Err(Refusal::Flag(flag.clone()));
    }
    // Its parser took an empty list for none, which a rule must have: libocispec's commit ce973fd.
    if version < NAMELESS && oci.syscalls.iter().any(|rule| rule.names.is_empty()) {
        return Err(Refusal::NoNames);
    }
    let native = host.native();
    takes_errno(default, oci.default_errno_ret)?;
    let default = action(default, oci.default_errno_ret.filter(|_| !is_old))?;
    let filter = library.filter(default, native).map_err(Refusal::Export)?;
    for name in &oci.architectures {
        let short = name.strip_prefix("SCMP_ARCH_").unwrap_or(name).to_ascii_lowercase();
        let arch = library.arch(&short).ok_or_else(|| Refusal::Architecture(name.clone()))?;
        filter.add_arch(arch).map_err(|errno| Refusal::AddArchitecture(arch, errno))?;
    }
    for (entry, rule) in oci.syscalls.iter().enumerate() {
        takes_errno(&rule.action, rule.errno_ret)?;
        let act = action(&rule.action, rule.errno_ret)?;
        if act == default {
            continue;
        }
        for name in &rule.names {
            let Some(number) = library.number(Arch::X86_64, name) else {
                continue;
            };
            add(&filter, act, number, &rule.args[..rule.args.len().min(6)]).map_err(|e| {
                e.unwrap_or_else(|errno| Refusal::AddRule(entry, name.clone(), errno))
            })?;
        }
    }
    finish(&filter, native, Stub::default())
}

/// Adds one rule, or one for each condition where any argument has two. The inner error is a
/// refusal of the runtime's own, or the library's errno.
fn add(
    filter: &Filter,
    action: u32,
    number: i32,
    args: &[Arg],
) -> std::result::Result<(), std::result::Result<Refusal, Errno>> {
    let mut conditions = Vec::new();
    let mut counts = [0; 6];
    for arg in args {
        let Some(count) = counts.get_mut(arg.index as usize) else {
            return Err(Ok(Refusal::Index(arg.index)));
        };
        *count += 1;
        conditions.push(Condition {
            arg: arg.index as u32,
            op: operator(&arg.op).map_err(Ok)?,
            datum_a: arg.value,
            datum_b: arg.value_two,
        });
    }
    if counts.iter().any(|&count| count > 1) {
        for condition in conditions {
            filter.add_rule(action, number, &[condition]).map_err(Err)?;
        }
        Ok(())
    } else {
        filter.add_rule(action, number, &conditions).map_err(Err)
    }
}

fn finish(filter: &Filter, native: Arch, stub: Stub) -> Result<Compiled> {
    let program = filter.export(native).map_err(Refusal::Export)?;
    let length = stub.len() + program.insns.len();
    if length > MAX_INSNS {
        return Err(Refusal::TooLong(length));
    }
    let pseudo = WITH_PSEUDO.get().then(|| filter.export_pseudo());
    let pseudo = pseudo.transpose().map_err(Refusal::Export)?;
    Ok(Compiled::Filter(Loaded { program, stub, pseudo }))
}

/// libseccomp's number for an action. The value is cut to 16 bits; without one it is `EPERM`.
fn action(name: &str, errno_ret: Option<u64>) -> Result<u32> {
    let value = errno_ret.unwrap_or(libc::EPERM as u64) as u32 & 0xffff;
    match name {
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => Ok(0),
        "SCMP_ACT_KILL_PROCESS" => Ok(0x8000_0000),
        "SCMP_ACT_TRAP" => Ok(0x0003_0000),
        "SCMP_ACT_ERRNO" => Ok(0x0005_0000 | value),
        "SCMP_ACT_NOTIFY" => Ok(0x7fc0_0000),
        "SCMP_ACT_TRACE" => Ok(0x7ff0_0000 | value),
        "SCMP_ACT_LOG" => Ok(0x7ffc_0000),
        "SCMP_ACT_ALLOW" => Ok(0x7fff_0000),
        _ => Err(Refusal::Action(name.to_owned())),
    }
}

fn operator(name: &str) -> Result<Compare> {
    match name {
        "SCMP_CMP_NE" => Ok(Compare::SCMP_CMP_NE),
        "SCMP_CMP_LT" => Ok(Compare::SCMP_CMP_LT),
        "SCMP_CMP_LE" => Ok(Compare::SCMP_CMP_LE),
        "SCMP_CMP_EQ" => Ok(Compare::SCMP_CMP_EQ),
        "SCMP_CMP_GE" => Ok(Compare::SCMP_CMP_GE),
        "SCMP_CMP_GT" => Ok(Compare::SCMP_CMP_GT),
        "SCMP_CMP_MASKED_EQ" => Ok(Compare::SCMP_CMP_MASKED_EQ),
        _ => Err(Refusal::Operator(name.to_owned())),
    }
}
