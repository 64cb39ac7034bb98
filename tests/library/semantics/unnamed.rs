//! Calls whose numbers have no name: what is said of them is shown by a number that has none.

#![allow(clippy::unwrap_used)]

use sdiff::decision::Store;
use sdiff::diff::{Comparison, Subject, compare};
use sdiff::load::{LoadOptions, parse};
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::{Abi, Host, numbers};

fn comparison(old: &str, new: &str) -> Comparison {
    let mut store = Store::default();
    let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
    let [old, new] = [old, new].map(|text| {
        let loaded = parse("p.json", text.as_bytes(), &LoadOptions::default()).unwrap();
        Policy::build(&mut store, &loaded.profile, &settings).unwrap()
    });
    compare(&mut store, &old, &new).unwrap()
}

fn profile(architectures: &str, names: &str) -> String {
    format!(
        r#"{{ "defaultAction": "SCMP_ACT_TRAP", "architectures": [{architectures}],
             "syscalls": [{{ "names": [{names}], "action": "SCMP_ACT_ALLOW" }}] }}"#
    )
}

/// The new name takes the only number between the two boundaries, so no other call changes.
#[test]
fn a_boundary_that_passes_named_calls_alone_is_no_change() {
    let x86_64 = r#""SCMP_ARCH_X86_64""#;
    let old = profile(x86_64, r#""msgctl""#);
    let new = profile(x86_64, r#""msgctl", "fcntl""#);
    let comparison = comparison(&old, &new);
    let subjects: Vec<Subject> = comparison.changes.iter().map(|change| change.subject).collect();
    assert!(matches!(subjects[..], [Subject::Syscall(call)] if call.name() == "fcntl"));
}

/// x32's numbers have bit 30, and -1 is none of them.
#[test]
fn a_proof_without_a_name_is_a_call_that_programs_can_make() {
    let old = profile(r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X32""#, r#""read""#);
    let new = profile(r#""SCMP_ARCH_X86_64""#, r#""read""#);
    let comparison = comparison(&old, &new);
    let effects = comparison.changes.iter().flat_map(|change| &change.effects);
    let proofs: Vec<_> = effects.map(|e| e.witness).filter(|w| w.place.abi == Abi::X32).collect();
    assert!(!proofs.is_empty());
    for proof in proofs {
        assert_eq!(proof.number >> 30, 1, "{proof:?}");
        let named = numbers(Abi::X32).iter().find(|(number, _)| *number == proof.number);
        assert_eq!(named.map(|named| named.1), proof.syscall, "{proof:?}");
    }
}
