//! Why a profile gives no policy, with the lines of the file.

use crate::load::Source;
use crate::load::excerpt::{Level, render};
use crate::page::Layout;
use crate::profile::Span;
use crate::semantics::SemanticsError;

/// The error over several lines, with the rules that it is about.
pub fn trouble(error: &SemanticsError, source: &Source, layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let place = |span: Option<Span>| Some((source, span.filter(|span| *span != Span::default())?));
    let (here, other) = (place(error.span), place(error.other));
    let message = match here {
        Some(_) => error.to_string(),
        None => format!("{}: {error}", source.name),
    };
    let help = error.help();
    let Some(other) = other else { return render(Level::Error, &message, here, help, &layout) };
    let first = render(Level::Error, &message, here, None, &layout);
    first + &render(Level::Note, "it contradicts this one", Some(other), help, &layout)
}
