//! What a changed `sdiff.toml` says that the old one did not.

use super::{Acceptance, Config, OfProfiles, Paths, Requirement};

impl Config {
    /// What the file says that another one did not, in sentences, and the first line of an
    /// acceptance that is new.
    pub fn news_against(&self, old: &Config) -> (Vec<String>, Option<usize>) {
        let missing = |from: &Config, of: &Config| -> Vec<(String, usize)> {
            let mut known: Vec<String> = of.accept.iter().map(Acceptance::words).collect();
            let mut missing = Vec::new();
            for acceptance in &from.accept {
                let words = acceptance.words();
                match known.iter().position(|known| *known == words) {
                    Some(at) => drop(known.swap_remove(at)),
                    None => missing.push((words, acceptance.line)),
                }
            }
            missing
        };
        let (added, removed) = (missing(self, old), missing(old, self));
        let mut said: Vec<String> =
            added.iter().map(|(words, _)| format!("it accepts {words}")).collect();
        said.extend(removed.iter().map(|(words, _)| format!("it no longer accepts {words}")));
        let rules = self.severity.keys().chain(old.severity.keys()).map(|rule| rule.get_ref());
        let rules: std::collections::BTreeSet<&String> = rules.collect();
        for rule in rules {
            let of = |config: &Config| {
                let found = config.severity.iter().find(|(known, _)| known.get_ref() == rule);
                found.map(|(_, severity)| *severity)
            };
            if of(self) != of(old) {
                said.push(format!("it gives {rule} another severity"));
            }
        }
        if self.gate != old.gate {
            said.push("it moves the gate".to_owned());
        }
        let required = |from: &Config, of: &Config| -> Vec<String> {
            let known: Vec<String> = of.requirements.iter().map(Requirement::words).collect();
            let words = from.requirements.iter().map(Requirement::words);
            words.filter(|words| !known.contains(words)).collect()
        };
        let asked = required(self, old);
        said.extend(asked.iter().map(|words| format!("it requires {words}")));
        let gone = required(old, self);
        said.extend(gone.iter().map(|words| format!("it no longer requires {words}")));
        let patterns = |paths: &Paths| -> Vec<String> {
            paths.patterns().iter().map(|(pattern, _)| pattern.clone()).collect()
        };
        if patterns(&self.exclude) != patterns(&old.exclude) {
            let now = patterns(&self.exclude);
            said.push(match now.is_empty() {
                true => "it excludes nothing any more".to_owned(),
                false => format!("it excludes {}", now.join(", ")),
            });
        }
        if self.defaults != old.defaults {
            said.push("it asks another question by its `[defaults]`".to_owned());
        }
        // Where it stands is nothing that it says.
        let of_profiles = |config: &Config| -> Vec<(Vec<String>, OfProfiles)> {
            let one = |one: &OfProfiles| {
                (patterns(&one.paths), OfProfiles { paths: Paths::default(), ..one.clone() })
            };
            config.profiles.iter().map(one).collect()
        };
        if of_profiles(self) != of_profiles(old) {
            said.push("it says something else of profiles by its `[[profile]]`".to_owned());
        }
        (said, added.first().map(|(_, line)| *line))
    }
}
