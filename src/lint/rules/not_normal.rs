//! `not-normal`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::{Format, normalize, to_json};

pub(super) const LINT: Lint = Lint {
    id: "not-normal",
    severity: Severity::Info,
    summary: "a profile that is not in its normal form",
    story: "\
In the normal form names are sorted, groups that differ in names alone are one, and repetition is
gone, so that a line of a `git diff` is a change of the profile. `sdiff normalize --write FILE` brings
a file into it, and never changes what the profile does. Comments are lost.",
    fires: "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}",
    silent: "{\n\t\"defaultAction\": \"SCMP_ACT_ERRNO\"\n}\n",
    check: Some(check),
};

/// How a profile begins that says something, in the normal form.
const BEGINS: &str = "{\n\t\"";

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let is_json = matches!(context.profile.format, Format::Docker | Format::ContainersCommon)
        && !context.loaded.source.is_held();
    let text = &*context.loaded.source.text;
    // Most files are told by how they begin.
    let may_be = || text.starts_with(BEGINS) || text.starts_with("{}");
    if !is_json || may_be() && to_json(&normalize(context.profile)) == *text {
        return Ok(Vec::new());
    }
    let message = "the file is not in normal form, so that changes of it are harder to read";
    let help = "`sdiff normalize --write FILE` brings it there, and never changes what it does";
    Ok(vec![Finding::new("profile", message.to_owned(), help)])
}
