//! Bytes to a checked program.

use super::checked::{ByteOrder, Program};
use super::error::{ANNOTATION, INSTRUCTION_SIZE, ReadError};
use super::instruction::Instruction;
use super::text;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::borrow::Cow;

/// Reads a program: the kernel's bytes (`struct sock_filter`, of either byte order), a table of
/// `seccomp-tools`, `scmp_bpf_disasm` or firejail, libseccomp's pseudo filter code, a list of instructions or a
/// string of bytes as a program's source has them, what `seccomp-tools asm` or `bpf_asm` take, what `tcpdump -d` or
/// `strace -v` print, a dump of `xxd` or `hexdump -C`, base64, or a `config.json` with crun's annotation. They are
/// told apart by content.
///
/// How the bytes of an argument lie in the machine's memory is told by the architectures that the program asks
/// for: no file says it, bytes that another machine has swapped say the contrary. Where a program asks for
/// none, or for some of either order, it is the order of its own bytes; of text, little-endian.
///
/// # Errors
/// [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Program, ReadError> {
    match form(bytes)? {
        Form::Bytes(bytes) => of_bytes(&bytes),
        Form::Instructions(instructions) => {
            let order = order_of_architecture(&instructions).unwrap_or(ByteOrder::Little);
            Ok(Program::check(instructions, order)?)
        }
    }
}

/// The byte order of a program's bytes, which can be another one than that of its machine ([`read`]); none
/// of text and of what is no program.
pub fn order_of_bytes(bytes: &[u8]) -> Option<ByteOrder> {
    match form(bytes) {
        Ok(Form::Bytes(bytes)) => instructions_of(&bytes).ok().map(order),
        _ => None,
    }
}

/// What a program is written as.
enum Form<'a> {
    Bytes(Cow<'a, [u8]>),
    Instructions(Vec<Instruction>),
}

fn form(bytes: &[u8]) -> Result<Form<'_>, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let wide = wide(bytes);
    let text = match &wide {
        Some(text) => Some(text.as_str()),
        None => std::str::from_utf8(bytes).ok(),
    };
    match text.map(|text| text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Some(text) if is_text(text) => form_of_text(text),
        _ => Ok(Form::Bytes(bytes.into())),
    }
}

fn form_of_text(text: &str) -> Result<Form<'static>, ReadError> {
    if let Some(bytes) = text::bytes(text) {
        return Ok(Form::Bytes(bytes?.into()));
    }
    if is_object(text) {
        return Ok(Form::Bytes(annotated(text)?.into()));
    }
    let instructions = text::instructions(text)?;
    if instructions.is_empty() {
        return Err(ReadError::Text);
    }
    Ok(Form::Instructions(instructions))
}

/// Whether it is an object of JSON, and not C's `{ 0x20, 0, 0, 4 }`.
fn is_object(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{');
    inside.is_some_and(|inside| inside.trim_start().starts_with(['"', '}']))
}

/// Text of UTF-16, which PowerShell and editors of Windows write.
///
/// No program is such text: its last instruction ends it, and the code of that is no printable character.
fn wide(bytes: &[u8]) -> Option<String> {
    let is_printed = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let is_text = |low: usize| {
        let mut pairs = bytes.chunks_exact(2);
        pairs.all(|pair| pair[1 - low] == 0 && is_printed(pair[low]))
            && pairs.remainder().is_empty()
    };
    let is_big = match bytes {
        [0xff, 0xfe, ..] => false,
        [0xfe, 0xff, ..] => true,
        _ if is_text(0) => false,
        _ if is_text(1) => true,
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let unit = |pair: &[u8; 2]| match is_big {
        true => u16::from_be_bytes(*pair),
        false => u16::from_le_bytes(*pair),
    };
    let text = String::from_utf16(&pairs.iter().map(unit).collect::<Vec<u16>>()).ok()?;
    rest.is_empty().then_some(text)
}

/// Every instruction has a zero byte, and text has none.
fn is_text(text: &str) -> bool {
    !text.contains('\0')
}

/// The program that the kernel of a machine of that byte order gave: nothing is told by the content, which
/// whoever loaded the program has written.
///
/// # Errors
/// [`ReadError`].
pub fn decode(bytes: &[u8], order: ByteOrder) -> Result<Program, ReadError> {
    let raw = instructions_of(bytes)?;
    Ok(Program::check(raw.iter().map(|raw| instruction(raw, order)).collect(), order)?)
}

fn instructions_of(bytes: &[u8]) -> Result<&[[u8; INSTRUCTION_SIZE]], ReadError> {
    match bytes.as_chunks() {
        (raw @ [_, ..], []) => Ok(raw),
        _ => Err(ReadError::Length(bytes.len())),
    }
}

fn of_bytes(bytes: &[u8]) -> Result<Program, ReadError> {
    let raw = instructions_of(bytes)?;
    let order = order(raw);
    let instructions: Vec<Instruction> = raw.iter().map(|raw| instruction(raw, order)).collect();
    let order = order_of_architecture(&instructions).unwrap_or(order);
    Ok(Program::check(instructions, order)?)
}

/// Codes are below 256, so that one byte of them is 0: which one is the byte order.
fn order(raw: &[[u8; INSTRUCTION_SIZE]]) -> ByteOrder {
    let is_little = |raw: &&[u8; INSTRUCTION_SIZE]| raw[1] == 0;
    let is_big = |raw: &&[u8; INSTRUCTION_SIZE]| raw[0] == 0;
    ByteOrder::of(raw.iter().filter(is_little).count() < raw.iter().filter(is_big).count())
}

fn instruction(raw: &[u8; INSTRUCTION_SIZE], order: ByteOrder) -> Instruction {
    let &[c0, c1, jt, jf, k0, k1, k2, k3] = raw;
    let (code, k) = match order {
        ByteOrder::Little => (u16::from_le_bytes([c0, c1]), u32::from_le_bytes([k0, k1, k2, k3])),
        ByteOrder::Big => (u16::from_be_bytes([c0, c1]), u32::from_be_bytes([k0, k1, k2, k3])),
    };
    Instruction { code, jt, jf, k }
}

/// That of the architectures (`AUDIT_ARCH_...`) with which the program compares its own, where they have one.
fn order_of_architecture(instructions: &[Instruction]) -> Option<ByteOrder> {
    use super::architecture::audit;
    use crate::syscall::Abi;
    let mut is_architecture = false;
    let mut compared = [false; 2];
    for instruction in instructions {
        match instruction.code {
            0x20 => is_architecture = instruction.k == 4,
            0x15 if is_architecture => {
                for abi in Abi::ALL.into_iter().filter(|abi| audit(*abi) == instruction.k) {
                    compared[usize::from(abi.is_big_endian())] = true;
                }
            }
            _ => {}
        }
    }
    (compared[0] != compared[1]).then(|| ByteOrder::of(compared[1]))
}

/// The program in a `config.json`.
fn annotated(text: &str) -> Result<Vec<u8>, ReadError> {
    let json: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| ReadError::Json(format!("it is no JSON: {error}")))?;
    let Some(data) = json.pointer("/annotations").and_then(|all| all.get(ANNOTATION)) else {
        return Err(ReadError::Json(format!(
            "the JSON has no annotation `{ANNOTATION}`: a profile is given by its path alone"
        )));
    };
    let bytes = data.as_str().and_then(|text| STANDARD.decode(text.trim()).ok());
    bytes.ok_or_else(|| ReadError::Json(format!("the annotation `{ANNOTATION}` is no base64")))
}
