//! Which commits are compared.

use super::git::{Sides, Tree, commit, fetch_more, line};
use crate::review::Trouble;
use serde_json::Value;
use std::path::Path;

/// A range in git's words, and where it is from, for messages.
struct Range {
    old: String,
    new: String,
    /// Whether the old side is where the two parted.
    from_merge_base: bool,
}

impl Range {
    fn dots(old: &str, dots: &str, new: &str) -> Range {
        let or_head = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
        Range { old: or_head(old), new: or_head(new), from_merge_base: dots == "..." }
    }

    fn parse(text: &str) -> Range {
        match (text.split_once("..."), text.split_once("..")) {
            (Some((old, new)), _) => Range::dots(old, "...", new),
            (None, Some((old, new))) => Range::dots(old, "..", new),
            (None, None) => Range::dots(text, "...", "HEAD"),
        }
    }
}

/// The two sides, and the range in words.
pub(super) fn sides(
    folder: &Path,
    range: Option<&str>,
    is_staged: bool,
) -> Result<(Sides, String), Trouble> {
    if line(folder, &["rev-parse", "--git-dir"])?.is_none() {
        return Err(Trouble("this is no git repository".to_owned()));
    }
    let short = |id: &str| id.get(..10).unwrap_or(id).to_owned();
    let sides = |old: &str, new| Sides {
        folder: folder.to_owned(),
        prefix: format!("{}:", short(old)),
        old: old.to_owned(),
        new,
    };
    if is_staged {
        let old = commit(folder, "HEAD")?;
        let words = format!("{}..index", short(&old));
        return Ok((sides(&old, Tree::Index), words));
    }
    let range = match range {
        Some(range) => Range::parse(range),
        None => match of_ci(folder)? {
            Some(range) => range,
            None => Range::dots(&default_branch(folder)?, "...", "HEAD"),
        },
    };
    let (first, new) = (commit(folder, &range.old)?, commit(folder, &range.new)?);
    let old = match range.from_merge_base {
        true => merge_base(folder, &first, &new, &range)?,
        false => first,
    };
    let dots = if range.from_merge_base { "..." } else { ".." };
    let words = format!("{}{dots}{} ({}..{})", range.old, range.new, short(&old), short(&new));
    Ok((sides(&old, Tree::Commit(new)), words))
}

/// The range that a CI system names.
fn of_ci(folder: &Path) -> Result<Option<Range>, Trouble> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let is_commit = |id: &str| !id.is_empty() && id.bytes().any(|byte| byte != b'0');
    // GitHub Actions, Gitea, Forgejo.
    if let Some(path) = variable("GITHUB_EVENT_PATH") {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Trouble(format!("GITHUB_EVENT_PATH: {path}: {error}")))?;
        let event: Value = serde_json::from_str(&text)
            .map_err(|error| Trouble(format!("GITHUB_EVENT_PATH: {path}: {error}")))?;
        let id = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        if let Some(base) = id("/pull_request/base/sha").filter(|id| is_commit(id)) {
            return Ok(Some(Range::dots(base, "...", "HEAD")));
        }
        if let Some(base) = id("/merge_group/base_sha").filter(|id| is_commit(id)) {
            return Ok(Some(Range::dots(base, "..", "HEAD")));
        }
        if let Some(before) = id("/before").filter(|id| is_commit(id))
            && commit(folder, before).is_ok()
        {
            return Ok(Some(Range::dots(before, "..", "HEAD")));
        }
    }
    if let Some(base) = variable("CI_MERGE_REQUEST_DIFF_BASE_SHA") {
        return Ok(Some(Range::dots(&base, "..", "HEAD")));
    }
    if let Some(before) = variable("CI_COMMIT_BEFORE_SHA").filter(|id| is_commit(id))
        && commit(folder, &before).is_ok()
    {
        return Ok(Some(Range::dots(&before, "..", "HEAD")));
    }
    // pre-commit, before a push.
    if let (Some(from), Some(to)) = (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF"))
    {
        return Ok(Some(Range::dots(&from, "...", &to)));
    }
    Ok(None)
}

/// The branch that changes are merged into.
fn default_branch(folder: &Path) -> Result<String, Trouble> {
    let remote = line(folder, &["symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD"]);
    if let Ok(Some(name)) = remote
        && commit(folder, &name).is_ok()
    {
        return Ok(name);
    }
    let known = ["main", "master", "origin/main", "origin/master"];
    let found = known.into_iter().find(|name| commit(folder, name).is_ok());
    found.map(str::to_owned).ok_or_else(|| {
        Trouble(
            "there is no branch `main` to compare with: name a range, as in \
                 `sdiff review develop...HEAD`"
                .to_owned(),
        )
    })
}

fn merge_base(folder: &Path, old: &str, new: &str, range: &Range) -> Result<String, Trouble> {
    let found = line(folder, &["merge-base", old, new])?;
    found.filter(|id| !id.is_empty()).ok_or_else(|| {
        let (old, new) = (range.old.escape_debug(), range.new.escape_debug());
        let message = format!("`{old}` and `{new}` have no common ancestor here");
        Trouble(message + &fetch_more(folder))
    })
}
