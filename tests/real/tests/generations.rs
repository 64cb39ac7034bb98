//! The restatement and the main crate against runc and crun of other years, each with its own
//! libseccomp: what a container has loaded is read back. Needs root, busybox and the root folders of
//! `roots`.

use sdiff_real::arch::Host;
use sdiff_real::edges::{edges, generations};
use sdiff_real::knobs;
use sdiff_real::oci::Oci;
use sdiff_real::published::{files, whole};
use sdiff_real::readback::{compare_all, generated};
use sdiff_real::resolve::{Engine, Place, resolve};

/// Profiles that were given to real containers, and shapes that real ones have, as objects for
/// amd64.
fn published() -> Vec<(String, Oci)> {
    let Some(shared) = knobs::shared() else {
        knobs::skip("published", "no folder with profiles (SDIFF_SHARED)");
        return Vec::new();
    };
    let mut paths = Vec::new();
    files(&shared.join("filters"), &mut paths);
    files(&shared.join("corpus/shapes"), &mut paths);
    let caps = ["CAP_CHOWN".to_owned(), "CAP_SYS_CHROOT".to_owned()];
    let read = |path: &std::path::PathBuf| {
        let profile = whole(path)?;
        let resolved = path.to_string_lossy().ends_with(".oci.json");
        let engine = if resolved { Engine::Containerd } else { Engine::Docker };
        let host = Host::named("amd64")?;
        let oci = resolve(&profile, &Place { engine, host, caps: &caps, kernel: (6, 1) });
        Some((path.display().to_string(), oci.ok()??))
    };
    let cases: Vec<(String, Oci)> = paths.iter().filter_map(read).collect();
    assert!(cases.len() > 30, "{}", cases.len());
    assert!(cases.iter().any(|(name, _)| name.ends_with("noarch.json")));
    cases
}

fn all(test: &str, program: &'static str, suite: &'static str, published: &[(String, Oci)]) {
    let mut cases = edges();
    cases.extend(generations());
    cases.extend(published.iter().cloned());
    cases.extend(generated(knobs::number("SDIFF_CONTAINER_CASES", 200) / 2));
    compare_all(test, program, Some(suite), &cases);
}

#[test]
fn runc_of_bullseye() {
    all("runc_of_bullseye", "runc", "bullseye", &published());
}

#[test]
fn runc_of_trixie() {
    all("runc_of_trixie", "runc", "trixie", &published());
}

#[test]
fn runc_of_sid() {
    all("runc_of_sid", "runc", "sid", &published());
}

#[test]
fn crun_of_bullseye() {
    all("crun_of_bullseye", "crun", "bullseye", &published());
}

#[test]
fn crun_of_trixie() {
    all("crun_of_trixie", "crun", "trixie", &published());
}

#[test]
fn crun_of_sid() {
    all("crun_of_sid", "crun", "sid", &published());
}
