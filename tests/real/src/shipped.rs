//! The program as it is shipped.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds it, if need be, and says where it is. `SDIFF_PROGRAM` names another one.
///
/// # Panics
/// Where it does not build.
pub fn sdiff() -> PathBuf {
    if let Some(program) = std::env::var_os("SDIFF_PROGRAM") {
        return program.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--bin", "sdiff", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo runs");
    assert!(status.success());
    target.join("release/sdiff")
}
