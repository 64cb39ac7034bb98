//! `sdiff lsp` in a real editor: Neovim without a window, by its own client.

use sdiff_real::{knobs, shipped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

const TEXT: &str = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n\
    {\"comment\": \"\u{1f600}\u{e4}\", \"names\": [\"read\", \"chwon\", \"socket\"], \"action\": \"SCMP_ACT_ALLOW\"}]}\n";

#[test]
fn neovim_shows_findings_explanations_and_mends() {
    if Command::new("nvim").arg("--version").output().is_err() {
        return knobs::skip("lsp", "no Neovim (apt-get install neovim)");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("mine.json"), TEXT).expect("writes");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lsp.lua");
    let output = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c"])
        .arg(format!("luafile {script}"))
        .env("SDIFF_LSP", shipped::sdiff())
        .env("SDIFF_FILE", at("mine.json"))
        .env("SDIFF_OUT", at("out"))
        .env("XDG_STATE_HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let facts: BTreeMap<String, Value> = std::fs::read_to_string(at("out"))
        .expect("an answer")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let fact =
        |name: &str| facts.get(name).unwrap_or_else(|| panic!("no {name}: {facts:?} {said}"));
    assert!(!facts.contains_key("missed"), "{facts:?}");

    let found = fact("diagnostics").as_array().expect("a list");
    let typo = found.iter().find(|told| told["code"] == "unknown-syscall").expect("the name");
    // Columns of UTF-16 became bytes again, behind what is two units and four bytes wide.
    assert_eq!((&typo["text"], &typo["lnum"]), (&"\"chwon\"".into(), &1.into()), "{found:?}");
    assert_eq!(typo["severity"], 2);

    let explained = Command::new(shipped::sdiff())
        .args(["explain", "mine.json", "socket", "--width", "1000"])
        .current_dir(folder.path())
        .output()
        .expect("runs");
    let explained = String::from_utf8(explained.stdout).expect("UTF-8");
    assert_eq!(*fact("hover"), format!("```text\n{explained}```\n"));

    let mended: Vec<&str> = TEXT.trim_end().split('\n').collect();
    let mended: Vec<String> = mended.iter().map(|line| line.replace("chwon", "chown")).collect();
    assert_eq!(*fact("mended"), serde_json::json!(mended));
    let after = fact("after").as_array().expect("a list");
    assert!(after.iter().all(|told| told["code"] != "unknown-syscall"), "{after:?}");
    // An empty table of Lua is an object to its JSON.
    assert!(matches!(fact("other").to_string().as_str(), "[]" | "{}"), "{facts:?}");
    assert_eq!(*fact("status"), 0, "{facts:?}");
}
