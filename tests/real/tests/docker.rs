//! Docker itself with merged profiles: what a container can do, and what it can do with the
//! overlay alone.

use sdiff::decision::Store;
use sdiff::load::{LoadOptions, load, parse};
use sdiff::overlay::{Layer, Strategy, merge};
use sdiff::profile::{Capability, KernelVersion, to_json};
use sdiff::semantics::{Engine, Given, Policy, Settings};
use sdiff::syscall::{Abi, Host};
use sdiff_real::docker::{Docker, missing};
use sdiff_real::knobs;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Makes each call once and prints its errno, 0 for success.
const PROBE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#define TRY(name, ...) do { errno = 0; long r = syscall(__VA_ARGS__); \
    printf("%s %d\n", name, r < 0 ? errno : 0); } while (0)
int main(void) {
    TRY("chmod", SYS_fchmodat, -100, "/probe", 0755, 0);
    TRY("chown", SYS_fchownat, -100, "/probe", 0, 0, 0);
    TRY("unshare", SYS_unshare, 0);
    TRY("keyctl", SYS_keyctl, 0, -3, 0);
    TRY("inet6", SYS_socket, 10, 1, 0);
    TRY("inet", SYS_socket, 2, 1, 0);
    TRY("mount", SYS_mount, 0, 0, 0, 0, 0);
    return 0;
}
"#;

const EPERM: i32 = 1;

const DENY: &str = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "action": "SCMP_ACT_ERRNO",
    "names": ["chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"] } ] }"#;
const ALLOW: &str = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    { "names": ["unshare", "keyctl"], "action": "SCMP_ACT_ALLOW" } ] }"#;
const NO_INET6: &str = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    { "names": ["socket"], "action": "SCMP_ACT_ERRNO",
      "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 10 }] } ] }"#;

/// A daemon with the probe.
struct Probed(Docker);

impl Probed {
    fn start(folder: &Path) -> Result<Probed, String> {
        let docker = Probed(Docker::start(folder)?);
        docker.image()?;
        Ok(docker)
    }

    fn client(&self, args: &[&str]) -> Result<(bool, String), String> {
        self.0.client(args)
    }

    /// What `docker inspect` prints of a container that is made with these options, and not run.
    fn inspect(&self, name: &str, options: &[&str]) -> Result<String, String> {
        let mut create = vec!["create", "--name", name, "--network", "none"];
        create.extend(options);
        create.extend(["probe:1", "/probe"]);
        match self.client(&create)? {
            (true, _) => Ok(self.client(&["inspect", name])?.1),
            (false, said) => Err(said),
        }
    }

    /// An image with the probe alone.
    fn image(&self) -> Result<(), String> {
        let root = self.0.folder.join("rootfs");
        std::fs::create_dir_all(&root).map_err(|e| e.to_string())?;
        let source = self.0.folder.join("probe.c");
        std::fs::write(&source, PROBE).map_err(|e| e.to_string())?;
        let mut compiler = Command::new("cc");
        compiler.arg("-static").arg("-o").arg(root.join("probe")).arg(&source);
        let built = compiler.status().map_err(|error| format!("cc: {error}"))?;
        if !built.success() {
            return Err("cc -static fails".to_owned());
        }
        self.0.import("probe:1", &["-C", &root.display().to_string(), "."])
    }

    /// The errnos of the probe's calls; `None` where the container does not start.
    fn probe(&self, profile: Option<&str>) -> Option<BTreeMap<String, i32>> {
        let file = self.0.folder.join("profile.json");
        let option = format!("seccomp={}", file.display());
        let mut args = vec!["run", "--rm", "--network", "none"];
        if let Some(profile) = profile {
            std::fs::write(&file, profile).unwrap();
            args.extend(["--security-opt", &option]);
        }
        args.extend(["probe:1", "/probe"]);
        let (done, text) = self.client(&args).unwrap();
        println!("{text}");
        let errno = |line: &str| {
            let (name, errno) = line.split_once(' ')?;
            Some((name.to_owned(), errno.parse().ok()?))
        };
        done.then(|| text.lines().filter_map(errno).collect())
    }
}

fn merged(overlay: &str) -> String {
    let base = load("docker@20.10", &LoadOptions::default()).unwrap();
    let above = parse("overlay.json", overlay.as_bytes(), &LoadOptions::default()).unwrap();
    let layers = [
        Layer::new("base", &base.profile, Engine::Docker).unwrap(),
        Layer::new("overlay.json", &above.profile, Engine::Docker).unwrap(),
    ];
    let merged = merge(&mut Store::default(), &layers, Strategy::Override, &Host::ALL).unwrap();
    to_json(&merged.profile)
}

#[test]
fn containers_get_what_the_layers_say() {
    if let Some(reason) = missing() {
        return knobs::skip("containers_get_what_the_layers_say", &reason);
    }
    let folder = tempfile::tempdir().unwrap();
    let docker = match Probed::start(folder.path()) {
        Ok(docker) => docker,
        Err(reason) => return knobs::skip("containers_get_what_the_layers_say", &reason),
    };
    let blocked = |found: &BTreeMap<String, i32>| -> Vec<String> {
        found.iter().filter(|(_, errno)| **errno == EPERM).map(|(name, _)| name.clone()).collect()
    };
    let plain = docker.probe(None).expect("Docker's own default starts a container");
    assert_eq!(blocked(&plain), ["keyctl", "mount", "unshare"]);

    let found = docker.probe(Some(&merged(DENY))).expect("starts");
    assert_eq!(blocked(&found), ["chmod", "chown", "keyctl", "mount", "unshare"]);
    let found = docker.probe(Some(&merged(ALLOW))).expect("starts");
    assert_eq!(blocked(&found), ["mount"]);
    let found = docker.probe(Some(&merged(NO_INET6))).expect("starts");
    assert_eq!(blocked(&found), ["inet6", "keyctl", "mount", "unshare"]);

    // The overlay alone: the defaults are lost (`mount` comes as far as to its pointers), or no
    // container starts.
    let alone = docker.probe(Some(DENY)).expect("starts");
    assert_eq!(blocked(&alone), ["chmod", "chown"]);
    assert_eq!(docker.probe(Some(ALLOW)), None);
}

/// `docker inspect` of containers, each with the profile and the capabilities that it was given, and
/// what the containers can do.
#[test]
fn inspected_containers_are_read_as_they_run() {
    const NAME: &str = "inspected_containers_are_read_as_they_run";
    if let Some(reason) = missing() {
        return knobs::skip(NAME, &reason);
    }
    let folder = tempfile::tempdir().unwrap();
    let docker = match Probed::start(folder.path()) {
        Ok(docker) => docker,
        Err(reason) => return knobs::skip(NAME, &reason),
    };
    let file = folder.path().join("given.json");
    std::fs::write(&file, DENY).unwrap();
    let given = format!("seccomp={}", file.display());
    let default = Given::docker_default();
    let admin = 1 << Capability::from_name("CAP_SYS_ADMIN").unwrap().bit();
    let cases: [(&str, &[&str], u64, Option<&str>); 7] = [
        ("profile", &["--security-opt", &given], default, Some(DENY)),
        ("added", &["--cap-add", "SYS_ADMIN"], default | admin, None),
        ("alone", &["--cap-drop", "ALL", "--cap-add", "SYS_ADMIN"], admin, None),
        ("privileged", &["--privileged"], Given::all(), Some("{}")),
        ("both", &["--privileged", "--security-opt", &given], Given::all(), Some(DENY)),
        ("unconfined", &["--security-opt", "seccomp=unconfined"], default, Some("{}")),
        ("plain", &["--security-opt", "no-new-privileges"], default, None),
    ];
    for (name, options, capabilities, profile) in cases {
        let text = docker.inspect(name, options).unwrap();
        let loaded = parse("inspect.json", text.as_bytes(), &LoadOptions::default()).unwrap();
        assert_eq!(loaded.environment.capabilities, Some(capabilities), "{name}");
        assert_eq!(loaded.environment.no_new_privileges, Some(name == "plain"), "{name}");
        match profile {
            Some(text) => {
                let given = parse("given.json", text.as_bytes(), &LoadOptions::default()).unwrap();
                assert_eq!(to_json(&loaded.profile), to_json(&given.profile), "{name}");
            }
            None => {
                let newest = load("docker", &LoadOptions::default()).unwrap();
                assert_eq!(to_json(&loaded.profile), to_json(&newest.profile), "{name}");
                assert!(loaded.notes[0].contains("its engine's default"), "{:?}", loaded.notes);
            }
        }
        // What is read is what runs: these calls hang on profile and capabilities alone.
        let (done, said) = docker.client(&["start", "-a", name]).unwrap();
        if !done && capabilities == Given::all() && said.contains("unable to apply caps") {
            // Who starts the daemon has less than all: what is read was judged above.
            println!("{name}: not run: {said}");
            continue;
        }
        assert!(done, "{name}: {said}");
        let mut store = Store::default();
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
        let settings = settings.carrying(&loaded.environment);
        let policy = Policy::build(&mut store, &loaded.profile, &settings).unwrap();
        for (call, number) in [("keyctl", 250), ("unshare", 272), ("chmod", 268)] {
            let kernel = KernelVersion::parse("6.1").unwrap();
            let args = if call == "keyctl" { [0, -3_i64 as u64, 0, 0, 0, 0] } else { [0; 6] };
            let action = policy
                .evaluate(&store, Host::Amd64, Abi::X86_64, number, &args, capabilities, kernel)
                .unwrap();
            let blocked = said.lines().any(|line| line == format!("{call} {EPERM}"));
            assert_eq!(blocked, !action.lets_through(), "{name}: {call}: {said}");
        }
    }
}
