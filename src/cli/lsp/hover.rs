//! What becomes of the system call under the cursor: what `explain` says of it.

use super::document::Document;
use super::judge::{profiles, question, resolve};
use crate::cli::arguments::options::Question;
use crate::decision::Store;
use crate::explain::{self, Call};
use crate::lint;
use crate::load::{Loaded, Source, SourceKind};
use crate::profile::Span;
use crate::report;
use crate::semantics::{Engine, Policy};
use crate::syscall::{Host, Syscall};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use std::path::PathBuf;

/// The explanation of the name at a place; none where no name of a call stands there, or where the
/// profile has no meaning, which a diagnostic says.
pub(super) fn hover(
    document: &Document,
    position: Position,
    asked: &Question,
    roots: &[PathBuf],
    takes_markdown: bool,
) -> Option<Hover> {
    let at = document.lines.offset(&document.text, position)? as u32;
    let question = question(document, asked, roots).ok()?;
    let loaded = profiles(document).into_iter().filter_map(Result::ok);
    let found = loaded.filter(|loaded| *loaded.source.text == *document.text);
    let (own, name, span) = found.filter_map(|loaded| named_at(loaded, at)).next()?;
    let text = explained(document, own, &name, &question)?;
    let contents = match takes_markdown {
        false => MarkupContent { kind: MarkupKind::PlainText, value: text },
        true => {
            // A fence longer than what the profile itself may hold.
            let mut fence = "```".to_owned();
            while text.contains(&fence) {
                fence.push('`');
            }
            let value = format!("{fence}text\n{text}{fence}\n");
            MarkupContent { kind: MarkupKind::Markdown, value }
        }
    };
    let range = document.lines.range(&document.text, span);
    Some(Hover { contents: HoverContents::Markup(contents), range: Some(range) })
}

/// The name of a call in a rule that stands at a byte.
fn named_at(loaded: Loaded, at: u32) -> Option<(Loaded, String, Span)> {
    let rules = loaded.profile.rules.iter();
    let mut names = rules.flat_map(|rule| rule.name.iter().chain(&rule.names));
    let name = names.find(|name| name.span.start <= at && at < name.span.end)?;
    let (value, span) = (name.value.clone(), name.span);
    Syscall::from_name(&value)?;
    Some((loaded, value, span))
}

fn explained(document: &Document, own: Loaded, name: &str, question: &Question) -> Option<String> {
    let source = Source::new(document.name(), SourceKind::Memory, &own.source.text);
    let loaded = match own.profile.extends.is_empty() {
        true => own,
        false => resolve(own.clone()).ok()?.placed_in(&own),
    };
    let engine = question.engine.unwrap_or_else(|| Engine::of_loaded(&loaded));
    let mut settings = question.settings(engine).carrying(&loaded.environment);
    if question.hosts.is_empty() && !settings.carried.hosts {
        settings.hosts = lint::hosts_of(&loaded.profile, engine);
    }
    let mut store = Store::default();
    let policy = Policy::build(&mut store, &loaded.profile, &settings).ok()?;
    let abi = policy.settings().hosts.first().copied().unwrap_or(Host::Amd64).native();
    let call = Call::parse(name, abi).ok()?;
    let answers = explain::explain(&mut store, &loaded.profile, &policy, &call).ok()?;
    let (policy, answers) = (&policy, &*answers);
    let explained = report::Explained { source: &source, policy, answers, stack: &[] };
    Some(report::explain_text(&explained, &call, false))
}
