//! Programs of engines that lie, hang, break off or are told odd names.
//!
//! What stands in for them prints what they print: `ctr` by containerd's
//! `cmd/ctr/commands/containers/containers.go` and `tasks/list.go`, `nerdctl` by its
//! `pkg/inspecttypes/native/container.go`, `crictl` by `outputStatusData` in cri-tools'
//! `cmd/crictl/util.go` with what containerd's `internal/cri/server/container_status.go` and CRI-O's
//! `server/container_status.go` put into it, `docker` by `docker inspect` of 28.5.
#![cfg(target_os = "linux")]

use super::live::{among, is_filtered, own};
use super::*;

/// A filter that a runtime was given: everything but `getpid` fails.
const SPEC: &str = "{\"ociVersion\": \"1.2.0\", \"process\": {\"terminal\": false, \"user\": {\"uid\": 0, \
    \"gid\": 0}, \"args\": [\"/bin/sh\"], \"cwd\": \"/\"}, \"root\": {\"path\": \"rootfs\"}, \"linux\": \
    {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"], \
    \"syscalls\": [{\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ALLOW\"}]}}}";

/// Each program in its own words, for a container `web` with this process.
fn programs(process: &str) -> [(&'static str, String); 4] {
    let common = "\"Labels\": {\"nerdctl/name\": \"web\"}, \"Image\": \"docker.io/library/busybox:1\", \
        \"Runtime\": {\"Name\": \"io.containerd.runc.v2\", \"Options\": null}, \"SnapshotKey\": \"web\", \
        \"Snapshotter\": \"overlayfs\", \"CreatedAt\": \"2026-11-01T00:00:00Z\", \"Extensions\": {}, \
        \"SandboxID\": \"\"";
    let ctr = format!(
        "case \"$*\" in\n*'containers info web') echo '{{\"ID\": \"web\", {common}, \"Spec\": {SPEC}}}';;\n\
         *'tasks ls') printf 'TASK    PID     STATUS    \\nweb     {process}     RUNNING\\n';;\n\
         *) echo 'ctr: container \"x\" in namespace \"default\": not found' >&2; exit 1;;\nesac"
    );
    let nerdctl = format!(
        "[ \"$*\" = 'container inspect --mode native web' ] || {{ echo 'level=fatal msg=\"1 errors\"' >&2; \
         exit 1; }}\necho '[{{\"ID\": \"web\", {common}, \"Spec\": {SPEC}, \"Process\": {{\"Pid\": {process}, \
         \"Status\": {{\"Status\": \"running\", \"ExitStatus\": 0, \"ExitTime\": \"0001-01-01T00:00:00Z\"}}, \
         \"NetNS\": null}}}}]'"
    );
    let crictl = format!(
        "case \"$*\" in\n'ps --quiet --name ^web$') echo 5d0b4f;;\n'inspect --output json 5d0b4f') echo '\
         {{\"info\": {{\"sandboxID\": \"77\", \"pid\": {process}, \"removing\": false, \"runtimeType\": \
         \"io.containerd.runc.v2\", \"runtimeSpec\": {SPEC}}}, \"status\": {{\"id\": \"5d0b4f\", \"image\": \
         {{\"annotations\": {{}}, \"image\": \"sha256:65\", \"userSpecifiedImage\": \"busybox:1\"}}, \"imageRef\": \
         \"x\", \"metadata\": {{\"attempt\": 0, \"name\": \"web\"}}, \"state\": \"CONTAINER_RUNNING\"}}}}';;\n\
         *) exit 1;;\nesac"
    );
    let docker = format!(
        "[ \"$*\" = 'inspect --type container web' ] || {{ echo 'Error: No such container: x' >&2; exit 1; }}\n\
         echo '[{{\"Id\": \"f00\", \"Name\": \"/web\", \"State\": {{\"Status\": \"running\", \"Pid\": {process}}}, \
         \"Config\": {{\"Image\": \"busybox:1\"}}, \"HostConfig\": {{\"Privileged\": false, \"CapAdd\": null, \
         \"CapDrop\": null, \"SecurityOpt\": null}}}}]'"
    );
    [("ctr", ctr), ("nerdctl", nerdctl), ("crictl", crictl), ("docker", docker)]
}

/// Nobody is asked: an option would be one to the engine's program, a pattern to crictl a pattern.
#[test]
fn odd_names_are_handed_to_nobody() {
    for tool in ["", "docker/", "podman/", "ctr/", "crictl/", "nerdctl/"] {
        for name in [
            "-f",
            "--help",
            "--format={{.Id}}",
            "a|b",
            "web*",
            "../web",
            "we%b",
            "$(id)",
            "w;b",
            "",
        ] {
            let spec = format!("container:{tool}{name}");
            let asked = "echo asked >>\"${0%/*}/asked\"";
            let all = ["docker", "podman", "ctr", "crictl", "nerdctl"].map(|name| (name, asked));
            let test = among(&format!("disasm {spec}"), &all);
            let marker = test.folder.path().join("asked");
            let ran = test.run().status(2).stdout("").stderr_has("is no container's name");
            assert!(!marker.exists(), "{spec}: {}", ran.stderr);
        }
    }
}

#[test]
fn broken_answers_are_errors() {
    let process = own();
    for (name, whole) in &programs(&process) {
        let spec = format!("disasm container:{name}/web");
        let cut: String = format!("{{ {whole}\n}} | head -c 40");
        let number = |other: &str| whole.replace(&process, other);
        for (says, why) in [
            (cut, ""),
            ("exit 0".to_owned(), ""),
            ("printf '\\377\\000\\033[2J'".to_owned(), ""),
            ("echo null".to_owned(), ""),
            ("echo '[]'; echo 5d0b4f".to_owned(), ""),
            ("echo oops >&2; exit 3".to_owned(), "oops"),
            ("printf 'a\\033[2Jb\\n' >&2; exit 3".to_owned(), "a\u{fffd}[2Jb"),
            ("exit 3".to_owned(), "it fails without a word"),
            ("kill -9 $$".to_owned(), "it fails without a word"),
            // It never stops talking.
            ("while :; do echo '[[[[[[[[[['; done | /usr/bin/head -c 20000000".to_owned(), ""),
            (number("-1"), ""),
            (number("0"), ""),
            (number("4294967296"), ""),
            (number("4194304"), "no process"),
            (number("\"7\""), ""),
        ] {
            let ran = among(&spec, &[(name, says.as_str())]).run().status(2).stdout("");
            let start = format!("error: container:{name}/web: ");
            let is_said = ran.stderr.starts_with(&start) && ran.stderr.contains(why);
            assert!(is_said && !ran.stderr.contains('\u{1b}'), "{name}, {says}: {}", ran.stderr);
        }
    }
}

/// The others answer all the same, and what hangs is let go.
#[test]
fn a_program_that_hangs_is_waited_for_no_longer_than_it_is_worth() {
    let asleep = "exec /bin/sleep 1000";
    let all = [("docker", asleep), ("crictl", asleep), ("podman", "echo nothing >&2; exit 125")];
    let ran = among("disasm container:web", &all).run().status(2).stdout("");
    let ran = ran.stderr_has("docker: no answer within").stderr_has("crictl: no answer within");
    ran.stderr_has("podman: nothing").stderr_has("nerdctl: not installed");
}

#[test]
fn what_an_engine_believes_stands_beside_what_there_is() {
    if is_filtered() {
        return eprintln!("skipped: the tests have a filter themselves");
    }
    let process = own();
    let all = programs(&process);
    for (name, whole) in &all {
        let ran = among(&format!("--within unconfined container:{name}/web"), &[(name, whole)]);
        let ran = ran.run().status(0).stderr_has(", but its process holds no filter");
        let says = match *name {
            "docker" => "docker gave `web` its default",
            _ => "gave `web` a profile of its own",
        };
        ran.stderr_has(says);
    }
    for (name, whole) in &all[..3] {
        let bare = whole.replace("\"linux\": {\"seccomp\": ", "\"linux\": {\"other\": ");
        assert_ne!(&bare, whole);
        let ran = among(&format!("verify unconfined container:{name}/web"), &[(name, &bare)]).run();
        ran.status(0).stderr_has("gave `web` no profile, and its process has no filter");
    }
    let docker = |old: &str, new: &str| all[3].1.replace(old, new);
    let asked = |says: &str| among("verify unconfined container:web", &[("docker", says)]).run();
    let off = docker("\"SecurityOpt\": null", "\"SecurityOpt\": [\"seccomp=unconfined\"]");
    asked(&off).status(0).stderr_has("`seccomp=unconfined`, and its process has no filter");
    let privileged = docker("\"Privileged\": false", "\"Privileged\": true");
    asked(&privileged).status(0).stderr_has("`Privileged`, and its process has no filter");
    // Its words are not understood: nothing is said of them, and the filters are read.
    let odd = docker("\"SecurityOpt\": null", "\"SecurityOpt\": 7");
    let ran = asked(&odd).status(0).stderr_has("has no filter: everything is let through");
    assert!(!ran.stderr.contains("docker says"), "{}", ran.stderr);
}

#[test]
fn a_process_without_filters_says_so_where_a_call_is_explained() {
    if is_filtered() {
        return eprintln!("skipped: the tests have a filter themselves");
    }
    let ran = sdiff(&format!("explain pid:{} socket(AF_ALG)", own())).run().status(0);
    ran.stdout_has("the process has no filter: nothing decides about its calls");
}
