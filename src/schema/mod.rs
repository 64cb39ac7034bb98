//! JSON Schemas (draft 2020-12) of everything that the program writes or reads as JSON or TOML.
//!
//! Those of reports are the files in `docs/`; those of profiles are made from the tables, so that an
//! editor completes every name that the program knows.

mod profile;

pub use profile::profile;

/// A schema: its name, what it is of, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The word that `sdiff schema` takes.
    pub name: &'static str,
    /// What it describes.
    pub of: &'static str,
    /// The schema, with a line end at its end.
    pub text: String,
}

/// Name, what it is of, and the file.
type Row = (&'static str, &'static str, &'static str);

const FILES: &[Row] = &[
    (
        "patch",
        "`merge --format patch`, and what `--apply` takes",
        include_str!("../../docs/patch.schema.json"),
    ),
    ("report", "`diff --format json`", include_str!("../../docs/report.schema.json")),
    ("check", "`check --format json`", include_str!("../../docs/check.schema.json")),
    ("review", "`review --format json`", include_str!("../../docs/review.schema.json")),
    ("fleet", "`fleet --format json`", include_str!("../../docs/fleet.schema.json")),
    (
        "fleet-rows",
        "`fleet --rows` and `--format ndjson`, a line",
        include_str!("../../docs/fleet-rows.schema.json"),
    ),
    (
        "sarif",
        "`--format sarif`: what of it is written",
        include_str!("../../docs/sarif.schema.json"),
    ),
    ("gitlab", "`--format gitlab`", include_str!("../../docs/gitlab.schema.json")),
    ("within", "`--within --format json`", include_str!("../../docs/within.schema.json")),
    ("vectors", "`vectors`", include_str!("../../docs/vectors.schema.json")),
    ("explain", "`explain --format json`", include_str!("../../docs/explain.schema.json")),
    ("learn", "`learn --format json`", include_str!("../../docs/learn.schema.json")),
    ("lineage", "`lineage --format json`", include_str!("../../docs/lineage.schema.json")),
    ("rebase", "`rebase --report`", include_str!("../../docs/rebase.schema.json")),
    ("verify", "`verify --format json`", include_str!("../../docs/verify.schema.json")),
    ("ps", "`ps --format json`", include_str!("../../docs/ps.schema.json")),
    ("disasm", "`disasm --format json`", include_str!("../../docs/disasm.schema.json")),
    ("machines", "`machines --format json`", include_str!("../../docs/machines.schema.json")),
    ("sdiff.toml", "the configuration", include_str!("../../docs/sdiff.schema.json")),
];

/// Every schema, those of profiles first.
pub fn all() -> impl Iterator<Item = Schema> {
    let of_profiles = [
        ("profile", "profiles of Docker and Podman", profile::profile as fn() -> String),
        ("oci", "the object `linux.seccomp` of an OCI configuration", profile::oci),
        ("operator", "a SeccompProfile of the Security Profiles Operator", profile::operator),
    ]
    .map(|(name, of, text)| Schema { name, of, text: text() });
    let of_files = FILES.iter().map(|&(name, of, text)| {
        let text = format!("{}\n", text.trim_end());
        Schema { name, of, text }
    });
    of_profiles.into_iter().chain(of_files)
}
