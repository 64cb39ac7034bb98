//! What it costs to read a filter exactly: instructions, as callgrind counts them, and the most memory that is
//! held at a time. Both are counts: a machine that is slow or busy counts the same.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff_real::knobs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In millions of instructions, with the checks of the profile of these tests: of Docker's default, and
/// of any filter of a real program. README's figures have some ten millions in a millisecond.
const DEFAULT: f64 = 40.0;
const ANY: f64 = 60.0;
const ANY_BYTES: usize = 16 << 20;

/// The program that reads them, optimised, be the tests so or not.
fn reader() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_read_filters"));
    // Built again it would be with other features of what it depends on, minutes for nothing.
    if built.parent().is_some_and(|folder| folder.ends_with("release")) {
        return built.to_path_buf();
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--bin", "read_filters"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.expect("cargo runs").success());
    target.join("release/read_filters")
}

/// The totals of callgrind's dumps, one for each filter, in their order.
fn counted(reader: &Path, files: &[PathBuf]) -> Option<Vec<f64>> {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=read_one_filter",
            "--dump-after=read_one_filter",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(reader)
        .args(files)
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let total = |at: usize| -> f64 {
        let dump = folder.path().join(format!("out.{at}"));
        let text = std::fs::read_to_string(&dump).expect("a dump for each filter");
        let line = text.lines().find_map(|line| {
            line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: "))
        });
        line.expect("totals").trim().parse().expect("a number")
    };
    Some((1..=files.len()).map(total).collect())
}

#[test]
fn a_filter_is_read_within_its_bounds() {
    let test = "a_filter_is_read_within_its_bounds";
    let Some(shared) = knobs::shared() else {
        return knobs::skip(test, "no folder with filters (SDIFF_SHARED)");
    };
    let folder = std::fs::read_dir(shared.join("filters")).expect("a folder");
    let mut files: Vec<PathBuf> = folder.map(|file| file.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "bpf"));
    files.sort();
    let reader = reader();
    let output = Command::new(&reader).args(&files).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let bytes = text
        .lines()
        .map(|line| line.rsplit('\t').next().expect("bytes").parse().expect("a number"));
    let bytes: Vec<usize> = bytes.collect();
    let Some(counts) = counted(&reader, &files) else {
        return knobs::skip(test, "no valgrind");
    };
    assert_eq!((counts.len(), bytes.len()), (files.len(), files.len()));
    let mut rows: Vec<(f64, usize, String)> = Vec::new();
    for ((path, count), bytes) in files.iter().zip(counts).zip(bytes) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(count > 10_000.0, "{name}: {count}: nothing was counted");
        rows.push((count / 1e6, bytes, name));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let largest = rows.iter().map(|row| row.1).max().expect("filters");
    for (millions, bytes, name) in
        rows.iter().take(5).chain(rows.iter().filter(|row| row.2 == "docker-default"))
    {
        println!("{millions:8.2} M, {:6.2} MiB: {name}", *bytes as f64 / f64::from(1 << 20));
    }
    println!("{} filters, {:.2} MiB at most", rows.len(), largest as f64 / f64::from(1 << 20));
    for (millions, bytes, name) in &rows {
        let bound = if name == "docker-default" { DEFAULT } else { ANY };
        assert!(*millions <= bound, "{name}: {millions:.2} M instructions, more than {bound}");
        assert!(*bytes <= ANY_BYTES, "{name}: {bytes} bytes");
    }
    assert!(rows.len() >= 100 && rows.iter().any(|row| row.2 == "docker-default"));
}
