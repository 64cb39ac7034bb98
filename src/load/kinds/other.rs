//! Files of other programs, and what a profile is mistaken for: told by what they are, and not by
//! where JSON or YAML ends in them. Asked only of a text that is no profile.

use crate::load::error::LoadErrorKind;
use crate::load::known::fields::has_profile_field;
use crate::load::values::json;
use crate::load::values::tree::Fault;
use crate::profile::Span;
use crate::syscall::Syscall;

/// What a text is that could not be read, if it is known, and where it says so.
pub(in crate::load) fn recognise(text: &str) -> Option<Fault> {
    let start = text.len() - text.trim_start().len();
    let first = text.get(start..)?.lines().next()?;
    let span = Span { start: start as u32, end: (start + first.len()) as u32 };
    if let Some((what, why)) = kind(text, first.trim_end()) {
        return Some(Fault { kind: LoadErrorKind::OtherFile { what, why }, span });
    }
    before(text, start)
}

/// What bytes are that are no text, if it is known.
pub(in crate::load) fn of_bytes(bytes: &[u8]) -> Option<LoadErrorKind> {
    let is_marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let (what, why) = match bytes {
        _ if bytes.starts_with(b"\x7fELF") => ("a program (ELF)", "it holds no text"),
        _ if bytes.starts_with(b"\x1f\x8b") => ("compressed (gzip)", "unpack it first"),
        _ if bytes.starts_with(b"PK\x03\x04") => ("an archive (zip)", "unpack it first"),
        _ if !is_marked && bytes.contains(&0) && bytes.len().is_multiple_of(8) => (
            "no text",
            "if it is a filter as the kernel holds it (classic BPF), write `bpf:FILE` where filters \
             are taken",
        ),
        _ => return None,
    };
    Some(LoadErrorKind::OtherFile { what, why })
}

const OWN_WORDS: &str = "its words and rules are its own, and no container engine reads it";
const EXPRESSIONS: &str =
    "a profile in it is an expression: give the JSON that comes of it, as from `terraform output`";

/// What a text is and why it is not read.
fn kind(text: &str, first: &str) -> Option<(&'static str, &'static str)> {
    let lower = first.to_ascii_lowercase();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let code = || lines().filter(|line| !line.starts_with('#'));
    let any = |test: &dyn Fn(&str) -> bool| code().any(test);
    let starts = |words: &[&str]| words.iter().any(|word| first.starts_with(word));
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        let why = "the address of a page was fetched, and not that of the raw file";
        return Some(("a page for browsers (HTML or XML)", why));
    }
    if starts(&["404: Not Found", "404 Not Found", "404 page not found"]) {
        return Some(("the answer of a server", "there was no file at that address"));
    }
    if starts(&["version https://git-lfs"]) {
        return Some(("a pointer of Git LFS", "the file itself is elsewhere: `git lfs pull`"));
    }
    if text.lines().any(|line| line.starts_with("<<<<<<< "))
        && text.lines().any(|line| line.starts_with(">>>>>>> "))
    {
        return Some((
            "a file with conflict markers of git",
            "choose a side of each conflict first",
        ));
    }
    if starts(&["diff --git", "--- a/", "Index: "]) {
        return Some(("a diff", "give the two files that it is about"));
    }
    if text.contains("\"mismatch_action\"") || text.contains("\"filter_action\"") {
        return Some(("a filter of Firecracker's seccompiler", OWN_WORDS));
    }
    if starts(&["{", "[{", "[\""]) {
        return None;
    }
    if is_kafel(text) {
        return Some(("a policy in Kafel, as nsjail reads it", OWN_WORDS));
    }
    if any(&|line| {
        ["seccomp_string:", "seccomp_policy_file:"].iter().any(|key| line.starts_with(key))
    }) {
        return Some(("a configuration of nsjail", "its policy is in Kafel, which is not read"));
    }
    if is_lxc(text) {
        return Some(("a policy of LXC", OWN_WORDS));
    }
    if code().next().is_some_and(is_terraform) {
        return Some(("a file of Terraform", EXPRESSIONS));
    }
    if is_minijail(text) {
        return Some(("a policy of minijail", OWN_WORDS));
    }
    let has_key = |key: &str| any(&|line| line.trim_start_matches("- ").starts_with(key));
    if has_key("default_action:") {
        let what = "a policy of Elastic's go-seccomp-bpf, as go-judge and Beats have it";
        return Some((what, OWN_WORDS));
    }
    if has_key("machine:") && has_key("seccompProfiles:") {
        let why = "extract a `value` of its `machine.seccompProfiles` as a JSON file";
        return Some(("a machine configuration of Talos", why));
    }
    if any(&|line| line.starts_with("SystemCallFilter=")) || starts(&["[Unit]", "[Service]"]) {
        let why = "systemd makes a filter of its own from `SystemCallFilter=`";
        return Some(("a unit of systemd", why));
    }
    if any(&|line| ["seccomp.drop", "seccomp.keep"].iter().any(|word| line.starts_with(word))) {
        return Some(("a profile of Firejail", OWN_WORDS));
    }
    if text.contains("#include <tunables") || any(&|line| line.starts_with("abi <abi/")) {
        return Some(("a profile of AppArmor", "it is no seccomp profile at all"));
    }
    if text.contains("pseudo filter code start") || is_disassembly(first) {
        return Some(("a filter written out", "write `bpf:FILE` where filters are taken"));
    }
    if lines().any(|line| line.contains("type=SECCOMP")) || lines().next().is_some_and(is_strace) {
        return Some(("a recording of calls", "`sdiff explain PROFILE --trace FILE` takes it"));
    }
    if starts(&["#!"]) {
        return Some(("a script", "run it, and give what it prints"));
    }
    if starts(&["#include ", "package ", "//go:build"]) {
        return Some(("source code", "a profile in it is made when it runs"));
    }
    if code().next().is_some_and(|line| line.starts_with("FROM ") || line.starts_with("ARG ")) {
        return Some(("a Dockerfile", "no profile can stand in it"));
    }
    if code().next().is_some_and(is_section) {
        return Some(("a configuration in TOML or INI", "give the profile that it names"));
    }
    if is_list_of_calls(text) {
        let why = "it does not say what becomes of them; `explain --trace` takes a recording";
        return Some(("a list of system calls", why));
    }
    None
}

/// `POLICY name { ... } USE name DEFAULT KILL`, `ERRNO(1) { ptrace }`, in any layout.
fn is_kafel(text: &str) -> bool {
    let actions =
        ["ALLOW", "LOG", "KILL", "KILL_PROCESS", "DENY", "ERRNO", "TRAP", "TRACE", "USER_NOTIF"];
    let words: Vec<&str> = text.split_whitespace().take(100_000).collect();
    let is_block = words.windows(2).any(|pair| {
        let word = pair[0].split(['{', '(']).next().unwrap_or_default();
        let is_open = pair[0].ends_with('{') || pair[1].starts_with('{');
        word == "POLICY" || actions.contains(&word) && is_open
    });
    is_block && words.iter().any(|word| word.contains('{'))
}

/// A version alone in the first line, and the kind of list, or in version 1 numbers, behind it.
fn is_lxc(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let version = lines.next();
    let second = lines.next().unwrap_or_default();
    let word = second.split_whitespace().next().unwrap_or_default();
    let lists = ["allowlist", "denylist", "whitelist", "blacklist"];
    matches!(version, Some("1" | "2"))
        && (lists.contains(&word) || word.starts_with('[') || word.parse::<u32>().is_ok())
}

/// `resource "x" "y" {`, `locals {`, and of a file of variables `x = jsonencode(`, `x = <<EOT`
fn is_terraform(line: &str) -> bool {
    let words = [
        "resource",
        "data",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "moved",
        "import",
    ];
    let word = line.split([' ', '{', '"']).next().unwrap_or_default();
    let rest = line.get(word.len()..).unwrap_or_default().trim_start();
    let value = rest.strip_prefix('=').map(str::trim_start).unwrap_or_default();
    words.contains(&word) && (rest.starts_with('"') || rest.starts_with('{'))
        || value.starts_with("<<")
        || value.starts_with("jsonencode(")
}

/// `read: 1`, `ioctl: arg1 == TCGETS; return EPERM`, `@include PATH`: every line.
fn is_minijail(text: &str) -> bool {
    let mut seen = false;
    let mut continues = false;
    for line in text.lines().map(str::trim) {
        let is_part = std::mem::replace(&mut continues, line.ends_with('\\'));
        if line.is_empty() || line.starts_with('#') || is_part {
            continue;
        }
        if ["@include ", "@default ", "@frequency ", "@denylist"]
            .iter()
            .any(|w| line.starts_with(w))
        {
            seen = true;
            continue;
        }
        let Some((names, rule)) = line.split_once(':') else { return false };
        let names = names.split('[').next().unwrap_or_default();
        let mut names = names.trim_matches(['{', '}', ' ']).split(',').map(str::trim);
        let rule = rule.trim();
        let words =
            ["allow", "return ", "kill", "trap", "trace", "log", "user-notify", "arg", "!(", "{"];
        let is_rule = rule == "1" || words.iter().any(|word| rule.starts_with(word));
        if !is_rule || !names.all(|name| Syscall::from_name(name).is_some()) {
            return false;
        }
        seen = true;
    }
    seen
}

/// ` line  CODE  JT   JF      K`, or a line of it.
fn is_disassembly(first: &str) -> bool {
    let words: Vec<&str> = first.split_whitespace().collect();
    words.starts_with(&["line", "CODE", "JT", "JF"])
}

/// `read(3, "", 1) = 0`, with a process before it perhaps.
fn is_strace(line: &str) -> bool {
    let line = line
        .trim_start_matches("[pid ")
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ']' || c == ' ');
    let Some((name, rest)) = line.split_once('(') else { return false };
    Syscall::from_name(name).is_some() && rest.contains(") = ")
}

/// `[plugins."io.containerd.grpc.v1.cri"]`
fn is_section(line: &str) -> bool {
    let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) else {
        return false;
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-\"'[]".contains(c);
    name.chars().any(|c| c.is_ascii_alphabetic()) && name.chars().all(is_word)
}

/// At least three lines, of which nearly all begin with a name.
fn is_list_of_calls(text: &str) -> bool {
    let (mut names, mut others) = (0_usize, 0_usize);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines.filter(|line| !line.starts_with('#')) {
        let word = line.split([' ', '\t', ',']).next().unwrap_or_default();
        match Syscall::from_name(word.trim_start_matches(['-', ' '])) {
            Some(_) => names += 1,
            None => others += 1,
        }
    }
    names >= 3 && others * 10 <= names
}

/// Text before a profile: an address, a word, a stray letter.
fn before(text: &str, start: usize) -> Option<Fault> {
    if text.get(start..)?.starts_with('{') {
        return None;
    }
    let braces = text.match_indices('{').map(|(at, _)| at).take(20);
    let at = braces.into_iter().find(|&at| {
        let rest = text.get(at..).unwrap_or_default().trim_end();
        // Out of a page in Markdown, with its fence.
        json::parse(rest.strip_suffix("```").unwrap_or(rest))
            .is_ok_and(|root| has_profile_field(&root))
    })?;
    // Those have an error of their own.
    let is_comment =
        |line: &str| line.is_empty() || line.starts_with('#') || line.starts_with("//");
    if text.get(start..at)?.lines().map(str::trim).all(is_comment) {
        return None;
    }
    let line = text.get(..at)?.matches('\n').count() + 1;
    let end = start + text.get(start..at)?.trim_end().len();
    let first_line = start + text.get(start..end)?.lines().next().map_or(0, str::len);
    let span = Span { start: start as u32, end: first_line as u32 };
    Some(Fault { kind: LoadErrorKind::TextBefore { line: line as u32 }, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<&'static str> {
        match recognise(text)?.kind {
            LoadErrorKind::OtherFile { what, .. } => Some(what),
            _ => None,
        }
    }

    #[test]
    fn files_of_other_programs_are_told_by_what_they_are() {
        for (text, expected) in [
            ("<!DOCTYPE html>\n<html>", "a page for browsers (HTML or XML)"),
            ("404: Not Found", "the answer of a server"),
            ("version https://git-lfs.github.com/spec/v1\noid x", "a pointer of Git LFS"),
            ("{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}", "a file with conflict markers of git"),
            ("diff --git a/x b/x\n", "a diff"),
            (
                "#define X 1\nPOLICY a {\n  ALLOW { read }\n}\nUSE a DEFAULT KILL",
                "a policy in Kafel, as nsjail reads it",
            ),
            (
                "KILL { ptrace,\n process_vm_readv } DEFAULT ALLOW",
                "a policy in Kafel, as nsjail reads it",
            ),
            ("ERRNO(1) { ptrace } DEFAULT ALLOW", "a policy in Kafel, as nsjail reads it"),
            ("KILL_PROCESS {\n  ptrace\n}\nDEFAULT ALLOW", "a policy in Kafel, as nsjail reads it"),
            ("name: \"x\"\nmode: ONCE\nseccomp_string: \"ALLOW {\"", "a configuration of nsjail"),
            ("2\nallowlist errno 38\n[all]\nread", "a policy of LXC"),
            ("1\nwhitelist\n103\n", "a policy of LXC"),
            ("# x\nlocals {\n a = 1\n}", "a file of Terraform"),
            ("variable \"x\" {}", "a file of Terraform"),
            ("x = <<EOT\n{\"defaultAction\": \"x\"}\nEOT\n", "a file of Terraform"),
            ("x = jsonencode({ defaultAction = \"x\" })\n", "a file of Terraform"),
            (
                "# x\nread: 1\nmmap: arg2 in ~PROT_EXEC\nopen: return ENOENT\n",
                "a policy of minijail",
            ),
            (
                "seccomp:\n  default_action: allow\n  syscalls:\n",
                "a policy of Elastic's go-seccomp-bpf, as go-judge and Beats have it",
            ),
            ("[Service]\nSystemCallFilter=@system-service", "a unit of systemd"),
            ("include x.local\nseccomp.drop ptrace", "a profile of Firejail"),
            ("#include <tunables/global>\nprofile x {", "a profile of AppArmor"),
            (" line  CODE  JT   JF      K\n 0000: 0x20", "a filter written out"),
            ("type=SECCOMP msg=audit(1): x", "a recording of calls"),
            ("12 read(0, \"\", 1) = 0\n", "a recording of calls"),
            ("#!/bin/sh\necho", "a script"),
            ("FROM alpine\nRUN x", "a Dockerfile"),
            ("[containers]\nseccomp_profile = \"x\"", "a configuration in TOML or INI"),
            ("# Description\nread\nwrite\nsocket AF_UNIX\n", "a list of system calls"),
        ] {
            assert_eq!(what(text), Some(expected), "{text}");
        }
        for text in ["", "{", "{\"a\": 1}", "defaultAction: x\n", "read", "[1, 2]", "name: x\n"] {
            assert!(recognise(text).is_none(), "{text}");
        }
    }

    #[test]
    fn text_before_a_profile_is_called_so() {
        for (before, line) in [("G", 1), ("https://example.org/x\n", 2), ("a\n\n```json\n", 4)] {
            let text = format!("{before}{{\"defaultAction\": \"SCMP_ACT_ERRNO\"}}");
            let fault = recognise(&text).expect("text");
            assert_eq!(fault.kind, LoadErrorKind::TextBefore { line }, "{text}");
        }
        assert!(recognise("```json\n{\"defaultAction\": \"x\"}\n```\n").is_some());
        assert!(recognise("# x\n{\"defaultAction\": \"x\"}").is_none());
        assert!(recognise("G{\"a\": 1}").is_none());
        assert!(recognise("G{\"defaultAction\": ").is_none());
    }

    #[test]
    fn bytes_that_are_no_text() {
        assert!(of_bytes(b"\x7fELF\x02").is_some());
        assert!(of_bytes(&[0x20, 0, 0, 0, 4, 0, 0, 0xff]).is_some());
        assert!(of_bytes(b"caf\xe9").is_none());
        assert!(of_bytes(b"\xff\xfe{\0}\0\0\0").is_none());
    }
}
