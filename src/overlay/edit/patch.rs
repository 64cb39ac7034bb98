//! A merge as an RFC 6902 patch of the base's own file: an added name is one operation in its
//! group.

use crate::load::{LoadOptions, Loaded, WarningKind, parse, same_folded};
use crate::overlay::layers::layer::Layer;
use crate::overlay::synthesis::plan::Edits;
use crate::overlay::synthesis::realise::Merged;
use crate::profile::{Format, Profile, Rule, normalize, to_json};
use crate::semantics::Engine;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Why there is no patch, or none that fits.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum PatchError {
    /// The base is no JSON in Docker's form.
    #[error("a patch needs a base in Docker's JSON: `sdiff merge BASE -o FILE` writes one")]
    Form,
    /// The base has a key twice, and an operation can reach only one of them.
    #[error("a patch needs a base that says each thing once: `{0}` appears again in an object")]
    Twice(&'static str),
    /// The base is no file, but what one and those below it are together.
    #[error(
        "{name} extends others, and a patch is of the text of one file: \
         `sdiff merge {name} -o whole.json` writes the whole profile, for `--base whole.json`"
    )]
    Extends { name: String },
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
    #[error(
        "no patch of the base gives the merged profile, as the base's engine reads it; nothing is \
         written: `sdiff merge BASE -o FILE` writes one in Docker's terms"
    )]
    NotProved,
}

/// The patch that makes the merged profile of the base's own text, tried before it is returned. The
/// patched file is still one for the engine that reads the base.
///
/// # Errors
/// [`PatchError`]
pub fn patch(base: &Loaded, engine: Option<Engine>, merged: &Merged) -> Result<String, PatchError> {
    if !base.profile.extends.is_empty() {
        return Err(PatchError::Extends { name: base.source.name.escape_debug().to_string() });
    }
    if !matches!(base.profile.format, Format::Docker | Format::ContainersCommon)
        || base.source.is_held()
    {
        return Err(PatchError::Form);
    }
    for warning in &base.warnings {
        if let WarningKind::DuplicateKey(key) = warning.kind {
            return Err(PatchError::Twice(key));
        }
    }
    let mut file: Value = serde_json::from_str(&base.source.text).map_err(|_| PatchError::Form)?;
    let engine = engine.unwrap_or(Engine::of_loaded(base));
    let before = in_terms(&base.profile, engine)?;
    let mut writer = Writer { file: &mut file, operations: Vec::new() };
    writer.top(&before, &merged.base)?;
    writer.groups(&merged.edits, base.profile.rules.len())?;
    let operations = writer.operations;
    let text = serde_json::to_string(&file).map_err(|_| PatchError::Form)?;
    let options = LoadOptions { format: Some(base.profile.format), document: None };
    let patched =
        parse("the base", text.as_bytes(), &options).map_err(|_| PatchError::NotProved)?;
    let patched = in_terms(&patched.profile, engine)?;
    if to_json(&normalize(&patched)) != to_json(&normalize(&merged.profile)) {
        return Err(PatchError::NotProved);
    }
    Ok(lines(&operations))
}

/// What an engine reads, in Docker's terms.
fn in_terms(profile: &Profile, engine: Engine) -> Result<Profile, PatchError> {
    let layer = Layer::new("the base", profile, engine).map_err(|_| PatchError::NotProved)?;
    Ok(layer.profile)
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

    /// What the file calls a field in the object at a place: keys match without regard to case.
    fn path(&self, at: &str, field: &str) -> String {
        let members = self.file.pointer(at).and_then(Value::as_object);
        let key = members.and_then(|members| members.keys().find(|key| same_folded(key, field)));
        format!("{at}/{}", key.map_or(field, |key| key))
    }

    /// What belongs to the profile as a whole.
    fn top(&mut self, before: &Profile, after: &Profile) -> Result<(), PatchError> {
        let object = |profile: &Profile| -> Map<String, Value> {
            let whole = Profile { rules: Vec::new(), ..profile.clone() };
            serde_json::from_str(&to_json(&whole)).unwrap_or_default()
        };
        let (before, after) = (object(before), object(after));
        let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for field in fields.into_iter().filter(|field| before.get(*field) != after.get(*field)) {
            let path = self.path("", field);
            let is_there = self.file.pointer(&path).is_some();
            match after.get(field) {
                Some(value) => self.push(json!({ "op": "add", "path": path, "value": value }))?,
                None if is_there => self.push(json!({ "op": "remove", "path": path }))?,
                None => {}
            }
            // containers-common's own word for it would win.
            let other = self.path("", "defaultErrno");
            if field == "defaultErrnoRet" && self.file.pointer(&other).is_some() {
                self.push(json!({ "op": "remove", "path": other }))?;
            }
        }
        Ok(())
    }

    /// The names of a rule as the file has them, those of an old `name` without a path.
    fn names(&self, rule: &str) -> (Option<String>, Vec<String>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let path = self.path(rule, "names");
        let names = self.file.pointer(&path).and_then(Value::as_array);
        let names: Vec<String> = names.into_iter().flatten().map(text).collect();
        let single = self.file.pointer(&self.path(rule, "name")).map(text);
        match single.filter(|single| !single.is_empty() && names.is_empty()) {
            Some(single) => (None, vec![single]),
            None => (Some(path), names),
        }
    }

    fn groups(&mut self, edits: &Edits, rules: usize) -> Result<(), PatchError> {
        let all = self.path("", "syscalls");
        let mut emptied = Vec::new();
        for (at, edit) in &edits.groups {
            let rule = format!("{all}/{at}");
            let (names, mut present) = self.names(&rule);
            let left = present.iter().filter(|name| !edit.removed.contains_key(*name)).count();
            if left + edit.added.len() == 0 {
                emptied.push(rule);
                continue;
            }
            let names = match names {
                Some(path) => path,
                None => {
                    let path = self.path(&rule, "name");
                    self.push(json!({ "op": "remove", "path": path }))?;
                    let path = self.path(&rule, "names");
                    self.push(json!({ "op": "add", "path": path, "value": present }))?;
                    path
                }
            };
            while let Some(place) = present.iter().rposition(|name| edit.removed.contains_key(name))
            {
                self.push(json!({ "op": "remove", "path": format!("{names}/{place}") }))?;
                present.remove(place);
            }
            for name in edit.added.keys() {
                let place = present.iter().position(|other| other > name).unwrap_or(present.len());
                let path = format!("{names}/{place}");
                self.push(json!({ "op": "add", "path": path, "value": name }))?;
                present.insert(place, name.clone());
            }
            let path = self.path(&rule, "comment");
            let before = self.file.pointer(&path).and_then(Value::as_str);
            if let Some(comment) = edit.comment(before.filter(|text| !text.is_empty())) {
                self.push(json!({ "op": "add", "path": path, "value": comment }))?;
            }
        }
        for path in emptied.iter().rev() {
            self.push(json!({ "op": "remove", "path": path }))?;
        }
        if rules == 0 && !edits.appended.is_empty() {
            self.push(json!({ "op": "add", "path": all, "value": [] }))?;
        }
        for rule in &edits.appended {
            let value = value(rule)?;
            self.push(json!({ "op": "add", "path": format!("{all}/-"), "value": value }))?;
        }
        Ok(())
    }
}

fn value(rule: &Rule) -> Result<Value, PatchError> {
    let alone = Profile { rules: vec![rule.clone()], ..Profile::default() };
    let text: Value = serde_json::from_str(&to_json(&alone)).map_err(|_| PatchError::Form)?;
    text.pointer("/syscalls/0").cloned().ok_or(PatchError::Form)
}
