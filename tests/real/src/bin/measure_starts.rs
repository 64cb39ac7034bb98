//! Measures what runtimes need of a filter to start a container, and prints the rows of
//! `src/starts/needs.tsv`: `measure_starts [runc-1.3.6 ...]`, all of them without a name. With
//! `--threads` only the calls that threads make of themselves. Needs root, runc, crun and the root
//! folders of `SDIFF_ROOTS`. It takes some minutes a runtime.

use sdiff_real::starts::{Call, MACHINES, Machine, measure, rows};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let all = wanted.len();
    wanted.retain(|word| word != "--threads");
    let only_threads = wanted.len() != all;
    for (runtime, version, suite) in MACHINES {
        let name = format!("{runtime}-{version}");
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let measured = tempfile::tempdir().map_err(|e| e.to_string()).and_then(|dir| {
            let machine = Machine::open(runtime, suite, dir.path())?;
            if machine.version != version {
                return Err(format!("is {}", machine.version));
            }
            let is_wanted = |call: &Call| !only_threads || call.is_of_threads();
            measure(&machine, &is_wanted, &|said| eprintln!("{name}: {said}"))
                .map_err(|e| e.to_string())
        });
        match measured {
            Ok(needs) => print!("{}", rows(runtime, version, &needs)),
            Err(why) => {
                eprintln!("{name}: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
