//! The table of the four defaults in `docs/baselines.md` is what the program says.

#![allow(clippy::expect_used)]

#[path = "../../../examples/defaults_table.rs"]
mod example;

#[test]
fn the_page_has_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/baselines.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let table = example::table().expect("a table");
    assert!(
        page.contains(&format!("\n\n{table}\n")),
        "docs/baselines.md: `cargo run --example defaults-table` prints\n{table}"
    );
    assert!(table.lines().count() > 6, "{table}");
}
