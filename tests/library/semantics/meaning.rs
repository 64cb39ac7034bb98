//! `docs/meaning.md`, statement by statement: what one call gets from a small profile. The answers are
//! those of the source that the page names, and most were seen from the real parts in `tests/real`.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use sdiff::decision::{Assignment, Store};
use sdiff::load::{LoadOptions, parse};
use sdiff::profile::{
    Action::{self, Allow, Errno, KillProcess, KillThread, Log},
    Capability, KernelVersion,
};
use sdiff::semantics::{Engine, Policy, Runtime, Settings, action};
use sdiff::syscall::{Abi, Host, Library, Syscall};
use std::collections::BTreeSet;
use std::path::Path;

const EPERM: Action = Errno(1);
const ENOSYS: Action = Errno(38);

/// A call in an environment, as engine, runtime and library take a profile.
struct Ask {
    text: String,
    settings: Settings,
    host: Host,
    abi: Abi,
    point: Assignment,
}

/// Native programs of amd64 under a profile that blocks all but what the rules say; no stub.
fn rules(rules: &str) -> Ask {
    whole(&format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{rules}]}}"#))
}

fn whole(text: &str) -> Ask {
    let kernel = KernelVersion::parse("6.1").expect("a version");
    let settings = Settings::new(Engine::Docker).with_runtime(Runtime::None);
    let point = Assignment { kernel, ..Assignment::default() };
    Ask { text: text.to_owned(), settings, host: Host::Amd64, abi: Abi::X86_64, point }
}

impl Ask {
    fn engine(mut self, engine: Engine) -> Ask {
        self.settings = Settings::new(engine).with_runtime(self.settings.machine.runtime);
        self
    }

    fn runtime(mut self, name: &str) -> Ask {
        self.settings = self.settings.with_runtime(Runtime::parse(name).expect("is known"));
        self
    }

    fn library(mut self, version: &str) -> Ask {
        self.settings = self.settings.with_library(Library::from_name(version).expect("is known"));
        self
    }

    fn on(mut self, host: Host, abi: Abi) -> Ask {
        (self.host, self.abi) = (host, abi);
        self
    }

    fn with(mut self, names: &[&str]) -> Ask {
        let bit = |name: &&str| 1_u64 << Capability::from_name(name).expect("is known").bit();
        self.point.capabilities = names.iter().map(bit).sum();
        self
    }

    fn kernel(mut self, version: &str) -> Ask {
        self.point.kernel = KernelVersion::parse(version).expect("a version");
        self
    }

    /// The answer, or why no container starts.
    fn asked(self, name: &str, args: &[u64]) -> Result<Action, String> {
        let loaded = parse("meaning.json", self.text.as_bytes(), &LoadOptions::default());
        let loaded = loaded.map_err(|error| error.to_string())?;
        let settings = Settings { hosts: vec![self.host], ..self.settings };
        let mut store = Store::default();
        let policy = Policy::build(&mut store, &loaded.profile, &settings)
            .map_err(|error| error.to_string())?;
        let call = Syscall::from_name(name).expect("a call");
        let number = call.number(self.abi).expect("a call of this ABI");
        let abi = policy.abi(self.host, self.abi).expect("an ABI of this host");
        let mut point = self.point;
        point.args[..args.len()].copy_from_slice(args);
        Ok(action(store.evaluate(abi.decision(number), &point)))
    }

    #[track_caller]
    fn gets(self, name: &str, args: &[u64], action: Action) {
        let text = self.text.clone();
        assert_eq!(self.asked(name, args), Ok(action), "{name}{args:?} in {text}");
    }
}

fn allow(name: &str, more: &str) -> String {
    rule(name, "ALLOW", more)
}

fn rule(name: &str, action: &str, more: &str) -> String {
    format!(r#"{{"names": ["{name}"], "action": "SCMP_ACT_{action}"{more}}}"#)
}

fn when(conditions: &[(u8, &str, u64)]) -> String {
    let one = |&(index, op, value): &(u8, &str, u64)| {
        format!(r#"{{"index": {index}, "op": "SCMP_CMP_{op}", "value": {value}}}"#)
    };
    format!(r#", "args": [{}]"#, conditions.iter().map(one).collect::<Vec<_>>().join(", "))
}

// How engines read a file.

#[test]
fn a_single_name_is_read_by_docker_and_podman_alone() {
    let rule = r#"{"name": "mount", "action": "SCMP_ACT_ALLOW"}"#;
    rules(rule).gets("mount", &[], Allow);
    rules(rule).engine(Engine::Podman).runtime("none").gets("mount", &[], Allow);
    rules(rule).engine(Engine::Containerd).runtime("none").gets("mount", &[], EPERM);
}

#[test]
fn containerd_knows_no_conditions_of_a_rule() {
    let rule = allow("mount", r#", "includes": {"caps": ["CAP_SYS_ADMIN"]}"#);
    rules(&rule).gets("mount", &[], EPERM);
    rules(&rule).with(&["CAP_SYS_ADMIN"]).gets("mount", &[], Allow);
    rules(&rule).engine(Engine::Podman).runtime("none").gets("mount", &[], EPERM);
    rules(&rule).engine(Engine::Containerd).runtime("none").gets("mount", &[], Allow);
}

#[test]
fn min_kernel_is_dockers_alone() {
    let rule = allow("ptrace", r#", "includes": {"minKernel": "4.8"}"#);
    rules(&rule).kernel("4.7").gets("ptrace", &[], EPERM);
    rules(&rule).kernel("4.8").gets("ptrace", &[], Allow);
    rules(&rule).kernel("4.7").engine(Engine::Podman).runtime("none").gets("ptrace", &[], Allow);
}

#[test]
fn arch_map_is_not_containerds() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#;
    whole(text).on(Host::Amd64, Abi::X86).gets("read", &[], Allow);
    let other = whole(text).engine(Engine::Containerd).runtime("none");
    other.on(Host::Amd64, Abi::X86).gets("read", &[], KillThread);
}

#[test]
fn names_of_errnos_are_podmans() {
    let rule = rule("mount", "ERRNO", r#", "errno": "ENOSYS", "errnoRet": 5"#);
    rules(&rule).engine(Engine::Docker).runtime("none").gets("mount", &[], Errno(5));
    rules(&rule).engine(Engine::Podman).runtime("none").gets("mount", &[], ENOSYS);
}

#[test]
fn includes_want_all_and_excludes_one() {
    let both = r#"{"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]}"#;
    let included = allow("bpf", &format!(r#", "includes": {both}"#));
    let excluded = allow("bpf", &format!(r#", "excludes": {both}"#));
    rules(&included).with(&["CAP_BPF"]).gets("bpf", &[], EPERM);
    rules(&included).with(&["CAP_BPF", "CAP_SYS_ADMIN"]).gets("bpf", &[], Allow);
    rules(&excluded).with(&["CAP_BPF"]).gets("bpf", &[], EPERM);
    rules(&excluded).gets("bpf", &[], Allow);
}

#[test]
fn arches_are_hosts_and_never_the_callers() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
            {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["x86"]}}]}"#;
    whole(text).on(Host::Amd64, Abi::X86).gets("read", &[], Allow);
    whole(text).on(Host::Amd64, Abi::X86).gets("write", &[], EPERM);
}

#[test]
fn a_word_that_is_no_host_fits_none() {
    let of = |word: &str| allow("read", &format!(r#", "{word}": {{"arches": ["x32"]}}"#));
    rules(&of("includes")).gets("read", &[], EPERM);
    rules(&of("excludes")).gets("read", &[], Allow);
}

#[test]
fn the_native_abi_is_always_in_the_filter() {
    for list in [
        r#""architectures": ["SCMP_ARCH_X86"]"#,
        r#""archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}]"#,
    ] {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", {list}, "syscalls": [{}]}}"#,
            allow("read", "")
        );
        whole(&text).gets("read", &[], Allow);
        let listed = if list.contains("X86") { Allow } else { KillThread };
        whole(&text).on(Host::Amd64, Abi::X86).gets("read", &[], listed);
    }
}

#[test]
fn an_empty_min_kernel_is_reached_by_every_kernel() {
    let of = |word: &str| allow("ptrace", &format!(r#", "{word}": {{"minKernel": ""}}"#));
    rules(&of("includes")).kernel("2.6").gets("ptrace", &[], Allow);
    rules(&of("excludes")).kernel("2.6").gets("ptrace", &[], EPERM);
}

#[test]
fn unknown_capabilities_drop_or_do_nothing() {
    let of = |word: &str| allow("bpf", &format!(r#", "{word}": {{"caps": ["CAP_NONE_SUCH"]}}"#));
    rules(&of("includes")).gets("bpf", &[], EPERM);
    rules(&of("excludes")).gets("bpf", &[], Allow);
}

#[test]
fn two_words_for_one_thing_are_refused() {
    let names = r#"{"name": "read", "names": ["write"], "action": "SCMP_ACT_ALLOW"}"#;
    assert!(rules(names).asked("read", &[]).is_err());
    let both = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
        "archMap": [{"architecture": "SCMP_ARCH_X86_64"}]}"#;
    assert!(whole(both).asked("read", &[]).is_err());
}

#[test]
fn a_profile_that_says_nothing_turns_seccomp_off() {
    whole("{}").gets("mount", &[], Allow);
}

// What runtimes make of rules.

#[test]
fn a_rule_of_the_default_action_carves_nothing_out() {
    let text = [allow("socket", ""), rule("socket", "ERRNO", &when(&[(0, "EQ", 40)]))].join(", ");
    rules(&text).runtime("runc").gets("socket", &[40], Allow);
    assert!(rules(&text).runtime("runc@1.0.1").asked("socket", &[40]).is_err());
}

#[test]
fn unknown_names_are_passed_over() {
    let text = r#"{"names": ["raed", "write"], "action": "SCMP_ACT_ALLOW"}"#;
    rules(text).gets("write", &[], Allow);
    rules(text).gets("read", &[], EPERM);
}

#[test]
fn a_mask_is_the_first_value_and_the_datum_the_second() {
    let text = allow(
        "clone",
        r#", "args": [{"index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 12, "valueTwo": 4}]"#,
    );
    rules(&text).gets("clone", &[0x104], Allow);
    rules(&text).gets("clone", &[12], EPERM);
}

#[test]
fn conditions_on_one_argument_twice_are_alternatives() {
    rules(&allow("kill", &when(&[(0, "GT", 1), (0, "LT", 5)]))).gets("kill", &[9], Allow);
    rules(&allow("kill", &when(&[(0, "GT", 1), (1, "LT", 5)]))).gets("kill", &[9, 9], EPERM);
}

#[test]
fn an_errno_beside_another_action_is_an_error_to_crun() {
    let text = allow("read", r#", "errnoRet": 5"#);
    rules(&text).runtime("runc").gets("read", &[], Allow);
    assert!(rules(&text).runtime("crun").asked("read", &[]).is_err());
}

#[test]
fn crun_reads_six_conditions() {
    // With the seventh an argument is asked twice, and each condition is an alternative; without it all
    // six have to hold.
    let conditions: Vec<(u8, &str, u64)> =
        (0..7).map(|at| (at % 6, "EQ", 100 + u64::from(at))).collect();
    let text = allow("mmap", &when(&conditions));
    rules(&text).runtime("runc").gets("mmap", &[106], Allow);
    rules(&text).runtime("crun").gets("mmap", &[106], EPERM);
    rules(&text).runtime("crun").gets("mmap", &[100, 101, 102, 103, 104, 105], Allow);
}

#[test]
fn runc_gives_enosys_above_all_that_is_named() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["openat"], "action": "SCMP_ACT_ALLOW"}]}"#;
    whole(text).runtime("runc").gets("openat2", &[], ENOSYS);
    whole(text).runtime("runc").gets("mount", &[], EPERM);
    whole(text).runtime("crun").gets("openat2", &[], EPERM);
    whole(text).runtime("runc@1.0.0-rc92").gets("openat2", &[], EPERM);
    let log = text.replace("SCMP_ACT_ERRNO", "SCMP_ACT_LOG");
    whole(&log).runtime("runc").gets("openat2", &[], Log);
}

#[test]
fn rules_of_the_default_action_count_for_that() {
    let text = |more: &str| {
        format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{}{more}]}}"#,
            allow("openat", "")
        )
    };
    whole(&text("")).runtime("runc").gets("openat2", &[], ENOSYS);
    let more = format!(", {}", rule("openat2", "ERRNO", ""));
    whole(&text(&more)).runtime("runc").gets("openat2", &[], EPERM);
    whole(&text(&more)).runtime("runc").gets("mseal", &[], ENOSYS);
}

#[test]
fn the_native_abi_has_it_unlisted_since_1_1_15() {
    let text = allow("openat", "");
    rules(&text).runtime("runc@1.1.14").gets("openat2", &[], EPERM);
    rules(&text).runtime("runc@1.1.15").gets("openat2", &[], ENOSYS);
}

// What libseccomp makes of them.

#[test]
fn an_unconditional_rule_beats_conditional_ones() {
    let text = [allow("socket", ""), rule("socket", "LOG", &when(&[(0, "EQ", 40)]))].join(", ");
    rules(&text).gets("socket", &[40], Allow);
}

#[test]
fn the_first_of_two_unconditional_rules_counts() {
    let text = [allow("socket", ""), rule("socket", "LOG", "")].join(", ");
    rules(&text).gets("socket", &[2], Allow);
}

#[test]
fn comparisons_are_unsigned_and_of_32_bits_on_32_bit_abis() {
    let text = allow("kill", &when(&[(0, "EQ", 0x1_0000_0005)]));
    rules(&text).on(Host::X86, Abi::X86).gets("kill", &[5], Allow);
    rules(&text).gets("kill", &[5], EPERM);
    rules(&allow("kill", &when(&[(0, "LT", 5)]))).gets("kill", &[u64::MAX], EPERM);
}

#[test]
fn the_same_conditions_with_two_actions_start_no_container() {
    let both = ["ALLOW", "LOG"].map(|word| rule("socket", word, &when(&[(0, "EQ", 2)])));
    let refused = rules(&both.join(", ")).asked("socket", &[2]);
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn rules_of_one_action_are_alternatives() {
    let one = |family| allow("socket", &when(&[(0, "EQ", family)]));
    let both = [one(1), one(2)].join(", ");
    for (family, action) in [(1, Allow), (2, Allow), (3, EPERM)] {
        rules(&both).gets("socket", &[family], action);
    }
}

#[test]
fn errnos_are_taken_up_to_4094() {
    let of = |errno: u32| rules(&rule("read", "ERRNO", &format!(r#", "errnoRet": {errno}"#)));
    of(4094).gets("read", &[], Errno(4094));
    assert!(of(4095).asked("read", &[]).is_err());
    // Cut to 16 bits before.
    of(65_541).gets("read", &[], Errno(5));
}

#[test]
fn an_abi_of_the_other_byte_order_starts_no_container() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_PPC"],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#;
    assert!(whole(text).asked("read", &[]).is_err());
}

#[test]
fn an_abi_that_is_not_in_the_filter_is_killed() {
    let text = allow("read", "");
    rules(&text).on(Host::Amd64, Abi::X86).gets("read", &[], KillThread);
    rules(&text).on(Host::Amd64, Abi::X32).gets("read", &[], KillThread);
}

#[test]
fn a_multiplexer_loses_the_condition_on_the_family() {
    let text = allow("socket", &when(&[(0, "EQ", 2)]));
    // SYS_SOCKET is 1; its arguments lie in memory.
    rules(&text).on(Host::X86, Abi::X86).gets("socketcall", &[1, 40], Allow);
    rules(&text).on(Host::X86, Abi::X86).gets("socketcall", &[2, 40], EPERM);
    let ppc = |library: &str| rules(&text).library(library).on(Host::Ppc, Abi::Ppc);
    ppc("2.5.1").gets("socketcall", &[1], EPERM);
    ppc("2.5.2").gets("socketcall", &[1], Allow);
}

#[test]
fn a_name_that_the_library_does_not_know_is_ignored() {
    rules(&allow("mseal", "")).library("2.5.4").gets("mseal", &[], EPERM);
    rules(&allow("mseal", "")).library("2.6.0").gets("mseal", &[], Allow);
}

/// GHSA-4q85-33p6-j5g6.
#[test]
fn a_comparison_is_mended_since_2_6_1() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/shapes/ghsa-4q85.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus");
        return;
    };
    whole(&text).library("2.5.4").gets("mmap", &[], Allow);
    whole(&text).library("2.6.1").gets("mmap", &[], KillProcess);
}

// The page itself.

/// Every test that the page names is there, and every statement names one.
#[test]
fn the_page_names_tests_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/meaning.md")).expect("the page");
    let mut known = BTreeSet::new();
    for folder in ["src", "tests"] {
        functions(&root.join(folder), &mut known);
    }
    let mut rows = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let &[_, tests, source] = &cells[..] else { panic!("three cells: {line}") };
        assert!(!source.is_empty(), "no source: {line}");
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {line}");
        for name in named {
            assert!(known.contains(name), "no test `{name}`: {line}");
        }
        rows += 1;
    }
    assert!(rows > 40, "{rows} statements");
    // And every one of these is named.
    let own =
        std::fs::read_to_string(root.join("tests/library/semantics/meaning.rs")).expect("this");
    for name in tests_in(&own).filter(|name| !name.starts_with("the_page")) {
        assert!(page.contains(&format!("`{name}`")), "{name} holds no statement");
    }
}

/// The names of functions marked as tests.
fn tests_in(text: &str) -> impl Iterator<Item = &str> {
    let marked = text.split("#[test]\n").skip(1);
    marked.filter_map(|rest| rest.split("fn ").nth(1)?.split('(').next())
}

fn functions(folder: &Path, known: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            functions(&path, known);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("a file");
            known.extend(tests_in(&text).map(str::to_owned));
        }
    }
}
