//! The profiles that arguments stand for: of a folder all that are in it.

use crate::cli::failure::Failure;
use crate::cli::look::fleet::files::{Input, bytes, inputs};
use crate::cli::look::required::Spec;
use crate::fleet::{Row, profiles_in};
use std::path::Path;

/// Each argument that is no folder as it is; of a folder the profiles in it, by content.
pub(super) fn expanded(arguments: &[String]) -> Result<Vec<Spec>, Failure> {
    let mut specs = Vec::new();
    for argument in arguments {
        // A built-in default is no folder of that name.
        if crate::baseline::is_spec(argument) || !Path::new(argument).is_dir() {
            specs.push(Ok(argument.clone()));
            continue;
        }
        let before = specs.len();
        for input in inputs(&[argument.into()], None, None)? {
            match input {
                Input::File { path, name, .. } => of_file(&path, &name, &mut specs),
                Input::Known(Row::Unread(unread)) => specs.push(Err((unread.name, unread.why))),
                _ => {}
            }
        }
        if specs.len() == before {
            let name = argument.escape_debug();
            return Err(Failure::Usage(format!("there is no profile in the folder {name}")));
        }
    }
    Ok(specs)
}

fn of_file(path: &Path, name: &str, specs: &mut Vec<Spec>) {
    let Some(text) = path.to_str() else {
        specs.push(Err((name.to_owned(), "its name is no UTF-8: name it by a link".to_owned())));
        return;
    };
    match bytes(path, name) {
        Ok(Some(bytes)) => {
            specs.extend(profiles_in(text, &bytes).into_iter().map(|document| {
                Ok(match document {
                    Some(document) => format!("{text}#{document}"),
                    None => text.to_owned(),
                })
            }));
        }
        Ok(None) => {}
        Err(why) => specs.push(Err((text.to_owned(), why))),
    }
}
