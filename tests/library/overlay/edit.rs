//! The texts of real profiles, edited: they say what was asked, and few lines are touched.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use sdiff::baseline;
use sdiff::load::{LoadOptions, parse};
use sdiff::overlay::edited;
use sdiff::profile::{Profile, Rule, Spanned, to_json};
use similar::{ChangeTag, TextDiff};

fn read(text: &str) -> Profile {
    parse("x", text.as_bytes(), &LoadOptions::default()).expect("a profile").profile
}

type Places = Vec<Option<usize>>;

/// Lines that a change takes away and adds.
fn lines(text: &str, change: impl FnOnce(&mut Profile, &mut Places)) -> (usize, usize) {
    let before = read(text);
    let mut after = before.clone();
    let mut places = (0..before.rules.len()).map(Some).collect();
    change(&mut after, &mut places);
    let edited = edited(text, &before, &after, &places).expect("an edit");
    assert_eq!(to_json(&read(&edited)), to_json(&after));
    let diff = TextDiff::from_lines(text, &edited);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (count(ChangeTag::Delete), count(ChangeTag::Insert))
}

#[test]
fn baselines_are_edited_in_few_lines() {
    let mut seen = Vec::new();
    for release in baseline::list().iter().rev() {
        if seen.contains(&release.content) {
            continue;
        }
        seen.push(release.content);
        let text = &*release.text();
        let profile = read(text);
        assert_eq!(lines(text, |_, _| ()), (0, 0), "{release}");
        let Some(at) = profile.rules.iter().position(|rule| rule.names.len() > 5) else { continue };
        let names = &profile.rules[at].names;
        for place in [1, names.len()] {
            let new = Spanned::bare("zzz".to_owned());
            let (gone, added) = lines(text, |p, _| p.rules[at].names.insert(place, new));
            // The line before the last one gets a comma.
            assert!((gone, added) == (0, 1) || place == names.len() && added == 2, "{release}");
        }
        for place in [0, names.len() - 1] {
            let (gone, _) = lines(text, |p, _| drop(p.rules[at].names.remove(place)));
            assert!(gone == 1 || place == names.len() - 1 && gone == 2, "{release}");
        }
        for place in (0..profile.rules.len()).step_by(9) {
            lines(text, |p, places| {
                p.rules.remove(place);
                places.remove(place);
            });
            // Each rule again as a new one, which is written anew.
            let (gone, _) = lines(text, |p, places| {
                let rule =
                    Rule { comment: Some("new \"one\"\n".to_owned()), ..p.rules[place].clone() };
                p.rules.insert(place, rule);
                places.insert(place, None);
            });
            assert!(gone <= 1, "{release}");
        }
    }
}
