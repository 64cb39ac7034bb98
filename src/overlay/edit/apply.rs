//! An RFC 6902 patch of a stranger, applied within bounds: a handful of `copy` operations can ask
//! for a document that no memory holds, or one so deep that no stack does.

use super::patch::PatchError;
use crate::load::{MAX_BYTES, MAX_DEPTH};
use json_patch::{Patch, PatchOperation};
use serde_json::Value;

/// How many operations a patch may have.
const MAX_OPERATIONS: usize = 10_000;

/// The text of a base with a patch applied, as JSON.
///
/// # Errors
/// [`PatchError`]; [`PatchError::TooLarge`] where the patch has more than 10 000 operations, or
/// would make a document that is larger or deeper than a profile may be.
pub fn apply(base: &str, patch: &str) -> Result<String, PatchError> {
    let mut file: Value = serde_json::from_str(base).map_err(|_| PatchError::Form)?;
    if patch.len() > MAX_BYTES {
        return Err(PatchError::TooLarge("it has more bytes than a profile may have"));
    }
    let patch: Patch =
        serde_json::from_str(patch).map_err(|error| PatchError::NotAPatch(error.to_string()))?;
    if patch.0.len() > MAX_OPERATIONS {
        return Err(PatchError::TooLarge("it has more than 10000 operations"));
    }
    let mut bytes = 0;
    let whole = Size::of(&file);
    whole.count(0, &mut bytes)?;
    for operation in &patch.0 {
        // What an operation takes away is not counted off: the sum bounds the work as well.
        let put = match operation {
            PatchOperation::Add(add) => Some(&add.value),
            PatchOperation::Replace(replace) => Some(&replace.value),
            PatchOperation::Copy(copy) => file.pointer(copy.from.as_str()),
            PatchOperation::Move(moved) => file.pointer(moved.from.as_str()),
            PatchOperation::Remove(_) | PatchOperation::Test(_) => None,
        };
        if let Some(value) = put {
            Size::of(value).count(operation.path().as_str().matches('/').count(), &mut bytes)?;
        }
        json_patch::patch(&mut file, std::slice::from_ref(operation))
            .map_err(|error| PatchError::DoesNotFit(error.to_string()))?;
    }
    serde_json::to_string_pretty(&file).map_err(|error| PatchError::DoesNotFit(error.to_string()))
}

/// How large a value is, as text without spaces, about, and how many levels it has.
struct Size {
    bytes: usize,
    levels: usize,
}

impl Size {
    fn of(value: &Value) -> Size {
        let mut size = Size { bytes: 4, levels: 1 };
        let mut add = |key: usize, value: &Value| {
            let inner = Size::of(value);
            size.bytes += key + inner.bytes;
            size.levels = size.levels.max(1 + inner.levels);
        };
        match value {
            Value::Array(values) => values.iter().for_each(|value| add(0, value)),
            Value::Object(members) => {
                members.iter().for_each(|(key, value)| add(key.len() + 4, value));
            }
            Value::String(text) => size.bytes += text.len(),
            _ => {}
        }
        size
    }

    /// Adds what is put `below` so many levels to what was put there before.
    fn count(&self, below: usize, bytes: &mut usize) -> Result<(), PatchError> {
        *bytes += self.bytes;
        match (*bytes > 2 * MAX_BYTES, below + self.levels > MAX_DEPTH) {
            (true, _) => Err(PatchError::TooLarge("it makes more than a profile may hold")),
            (_, true) => Err(PatchError::TooLarge("it nests deeper than a profile may")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use serde_json::json;

    const BASE: &str = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [] }"#;

    fn applied(operations: Value) -> Result<String, PatchError> {
        apply(BASE, &operations.to_string())
    }

    #[test]
    fn copies_of_copies_end_in_an_error() {
        let double = json!({ "op": "copy", "from": "/syscalls", "path": "/syscalls/-" });
        let found = applied(Value::Array(vec![double; 100]));
        assert!(matches!(found, Err(PatchError::TooLarge(_))), "{found:?}");
        let mut wide = vec![json!({ "op": "add", "path": "/a", "value": ["x".repeat(1000)] })];
        wide.extend((0..100).flat_map(|_| {
            [
                json!({ "op": "copy", "from": "/a", "path": "/b" }),
                json!({ "op": "add", "path": "/c", "value": [] }),
                json!({ "op": "copy", "from": "/a", "path": "/c/-" }),
                json!({ "op": "copy", "from": "/b", "path": "/c/-" }),
                json!({ "op": "move", "from": "/c", "path": "/a" }),
            ]
        }));
        let found = applied(Value::Array(wide));
        assert!(matches!(found, Err(PatchError::TooLarge(_))), "{found:?}");
    }

    #[test]
    fn moves_that_nest_end_in_an_error() {
        let nest = (0..10_000).flat_map(|_| {
            [
                json!({ "op": "add", "path": "/b", "value": [] }),
                json!({ "op": "move", "from": "/syscalls", "path": "/b/0" }),
                json!({ "op": "move", "from": "/b", "path": "/syscalls" }),
            ]
        });
        let found = applied(nest.clone().take(9_999).collect());
        assert!(matches!(found, Err(PatchError::TooLarge("it nests deeper than a profile may"))));
        let found = applied(nest.collect());
        assert!(matches!(found, Err(PatchError::TooLarge("it has more than 10000 operations"))));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for path in ["/syscalls/18446744073709551615", "/syscalls/4294967296", "/syscalls/1"] {
            let found = applied(json!([{ "op": "add", "path": path, "value": "x" }]));
            assert!(matches!(found, Err(PatchError::DoesNotFit(_))), "{path}: {found:?}");
        }
        let found = applied(json!([{ "op": "test", "path": "/defaultAction", "value": 1 }]));
        assert!(matches!(found, Err(PatchError::DoesNotFit(_))), "{found:?}");
        let found = applied(json!([{ "op": "test", "path": "/syscalls", "value": [] }]));
        assert!(found.is_ok(), "{found:?}");
        let found = applied(json!([{ "op": "launch" }]));
        assert!(matches!(found, Err(PatchError::NotAPatch(_))), "{found:?}");
    }
}
