//! The runtimes that can be had.

use super::start::Case;
use crate::container::hide_cgroups;
use crate::oci::Oci;
use crate::roots::{INSIDE, Root};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

/// The runtimes: name, version, and the suite whose root folder has it.
pub const MACHINES: [(&str, &str, &str); 8] = [
    ("runc", "1.0.0-rc93", "bullseye"),
    ("runc", "1.1.5", "bookworm"),
    ("runc", "1.1.15", "trixie"),
    ("runc", "1.3.6", "sid"),
    ("crun", "0.17", "bullseye"),
    ("crun", "1.8.1", "bookworm"),
    ("crun", "1.21", "trixie"),
    ("crun", "1.28", "sid"),
];

/// A runtime and a bundle for it.
pub struct Machine {
    /// `runc` or `crun`.
    pub runtime: &'static str,
    /// Its version, as it says itself.
    pub version: String,
    root: Option<Root>,
    /// Here.
    pub(super) dir: PathBuf,
    /// As the runtime sees it.
    inside: String,
}

/// Digits, dots and `-rcN` of the first line of `--version`.
fn version_of(said: &str) -> Option<String> {
    let word = said.lines().next()?.split_whitespace().last()?;
    let word = word.split('+').next()?.replace("~rc", "-rc");
    Some(word)
}

/// Ends by an instruction that there is none of. That the runtime says so (128 and the number of
/// `SIGILL`) proves that the program was started.
const UD2: [u8; 2] = [0x0f, 0x0b];
/// Goes on for ever.
const LOOP: [u8; 2] = [0xeb, 0xfe];

/// A program that makes no system call: two bytes of code.
fn program(code: [u8; 2]) -> Vec<u8> {
    let (base, size) = (0x40_0000_u64, 122_u64);
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    elf.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    elf.extend((base + 120).to_le_bytes());
    elf.extend(64_u64.to_le_bytes());
    elf.extend([0; 8]);
    elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, base, base, size, size, 0x1000] {
        elf.extend(word.to_le_bytes());
    }
    elf.extend(code);
    elf
}

impl Machine {
    /// The runtime of a suite, with a bundle in an empty folder; or why it cannot be had.
    pub fn open(runtime: &'static str, suite: &str, dir: &Path) -> Result<Machine, String> {
        if !cfg!(target_arch = "x86_64") {
            return Err("measures on x86_64 only".into());
        }
        // SAFETY: no arguments, cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            return Err("needs root".into());
        }
        let (root, inside) = match suite {
            "bookworm" => (None, dir.display().to_string()),
            suite => (Some(Root::open(suite, dir)?), INSIDE.to_owned()),
        };
        let io = |e: io::Error| format!("{}: {e}", dir.display());
        for folder in ["bin", "dev", "proc", "sys"] {
            fs::create_dir_all(dir.join("rootfs").join(folder)).map_err(io)?;
        }
        for (name, code) in [("none", UD2), ("loop", LOOP)] {
            let path = dir.join("rootfs/bin").join(name);
            fs::write(&path, program(code)).map_err(io)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(io)?;
        }
        let mut machine =
            Machine { runtime, version: String::new(), root, dir: dir.to_owned(), inside };
        let output = machine.command().arg("--version").output();
        let output = output.map_err(|e| format!("{runtime}: {e}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        machine.version = version_of(&said).ok_or_else(|| format!("{runtime} says {said:?}"))?;
        Ok(machine)
    }

    /// Copies a static busybox into the bundle, whose `true` can be the program.
    pub fn add_busybox(&self) -> Result<(), String> {
        let paths = ["/bin/busybox", "/usr/bin/busybox"];
        let busybox = paths.into_iter().find(|path| Path::new(path).exists());
        let busybox = busybox.ok_or("busybox is not installed")?;
        let copied = fs::copy(busybox, self.dir.join("rootfs/bin/busybox"));
        copied.map(|_| ()).map_err(|e| format!("{busybox}: {e}"))
    }

    /// The runtime, with what it needs on every machine.
    fn command(&self) -> Command {
        let mut command = match &self.root {
            Some(root) => root.command(self.runtime),
            None => Command::new(self.runtime),
        };
        if self.runtime == "crun" {
            // SAFETY: only system calls between fork and exec.
            unsafe { command.pre_exec(hide_cgroups) };
        }
        command.arg("--root").arg(format!("{}/state", self.inside));
        if self.runtime == "crun" {
            command.arg("--cgroup-manager=disabled");
        }
        command
    }

    /// Writes the bundle's `config.json`, as Docker would make it for a container with its default
    /// capabilities.
    pub(super) fn configure(&self, oci: &Oci, case: Case, args: &[&str]) -> io::Result<()> {
        let granted = [
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FSETID",
            "CAP_FOWNER",
            "CAP_MKNOD",
            "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETFCAP",
            "CAP_SETPCAP",
            "CAP_NET_BIND_SERVICE",
            "CAP_SYS_CHROOT",
            "CAP_KILL",
            "CAP_AUDIT_WRITE",
        ];
        let effective: &[&str] = if case.user { &[] } else { &granted };
        let id = if case.user { 1000 } else { 0 };
        let namespaces = ["pid", "mount", "ipc", "uts", "network"];
        let mount = |to: &str, kind: &str, options: &[&str]| json!({ "destination": to, "type": kind, "source": kind, "options": options });
        let config = json!({
            "ociVersion": "1.0.2",
            "process": {
                "terminal": case.tty,
                "user": { "uid": id, "gid": id },
                "args": args,
                "env": ["PATH=/bin"],
                "cwd": "/",
                "noNewPrivileges": case.no_new_privs,
                "capabilities": { "bounding": granted, "effective": effective, "permitted": effective },
            },
            "root": { "path": "rootfs" },
            "mounts": [
                mount("/proc", "proc", &[]),
                mount("/dev", "tmpfs", &["nosuid", "strictatime", "mode=755", "size=65536k"]),
                mount("/dev/pts", "devpts", &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
                mount("/sys", "sysfs", &["nosuid", "noexec", "nodev", "ro"]),
            ],
            "linux": {
                "namespaces": namespaces.map(|kind| json!({ "type": kind })),
                "maskedPaths": ["/proc/kcore", "/proc/keys"],
                "readonlyPaths": ["/proc/bus", "/proc/sys"],
                "seccomp": oci.to_json(),
            },
        });
        fs::write(self.dir.join("config.json"), config.to_string())
    }

    /// `run` and other commands, which take the bundle.
    pub(super) fn on_bundle(&self, verb: &str) -> Command {
        let mut command = self.command();
        command.args([verb, "--bundle", &self.inside]);
        command
    }

    /// `start`.
    pub(super) fn start_command(&self, id: &str) -> Command {
        let mut command = self.command();
        command.args(["start", id]);
        command
    }

    /// Whether its own process waits for `start` under the filter.
    pub(super) fn waits_for_start(&self) -> bool {
        self.runtime == "crun"
    }

    /// A file in the bundle, here and as the runtime sees it.
    pub(super) fn file(&self, name: &str) -> (PathBuf, String) {
        (self.dir.join(name), format!("{}/{name}", self.inside))
    }

    /// A name for a container that no other has.
    pub(super) fn name(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        format!("sdiff-start-{}-{count}", std::process::id())
    }

    /// Ends a container, whatever became of it.
    pub(super) fn delete(&self, id: &str) {
        let mut command = self.command();
        command.args(["delete", "--force", id]).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = command.stdin(Stdio::null()).status();
    }
}
