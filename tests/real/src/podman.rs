//! The Podman of a root folder.

use crate::roots::Root;
use std::path::Path;

/// It, with storage of its own that ends with this.
pub struct Podman {
    root: Root,
}

impl Podman {
    /// Enters a root folder, where `shared` is seen as [`crate::roots::INSIDE`]; or says why that cannot be.
    ///
    /// # Errors
    /// What is missing.
    pub fn open(suite: &str, shared: &Path) -> Result<Podman, String> {
        let root = Root::open(suite, shared)?;
        // crun refuses a machine's mix of both kinds of cgroups.
        let mut mount = root.command("mount");
        mount.args(["-t", "cgroup2", "none", "/sys/fs/cgroup"]);
        let mounted = mount.status().map_err(|error| format!("mount: {error}"))?;
        if !mounted.success() {
            return Err("cgroup2 cannot be mounted".into());
        }
        let podman = Podman { root };
        match podman.status(&["version"])? {
            (Some(0), _) => Ok(podman),
            (_, said) => Err(format!("podman version: {said}")),
        }
    }

    /// The exit status of a command, and what it prints.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn status(&self, args: &[&str]) -> Result<(Option<i32>, String), String> {
        let mut command = self.root.command("timeout");
        command.args(["-k", "5", "300", "podman", "--storage-driver", "vfs"]);
        command.args(["--cgroup-manager", "cgroupfs", "--root", "/tmp/ps", "--runroot", "/tmp/pr"]);
        let output = command.args(args).output().map_err(|error| format!("podman: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.code(), text + &String::from_utf8_lossy(&output.stderr)))
    }
}
