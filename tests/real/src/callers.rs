//! Real programs under strace, which gives one of their calls an error: whether they go on.
//!
//! A case is a script of the shell that prints what it should where it works. It runs in a root
//! folder of another year (Debian's sid, trixie, bullseye), or on this machine (`/`).

use std::path::PathBuf;
use std::process::Command;

/// A program at work.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The name in the column `measured` of the table.
    pub name: &'static str,
    /// The root folders in which it runs.
    pub roots: &'static [&'static str],
    /// A root folder with a version before `since`: there the call is not made at all.
    pub before: Option<&'static str>,
    /// What must be there: a path in the root.
    pub needs: &'static str,
    /// What the shell runs; `$D` is an empty folder, `$EXE` this test's own program.
    pub script: &'static str,
    /// What it prints where it works.
    pub prints: &'static str,
}

/// What a run did.
#[derive(Debug)]
pub struct Run {
    /// Whether it ended well and printed what it should.
    pub works: bool,
    /// Whether a call was given the error.
    pub injected: bool,
    /// The names of all calls that it made.
    pub calls: Vec<String>,
    /// The standard output, for messages.
    pub stdout: String,
}

const NEW: &[&str] = &["sid", "trixie"];
const SID: &[&str] = &["sid"];
const HERE: &[&str] = &["/"];

const fn case(name: &'static str, needs: &'static str, script: &'static str) -> Case {
    Case { name, roots: NEW, before: None, needs, script, prints: "works" }
}

impl Case {
    const fn on(self, roots: &'static [&'static str]) -> Case {
        Case { roots, ..self }
    }

    const fn not_in(self, root: &'static str) -> Case {
        Case { before: Some(root), ..self }
    }
}

/// Every case.
pub const CASES: &[Case] = &[
    case(
        "thread",
        "/usr/bin/python3",
        "python3 -c 'import threading as t
t = t.Thread(target=lambda: print(\"works\")); t.start(); t.join()'",
    )
    .not_in("bullseye"),
    case(
        "spawn",
        "/usr/bin/python3",
        "python3 -c 'import os
print(\"works\" if os.waitpid(os.posix_spawn(\"/bin/true\", [\"true\"], {}), 0)[1] == 0 else 1)'",
    )
    .not_in("bullseye"),
    case("access", "/bin/bash", "bash -c 'test -r /etc/passwd && echo works'").not_in("bullseye"),
    case(
        "subprocess",
        "/usr/bin/python3",
        "python3 -c 'import subprocess as s
print(\"works\" if s.run([\"true\"]).returncode == 0 else 1)'",
    )
    .not_in("bullseye"),
    case(
        "apt",
        "/usr/bin/apt-get",
        "mkdir -p $D/r $D/state/lists/partial $D/cache/archives/partial; : > $D/r/Packages
echo \"deb [trusted=yes] file:$D/r ./\" > $D/list
apt-get -o Dir::Etc::sourcelist=$D/list -o Dir::Etc::sourceparts=/dev/null -o Dir::State=$D/state \
-o Dir::Cache=$D/cache -o Dir::State::status=/var/lib/dpkg/status -o APT::Sandbox::User=root \
update >/dev/null && echo works",
    )
    .on(SID)
    .not_in("bullseye"),
    case("rseq", "/bin/true", "true && echo works").not_in("bullseye"),
    case("robust", "/bin/true", "true && echo works"),
    case("ls", "/bin/ls", "ls -l /etc/passwd && echo works").on(&["sid", "trixie", "bullseye"]),
    case("stat", "/usr/bin/stat", "stat /etc/passwd && echo works").on(&["trixie", "bullseye"]),
    case("cp", "/bin/cp", "cp /etc/passwd $D/copy && cmp /etc/passwd $D/copy && echo works")
        .not_in("bullseye"),
    case("cat", "/bin/cat", "cat /etc/passwd > $D/copy && cmp /etc/passwd $D/copy && echo works")
        .not_in("bullseye"),
    case("mktemp", "/bin/mktemp", "mktemp -u $D/XXXXXX && echo works"),
    case(
        "python-random",
        "/usr/bin/python3",
        "python3 -c 'import os; os.urandom(8); print(\"works\")'",
    ),
    case("shuffle", "/usr/bin/shuf", "shuf -e a b && echo works").not_in("bullseye"),
    case("chmod", "/bin/chmod", "mkdir $D/d; : > $D/d/f; chmod -R 700 $D/d && echo works").on(SID),
    case("mv", "/bin/mv", "echo a > $D/a; mv -n $D/a $D/b; test -e $D/b && echo works")
        .on(&["sid", "trixie", "bullseye"]),
    case(
        "preadv2",
        "/usr/bin/python3",
        "python3 -c 'import os
os.preadv(os.open(\"/etc/passwd\", 0), [bytearray(4)], 0, 0); print(\"works\")'",
    ),
    case(
        "pwritev2",
        "/usr/bin/python3",
        "python3 -c 'import os, sys
os.pwritev(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), [b\"a\"], 0, 0); print(\"works\")' $D/f",
    ),
    case("ulimit", "/bin/bash", "bash -c 'ulimit -n && echo works'")
        .on(&["sid", "trixie", "bullseye"]),
    case("nproc", "/usr/bin/nproc", "nproc && echo works"),
    case("go-cpus", "/usr/sbin/runc", "runc --version && echo works"),
    case("go-epoll", "/usr/sbin/runc", "runc --version && echo works"),
    case("go-eventfd", "/usr/sbin/runc", "runc --version && echo works").not_in("bullseye"),
    case("go-random", "/usr/bin/podman", "podman --version && echo works").on(SID),
    case("mount", "/bin/mount", "mount -t tmpfs none /mnt && echo works").not_in("bullseye"),
    case("mount-config", "/bin/mount", "mount -t tmpfs none /mnt && echo works").not_in("bullseye"),
    case("mount-fd", "/bin/mount", "mount -t tmpfs none /mnt && echo works").not_in("bullseye"),
    case("mount-move", "/bin/mount", "mount -t tmpfs none /mnt && echo works").not_in("bullseye"),
    case("bind", "/bin/mount", "mount --bind /etc /mnt && echo works").not_in("bullseye"),
    case("remount", "/bin/mount", "mount -o remount,ro,bind /proc && echo works"),
    case("mountpoint", "/bin/mountpoint", "mountpoint /proc && echo works")
        .on(SID)
        .not_in("trixie"),
    case(
        "fexecve",
        "/usr/bin/python3",
        "python3 -c 'import os
os.execve(os.open(\"/bin/echo\", 0), [\"echo\", \"works\"], {})'",
    ),
    case("stat-call", "/bin/cat", "cat /etc/passwd >/dev/null && echo works").not_in("bullseye"),
    case("sleep", "/bin/sleep", "sleep 0.01 && echo works").on(&["sid", "trixie", "bullseye"]),
    case("java", "/usr/bin/java", "java -version 2>&1 && echo works").on(HERE),
    case(
        "node-stat",
        "/usr/bin/node",
        "node -e 'require(\"fs\").statSync(\"/etc/passwd\"); console.log(\"works\")'",
    )
    .on(HERE),
    case(
        "node-copy",
        "/usr/bin/node",
        "node -e 'require(\"fs\").copyFileSync(\"/etc/passwd\", process.argv[1]); \
console.log(\"works\")' $D/copy",
    )
    .on(HERE),
    case("rust-stat", "/bin/sh", "$EXE --exact rust_program --ignored --nocapture").on(HERE),
    case("rust-copy", "/bin/sh", "$EXE --exact rust_program --ignored --nocapture").on(HERE),
    case("rust-random", "/bin/sh", "$EXE --exact rust_program --ignored --nocapture").on(HERE),
];

/// A root folder: `/`, or one of `SDIFF_ROOTS` (`/var/tmp/sdiff-roots` where nobody says so).
///
/// # Errors
/// Why there is none.
pub fn root(name: &str) -> Result<PathBuf, String> {
    if name == "/" {
        return Ok(PathBuf::from("/"));
    }
    let roots =
        std::env::var_os("SDIFF_ROOTS").map_or("/var/tmp/sdiff-roots".into(), PathBuf::from);
    let root = roots.join(name);
    match root.join("usr/bin/strace").exists() {
        true => Ok(root),
        false => Err(format!("{} is no root folder with strace (SDIFF_ROOTS)", root.display())),
    }
}

/// Mounts what programs want to see, in a namespace that ends with the shell, and traces the script
/// from within the root: its own strace knows its calls. The trace is the standard error.
const SHELL: &str = r#"
if [ "$R" != / ]; then
  mount -t proc proc "$R/proc" && mount -t tmpfs tmp "$R/tmp" || exit 99
fi
exec chroot "$R" strace -f -qq $INJECT sh -c 'exec 2>/dev/null; eval "$SCRIPT"'
"#;

impl Case {
    /// Runs it in a root, and gives one call an error, if any.
    ///
    /// # Errors
    /// What is missing here.
    pub fn run(&self, root_name: &str, inject: Option<(&str, &str)>) -> Result<Run, String> {
        let root = root(root_name)?;
        let program = root.join(self.needs.trim_start_matches('/'));
        if !program.exists() {
            return Err(format!("{} is missing", program.display()));
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let scratch = if root_name == "/" { folder.path() } else { "/tmp".as_ref() };
        let option = inject.map(|(call, error)| format!("-e inject={call}:error={error}"));
        let exe = std::env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new("timeout")
            .args(["-k", "5", "120", "unshare", "--mount", "--propagation", "private"])
            .args(["sh", "-c", SHELL])
            .env("R", &root)
            .env("D", scratch)
            .env("EXE", exe)
            .env("SDIFF_RUST_PROGRAM", self.name)
            .env("INJECT", option.unwrap_or_default())
            .env("SCRIPT", self.script)
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .map_err(|error| error.to_string())?;
        let trace = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(99) || !trace.contains("execve(") {
            return Err(format!("strace does not run: {}", trace.trim()));
        }
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let prints = stdout.lines().any(|line| line.trim() == self.prints);
        Ok(Run {
            works: output.status.success() && prints,
            injected: trace.contains("(INJECTED)"),
            calls: trace.lines().filter_map(call_name).collect(),
            stdout,
        })
    }
}

/// `clone3` of `[pid 12] clone3({flags=...`.
fn call_name(line: &str) -> Option<String> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', ']']).next()?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !name.is_empty()).then(|| name.to_owned())
}
