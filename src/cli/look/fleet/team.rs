//! `[[profile]]` and `[[require]]` of a team's settings, asked of each profile of a fleet.

use crate::cli::arguments::config::today;
use crate::cli::arguments::options::{Question, Reading};
use crate::cli::look::required;
use crate::fleet::{Breach, Team};
use crate::lint::{self, Date};
use crate::load::Loaded;
use crate::semantics::{Engine, Settings};
use std::sync::Arc;

/// The settings, if they say anything of single profiles.
pub(super) fn of(question: &Question, reading: &Reading) -> Option<Arc<dyn Team>> {
    let file = question.file();
    let is_said = file.has_profiles() || !file.requirements().is_empty();
    is_said.then(|| {
        let team: Arc<dyn Team> = Arc::new(Settled {
            question: question.clone(),
            reading: reading.clone(),
            today: today(),
        });
        team
    })
}

#[derive(Debug)]
struct Settled {
    question: Question,
    reading: Reading,
    today: Date,
}

impl Team for Settled {
    fn concerns(&self, path: &str) -> bool {
        // A pattern can fit one of several profiles in a file: there is no need to know which.
        let file = self.question.file();
        let path = self.question.config.path_of(path);
        !file.required_of(&path).is_empty() || file.has_profiles()
    }

    fn asked(&self, path: &str) -> Option<(Option<Engine>, Settings)> {
        if !self.question.file().has_profiles() {
            return None;
        }
        let own = self.question.of(path);
        let is_same = own.engine == self.question.engine && own.caps == self.question.caps;
        let settings = || own.settings(own.engine.unwrap_or(Engine::Docker));
        (!is_same).then(|| (own.engine, settings()))
    }

    fn broken(&self, path: &str, loaded: &Loaded) -> Result<Vec<Breach>, String> {
        let file = self.question.file();
        let name = self.question.config.path_of(path);
        if file.required_of(&name).is_empty() {
            return Ok(Vec::new());
        }
        let question = self.question.of(path);
        let readers = match question.engine {
            Some(engine) => vec![engine],
            None => lint::readers_of(loaded, path),
        };
        let settings = |engine: &Engine| question.of_file(loaded, *engine);
        let questions: Vec<Settings> = readers.iter().map(settings).collect();
        let found = required::findings(&question, &self.reading, (path, loaded), &questions)
            .map_err(|failure| failure.render(false).trim_end().to_owned())?;
        let judged = file.judge(&name, found, self.today, &mut Vec::new());
        let broken =
            judged.findings.into_iter().filter(|finding| finding.lint == "requirement-broken");
        Ok(broken
            .map(|finding| Breach {
                proof: finding.witness.as_ref().map_or(String::new(), ToString::to_string),
                id: finding.id,
                says: finding.message,
            })
            .collect())
    }
}
