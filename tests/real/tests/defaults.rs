//! The defaults that are built in against those of the real engines: each starts a container with
//! its own default, and the filter that the process then holds is the built-in profile of that
//! release, for every call, number and argument.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff::decision::Set;
use sdiff::filter;
use sdiff::load::{self, LoadOptions};
use sdiff::profile::KernelVersion;
use sdiff::semantics::{Engine, Given, Runtime, Settings};
use sdiff::syscall::{Host, Library};
use sdiff::verify::verify;
use sdiff_real::held::oldest_filter;
use sdiff_real::{knobs, roots};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A container of busybox that sleeps; prints its process and goes on until its input ends.
const IMAGE: &str = "mkdir -p /tmp/r/bin; cp /bin/busybox /tmp/r/bin/; ln -s busybox /tmp/r/bin/sleep; \
     cd /tmp; tar -C /tmp/r -c . > /tmp/i.tar";
const DOCKER: &str = r#"
mkdir -p /tmp/d
dockerd --data-root /tmp/d/data --exec-root /tmp/d/exec -H unix:///tmp/d/s --iptables=false \
    --bridge=none --pidfile /tmp/d/pid --storage-driver vfs >/tmp/d/log 2>&1 &
D="docker -H unix:///tmp/d/s"
for i in $(seq 120); do $D version >/dev/null 2>&1 && break; sleep 0.5; done
$D import - bb:1 < /tmp/i.tar >/dev/null
id=$($D run -d --network none bb:1 /bin/sleep 600)
echo "$($D inspect --format '{{.State.Pid}}' $id) $($D version --format '{{.Server.Version}}')"
cat >/dev/null
$D kill $id >/dev/null 2>&1
kill $(cat /tmp/d/pid)
"#;
const PODMAN: &str = r#"
P="podman --storage-driver vfs --cgroup-manager cgroupfs --root /tmp/ps --runroot /tmp/pr"
$P import -q /tmp/i.tar bb:1 >/dev/null
id=$($P run -d --cgroups=disabled --pids-limit 0 --network none bb:1 /bin/sleep 600)
echo "$($P inspect --format '{{.State.Pid}}' $id) $(podman version --format '{{.Client.Version}}')"
cat >/dev/null
$P rm -f -t 0 $id >/dev/null 2>&1
"#;
const CONTAINERD: &str = r#"
mkdir -p /tmp/c
printf 'version = 2\nroot = "/tmp/c/root"\nstate = "/tmp/c/state"\n[grpc]\naddress = "/tmp/c/s"\n' >/tmp/c/config
containerd --config /tmp/c/config >/tmp/c/log 2>&1 &
C="ctr -a /tmp/c/s"
for i in $(seq 120); do $C version >/dev/null 2>&1 && break; sleep 0.5; done
$C run -d --seccomp --rootfs /tmp/r web /bin/sleep 600 >/dev/null
echo "$($C task ls | awk '$1 == "web" {print $2}') $(containerd --version | cut -d' ' -f3)"
cat >/dev/null
$C task kill -s KILL web >/dev/null 2>&1
kill %1
"#;

struct Real {
    suite: &'static str,
    script: &'static str,
    /// For a hierarchy of cgroups of its own.
    cgroup2: bool,
    engine: Engine,
    runtime: &'static str,
    library: &'static str,
    /// What it starts containers with; `None`: `PRODUCT@` its own version's line.
    default: Option<&'static str>,
    product: &'static str,
}

/// Debian patches: its 20.10.5 starts containers with the default of 20.10.10, and its libseccomp
/// 2.5.1 knows names of 2.5.2. Both were found by this test, with which the older ones do not fit.
const REAL: [Real; 6] = [
    Real {
        suite: "bullseye",
        script: DOCKER,
        cgroup2: false,
        engine: Engine::Docker,
        runtime: "runc@1.0.0-rc95",
        library: "2.5.2",
        default: Some("docker@20.10.10"),
        product: "docker",
    },
    Real {
        suite: "trixie",
        script: DOCKER,
        cgroup2: false,
        engine: Engine::Docker,
        runtime: "runc@1.1.15",
        library: "2.6.0",
        default: None,
        product: "docker",
    },
    Real {
        suite: "sid",
        script: DOCKER,
        cgroup2: false,
        engine: Engine::Docker,
        runtime: "runc@1.3",
        library: "2.6.1",
        default: None,
        product: "docker",
    },
    Real {
        suite: "sid",
        script: CONTAINERD,
        cgroup2: false,
        engine: Engine::Containerd,
        runtime: "runc@1.3",
        library: "2.6.1",
        default: None,
        product: "containerd",
    },
    Real {
        suite: "trixie",
        script: PODMAN,
        cgroup2: true,
        engine: Engine::Podman,
        runtime: "crun@1.21",
        library: "2.6.0",
        default: None,
        product: "podman",
    },
    Real {
        suite: "sid",
        script: PODMAN,
        cgroup2: true,
        engine: Engine::Podman,
        runtime: "crun@1.28",
        library: "2.6.1",
        default: None,
        product: "podman",
    },
];

/// An engine with a container, which ends when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// `28.5` of `28.5.2+dfsg4`.
fn line(version: &str) -> String {
    let numbers = version.trim_start_matches('v').split(['.', '+', '~', '-']);
    numbers.take(2).collect::<Vec<_>>().join(".")
}

/// What the container holds is what the built-in default says; or what is wrong.
fn judge(real: &Real, shared: &Path) -> Result<String, String> {
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "300", "bash"]).arg(shared.join("tools/today")).arg("run");
    if real.cgroup2 {
        command.arg("--cgroup2");
    }
    command.arg(roots::folder().join(real.suite)).args(["bash", "-c"]);
    command.arg(format!("{IMAGE}\n{}", real.script));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(piped.spawn().map_err(|error| error.to_string())?);
    let mut said = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut said).map_err(|error| error.to_string())?;
    let Some((pid, version)) = said.trim().split_once(' ') else {
        drop(running.0.stdin.take());
        let mut error = String::new();
        running.0.stderr.take().expect("piped").read_to_string(&mut error).ok();
        return Err(format!("no container: {said}{error}"));
    };
    let pid = pid.parse().map_err(|_| format!("no process: {said}"))?;
    let bytes = oldest_filter(pid).map_err(|error| format!("no filter: {error}"))?;
    let spec =
        real.default.map_or_else(|| format!("{}@{}", real.product, line(version)), str::to_owned);
    let loaded = load::load(&spec, &LoadOptions::default()).map_err(|error| error.to_string())?;
    let program = filter::read(&bytes).map_err(|error| error.to_string())?;
    let kernel = KernelVersion::parse("6.1");
    let capabilities = Some(match real.engine {
        // Docker's without AUDIT_WRITE, MKNOD and NET_RAW (containers-common's default).
        Engine::Podman => Given::docker_default() & !(1 << 29 | 1 << 27 | 1 << 13),
        _ => Given::docker_default(),
    });
    let settings = Settings {
        hosts: vec![Host::Amd64],
        given: Given { capabilities, kernel },
        ..Settings::new(real.engine)
    };
    let runtime = Runtime::parse(real.runtime).map_err(|error| error.to_string())?;
    let settings = settings.with_runtime(runtime);
    let settings = settings.with_library(Library::from_name(real.library).expect("known"));
    let verified = verify(&loaded.profile, std::slice::from_ref(&program), &settings)
        .map_err(|error| error.to_string())?;
    // An answer that is always yes is none.
    let other = load::load("docker@17.09", &LoadOptions::default()).expect("built in");
    let other = verify(&other.profile, std::slice::from_ref(&program), &settings);
    if other.is_ok_and(|other| !other.equal.is_empty()) {
        return Err("it holds the default of 2017, too".to_owned());
    }
    match verified.equal == Set::ALL {
        true => Ok(format!("{} {version}: {spec}", real.product)),
        false => Err(format!("{} {version} holds something else than {spec}", real.product)),
    }
}

#[test]
fn each_engine_holds_its_built_in_default() {
    let test = "each_engine_holds_its_built_in_default";
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
    let mut wrong = Vec::new();
    for real in &REAL {
        match judge(real, &shared) {
            Ok(what) => println!("{what}"),
            Err(why) => wrong.push(format!("{} of {}: {why}", real.product, real.suite)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
