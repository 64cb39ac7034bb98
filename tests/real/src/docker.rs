//! A Docker daemon of one's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A daemon, stopped when it is dropped.
pub struct Docker {
    /// All that it has.
    pub folder: PathBuf,
    daemon: Child,
}

impl Drop for Docker {
    fn drop(&mut self) {
        // By its id, which is its own until it was waited for; its parts end with it.
        if matches!(self.daemon.try_wait(), Ok(None)) {
            let _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        }
        let _ = self.daemon.wait();
    }
}

impl Docker {
    /// Starts one in a folder, or says why that cannot be. It gives up by itself where its containerd takes more
    /// than 15 seconds, as it may on a busy machine: then it is started again.
    ///
    /// # Errors
    /// What is missing, or went wrong.
    pub fn start(folder: &Path) -> Result<Docker, String> {
        let mut last = Docker::start_once(folder);
        for _ in 0..4 {
            if last.is_ok() {
                break;
            }
            last = Docker::start_once(folder);
        }
        last
    }

    fn start_once(folder: &Path) -> Result<Docker, String> {
        let log = std::fs::File::create(folder.join("log")).map_err(|e| e.to_string())?;
        let at = |name: &str| folder.join(name).display().to_string();
        let daemon = Command::new("/usr/sbin/dockerd")
            .args(["--data-root", &at("data"), "--exec-root", &at("exec")])
            .args(["-H", &format!("unix://{}", at("docker.sock")), "--pidfile", &at("pid")])
            .args(["--iptables=false", "--bridge=none", "--storage-driver", "vfs"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(|e| e.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("dockerd: {error}"))?;
        let mut docker = Docker { folder: folder.to_owned(), daemon };
        for _ in 0..60 {
            if docker.daemon.try_wait().is_ok_and(|status| status.is_some()) {
                return Err("dockerd ended before it was up".to_owned());
            }
            if docker.client(&["info"]).is_ok_and(|output| output.0) {
                return Ok(docker);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Err("dockerd does not come up".to_owned())
    }

    /// Whether a command succeeds, and what it prints.
    ///
    /// # Errors
    /// Where there is no client.
    pub fn client(&self, args: &[&str]) -> Result<(bool, String), String> {
        let (status, text) = self.status(args)?;
        Ok((status == Some(0), text))
    }

    /// The exit status of a command, and what it prints.
    ///
    /// # Errors
    /// Where there is no client.
    pub fn status(&self, args: &[&str]) -> Result<(Option<i32>, String), String> {
        let socket = format!("unix://{}", self.folder.join("docker.sock").display());
        let output = Command::new("timeout")
            .args(["-k", "5", "300", "/usr/bin/docker", "-H", &socket])
            .args(args)
            .output()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.code(), text + &String::from_utf8_lossy(&output.stderr)))
    }

    /// Makes an image of what `tar` packs with these arguments.
    ///
    /// # Errors
    /// What went wrong.
    pub fn import(&self, name: &str, tar: &[&str]) -> Result<(), String> {
        let archive = self.folder.join("image.tar");
        let packed = Command::new("tar").arg("-cf").arg(&archive).args(tar).status();
        packed.map_err(|error| format!("tar: {error}"))?;
        let (done, said) = self.client(&["import", &archive.display().to_string(), name])?;
        if done { Ok(()) } else { Err(said) }
    }
}

/// What a daemon needs and is not here, if anything.
pub fn missing() -> Option<String> {
    for part in ["/usr/sbin/dockerd", "/usr/bin/docker", "/usr/bin/cc"] {
        if !Path::new(part).exists() {
            return Some(format!("no {part}"));
        }
    }
    // Owned by root: a daemon needs it.
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == 0
    });
    (!root).then(|| "not root".to_owned())
}
