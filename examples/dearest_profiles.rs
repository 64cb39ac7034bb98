//! Searches profiles that ask for much work a byte, and such of which real work is not charged.
//!
//! `cargo run --release --example dearest-profiles -- SECONDS FOLDER [SEED]` changes profiles at
//! random and keeps what is dearer: by the meter's units a byte, and by CPU time a unit. The second is
//! the more interesting: a place where work is not charged. What is found belongs among
//! the cases of `tests/bounds/`. On Linux, for its count of CPU time and memory; not a test.

// A tool of developers may panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/bounds/questions.rs"]
mod questions;
#[path = "../tests/bounds/shapes.rs"]
mod shapes;

use questions::QUESTIONS;
use sdiff::load::{LoadOptions, parse};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % count.max(1)
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const LONGEST: usize = 60_000;
const KEPT: usize = 40;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments.get(1).map_or(60, |n| n.parse().expect("seconds"));
    let folder = arguments.get(2).cloned().unwrap_or_else(|| "dearest".to_owned());
    let seed = arguments.get(3).map_or(1, |n| n.parse().expect("a seed"));
    fs::create_dir_all(&folder).expect("a folder");
    let mut random = Random(0x9e37_79b9 + seed);
    let ends = Instant::now() + Duration::from_secs(seconds);
    let seeds = shapes::SHAPES.iter().map(|(_, shape)| shape(24));
    let mut kept: Vec<(f64, Value)> =
        seeds.map(|text| (0.0, serde_json::from_str(&text).unwrap())).collect();
    let (mut dearest, mut longest, mut largest) = (0.0, 0.0, 0);
    let mut tried = 0_u64;
    while Instant::now() < ends {
        let mut profile = random.of(&kept).1.clone();
        for _ in 0..1 + random.below(4) {
            change(&mut random, &mut profile);
        }
        let text = profile.to_string();
        if text.len() > LONGEST {
            continue;
        }
        let Ok(loaded) = parse("dear.json", text.as_bytes(), &LoadOptions::default()) else {
            continue;
        };
        tried += 1;
        let mut best = 0.0_f64;
        for (name, question) in QUESTIONS {
            // Peak memory from here on.
            let _ = fs::write("/proc/self/clear_refs", "5");
            let before = cpu();
            let (meter, answer) = question(&loaded);
            let nanoseconds = (cpu() - before) as f64;
            let units = meter.work().max(1) as f64;
            let (a_byte, a_unit) = (units / text.len() as f64, nanoseconds / units);
            let note = |what: &str, value: f64| {
                let bound = if answer.is_some() { ", bound reached" } else { "" };
                println!(
                    "{what} {value:.2}: {name}, {} bytes, {:.0} ms, {:.0} M units{bound}",
                    text.len(),
                    nanoseconds / 1e6,
                    units / 1e6
                );
                fs::write(format!("{folder}/{what}-{name}.json"), &text).expect("it is written");
            };
            if a_byte > dearest {
                dearest = a_byte;
                note("a-byte", a_byte);
            }
            // What takes no time may cost what it likes.
            if nanoseconds > 3e8 && a_unit > longest {
                longest = a_unit;
                note("a-unit", a_unit);
            }
            let peak = peak();
            if peak > largest + (8 << 20) {
                largest = peak;
                note("memory", (peak >> 20) as f64);
            }
            best = best.max(a_byte).max(if nanoseconds > 5e7 { a_unit * 1e4 } else { 0.0 });
        }
        kept.push((best, profile));
        kept.sort_by(|a, b| b.0.total_cmp(&a.0));
        kept.truncate(KEPT);
    }
    println!("{tried} profiles");
}

/// CPU time of this thread, in nanoseconds.
fn cpu() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// The most memory that was resident, in bytes.
fn peak() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() << 10
}

const OPS: [&str; 7] = ["EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ"];
const CALLS: [&str; 8] =
    ["ioctl", "socket", "socketcall", "clone", "ipc", "shmat", "read", "personality"];
const CAPABILITIES: [&str; 6] =
    ["CAP_SYS_ADMIN", "CAP_BPF", "CAP_CHOWN", "CAP_KILL", "CAP_LEASE", "CAP_MKNOD"];

fn number(random: &mut Random) -> u64 {
    let small = random.below(64) as u64;
    match random.below(6) {
        0 => small << 32,
        1 => small << 32 | random.below(8) as u64,
        2 => 1 << small,
        3 => u64::MAX - small,
        _ => small * 17 % 1000,
    }
}

fn condition(random: &mut Random) -> Value {
    json!({
        "index": random.below(6), "op": format!("SCMP_CMP_{}", random.of(&OPS)),
        "value": number(random), "valueTwo": number(random),
    })
}

fn change(random: &mut Random, profile: &mut Value) {
    let Some(rules) = profile["syscalls"].as_array_mut() else { return };
    if rules.is_empty() {
        return;
    }
    let at = random.below(rules.len());
    match random.below(13) {
        0 => {
            // Half of them once more, with other numbers.
            let from = random.below(rules.len());
            let mut more = rules[from..].to_vec();
            for rule in &mut more {
                for arg in rule["args"].as_array_mut().into_iter().flatten() {
                    arg["value"] = json!(number(random));
                }
            }
            rules.extend(more);
        }
        1 => {
            let rule = rules[at].clone();
            for _ in 0..1 + random.below(8) {
                rules.push(rule.clone());
            }
        }
        2 => {
            let other = random.below(rules.len());
            rules.swap(at, other);
        }
        3 => {
            let call = *random.of(&CALLS);
            let names = rules[at]["names"].as_array_mut();
            names.into_iter().for_each(|names| {
                for _ in 0..1 + names.len().min(2000) {
                    names.push(json!(call));
                }
            });
        }
        4 => rules[at]["args"] = json!([condition(random)]),
        5 => {
            let count = 1 + random.below(6);
            let args: Vec<Value> = (0..count).map(|_| condition(random)).collect();
            rules[at]["args"] = json!(args);
        }
        6 => rules[at]["includes"] = json!({ "caps": [random.of(&CAPABILITIES)] }),
        7 => rules[at]["excludes"] = json!({ "caps": [random.of(&CAPABILITIES)] }),
        8 => {
            let kernel = format!("{}.{}", 1 + random.below(9), random.below(60));
            rules[at]["includes"] = json!({ "minKernel": kernel });
        }
        9 => {
            let action = *random.of(&["ALLOW", "ERRNO", "LOG", "KILL", "TRACE"]);
            rules[at]["action"] = json!(format!("SCMP_ACT_{action}"));
            rules[at]["errnoRet"] = json!(random.below(200));
        }
        10 => rules[at]["names"] = json!([random.of(&CALLS)]),
        11 => {
            rules.remove(at);
        }
        _ => {
            // Another value for one condition of all rules of a part.
            for rule in rules.iter_mut().skip(at) {
                if let Some(arg) = rule["args"].as_array_mut().and_then(|args| args.first_mut()) {
                    arg["value"] = json!(number(random));
                }
            }
        }
    }
}
