//! Draws what questions cost as profiles grow: each kind of rules of `tests/bounds/shapes.rs`, by each
//! command.
//!
//! `cargo bench --bench growth -- [MOST [FOLDER]]` asks of 10 rules, 20, 50 and so on up to MOST (50,000)
//! and writes `growth.tsv` and `growth.svg` into FOLDER (`target`). The cost is the meter's count, which
//! is the same on every machine and in every build; beside it in the table stands CPU time a unit. A curve
//! ends where the bound is reached. `tests/bounds` holds slope and bound.

// A benchmark may panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/bounds/questions.rs"]
mod questions;
#[path = "../tests/bounds/shapes.rs"]
mod shapes;

use questions::QUESTIONS;
use sdiff::load::{LoadOptions, parse};
use std::fmt::Write;
use std::fs;

/// A kind of rules, a command, and of each number of rules the units.
type Curve = (&'static str, &'static str, Vec<(usize, u64)>);

fn main() {
    // Cargo hands over `--bench`.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let most = arguments.first().map_or(50_000, |most| most.parse().expect("a number of rules"));
    let folder = arguments.get(1).map_or("target", String::as_str);
    let mut table = "rules\tcommand\tcount\tbytes\tunits\tnanoseconds a unit\tbound\n".to_owned();
    let mut curves: Vec<Curve> = Vec::new();
    for (kind, shape) in shapes::SHAPES {
        let first = curves.len();
        curves.extend(QUESTIONS.map(|(command, _)| (kind, command, Vec::new())));
        let mut open = QUESTIONS.map(|_| true);
        for count in counts(most) {
            let text = shape(count);
            let Ok(loaded) = parse("grown.json", text.as_bytes(), &LoadOptions::default()) else {
                break;
            };
            for (at, (command, question)) in QUESTIONS.into_iter().enumerate() {
                if !open[at] {
                    continue;
                }
                let before = cpu();
                let (meter, bound) = question(&loaded);
                let (units, nanoseconds) = (meter.work(), cpu() - before);
                open[at] = bound.is_none();
                curves[first + at].2.push((count, units));
                let a_unit = nanoseconds as f64 / units.max(1) as f64;
                let (bytes, bound) = (text.len(), bound.map_or(String::new(), |b| b.to_string()));
                let line =
                    format!("{kind}\t{command}\t{count}\t{bytes}\t{units}\t{a_unit:.2}\t{bound}\n");
                print!("{line}");
                table += &line;
            }
        }
    }
    fs::create_dir_all(folder).expect("a folder");
    fs::write(format!("{folder}/growth.tsv"), table).expect("it is written");
    fs::write(format!("{folder}/growth.svg"), drawing(&curves, most)).expect("it is written");
}

/// 10, 20, 50, 100 and so on.
fn counts(most: usize) -> impl Iterator<Item = usize> {
    let tens = (1..).map(|power| 10_usize.pow(power)).take_while(move |&ten| ten <= most);
    tens.flat_map(|ten| [ten, 2 * ten, 5 * ten]).filter(move |&count| count <= most)
}

/// CPU time of this thread, in nanoseconds; 0 on other systems than Linux.
fn cpu() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// How large one panel is, and how many are in a row.
const PANEL: (f64, f64) = (300.0, 220.0);
const ROW: usize = 3;
const COLORS: [&str; 8] =
    ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"];

/// A panel for each kind, a line for each command; both axes logarithmic.
fn drawing(curves: &[Curve], most: usize) -> String {
    let panels: Vec<&[Curve]> = curves.chunks(QUESTIONS.len()).collect();
    let (width, height) = (PANEL.0 * ROW as f64, PANEL.1 * (panels.len().div_ceil(ROW) + 1) as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"10\">\n"
    );
    let across = (most as f64 / 10.0).log10().max(1.0);
    // From a thousand units to two thousand million.
    let x = |count: usize| 40.0 + (count as f64 / 10.0).log10() / across * (PANEL.0 - 60.0);
    let y = |units: u64| PANEL.1 - 30.0 - ((units.max(1000) as f64).log10() - 3.0) / 6.4 * 160.0;
    for (at, panel) in panels.iter().enumerate() {
        let (left, top) = (PANEL.0 * (at % ROW) as f64, PANEL.1 * (at / ROW) as f64);
        let kind = panel.first().map_or("", |(kind, ..)| kind);
        let _ = writeln!(
            svg,
            "<g transform=\"translate({left} {top})\"><text x=\"40\" y=\"14\" font-weight=\"bold\">{kind}</text>"
        );
        for power in 3..=9_u32 {
            let (units, line) = (10_u64.pow(power), y(10_u64.pow(power)));
            let _ = writeln!(
                svg,
                "<path d=\"M40 {line}H{}\" stroke=\"#ddd\"/><text x=\"36\" y=\"{}\" text-anchor=\"end\">{:.0e}</text>",
                PANEL.0 - 20.0,
                line + 3.0,
                units as f64
            );
        }
        for count in counts(most).filter(|count| count.to_string().trim_end_matches('0') == "1") {
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{count}</text>",
                x(count),
                PANEL.1 - 16.0
            );
        }
        for ((.., points), color) in panel.iter().zip(COLORS) {
            let points: Vec<String> = points
                .iter()
                .map(|&(count, units)| format!("{:.1},{:.1}", x(count), y(units)))
                .collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\"/>",
                points.join(" ")
            );
        }
        svg += "</g>\n";
    }
    let top = height - PANEL.1 + 20.0;
    for (at, ((command, _), color)) in QUESTIONS.iter().zip(COLORS).enumerate() {
        let (x, y) = (40.0 + 200.0 * (at % 4) as f64, top + 20.0 * (at / 4) as f64);
        let _ = writeln!(
            svg,
            "<path d=\"M{x} {y}h30\" stroke=\"{color}\"/><text x=\"{}\" y=\"{}\">{command}</text>",
            x + 36.0,
            y + 3.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"40\" y=\"{}\">units of work by rules; a line ends at the bound</text></svg>",
        top + 60.0
    );
    svg
}
