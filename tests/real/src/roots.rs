//! Root folders of other years' Debian, with their runtimes and libraries, as
//! `../shared/tools/today` makes them: a folder a suite (`bullseye`, `trixie`, `sid`) in `SDIFF_ROOTS`
//! or `/var/tmp/sdiff-roots`. A process enters one by its mount namespace, so nothing outside is
//! changed.

use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Where [`Root::open`] shows the folder that it was given.
pub const INSIDE: &str = "/tmp/sdiff";

/// A root folder that commands can run in.
pub struct Root {
    /// Ends with its standard input, which is with it.
    holder: Child,
    namespace: OwnedFd,
    _ready: ChildStdout,
}

/// The suites, the oldest first.
pub const SUITES: [&str; 3] = ["bullseye", "trixie", "sid"];

/// The folder of root folders.
pub fn folder() -> PathBuf {
    std::env::var_os("SDIFF_ROOTS")
        .map_or_else(|| PathBuf::from("/var/tmp/sdiff-roots"), PathBuf::from)
}

/// The suites whose root folders are here.
pub fn suites() -> Vec<&'static str> {
    let is_here = |suite: &&str| folder().join(suite).join("usr/bin/crun").exists();
    SUITES.into_iter().filter(is_here).collect()
}

/// Which root folders are missing, if any.
pub fn missing() -> Option<String> {
    let here = suites();
    let missing: Vec<&str> = SUITES.into_iter().filter(|suite| !here.contains(suite)).collect();
    let folder = folder();
    (!missing.is_empty()).then(|| {
        format!("{} has no root folder {} (SDIFF_ROOTS)", folder.display(), missing.join(", "))
    })
}

/// Mounts what a runtime looks for, changes to the root, says so, and waits for its input to end.
/// A `chroot` would not do: it forbids user namespaces.
const HOLD: &str = r#"
set -e
R=$1
mount --bind "$R" "$R"
mount -t proc proc "$R/proc"
mount -t sysfs sys "$R/sys"
mount --rbind /sys/fs/cgroup "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$R/dev"
for n in null zero full random urandom tty; do touch "$R/dev/$n"; mount --bind "/dev/$n" "$R/dev/$n"; done
mkdir -p "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -sf pts/ptmx "$R/dev/ptmx"
ln -sfn /proc/self/fd "$R/dev/fd"
mount -t tmpfs shm "$R/dev/shm"
mount -t tmpfs run "$R/run"
mount -t tmpfs tmp "$R/tmp"
mkdir "$R/tmp/sdiff" "$R/tmp/old"
mount --bind "$2" "$R/tmp/sdiff"
cd "$R"
pivot_root . tmp/old
umount -l /tmp/old
echo ready
exec cat
"#;

impl Root {
    /// Enters the root folder of a suite, in which `shared` is seen as [`INSIDE`]; or why that
    /// cannot be.
    pub fn open(suite: &str, shared: &Path) -> Result<Root, String> {
        // SAFETY: no arguments, cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            return Err("needs root".into());
        }
        let path = folder().join(suite);
        if !path.join("usr").is_dir() {
            return Err(format!("{} is no root folder (SDIFF_ROOTS)", path.display()));
        }
        let path = path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?;
        let mut holder = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "bash", "-c", HOLD, "_"])
            .args([&path, shared])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("unshare: {e}"))?;
        let mut ready = holder.stdout.take().ok_or("no output")?;
        let mut said = [0; 6];
        if let Err(error) = ready.read_exact(&mut said) {
            let _ = holder.wait();
            return Err(format!("{}: cannot be entered: {error}", path.display()));
        }
        let namespace = format!("/proc/{}/ns/mnt", holder.id());
        let namespace = std::fs::File::open(namespace).map_err(|e| e.to_string())?.into();
        Ok(Root { holder, namespace, _ready: ready })
    }

    /// A command that runs in the root.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let namespace = self.namespace.as_raw_fd();
        let enter = move || {
            // SAFETY: a system call that reads an open descriptor.
            match unsafe { libc::setns(namespace, libc::CLONE_NEWNS) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        };
        // SAFETY: only a system call between fork and exec.
        unsafe { command.pre_exec(enter) };
        command
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
