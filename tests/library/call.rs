//! The examples of `docs/calls.md`.

use sdiff::call::Call;
use sdiff::decision::Store;
use sdiff::syscall::Abi;

/// The rows of a table below a head.
fn rows(head: &str) -> Vec<(String, String)> {
    let page = include_str!("../../docs/calls.md");
    let (_, table) = page.split_once(head).expect("a table");
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let rows = lines.map(|line| {
        let line = line.replace("\\|", "\u{1}");
        let mut cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
        let mut cell = || cells.next().expect("two cells").replace('\u{1}', "|");
        (cell().trim_matches('`').to_owned(), cell())
    });
    rows.collect()
}

#[test]
fn every_example_is_a_set_of_calls_that_is_neither_empty_nor_all() {
    let rows = rows("| written | the calls |");
    assert!(rows.len() > 10);
    for (text, _) in rows {
        let call = Call::parse_anywhere(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let abi = call.abi().unwrap_or(Abi::X86_64);
        let mut store = Store::default();
        let set = call.set(&mut store, abi).expect("a set");
        assert!(!set.is_empty(), "{text}");
        assert_eq!(set.is_all(), text == "io_uring_setup", "{text}");
    }
}

#[test]
fn every_mistake_is_told_as_the_page_says() {
    let rows = rows("| written | said |");
    assert!(rows.len() > 3);
    for (text, said) in rows {
        let error = Call::parse_anywhere(&text).expect_err(&text);
        assert_eq!(error.to_string(), said, "{text}");
    }
}
