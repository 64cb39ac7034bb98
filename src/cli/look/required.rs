//! What a team's settings require of the profiles that are checked, and which they pass over.

use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles;
use crate::cli::terminal::output;
use crate::lint::Finding;
use crate::load::Loaded;
use crate::require::{self, RequireError};
use crate::semantics::Settings;
use std::path::{Path, PathBuf};

/// What to check, or what cannot be and why.
pub(super) type Spec = Result<String, (String, String)>;

/// The profiles that are not passed over, which is told.
pub(super) fn included(question: &Question, specs: Vec<Spec>) -> Result<Vec<Spec>, Failure> {
    let name = |spec: &Spec| spec.as_ref().unwrap_or_else(|(name, _)| name).clone();
    let is_out =
        |spec: &Spec| question.file().exclude().has_named(&question.config.path_of(&name(spec)));
    let (out, rest): (Vec<Spec>, Vec<Spec>) = specs.into_iter().partition(is_out);
    let out: Vec<String> = out.iter().map(name).collect();
    if out.is_empty() {
        return Ok(rest);
    }
    let name = question.config.path().display();
    if rest.is_empty() {
        let message = format!("`exclude` of {name} passes over every profile that is named");
        return Err(Failure::Usage(message));
    }
    const SHOWN: usize = 10;
    let mut names: Vec<String> =
        out.iter().take(SHOWN).map(|spec| spec.escape_debug().to_string()).collect();
    if out.len() > SHOWN {
        names.push(format!("and {} more", out.len() - SHOWN));
    }
    output::to_stderr(&format!(
        "note: not checked, by `exclude` of {name}: {}\n",
        names.join(", ")
    ));
    Ok(rest)
}

/// What a profile breaks.
pub(super) fn findings(
    question: &Question,
    reading: &Reading,
    (spec, loaded): (&str, &Loaded),
    questions: &[Settings],
) -> Result<Vec<Finding>, Failure> {
    let required = question.file().required_of(&question.config.path_of(spec));
    let open = |name: &str| {
        profiles::load(&question.config.beside(name), reading)
            .map_err(|failure| failure.render(false).trim_end().to_owned())
    };
    require::findings(loaded, &required, questions, &open).map_err(|error| match error {
        RequireError::Base { .. } => Failure::Usage(error.to_string()),
        RequireError::Meaning(error) => {
            Failure::Meaning(Box::new(error), Box::new(loaded.source.clone()))
        }
    })
}

/// What is required is asked of profiles: of filters it is told that it is not.
pub(super) fn tell_of_filter(question: &Question, spec: &str) {
    if let Some(requirement) = question.file().required_of(spec).first() {
        let (name, line) = (question.config.path().display(), requirement.line);
        let spec = spec.escape_debug();
        output::to_stderr(&format!(
            "note: {name}:{line}: what is required is asked of profiles, and not of {spec}\n"
        ));
    }
}

/// So many entries of folders are looked at.
const ENTRIES: usize = 20_000;

/// Tells which patterns of the settings fit no file at all: most likely they are misspelt.
pub(super) fn tell_of_idle(question: &Question, specs: &[String]) {
    let checked: Vec<String> = specs.iter().map(|spec| question.config.path_of(spec)).collect();
    let checked: Vec<&str> = checked.iter().map(String::as_str).collect();
    if question.file().idle_patterns(&checked).is_empty() {
        return;
    }
    let folder = question.config.path().parent().unwrap_or(Path::new(""));
    // Where not every file was seen there is nothing to say.
    let Some(files) = files(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    else {
        return;
    };
    let all: Vec<&str> = files.iter().map(String::as_str).chain(checked).collect();
    let idle = question.file().idle_patterns(&all);
    const SHOWN: usize = 10;
    for (pattern, line) in idle.iter().take(SHOWN) {
        let (name, pattern) = (question.config.path().display(), pattern.escape_debug());
        output::to_stderr(&format!("note: {name}:{line}: no file fits `{pattern}`\n"));
    }
    if idle.len() > SHOWN {
        output::to_stderr(&format!("note: nor do any fit {} more\n", idle.len() - SHOWN));
    }
}

/// The files below a folder, by their paths from it.
fn files(folder: &Path) -> Option<Vec<String>> {
    let (mut found, mut folders, mut seen) = (Vec::new(), vec![PathBuf::new()], 0);
    while let Some(inside) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder.join(&inside)) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > ENTRIES {
                return None;
            }
            let path = inside.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => folders.push(path),
                Ok(kind) if !kind.is_dir() => {
                    found.push(path.to_string_lossy().replace('\\', "/"));
                }
                _ => {}
            }
        }
    }
    Some(found)
}
