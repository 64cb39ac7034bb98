//! What becomes of the rules on which profile a Pod may ask for.

use super::profile::short;
use crate::report::account::{Item, Level, bare};
use crate::uses::Guard;
use sha2::{Digest, Sha256};

/// What becomes of what Pods may ask for.
pub(super) fn item(old: Option<&Guard>, new: Option<&Guard>) -> Option<Item> {
    let one = new.or(old)?;
    let words =
        |guard: Option<&Guard>| guard.map_or("nothing".to_owned(), |guard| short(&guard.words));
    if old.map(|guard| &guard.words) == new.map(|guard| &guard.words)
        && old.map(|guard| &guard.allows) == new.map(|guard| &guard.allows)
    {
        return None;
    }
    let all = ["nothing said", "RuntimeDefault", "Localhost", "Unconfined", "privileged"];
    let allows = |guard: Option<&Guard>| guard.map_or(all.to_vec(), |guard| guard.allows.clone());
    let (before, after) = (allows(old), allows(new));
    let more: Vec<&str> = after.iter().filter(|word| !before.contains(word)).copied().collect();
    let less = before.iter().any(|word| !after.contains(word));
    let arrow = format!("{}: {} → {}", one.name, words(old), words(new));
    let is_known = [old, new].iter().flatten().all(|guard| !guard.allows.is_empty());
    let (rule, level, severity, message) = if !is_known && (old.is_some() || one.allows.is_empty())
    {
        old?;
        let message =
            format!("{arrow}: not judged: what this policy lets in is not worked out here");
        ("unjudged", Level::Warning, "warning", message)
    } else if !more.is_empty() {
        let message = format!("{arrow}: Pods may have {} as well", more.join(", "));
        ("use-weakened", Level::Error, "high", message)
    } else if less {
        ("use-tightened", Level::Note, "info", format!("{arrow}: Pods may ask for less"))
    } else {
        return None;
    };
    let digits = {
        let text = format!("{}\0{}\0{}", one.name, words(old), words(new));
        let digest: [u8; 32] = Sha256::digest(text).into();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    Some(Item {
        subject: one.name.clone(),
        message,
        ..bare(format!("{rule}-{digits}"), rule, level, severity)
    })
}
