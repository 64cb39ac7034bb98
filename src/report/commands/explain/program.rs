//! Which filter of a process decides about a call, and the instructions that lead there.

use super::Explained;
use crate::diff::Place;
use crate::explain::{Answer, Call};
use crate::filter::{Judged, Program, Step, audit, disassemble, judge};
use crate::load::excerpt::visible;
use crate::phrase::{call_text, place};
use serde_json::{Value, json};
use std::fmt::Write;

/// So many tests in a row that only go on with the next instruction are counted, not shown.
const MOST_PASSED: usize = 3;

/// The answers of the filters to the answer's example, and which programs make that call.
fn judged(explained: &Explained, call: &Call, answer: &Answer) -> Option<(Place, Judged)> {
    let place = *answer.places.first().filter(|_| !explained.stack.is_empty())?;
    let number = call.syscall.number(place.abi)?;
    let mut point = answer.point;
    (point.architecture, point.number) = (audit(place.abi), number);
    if place.abi.has_32bit_registers() {
        point.args = point.args.map(|arg| arg & u64::from(u32::MAX));
    }
    let stack: Vec<Program> =
        explained.stack.iter().map(|(_, program)| (*program).clone()).collect();
    Some((place, judge(&stack, &point)))
}

/// `by web.bpf (filter 1 of 2, the oldest), instruction 41`
pub(super) fn reason(explained: &Explained, call: &Call, answer: &Answer) -> String {
    if explained.stack.is_empty() {
        return "the process has no filter: nothing decides about its calls".to_owned();
    }
    let Some((_, judged)) = judged(explained, call, answer) else { return String::new() };
    let Some(layer) = judged.layers.get(judged.decides) else { return String::new() };
    let at = layer.path.last().copied().unwrap_or_default();
    match explained.stack {
        [_] => format!("by instruction {at}"),
        stack => {
            let name = stack.get(judged.decides).map_or(String::new(), |(name, _)| visible(name));
            let (place, count) = (judged.decides + 1, stack.len());
            let age = match place {
                1 => ", the oldest",
                place if place == count => ", the newest",
                _ => "",
            };
            format!("by {name} (filter {place} of {count}{age}), instruction {at}")
        }
    }
}

/// What each filter of several answers by itself.
pub(super) fn layers(explained: &Explained, call: &Call, answer: &Answer) -> Vec<String> {
    let Some((_, judged)) = judged(explained, call, answer) else { return Vec::new() };
    if judged.layers.len() < 2 {
        return Vec::new();
    }
    let lines = explained.stack.iter().zip(&judged.layers);
    lines.map(|((name, _), layer)| format!("alone, {}: {}", visible(name), layer.answer)).collect()
}

/// The instructions of the filter that decides, those that ran.
pub(super) fn path(explained: &Explained, call: &Call, answer: &Answer) -> String {
    let Some((at, judged)) = judged(explained, call, answer) else { return String::new() };
    let (Some((name, program)), Some(layer)) =
        (explained.stack.get(judged.decides), judged.layers.get(judged.decides))
    else {
        return String::new();
    };
    let shown = call_text(call.syscall, at.abi, &answer.point.args);
    let mut text = format!(
        "\nInstructions of {} that lead there, for {shown} on {}:\n",
        visible(name),
        place::one(at)
    );
    let lines = disassemble(program);
    let goes_on = |pair: &[usize]| match *pair {
        [here, next] => {
            next == here + 1 && matches!(program.steps().get(here), Some(Step::Branch(..)))
        }
        _ => false,
    };
    let mut passed: Vec<usize> = Vec::new();
    let mut show = |passed: &mut Vec<usize>, more: Option<usize>| {
        if passed.len() > MOST_PASSED {
            let _ = writeln!(text, "        … {} tests that only go on", passed.len());
            passed.clear();
        }
        for at in passed.drain(..).chain(more) {
            if let Some(line) = lines.get(at) {
                let _ = writeln!(text, "  {at:04}: {}", line.text);
            }
        }
    };
    for (place, &here) in layer.path.iter().enumerate() {
        match layer.path.get(place..place + 2).is_some_and(goes_on) {
            true => passed.push(here),
            false => show(&mut passed, Some(here)),
        }
    }
    show(&mut passed, None);
    text
}

/// Each filter with its own answer, and all instructions that ran.
pub(super) fn json(explained: &Explained, call: &Call, answer: &Answer) -> Vec<Value> {
    let Some((_, judged)) = judged(explained, call, answer) else { return Vec::new() };
    let one = |(at, ((name, program), layer)): (
        usize,
        (&(&str, &Program), &crate::filter::Traced),
    )| {
        let lines = disassemble(program);
        let path = layer.path.iter().filter_map(|at| lines.get(*at));
        json!({
            "name": name,
            "answer": layer.answer.to_string(),
            "decides": at == judged.decides,
            "path": path.map(|line| json!({ "at": line.at, "text": line.text })).collect::<Vec<_>>(),
        })
    };
    explained.stack.iter().zip(&judged.layers).enumerate().map(one).collect()
}
