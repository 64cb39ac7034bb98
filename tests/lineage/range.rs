//! What a rebase reckons with beside the nearest state, by examples that it once left out.

use crate::LINES;
use crate::forks::flattened;
use crate::rebases::{built_in, layer_of, own};
use sdiff::decision::Store;
use sdiff::load::{LoadOptions, Loaded, parse};
use sdiff::origin::{Origin, State, origin, states};
use sdiff::overlay::{Layer, Rebased, rebase_from_any};
use sdiff::syscall::Host;

fn state(name: &str) -> &'static State {
    states().iter().find(|state| state.name() == name).unwrap()
}

fn loaded(text: &str) -> Loaded {
    parse("fork", text.as_bytes(), &LoadOptions::default()).unwrap()
}

fn has(found: &Origin, state: &State) -> bool {
    found.likely().iter().any(|one| std::ptr::eq(one.state, state))
}

/// CRI-O's was Docker's without a condition here and there: with every capability they are one and the same.
#[test]
fn a_state_of_another_line_can_be_the_origin() {
    let crio = state("crio@1.20.2");
    let fork = loaded(&flattened(crio, Host::Amd64, "all", &[]));
    let found = origin(&fork.profile, &LINES);
    assert_ne!(found.first().unwrap().state.line(), crio.line());
    assert!(has(&found, crio), "{:?}", found.likely());
}

/// The state has eleven entries for two names, and those beside it have two.
#[test]
fn a_name_that_is_cut_off_is_one_however_many_entries_it_has() {
    let origin_of_fork = state("docker@cd45643");
    let names = |text: &str| -> Vec<String> {
        let rules = loaded(text).profile.rules;
        rules.iter().flat_map(|rule| rule.names.iter().map(|name| name.value.clone())).collect()
    };
    let all = names(&flattened(origin_of_fork, Host::Amd64, "none", &[]));
    // One in five, all over the list.
    let mut cut: Vec<&str> = all.iter().step_by(5).map(String::as_str).collect();
    cut.extend(["socket", "socketcall"]);
    let fork = loaded(&flattened(origin_of_fork, Host::Amd64, "none", &cut));
    let found = origin(&fork.profile, &LINES);
    assert!(found.first().unwrap().edits + 8 < fork_edits(&found, origin_of_fork));
    assert!(has(&found, origin_of_fork));
}

fn fork_edits(found: &Origin, state: &State) -> usize {
    let one = found.candidates.iter().find(|one| std::ptr::eq(one.state, state));
    one.map_or(0, |one| one.edits)
}

/// Of the states that a text can be a copy of some are for other hosts: they say nothing of these.
#[test]
fn a_candidate_for_other_hosts_is_no_obstacle() {
    for state in states().iter().filter(|state| state.is_own_code()) {
        let fork = loaded(&flattened(state, Host::S390x, "all", &["mkdir"]));
        let found = origin(&fork.profile, &LINES);
        let Some(first) = found.first() else { continue };
        let line = first.state.line();
        let from: Vec<Layer> = found.likely().iter().map(|one| layer_of(one.state)).collect();
        let from: Vec<&Layer> = from.iter().collect();
        let sides = [&own(&fork, line), &built_in(line.name())];
        let any = rebase_from_any(&mut Store::default(), &from, sides, None, &[Host::S390x]);
        assert!(matches!(any, Ok((Rebased::Clean(_), _))), "{}: {:?}", state.name(), any.err());
    }
}
