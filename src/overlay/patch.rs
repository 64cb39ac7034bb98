//! A merge as an RFC 6902 patch of the base's own file: an added name is one operation in its
//! group.

use super::plan::Edits;
use super::realise::Merged;
use crate::load::{LoadOptions, parse};
use crate::profile::{Format, Profile, Rule, normalize, to_json};
use serde_json::{Map, Value, json};

/// Why there is no patch, or none that fits.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum PatchError {
    /// The base is no JSON in Docker's form with `names`.
    #[error("a patch needs a base in Docker's JSON with `names`: `sdiff normalize` writes one")]
    Form,
    /// The text is no patch.
    #[error("not an RFC 6902 patch: {0}")]
    NotAPatch(String),
    /// The patch is not for this file.
    #[error("the patch does not fit: {0}")]
    DoesNotFit(String),
    /// The patch asks for more than a profile can be.
    #[error("the patch is out of bounds: {0}")]
    TooLarge(&'static str),
    /// The patched file is not the merged profile.
    #[error("the patch does not give the merged profile; nothing is written")]
    NotProved,
}

/// The patch that makes the merged profile of the base's own text, tried before it is returned.
///
/// # Errors
/// [`PatchError`]
pub fn patch(base: &str, merged: &Merged) -> Result<String, PatchError> {
    let mut file: Value = serde_json::from_str(base).map_err(|_| PatchError::Form)?;
    let rules = file.get("syscalls").and_then(Value::as_array).map_or(0, Vec::len);
    let original = read(base)?;
    if rules != original.rules.len() || original.rules.iter().any(|rule| rule.name.is_some()) {
        return Err(PatchError::Form);
    }
    let mut writer = Writer { file: &mut file, operations: Vec::new() };
    writer.top(&original, &merged.base)?;
    writer.groups(&merged.edits, rules)?;
    let operations = writer.operations;
    let text = serde_json::to_string(&file).map_err(|_| PatchError::Form)?;
    if to_json(&normalize(&read(&text)?)) != to_json(&normalize(&merged.profile)) {
        return Err(PatchError::NotProved);
    }
    Ok(lines(&operations))
}

fn read(text: &str) -> Result<Profile, PatchError> {
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    parse("the base", text.as_bytes(), &options).map(|l| l.profile).map_err(|_| PatchError::Form)
}

/// An operation a line.
fn lines(operations: &[Value]) -> String {
    let lines: Vec<String> = operations.iter().map(|op| format!("  {op}")).collect();
    match lines.is_empty() {
        true => "[]\n".to_owned(),
        false => format!("[\n{}\n]\n", lines.join(",\n")),
    }
}

struct Writer<'a> {
    /// The file after the operations so far.
    file: &'a mut Value,
    operations: Vec<Value>,
}

impl Writer<'_> {
    fn push(&mut self, operation: Value) -> Result<(), PatchError> {
        let patch: json_patch::Patch = serde_json::from_value(json!([operation]))
            .map_err(|error| PatchError::NotAPatch(error.to_string()))?;
        json_patch::patch(self.file, &patch)
            .map_err(|error| PatchError::DoesNotFit(error.to_string()))?;
        self.operations.push(operation);
        Ok(())
    }

    /// What belongs to the profile as a whole.
    fn top(&mut self, before: &Profile, after: &Profile) -> Result<(), PatchError> {
        let object = |profile: &Profile| -> Map<String, Value> {
            let whole = Profile { rules: Vec::new(), ..profile.clone() };
            let whole = Profile { extends: Vec::new(), strategy: None, ..whole };
            serde_json::from_str(&to_json(&whole)).unwrap_or_default()
        };
        let (before, after) = (object(before), object(after));
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.push(json!({ "op": "remove", "path": format!("/{key}") }))?;
        }
        for (key, value) in &after {
            if before.get(key) != Some(value) {
                self.push(json!({ "op": "add", "path": format!("/{key}"), "value": value }))?;
            }
        }
        Ok(())
    }

    fn groups(&mut self, edits: &Edits, rules: usize) -> Result<(), PatchError> {
        let mut emptied = Vec::new();
        for (at, edit) in &edits.groups {
            let names = |file: &Value| -> Vec<String> {
                let names = file.pointer(&format!("/syscalls/{at}/names"));
                let names = names.and_then(Value::as_array).cloned().unwrap_or_default();
                names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
            };
            let left = names(self.file).iter().filter(|n| !edit.removed.contains_key(*n)).count();
            if left + edit.added.len() == 0 {
                emptied.push(*at);
                continue;
            }
            while let Some(place) =
                names(self.file).iter().rposition(|name| edit.removed.contains_key(name))
            {
                let path = format!("/syscalls/{at}/names/{place}");
                self.push(json!({ "op": "remove", "path": path }))?;
            }
            for name in edit.added.keys() {
                let present = names(self.file);
                let place = present.iter().position(|other| other > name);
                let path = format!("/syscalls/{at}/names/{}", place.unwrap_or(present.len()));
                self.push(json!({ "op": "add", "path": path, "value": name }))?;
            }
            let before = self.file.pointer(&format!("/syscalls/{at}/comment"));
            let before = before.and_then(Value::as_str).filter(|text| !text.is_empty());
            if let Some(comment) = edit.comment(before) {
                let path = format!("/syscalls/{at}/comment");
                self.push(json!({ "op": "add", "path": path, "value": comment }))?;
            }
        }
        for at in emptied.iter().rev() {
            self.push(json!({ "op": "remove", "path": format!("/syscalls/{at}") }))?;
        }
        if rules == 0 && !edits.appended.is_empty() {
            self.push(json!({ "op": "add", "path": "/syscalls", "value": [] }))?;
        }
        for rule in &edits.appended {
            let value = value(rule)?;
            self.push(json!({ "op": "add", "path": "/syscalls/-", "value": value }))?;
        }
        Ok(())
    }
}

fn value(rule: &Rule) -> Result<Value, PatchError> {
    let alone = Profile { rules: vec![rule.clone()], ..Profile::default() };
    let text: Value = serde_json::from_str(&to_json(&alone)).map_err(|_| PatchError::Form)?;
    text.pointer("/syscalls/0").cloned().ok_or(PatchError::Form)
}
