//! What programs do where a filter gives their first choice an error, as `callers.tsv` says, on the
//! real programs: strace gives the error. Needs root, strace, and root folders of three years.

use sdiff::syscall::{Caller, Fate, Syscall, all_callers, errno_number};
use sdiff_real::callers::{CASES, Case};
use sdiff_real::knobs;

/// The errors that filters give, and one that they seldom do.
const ERRORS: [&str; 3] = ["EPERM", "ENOSYS", "EACCES"];

/// What is not as the table says.
fn judge(caller: &Caller, case: &Case, root: &str) -> Result<Vec<String>, String> {
    let call = caller.syscall.name();
    let what = format!("{} in {root}: {call}", case.name);
    let plain = case.run(root, None)?;
    if !plain.works {
        return Ok(vec![format!("{what}: does not work at all: {}", plain.stdout)]);
    }
    let mut wrong = Vec::new();
    for error in ERRORS {
        let run = case.run(root, Some((call, error)))?;
        let fate = caller.fate(errno_number(error).unwrap());
        let mut older = caller.older().peekable();
        let is_made = |older: Syscall| run.calls.iter().any(|name| name == older.name());
        let falls_back = fate != Fate::FallsBack || older.peek().is_none() || older.any(is_made);
        if !run.injected {
            wrong.push(format!("{what}: is not asked for: {}", run.stdout));
        } else if run.works != (fate != Fate::Fails) {
            wrong.push(format!("{what} gives {error}, {}: {}", fate.name(), run.stdout));
        } else if !falls_back {
            wrong.push(format!("{what} gives {error}: nothing older is called: {:?}", run.calls));
        }
    }
    Ok(wrong)
}

/// With an older version the call is not made.
fn judge_before(caller: &Caller, case: &Case, root: &str) -> Result<Vec<String>, String> {
    let call = caller.syscall.name();
    let run = case.run(root, Some((call, "EPERM")))?;
    let is_right = run.works && !run.injected;
    let wrong = || format!("{} in {root} asks for {call}: {}", case.name, run.stdout);
    Ok(if is_right { Vec::new() } else { vec![wrong()] })
}

#[test]
fn programs_do_what_the_table_says() {
    let test = "programs_do_what_the_table_says";
    let measured = all_callers().iter().filter(|caller| caller.measured.is_some());
    let (mut judged, mut wrong) = (0, Vec::new());
    for caller in measured {
        let name = caller.measured.unwrap_or_default();
        let case = CASES.iter().find(|case| case.name == name);
        let case = case.unwrap_or_else(|| panic!("{name}: there is no such case"));
        let before = case.before.map(|root| judge_before(caller, case, root));
        let runs = case.roots.iter().map(|root| judge(caller, case, root)).chain(before);
        for run in runs {
            match run {
                Ok(found) => {
                    judged += 1;
                    wrong.extend(found);
                }
                Err(why) => knobs::skip(test, &format!("{name}: {why}")),
            }
        }
    }
    println!("{test}: {judged} programs judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever asks for a call must have a case, and every case somebody who asks.
#[test]
fn every_case_is_in_the_table() {
    for (at, case) in CASES.iter().enumerate() {
        assert!(CASES[..at].iter().all(|other| other.name != case.name), "{} twice", case.name);
        let mut callers = all_callers().iter();
        assert!(callers.any(|caller| caller.measured == Some(case.name)), "{}", case.name);
    }
    assert!(CASES.len() >= 10);
}

/// The program of the cases that judge Rust's own library: this one, started again.
#[test]
#[ignore = "started by the cases"]
fn rust_program() {
    let folder = std::env::var_os("D").unwrap_or_default();
    match std::env::var("SDIFF_RUST_PROGRAM").unwrap_or_default().as_str() {
        "rust-stat" => drop(std::fs::metadata("/etc/passwd").unwrap()),
        "rust-copy" => {
            let copy = std::path::Path::new(&folder).join("copy");
            std::fs::copy("/etc/passwd", copy).unwrap();
        }
        "rust-random" => drop(std::collections::HashMap::<u8, u8>::new()),
        other => panic!("{other:?}: no such program"),
    }
    println!("\nworks");
}
