//! `does-not-load`

use crate::lint::{Finding, Lint, Severity};
use crate::load::LoadError;
use crate::profile::Span;
use crate::semantics::SemanticsError;

pub(super) const LINT: Lint = Lint {
    id: "does-not-load",
    severity: Severity::Error,
    summary: "the engine or the runtime refuses the profile, and no container starts",
    story: "\
Docker, Podman and the runtime look at a profile only when a container starts, and each refuses
some of them: an unknown action, operator or architecture, an argument index above 5, `name`
beside `names`, `architectures` beside `archMap`, a `minKernel` that is no version, `SCMP_ACT_NOTIFY`
for `write`. libseccomp refuses a rule whose conditions another rule has with another action
(`EEXIST`). Then the container does not start at all, often only on one kind of host.

The lint says what is refused, where, and by which rule it is contradicted. The decisions are those
of moby, containers-common, runc and libseccomp, and the tests hold them against the real runc.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
  {"names": ["personality"], "action": "SCMP_ACT_LOG",
   "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
  {"names": ["personality"], "action": "SCMP_ACT_LOG",
   "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]}"#,
    check: None,
};

/// What an engine, runc or libseccomp refuses.
pub(crate) fn refused(error: &SemanticsError) -> Finding {
    let help = error.help().unwrap_or("no container starts until it is corrected");
    finding(error.to_string(), help.to_owned(), error.span).beside(error.other)
}

/// What every engine refuses to read.
pub(crate) fn unreadable(error: &LoadError) -> Finding {
    let help = error.help();
    let help = help.unwrap_or_else(|| "no container starts until it is corrected".to_owned());
    finding(error.kind().to_string(), help, error.span())
}

/// What cannot be judged, while other files are.
pub(crate) fn trouble(why: &str) -> Finding {
    let why = why.strip_prefix("error: ").unwrap_or(why);
    let help = "the others are judged; mend or leave out this one";
    finding(why.to_owned(), help.to_owned(), None)
}

fn finding(message: String, help: String, span: Option<Span>) -> Finding {
    let mut finding =
        Finding::new("profile", message, help).at_any(span).with_severity(LINT.severity);
    finding.identify(LINT.id);
    finding
}
