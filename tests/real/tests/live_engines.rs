//! Containers of the real engines, by name: their own programs are asked for the process, what that holds
//! is the engine's default, and `sdiff ps` says so of the whole machine.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff::load::{self, LoadOptions};
use sdiff::profile::to_json;
use sdiff_real::{knobs, roots, shipped};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// An image with busybox, bubblewrap with its libraries, and a filter of four instructions for it.
const IMAGE: &str = r#"
mkdir -p /tmp/r/bin; cp /bin/busybox /usr/bin/bwrap /tmp/r/bin/
for n in sleep sh; do ln -s busybox /tmp/r/bin/$n; done
ldd /usr/bin/bwrap | grep -o '/[^ ]*' | while read l; do mkdir -p /tmp/r/$(dirname $l); cp -L $l /tmp/r/$l; done
printf '\x20\0\0\0\0\0\0\0\x15\0\0\x01\xe8\x03\0\0\x06\0\0\0\x01\0\x05\0\x06\0\0\0\0\0\xff\x7f' >/tmp/r/f.bpf
mkdir -p /tmp/r/dev /tmp/r/proc /tmp/r/tmp
tar -C /tmp/r -c . > /tmp/i.tar
"#;

/// Each starts containers, prints its own process, in whose mounts the engine is, and waits for its input
/// to end.
const DOCKER: &str = r#"
mkdir -p /tmp/d
dockerd --data-root /tmp/d/data --exec-root /tmp/d/exec -H unix:///tmp/d/s --iptables=false \
    --bridge=none --pidfile /tmp/d/pid --storage-driver vfs >/tmp/d/log 2>&1 &
D="docker -H unix:///tmp/d/s"
for i in $(seq 120); do $D version >/dev/null 2>&1 && break; sleep 0.5; done
$D import - bb:1 < /tmp/i.tar >/dev/null
R="$D run -d --network none"
$R --name web bb:1 /bin/sleep 600 >/dev/null
$R --name bare --security-opt seccomp=unconfined bb:1 /bin/sleep 600 >/dev/null
printf %s "$WRAPPED" >/tmp/wrapped.json
[ -z "$WRAPPED" ] || $R --name wrapped --cap-add SYS_ADMIN --security-opt apparmor=unconfined \
    --security-opt seccomp=/tmp/wrapped.json bb:1 /bin/sh -c \
    'exec /bin/bwrap --bind / / --seccomp 3 /bin/sleep 600 3</f.bpf' >/dev/null
sleep 1
echo $$
cat >/dev/null
$D kill web bare wrapped >/dev/null 2>&1
kill $(cat /tmp/d/pid)
wait
"#;
const PODMAN: &str = r#"
P="podman --storage-driver vfs --cgroup-manager cgroupfs --root /tmp/ps --runroot /tmp/pr"
$P import -q /tmp/i.tar bb:1 >/dev/null
R="$P run -d --cgroups=disabled --pids-limit 0 --network none"
$R --name web bb:1 /bin/sleep 600 >/dev/null
$R --name bare --security-opt seccomp=unconfined bb:1 /bin/sleep 600 >/dev/null
sleep 1
echo $$
cat >/dev/null
$P rm -f -t 0 web bare >/dev/null 2>&1
"#;
const CONTAINERD: &str = r#"
mkdir -p /tmp/c
printf 'version = 2\nroot = "/tmp/c/root"\nstate = "/tmp/c/state"\n[grpc]\naddress = "/tmp/c/s"\n' >/tmp/c/config
containerd --config /tmp/c/config >/tmp/c/log 2>&1 &
C="ctr -a /tmp/c/s"
for i in $(seq 120); do $C version >/dev/null 2>&1 && break; sleep 0.5; done
$C run -d --seccomp --rootfs /tmp/r web /bin/sleep 600 >/dev/null
mkdir -p /tmp/r2; cp -a /tmp/r/. /tmp/r2/
$C run -d --rootfs /tmp/r2 bare /bin/sleep 600 >/dev/null
sleep 1
echo $$
cat >/dev/null
$C task kill -s KILL web >/dev/null 2>&1
$C task kill -s KILL bare >/dev/null 2>&1
kill %1
"#;

struct Real {
    suite: &'static str,
    script: &'static str,
    /// For a hierarchy of cgroups of its own.
    cgroup2: bool,
    /// The program that is asked, with its arguments for this engine.
    tool: &'static str,
    arguments: &'static str,
    /// What `sdiff ps` calls who runs it.
    manager: &'static str,
    /// The default that it starts containers with, and the machine that makes the filter.
    default: &'static str,
    machine: [&'static str; 2],
    /// Of the same engine, and something else.
    other: &'static str,
    /// Whether there is one with bubblewrap in it.
    wrapped: bool,
}

const DOCKER_CLIENT: &str = "-H unix:///tmp/d/s";
const PODMAN_ROOTS: &str =
    "--storage-driver vfs --cgroup-manager cgroupfs --root /tmp/ps --runroot /tmp/pr";

/// Versions and defaults are those of `defaults.rs`, which found them.
const REAL: [Real; 4] = [
    Real {
        suite: "sid",
        script: DOCKER,
        cgroup2: false,
        tool: "docker",
        arguments: DOCKER_CLIENT,
        manager: "docker",
        default: "docker@28.5",
        machine: ["runc@1.3", "2.6.1"],
        other: "docker@20.10.0",
        wrapped: true,
    },
    Real {
        suite: "bullseye",
        script: DOCKER,
        cgroup2: false,
        tool: "docker",
        arguments: DOCKER_CLIENT,
        manager: "docker",
        default: "docker@20.10.10",
        machine: ["runc@1.0.0-rc95", "2.5.2"],
        other: "docker@28.5",
        wrapped: false,
    },
    Real {
        suite: "sid",
        script: PODMAN,
        cgroup2: true,
        tool: "podman",
        arguments: PODMAN_ROOTS,
        manager: "podman",
        default: "podman@5.8",
        machine: ["crun@1.28", "2.6.1"],
        other: "podman@4.0",
        wrapped: false,
    },
    Real {
        suite: "sid",
        script: CONTAINERD,
        cgroup2: false,
        tool: "ctr",
        arguments: "-a /tmp/c/s",
        manager: "containerd",
        default: "containerd@2.1",
        machine: ["runc@1.3", "2.6.1"],
        other: "containerd@1.4",
        wrapped: false,
    },
];

/// An engine with containers, which end when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Docker's default with `pivot_root`, which it lets nobody call and bubblewrap needs.
fn with_pivot_root(default: &str) -> String {
    let loaded = load::load(default, &LoadOptions::default()).expect("built in");
    let mut profile: Value = serde_json::from_str(&to_json(&loaded.profile)).expect("JSON");
    let rule = json!({ "names": ["pivot_root"], "action": "SCMP_ACT_ALLOW" });
    profile["syscalls"].as_array_mut().expect("rules").push(rule);
    profile.to_string()
}

/// Starts it; the process in whose mounts it is.
fn start(real: &Real, shared: &Path) -> Result<(Running, String), String> {
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "300", "bash"]).arg(shared.join("tools/today")).arg("run");
    if real.cgroup2 {
        command.arg("--cgroup2");
    }
    command.arg(roots::folder().join(real.suite)).args(["bash", "-c"]);
    command.arg(format!("{IMAGE}\n{}", real.script));
    let wrapped = if real.wrapped { with_pivot_root(real.default) } else { String::new() };
    command.env("WRAPPED", wrapped);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(piped.spawn().map_err(|error| error.to_string())?);
    let mut said = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut said).map_err(|error| error.to_string())?;
    if said.trim().parse::<u32>().is_err() {
        drop(running.0.stdin.take());
        let mut error = String::new();
        running.0.stderr.take().expect("piped").read_to_string(&mut error).ok();
        return Err(format!("no engine: {said}{error}"));
    }
    Ok((running, said.trim().to_owned()))
}

/// What is wrong, if anything.
fn judge(real: &Real, shared: &Path, sdiff: &Path) -> Result<(), String> {
    let (_running, inside) = start(real, shared)?;
    // The engine's own program, in the engine's root.
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let tool = folder.path().join(real.tool);
    let nsenter = "export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root; exec nsenter";
    let text =
        format!("#!/bin/sh\n{nsenter} -t {inside} -m {} {} \"$@\"\n", real.tool, real.arguments);
    std::fs::write(&tool, text).map_err(|error| error.to_string())?;
    let mode = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&tool, mode).map_err(|error| error.to_string())?;
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(sdiff);
        command.args(arguments).env("PATH", folder.path()).env("CONTAINERD_ADDRESS", folder.path());
        command.output().expect("sdiff runs")
    };
    let expect = |arguments: &[&str], status: i32, out: &str, err: &str| {
        let output = run(arguments);
        let (said, noted) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let is_right =
            output.status.code() == Some(status) && said.contains(out) && noted.contains(err);
        match is_right {
            true => Ok(()),
            false => Err(format!("{arguments:?}: {:?}\n{said}{noted}", output.status)),
        }
    };
    let [runtime, library] = real.machine;
    let machine = ["--runtime", runtime, "--libseccomp", library];
    let verify = |profile: &str, container: &str, status: i32, out: &str, err: &str| {
        expect(&[&["verify", profile, container][..], &machine].concat(), status, out, err)
    };
    let note = format!("note: container:web: {}", real.tool);
    verify(real.default, "container:web", 0, "yes: ", &note)?;
    verify(real.other, "container:web", 1, "no: ", &note)?;
    verify(real.default, &format!("container:{}/web", real.tool), 0, "yes: ", "")?;
    verify("unconfined", "container:bare", 0, "yes: ", "has no filter")?;
    // What the engine believes stands beside what there is.
    let held = match real.tool {
        // It keeps no profile but what it made of one.
        "ctr" => {
            "ctr gave `web` a profile of its own, and its process holds just that, as ".to_owned()
        }
        tool => {
            let product = real.default.split('@').next().expect("a product");
            format!("{tool} gave `web` its default, and its process holds that of {product}@")
        }
    };
    verify(real.default, "container:web", 0, "", &held)?;
    verify("unconfined", "container:bare", 0, "", ", and its process has no filter")?;
    if real.wrapped {
        let held = "gave `wrapped` a profile of its own, and its process holds just that, as ";
        verify(real.default, "container:wrapped", 1, "no: ", held)?;
    }
    expect(&["disasm", "container:nobody"], 2, "", &format!("{}: ", real.tool))?;

    let own = folder.path().join("wrapped.json");
    std::fs::write(&own, with_pivot_root(real.default)).map_err(|error| error.to_string())?;
    let own = own.display().to_string();
    let profiles: &[&str] = if real.wrapped { &[&own] } else { &[] };
    let output = run(&[&["ps", "--format", "json"][..], profiles].concat());
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let containers = report["containers"].as_array().expect("containers");
    let place = |name: &str| {
        let is_it =
            |of: &Value| of["manager"] == real.manager && (of["name"] == name || of["id"] == name);
        containers.iter().position(is_it).ok_or_else(|| format!("no {name} in {report:#}"))
    };
    let group = |name: &str, filters: usize| -> Result<&Value, String> {
        let place = place(name)?;
        let groups = report["groups"].as_array().expect("groups");
        let holds = |group: &&Value| {
            let processes = group["processes"].as_array().expect("processes");
            group["filters"].as_array().map(Vec::len) == Some(filters)
                && processes.iter().any(|process| process["container"] == place)
        };
        groups.iter().find(holds).ok_or_else(|| format!("{name} is not so: {report:#}"))
    };
    let web = group("web", 1)?;
    let is_equal = web["nearest"]["equal"] == true;
    let profile = web["nearest"]["profile"].as_str().unwrap_or_default();
    if !is_equal || !profile.starts_with(real.default.split('@').next().expect("a product")) {
        return Err(format!("web is said to be {web:#}"));
    }
    let same = run(&["--within", "--exit-code", profile, real.default]);
    if same.status.code() != Some(0) {
        return Err(format!("{profile} for {}", real.default));
    }
    let unconfined = report["unconfined"].as_array().map_or(0, Vec::len);
    group("bare", 0)?;
    if unconfined == 0 {
        return Err(format!("nobody is unconfined: {report:#}"));
    }
    if real.tool != "ctr" {
        let image = &containers[place("web")?]["image"];
        if !image.as_str().is_some_and(|image| image.contains("bb:1")) {
            return Err(format!("the image is {image}"));
        }
    }
    if real.wrapped {
        let wrapped = group("wrapped", 2)?;
        let nearest = &wrapped["nearest"];
        let is_own =
            nearest["filter"] == 0 && nearest["equal"] == true && nearest["profile"] == own;
        if !is_own {
            return Err(format!("bubblewrap in it: {wrapped:#}"));
        }
    }
    expect(&["ps", "--fail-on", "unconfined"], 1, "! in a container without a filter", "")?;
    expect(&["ps"], 0, "web (", "")
}

#[test]
fn containers_of_real_engines_are_found_by_name_and_hold_their_defaults() {
    let test = "containers_of_real_engines_are_found_by_name_and_hold_their_defaults";
    if let Some(missing) = roots::missing() {
        return knobs::skip(test, &missing);
    }
    let Some(shared) = knobs::shared() else {
        return knobs::skip(test, "no folder with tools/today (SDIFF_SHARED)");
    };
    // SAFETY: it asks for a number.
    if unsafe { libc::geteuid() } != 0 {
        return knobs::skip(test, "it wants root");
    }
    let sdiff = shipped::sdiff();
    let mut wrong = Vec::new();
    for real in &REAL {
        match judge(real, &shared, &sdiff) {
            Ok(()) => println!("{} of {}: {}", real.tool, real.suite, real.default),
            Err(why) => wrong.push(format!("{} of {}: {why}", real.tool, real.suite)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
