use super::*;
use crate::decision::words::describe;
use crate::decision::{Assignment, Compare, Set, Store};
use crate::profile::{Capability, KernelVersion};

fn call(name: &str) -> Syscall {
    Syscall::from_name(name).unwrap()
}

fn width(abi: Abi) -> u16 {
    if abi.is_32bit() { 32 } else { 64 }
}

/// A set of calls, by a mask of argument 0.
fn masked(store: &mut Store, abi: Abi, mask: u64, value: u64) -> Set {
    store.compare_arg(0, 0, width(abi), mask, Compare::Eq, value).unwrap()
}

fn values(store: &mut Store, abi: Abi, index: u8, values: &[u64]) -> Set {
    values.iter().fold(Set::EMPTY, |set, &value| {
        let one = store.compare_arg(index, 0, width(abi), u64::MAX, Compare::Eq, value).unwrap();
        store.or(set, one).unwrap()
    })
}

fn capability(store: &mut Store, name: &str) -> Set {
    store.with_capability(Capability::from_name(name).unwrap()).unwrap()
}

fn say(store: &mut Store, set: Set, name: &str, abi: Abi) -> String {
    let description = describe(store, set, width(abi), 20).unwrap();
    description_text(&description, call(name), abi)
}

/// What is said of a set and of its complement.
fn both(store: &mut Store, set: Set, name: &str, abi: Abi) -> [String; 2] {
    let complement = store.not(set).unwrap();
    [say(store, set, name, abi), say(store, complement, name, abi)]
}

const NAMESPACES: &str = "CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|\
                          CLONE_NEWPID|CLONE_NEWNET";

#[test]
fn flags_of_clone_in_dockers_default() {
    for abi in [Abi::X86_64, Abi::X86, Abi::Aarch64] {
        let mut store = Store::default();
        let set = masked(&mut store, abi, 2_114_060_288, 0);
        assert_eq!(
            both(&mut store, set, "clone", abi),
            [
                format!("when arg0 (flags) has none of {NAMESPACES}"),
                format!("when arg0 (flags) has any of {NAMESPACES}")
            ]
        );
    }
}

#[test]
fn families_of_socket_alike_on_all_abis() {
    for abi in [Abi::X86_64, Abi::X86, Abi::Arm, Abi::S390x] {
        let mut store = Store::default();
        let set = values(&mut store, abi, 0, &[40]);
        assert_eq!(
            both(&mut store, set, "socket", abi),
            ["when arg0 (domain) = AF_VSOCK (40)", "when arg0 (domain) ≠ AF_VSOCK (40)"]
        );
        let set = values(&mut store, abi, 0, &[38, 40]);
        let [said, not] = both(&mut store, set, "socket", abi);
        assert_eq!(said, "when arg0 (domain) = AF_ALG (38), AF_VSOCK (40)");
        assert_eq!(not, "when arg0 (domain) ≠ AF_ALG (38), AF_VSOCK (40)");
    }
}

#[test]
fn personalities() {
    let mut store = Store::default();
    let abi = Abi::X86_64;
    let set = values(&mut store, abi, 0, &[0, 8, 0x20000, 0x20008, 0xffff_ffff]);
    let list = "PER_LINUX (0), PER_LINUX32 (8), UNAME26 (0x20000), \
                PER_LINUX32|UNAME26 (0x20008), query (0xffffffff)";
    assert_eq!(
        both(&mut store, set, "personality", abi),
        [format!("when arg0 (persona) = {list}"), format!("when arg0 (persona) ≠ {list}")]
    );
}

#[test]
fn requests_of_ioctl() {
    let mut store = Store::default();
    let set = values(&mut store, Abi::X86_64, 1, &[0x5412]);
    assert_eq!(
        say(&mut store, set, "ioctl", Abi::X86_64),
        "when arg1 (request) = TIOCSTI (0x5412)"
    );
    let low = store.compare_arg(1, 0, 32, u64::MAX, Compare::Eq, 0x5412).unwrap();
    assert_eq!(
        say(&mut store, low, "ioctl", Abi::X86_64),
        "when low 32 bits of arg1 (request) = TIOCSTI (0x5412)"
    );
}

#[test]
fn ranges_and_masks_without_names() {
    let abi = Abi::X86_64;
    let mut store = Store::default();
    let from5 = store.compare_arg(1, 0, 64, u64::MAX, Compare::Ge, 5).unwrap();
    let above9 = store.compare_arg(1, 0, 64, u64::MAX, Compare::Gt, 9).unwrap();
    let between = store.minus(from5, above9).unwrap();
    assert_eq!(
        both(&mut store, from5, "ioctl", abi),
        ["when arg1 (request) ≥ 5", "when arg1 (request) ≤ 4"]
    );
    assert_eq!(
        both(&mut store, between, "ioctl", abi),
        ["when arg1 (request) from 5 to 9", "when arg1 (request) outside 5 to 9"]
    );
    let byte = masked(&mut store, abi, 0xff00, 0x100);
    assert_eq!(
        both(&mut store, byte, "read", abi),
        ["when arg0 (fd) & 0xff00 = 0x100", "when arg0 (fd) & 0xff00 ≠ 0x100"]
    );
    let even = masked(&mut store, abi, 1, 0);
    assert_eq!(
        both(&mut store, even, "read", abi),
        ["when arg0 (fd) & 0x1 = 0", "when arg0 (fd) & 0x1 = 1"]
    );
    let user = masked(&mut store, abi, 0x1000_0000, 0);
    assert_eq!(
        both(&mut store, user, "unshare", abi),
        ["when arg0 (flags) lacks CLONE_NEWUSER", "when arg0 (flags) has CLONE_NEWUSER"]
    );
    let only = masked(&mut store, abi, !0x1000_0000, 0);
    assert_eq!(
        both(&mut store, only, "unshare", abi)[1],
        "when arg0 (flags) ≠ 0, CLONE_NEWUSER (0x10000000)"
    );
}

#[test]
fn capabilities_and_kernels() {
    let mut store = Store::default();
    let admin = capability(&mut store, "CAP_SYS_ADMIN");
    let bpf = capability(&mut store, "CAP_BPF");
    let abi = Abi::X86_64;
    assert_eq!(
        both(&mut store, admin, "mount", abi),
        ["with CAP_SYS_ADMIN", "without CAP_SYS_ADMIN"]
    );
    let either = store.or(admin, bpf).unwrap();
    assert_eq!(
        both(&mut store, either, "bpf", abi),
        ["with CAP_SYS_ADMIN or CAP_BPF", "without any of CAP_SYS_ADMIN, CAP_BPF"]
    );
    let since = store.kernel_at_least(KernelVersion { kernel: 4, major: 8 }).unwrap();
    assert_eq!(both(&mut store, since, "ptrace", abi), ["on kernel ≥ 4.8", "on kernel < 4.8"]);
    let until = store.kernel_at_least(KernelVersion { kernel: 5, major: 0 }).unwrap();
    let between = store.minus(since, until).unwrap();
    assert_eq!(
        both(&mut store, between, "ptrace", abi),
        ["on kernel from 4.8 to below 5.0", "on kernel < 4.8 or ≥ 5.0"]
    );
    let vsock = values(&mut store, abi, 0, &[40]);
    let all = store.minus(vsock, admin).unwrap();
    let all = store.and(all, since).unwrap();
    assert_eq!(
        say(&mut store, all, "socket", abi),
        "without CAP_SYS_ADMIN, on kernel ≥ 4.8, when arg0 (domain) = AF_VSOCK (40)"
    );
    // As Docker's default has clone: flags for those without the capability.
    let none = masked(&mut store, abi, 0x7e02_0000, 0);
    let clone = store.or(admin, none).unwrap();
    assert_eq!(
        say(&mut store, clone, "clone", abi),
        format!("with CAP_SYS_ADMIN; or when arg0 (flags) has none of {NAMESPACES}")
    );
    assert_eq!(say(&mut store, Set::ALL, "read", abi), "");
    assert_eq!(say(&mut store, Set::EMPTY, "read", abi), "never");
}

#[test]
fn capabilities_beyond_dockers_default() {
    let mut store = Store::default();
    let needs = |store: &mut Store, set: Set| {
        let description = describe(store, set, 64, 9).unwrap();
        description.clauses.iter().all(needs_non_default_capability)
    };
    let (admin, raw) =
        (capability(&mut store, "CAP_SYS_ADMIN"), capability(&mut store, "CAP_NET_RAW"));
    let without = store.not(admin).unwrap();
    assert!(needs(&mut store, admin));
    assert!(!needs(&mut store, raw));
    assert!(!needs(&mut store, without));
}

#[test]
fn actions() {
    let texts = [
        (Action::Allow, "ALLOW"),
        (Action::Errno(1), "EPERM"),
        (Action::Errno(38), "ENOSYS"),
        (Action::Errno(0), "ERRNO(0) (looks like success)"),
        (Action::Errno(999), "ERRNO(999)"),
        (Action::Trace(5), "TRACE(5)"),
        (Action::KillThread, "KILL_THREAD"),
        (Action::KillProcess, "KILL_PROCESS"),
    ];
    for (action, text) in texts {
        assert_eq!(action_text(action), text);
    }
}

#[test]
fn calls_and_environments() {
    let abi = Abi::X86_64;
    assert_eq!(
        call_text(call("socket"), abi, &[40, 1, 0, 0, 0, 0]),
        "socket(AF_VSOCK, SOCK_STREAM, 0)"
    );
    assert_eq!(call_text(call("getpid"), abi, &[0; 6]), "getpid()");
    assert_eq!(call_text(call("getpid"), abi, &[0, 0, 7, 0, 0, 0]), "getpid(0, 0, 7)");
    let mut point = Assignment::default();
    assert_eq!(environment_text(&point, false), "no capabilities");
    point.capabilities = 1 << 21;
    point.kernel = KernelVersion { kernel: 4, major: 8 };
    assert_eq!(environment_text(&point, false), "CAP_SYS_ADMIN");
    assert_eq!(environment_text(&point, true), "CAP_SYS_ADMIN, kernel 4.8");
}

#[test]
fn flags_that_make_no_difference_and_protocols_by_domain() {
    let mut store = Store::default();
    let abi = Abi::X86_64;
    let kinds =
        values(&mut store, abi, 1, &[1, 2, 0x801, 0x802, 0x8_0001, 0x8_0002, 0x8_0801, 0x8_0802]);
    let domains = values(&mut store, abi, 0, &[2, 10]);
    let protocols = values(&mut store, abi, 2, &[0, 6]);
    let set = store.and(kinds, domains).and_then(|set| store.and(set, protocols)).unwrap();
    assert_eq!(
        say(&mut store, set, "socket", abi),
        "when arg0 (domain) = AF_INET (2), AF_INET6 (10) and arg1 (type) = SOCK_STREAM (1), SOCK_DGRAM (2), \
         each with or without SOCK_NONBLOCK|SOCK_CLOEXEC, and arg2 (protocol) = 0, IPPROTO_TCP (6)"
    );
    let one = values(&mut store, abi, 0, &[16]);
    let audit = values(&mut store, abi, 2, &[9]);
    let set = store.and(one, audit).unwrap();
    assert_eq!(
        say(&mut store, set, "socket", abi),
        "when arg0 (domain) = AF_NETLINK (16) and arg2 (protocol) = NETLINK_AUDIT (9)"
    );
    // Of an open domain a number is all that can be said.
    assert_eq!(say(&mut store, audit, "socket", abi), "when arg2 (protocol) = 9");
    assert_eq!(
        call_text(call("socket"), abi, &[16, 3, 9, 0, 0, 0]),
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)"
    );
}
