//! The machines that are known.

use crate::page::{Ink, Paint};
use crate::semantics::{CHANGES, Engine, Machine, RUN, Runtime, SHIPPED};
use crate::syscall::Library;
use serde_json::json;
use std::fmt::Write;

/// The version of [`machines_json`].
pub const MACHINES_JSON_VERSION: u32 = 1;

/// Each engine with its usual runtime and how it reads files.
const fn reading(engine: Engine) -> &'static str {
    match engine {
        Engine::DockerNext => "moby with the architecture of the host always listed",
        Engine::Docker => "moby's dialect; buildkit reads as it does",
        Engine::Podman => "containers-common's dialect, no minKernel; buildah reads as it does",
        Engine::CriO => "as podman",
        Engine::Containerd => {
            "an OCI object: no includes, excludes, archMap or `name`; kubernetes is its CRI plugin"
        }
    }
}

/// For a terminal, with colours or without.
pub fn machines_text(color: bool) -> String {
    let paint = Paint { color };
    let mut text = String::new();
    let title = |text: &mut String, words: &str| {
        if !text.is_empty() {
            text.push('\n');
        }
        paint.put(text, Ink::Bold, words);
        text.push('\n');
    };
    title(&mut text, "engines (--engine), with the usual runtime");
    for engine in known_engines() {
        let Machine { runtime, .. } = Machine::newest(engine);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<12} {:<12} {}", engine.name(), runtime, reading(engine));
    }
    title(&mut text, "runtimes (--runtime)");
    for program in ["runc", "crun"] {
        let mut line = format!("  {program:<6}");
        for version in versions(program) {
            if line.chars().count() + version.len() + 1 > 98 {
                let _ = writeln!(text, "{}", line.trim_end());
                line = " ".repeat(8);
            }
            line += &format!("{version} ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let run = RUN.map(|(program, versions)| format!("{program} {versions}"));
    let _ = writeln!(text, "  Run were {}; of the others the source was read.", run.join(" and "));
    let _ = writeln!(text, "  none    the filter alone, without ENOSYS of runc's");
    title(&mut text, "libseccomp (--libseccomp)");
    let libraries: Vec<&str> = Library::ALL.iter().map(|library| library.name()).collect();
    let _ = writeln!(text, "  {}", libraries.join(" "));
    title(&mut text, "what changes answers");
    for change in CHANGES {
        let _ = writeln!(text, "  {:<17} {}", change.since, change.what);
        let _ = writeln!(text, "  {:<17} ({})", "", change.source);
    }
    title(&mut text, "who ships what");
    let or_none = |version: Option<&'static str>| version.unwrap_or("-");
    let _ = writeln!(text, "  {:<27} {:<11} {:<6} {:<11} source", "", "runc", "crun", "libseccomp");
    for shipped in SHIPPED {
        let _ = writeln!(
            text,
            "  {:<27} {:<11} {:<6} {:<11} {}",
            shipped.by,
            or_none(shipped.runc),
            or_none(shipped.crun),
            or_none(shipped.libseccomp),
            shipped.source
        );
    }
    text
}

/// For programs; `docs/machines.schema.json` describes it.
pub fn machines_json() -> String {
    let engines: Vec<_> = known_engines().map(engine_json).collect();
    let changes = CHANGES.iter().map(
        |change| json!({ "since": change.since, "what": change.what, "source": change.source }),
    );
    let shipped = SHIPPED.iter().map(|shipped| {
        json!({
            "by": shipped.by,
            "runc": shipped.runc,
            "crun": shipped.crun,
            "libseccomp": shipped.libseccomp,
            "source": shipped.source,
        })
    });
    let report = json!({
        "version": MACHINES_JSON_VERSION,
        "engines": engines,
        "runtimes": { "runc": versions("runc"), "crun": versions("crun") },
        "run": RUN.iter().map(|(program, versions)| format!("{program} {versions}")).collect::<Vec<_>>(),
        "libseccomp": Library::ALL.map(Library::name),
        "changes": changes.collect::<Vec<_>>(),
        "shipped": shipped.collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn versions(program: &str) -> Vec<String> {
    let of_program = Runtime::all().filter(|runtime| runtime.program() == program);
    of_program.filter_map(|runtime| Some(runtime.version()?.to_string())).collect()
}

fn known_engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.into_iter().chain([Engine::DockerNext])
}

fn engine_json(engine: Engine) -> serde_json::Value {
    let Machine { runtime, library, .. } = Machine::newest(engine);
    json!({
        "name": engine.name(),
        "reads": reading(engine),
        "runtime": runtime.program(),
        "version": runtime.version().map(|version| version.to_string()),
        "libseccomp": library.name(),
    })
}
