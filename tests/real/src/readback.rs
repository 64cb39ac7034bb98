//! What a real container has loaded, held against what the restatement and the main crate say.

use crate::arch::Host;
use crate::bpf::{Action, Data};
use crate::calls::calls;
use crate::cases::{Case, Flavour};
use crate::container::{Bundle, Outcome};
use crate::endless::endless;
use crate::knobs;
use crate::machine::Machine;
use crate::main_crate::MainCrate;
use crate::oci::Oci;
use crate::reference::{Compiled, compile};
use crate::resolve::{Engine, Place, resolve};
use crate::rng::Rng;
use crate::subject::{Answer, Policy, Subject, is_taken_all_the_same};

fn amd64() -> &'static Host {
    Host::named("amd64").expect("amd64")
}

/// Holds a real container against both, and says whether there was a filter to compare. Where the
/// runtime refuses the profile, both must.
pub fn compare(bundle: &mut Bundle, oci: &Oci, no_new_privs: bool) -> Result<bool, String> {
    let machine = bundle.machine();
    let case = case(oci, machine);
    let is_loaded = sdiff::load::parse("case.json", case.json().as_bytes(), &Default::default());
    let is_loaded = is_loaded.is_ok();
    let subject = MainCrate.build(&case);
    let probe = subject.as_ref().map(|policy| policy.judge(amd64().native(), 0, &[0; 6]));
    let is_refused = matches!(probe, Err(_) | Ok(Answer::Refused(_)));
    if endless(std::slice::from_ref(&case))[0] {
        // The runtime would have to be ended.
        return match is_refused {
            true => Ok(false),
            false => Err(format!("libseccomp never ends, where sdiff says {probe:?}")),
        };
    }
    let expected = compile(oci, amd64(), machine);
    let real = bundle.start(oci, no_new_privs, false).map_err(|e| e.to_string())?;
    let has_no_filter = match real {
        Outcome { filter: None, status: Some(status), .. } => status != 0,
        Outcome { filter: Some((_, errno)), .. } => errno != 0,
        _ => false,
    };
    match (expected, real) {
        (Err(why), _) if is_taken_all_the_same(&why) => Ok(false),
        (Err(why), _) if has_no_filter => match is_refused {
            true => Ok(false),
            false => Err(format!("no container starts ({why:?}), where sdiff says {probe:?}")),
        },
        (Ok(Compiled::Off), Outcome { filter: None, status: Some(0), .. }) => match probe {
            Ok(Answer::Off | Answer::Action(Action::Allow)) => Ok(false),
            probe => Err(format!("no filter, where sdiff says {probe:?}")),
        },
        (Ok(Compiled::Filter(ours)), Outcome { filter: Some((theirs, 0)), .. }) => {
            let stub = ours.stub.len();
            if stub + ours.program.insns.len() != theirs.insns.len() {
                return Err(format!(
                    "{stub} + {} instructions, where the container has {}",
                    ours.program.insns.len(),
                    theirs.insns.len()
                ));
            }
            let subject = match subject {
                Ok(subject) => Some(subject),
                // It wants every word to be one that it knows, also where no runtime looks.
                Err(_) if !is_loaded => None,
                Err(why) => return Err(format!("a filter, where sdiff says {why}")),
            };
            for call in calls(oci, amd64(), machine.library, &mut Rng::new(1)) {
                let data = Data::new(call.arch, call.nr, &call.args);
                let (ours, theirs) = (ours.judge(&data, true), theirs.judge(&data));
                if theirs != Ok(ours) {
                    return Err(format!("{call:?}: {ours:?}, where the container has {theirs:?}"));
                }
                let judge = |policy: &dyn Policy| policy.judge(call.arch, call.nr, &call.args);
                let answer = subject.as_deref().map(judge);
                if let Some(answer) = answer
                    && answer != Answer::Action(ours)
                {
                    return Err(format!("{call:x?}: {ours:?}, where sdiff says {answer:?}"));
                }
            }
            Ok(true)
        }
        (expected, real) => {
            let expected = expected.map(|_| "a filter");
            Err(format!("{expected:?}, where {:?}: {}", real.status, real.message))
        }
    }
}

/// The case that an OCI object is: nothing resolves it.
fn case(oci: &Oci, machine: Machine) -> Case {
    Case {
        seed: 1,
        flavour: Flavour::Realistic,
        profile: oci.to_json(),
        engine: Engine::Containerd,
        machine,
        host: amd64(),
        caps: Vec::new(),
        kernel: (6, 1),
    }
}

/// Starts a container for each profile, and compares.
///
/// # Panics
/// Where any differs.
pub fn compare_all(
    test: &str,
    program: &'static str,
    suite: Option<&'static str>,
    cases: &[(String, Oci)],
) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bundle = match Bundle::new(dir.path(), program, suite) {
        Ok(bundle) => bundle,
        Err(why) => return knobs::skip(test, &why),
    };
    let (mut failures, mut filters) = (Vec::new(), 0);
    let machine = bundle.machine();
    for (at, (name, oci)) in cases.iter().enumerate() {
        let mut oci = oci.clone();
        // Nobody listens, and crun looks for the listener first.
        oci.listener_path.clear();
        for name in oci.syscalls.iter_mut().flat_map(|rule| &mut rule.names) {
            if machine.library.is_left_out(name) {
                *name = "no_such_call".into();
            }
        }
        match compare(&mut bundle, &oci, at % 2 == 0) {
            Ok(is_filter) => filters += usize::from(is_filter),
            Err(why) => failures.push(format!("{name}: {why}\n{}", oci.to_json())),
        }
    }
    assert!(
        failures.is_empty(),
        "{machine}: {} of {}:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
    println!("{test}: {} containers of {machine}, {filters} filters", cases.len());
    assert!(filters * 3 > cases.len() || cases.is_empty(), "{filters} filters of {}", cases.len());
}

/// Generated profiles, resolved for this kind of machine.
pub fn generated(count: u64) -> Vec<(String, Oci)> {
    let one = |seed| {
        let flavour = if seed % 4 == 0 { Flavour::Realistic } else { Flavour::Hostile };
        let case = Case { host: amd64(), ..Case::new(seed, flavour) };
        if endless(std::slice::from_ref(&case))[0] {
            return None;
        }
        let oci = resolve(&case.profile, &case.place()).ok()??;
        Some((format!("seed {seed}"), oci))
    };
    (0..count).filter_map(one).collect()
}

/// Docker's defaults for some bounding sets.
///
/// # Panics
/// Where a file of upstream's is no profile.
pub fn defaults() -> Vec<(String, Oci)> {
    let Some(shared) = knobs::shared() else {
        knobs::skip("defaults", "no folder with upstream's profiles (SDIFF_SHARED)");
        return Vec::new();
    };
    let mut cases = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(shared.join("upstream/docker"))
        .expect("a profile of upstream's")
        .map(|f| f.expect("a profile of upstream's").path())
        .collect();
    files.sort();
    for (at, file) in files.iter().enumerate() {
        let profile =
            serde_json::from_slice(&std::fs::read(file).expect("a profile of upstream's"))
                .expect("a profile of upstream's");
        let sets: [&[&str]; 3] = [&[], &["CAP_SYS_ADMIN"], &["CAP_SYS_PTRACE", "CAP_SYS_CHROOT"]];
        let caps: Vec<String> = sets[at % 3].iter().map(|s| s.to_string()).collect();
        let kernel = [(3, 10), (4, 8), (6, 1)][at / 3 % 3];
        let place = Place { engine: Engine::Docker, host: amd64(), caps: &caps, kernel };
        // One form of 2016 has numbers for actions, which runc never read.
        let Ok(Some(oci)) = resolve(&profile, &place) else { continue };
        cases.push((format!("{} {caps:?}", file.display()), oci));
    }
    assert!(
        cases.len() > 20 && cases.len() + 5 > files.len(),
        "{} of {}",
        cases.len(),
        files.len()
    );
    cases
}
