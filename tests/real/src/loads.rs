//! Programs that load filters through libseccomp, held at each load: `loads.c`, built here.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that stops at each load.
pub struct Loads {
    child: Child,
    page: File,
    programs: File,
    read: u32,
    _folder: tempfile::TempDir,
}

/// A filter that was loaded just now; its process waits.
#[derive(Clone, Debug)]
pub struct Load {
    /// The process.
    pub process: u32,
    /// How many filters it has now.
    pub filters: usize,
    /// The program as `seccomp_export_bpf` wrote it; nothing where another filter was in the way.
    pub program: Option<Vec<u8>>,
}

impl Loads {
    /// Starts a program.
    ///
    /// # Errors
    /// No compiler, or no such program.
    pub fn start(program: &Path, libraries: Option<&Path>) -> io::Result<Loads> {
        let folder = tempfile::tempdir()?;
        let hook = folder.path().join("loads.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/loads.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-w", "-shared", "-fPIC", "-o"]).arg(&hook).arg(source).arg("-ldl");
        if !compiler.status()?.success() {
            return Err(io::Error::other("cc fails"));
        }
        let mut command = Command::new(program);
        command.env("LD_PRELOAD", &hook).env("SDIFF_LOADS", folder.path());
        if let Some(libraries) = libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let open = |name: &str| -> io::Result<File> {
            let path = folder.path().join(name);
            File::options().read(true).write(true).create(true).truncate(false).open(path)
        };
        let (page, programs) = (open("page")?, open("programs")?);
        page.set_len(4096)?;
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Loads { child, page, programs, read: 0, _folder: folder })
    }

    fn number(&self, at: u64) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.page.read_exact_at(&mut bytes, at * 4)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// The next load, after which the one before goes on; or how the program ended.
    ///
    /// # Errors
    /// A program that does nothing for half a minute.
    pub fn next_load(&mut self) -> io::Result<Result<Load, ExitStatus>> {
        self.page.write_all_at(&self.read.to_le_bytes(), 20)?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if self.number(0)? > self.read {
                self.read += 1;
                let (begin, end) = (self.number(3)?, self.number(4)?);
                let mut program = vec![0; (end - begin) as usize];
                self.programs.read_exact_at(&mut program, begin.into())?;
                let program = Some(program).filter(|program| !program.is_empty());
                let (process, filters) = (self.number(1)?, self.number(2)? as usize);
                return Ok(Ok(Load { process, filters, program }));
            }
            if let Some(status) = self.child.try_wait()? {
                return Ok(Err(status));
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        Err(io::Error::other("it does nothing"))
    }
}

impl Drop for Loads {
    fn drop(&mut self) {
        // One that waits at a load goes on and ends by itself.
        let _ = self.page.write_all_at(&u32::MAX.to_le_bytes(), 20);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
