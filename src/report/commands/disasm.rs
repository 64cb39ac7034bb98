//! The instructions of filters.

use crate::filter::{ByteOrder, Line, Program, disassemble};
use crate::load::excerpt::visible;
use serde_json::{Value, json};

/// The version of the JSON of `disasm`: it changes with every change that a reader has to know of.
pub const DISASM_JSON_VERSION: u32 = 1;

/// Filters with the names of their files, the oldest first, as tables that
/// [`crate::filter::read`] reads again.
pub fn disasm_text(filters: &[(&str, &Program)]) -> String {
    let mut text = String::new();
    for (place, (name, program)) in filters.iter().enumerate() {
        if filters.len() > 1 {
            let age = match place {
                0 => ", the oldest",
                _ if place + 1 == filters.len() => ", the newest",
                _ => "",
            };
            text += &format!("{} (filter {}{age})\n", visible(name), place + 1);
        }
        text += " line  CODE  JT   JF      K\n=================================\n";
        for Line { at, instruction, text: words, is_dead } in disassemble(program) {
            let crate::filter::Instruction { code, jt, jf, k } = instruction;
            let dead = if is_dead { "  (no way leads here)" } else { "" };
            text +=
                &format!(" {at:04}: {code:#04x} {jt:#04x} {jf:#04x} {k:#010x}  {words}{dead}\n");
        }
    }
    text
}

/// The same as JSON: described by `docs/disasm.schema.json`.
pub fn disasm_json(filters: &[(&str, &Program)]) -> String {
    let filters: Vec<Value> = filters.iter().map(|(name, program)| filter(name, program)).collect();
    let report = json!({ "version": DISASM_JSON_VERSION, "filters": filters });
    format!("{report:#}\n")
}

fn filter(name: &str, program: &Program) -> Value {
    let order = match program.byte_order() {
        ByteOrder::Little => "little",
        ByteOrder::Big => "big",
    };
    let lines: Vec<Value> = disassemble(program).iter().map(line).collect();
    json!({ "name": name, "byte_order": order, "instructions": lines })
}

fn line(line: &Line) -> Value {
    let crate::filter::Instruction { code, jt, jf, k } = line.instruction;
    json!({
        "at": line.at,
        "code": code,
        "jt": jt,
        "jf": jf,
        "k": k,
        "text": line.text,
        "dead": line.is_dead,
    })
}
