//! The restatement of runc and crun, and the main crate, against this machine's real programs: the
//! filter that a container loads must answer as both say it would. Needs root, runc, crun and
//! busybox. `generations` asks those of other years.

use sdiff_real::arch::Arch;
use sdiff_real::container::Bundle;
use sdiff_real::edges::{edges, generations, oci, rule};
use sdiff_real::knobs;
use sdiff_real::readback::{compare_all, defaults, generated};

#[test]
fn runc_at_the_edges() {
    compare_all("runc_at_the_edges", "runc", None, &edges());
}

#[test]
fn runc_with_the_defaults() {
    compare_all("runc_with_the_defaults", "runc", None, &defaults());
}

#[test]
fn runc_with_generated_profiles() {
    let count = knobs::number("SDIFF_CONTAINER_CASES", 200);
    compare_all("runc_with_generated_profiles", "runc", None, &generated(count));
}

#[test]
fn crun_at_the_edges() {
    compare_all("crun_at_the_edges", "crun", None, &edges());
}

#[test]
fn runc_where_years_differ() {
    compare_all("runc_where_years_differ", "runc", None, &generations());
}

#[test]
fn crun_where_years_differ() {
    compare_all("crun_where_years_differ", "crun", None, &generations());
}

#[test]
fn crun_with_generated_profiles() {
    let count = knobs::number("SDIFF_CONTAINER_CASES", 200) / 2;
    compare_all("crun_with_generated_profiles", "crun", None, &generated(count));
}

/// Not the filter but what is around it: without `listenerPath`, a rule with `NOTIFY` loads and
/// the container fails.
#[test]
fn notify_needs_a_listener() {
    let dir = tempfile::tempdir().unwrap();
    let mut bundle = match Bundle::new(dir.path(), "runc", None) {
        Ok(bundle) => bundle,
        Err(why) => return knobs::skip("notify_needs_a_listener", &why),
    };
    let rules = vec![rule(&["kcmp"], "NOTIFY", None, &[])];
    let profile = oci("ALLOW", None, &[Arch::X86_64.short()], rules);
    let outcome = bundle.start(&profile, false, true).unwrap();
    assert!(outcome.filter.is_some() && outcome.status != Some(0), "{outcome:?}");
    assert!(outcome.message.contains("listenerPath is not set"), "{}", outcome.message);
}
