//! Questions and answers of the page, as JSON: the same library as the program's.
//!
//! The page writes a question into [`input`], calls [`ask`] and reads as many bytes as that returns
//! from [`output`]. Numbers are all that passes: no code is generated for it.

mod answer;
mod question;

use std::sync::Mutex;

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Room for a question of so many bytes.
// The page finds functions by their names, and no other is called so.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    let Ok(mut input) = INPUT.lock() else { return std::ptr::null_mut() };
    input.clear();
    input.resize(length, 0);
    input.as_mut_ptr()
}

/// Answers the question, and returns how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn ask() -> usize {
    let (Ok(input), Ok(mut output)) = (INPUT.lock(), OUTPUT.lock()) else { return 0 };
    *output = answered(&input).into_bytes();
    output.len()
}

/// Where the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.lock().map_or(std::ptr::null(), |output| output.as_ptr())
}

/// The answer to a question, both JSON.
fn answered(question: &[u8]) -> String {
    let asked = serde_json::from_slice(question).map_err(|error| error.to_string());
    let answer = asked.and_then(|question: question::Question| answer::to(&question));
    let answer = answer.unwrap_or_else(|error| serde_json::json!({ "error": error }));
    answer.to_string()
}
