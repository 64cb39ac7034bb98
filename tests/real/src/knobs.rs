//! What the environment asks of a run.

use std::path::PathBuf;

/// Whether a missing real part is a failure: `SDIFF_REQUIRE_REAL=1`.
pub fn require_real() -> bool {
    std::env::var("SDIFF_REQUIRE_REAL").is_ok_and(|v| v == "1")
}

/// Says that a test did not run and why; fails where real parts are required.
///
/// # Panics
/// When `SDIFF_REQUIRE_REAL=1`.
pub fn skip(test: &str, reason: &str) {
    assert!(!require_real(), "{test}: cannot run: {reason}");
    tell(&format!("SKIPPED {test}: {reason}"));
}

/// Says something to the terminal even where the harness captures a test's output.
pub fn tell(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// A number from the environment.
pub fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => otherwise,
    }
}

/// How many threads to use: `SDIFF_ORACLE_THREADS`, or every core.
pub fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    number("SDIFF_ORACLE_THREADS", cores as u64).max(1) as usize
}

/// The root folder with systemd's tests and libraries: `SDIFF_SYSTEMD`, or this machine's.
pub fn systemd() -> PathBuf {
    std::env::var_os("SDIFF_SYSTEMD").map_or("/".into(), PathBuf::from)
}

/// The folder with `upstream/` and `corpus/`: `SDIFF_SHARED`, or `../shared` beside the repository.
pub fn shared() -> Option<PathBuf> {
    let path = match std::env::var_os("SDIFF_SHARED") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
    };
    path.join("upstream").is_dir().then_some(path)
}
