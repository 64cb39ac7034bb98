//! One finding: what it says, its proofs, and the lines of both profiles.

use super::super::super::account::{Effect, Entry, Item, Region};
use super::excerpt::{Marks, Pane};
use super::markup::Markup;
use super::verdict::{class, mark};
use crate::diff::Direction;

/// A finding on its way into the page.
pub(super) struct Finding<'a> {
    pub item: &'a Item,
    /// Its name in the page.
    pub id: String,
    /// The place of its profile.
    pub entry: &'a str,
    /// Why it is accepted, if it is.
    pub accepted: Option<&'a str>,
    pub is_open: bool,
}

/// The two texts of a profile.
pub(super) struct Sides<'a> {
    old: Option<Pane<'a>>,
    new: Option<Pane<'a>>,
    /// The file, where `new` is what it resolves to.
    own: Option<Pane<'a>>,
}

impl<'a> Sides<'a> {
    pub fn of(entry: &'a Entry) -> Sides<'a> {
        Sides {
            old: entry.old.as_ref().map(|source| Pane::of("Old", source, &entry.against)),
            new: entry.new.as_ref().map(|source| {
                let title = match (&entry.own, &entry.old) {
                    (Some(_), _) => "New, resolved",
                    (None, Some(_)) => "New",
                    (None, None) => "",
                };
                Pane::of(title, source, &source.name)
            }),
            own: entry.own.as_ref().map(|source| Pane::of("File", source, &source.name)),
        }
    }
}

impl Finding<'_> {
    pub fn show(&self, page: &mut Markup, sides: &Sides) {
        let item = self.item;
        let level = Some(item.level);
        let tag = if self.accepted.is_some() { "accepted" } else { "finding" };
        page.open(
            "article",
            &[
                ("class", tag),
                ("id", &self.id),
                ("data-level", class(level)),
                ("data-kind", item.rule),
                ("data-entry", self.entry),
            ],
        );
        page.raw(if self.is_open { "<details open>" } else { "<details>" });
        page.raw("<summary><span class=\"badge\"><span aria-hidden=\"true\">");
        page.text(mark(level)).raw("</span> ").raw(item.level.name()).raw("</span>");
        page.raw("<h3>").prose(&item.message).raw("</h3>");
        page.raw("<span class=\"kind\">").text(item.rule).raw("</span></summary>\n");
        page.raw("<div class=\"body\">\n");
        if let Some(reason) = self.accepted {
            labelled(page, "reason", "Accepted", reason);
        }
        if !item.effects.is_empty() {
            page.raw("<ul class=\"effects\">");
            for effect in &item.effects {
                show_effect(page, effect);
            }
            page.raw("</ul>\n");
        }
        let is_proven = item.effects.iter().any(|effect| effect.proof.is_some());
        if let Some(proof) = item.proof.as_deref().filter(|_| !is_proven) {
            page.raw("<p class=\"proof\"><b>Proof</b> <code>").text(proof).raw("</code></p>\n");
        }
        for danger in &item.dangers {
            labelled(page, "danger", "Danger", danger);
        }
        for need in &item.needs {
            labelled(page, "needs", "Needs", need);
        }
        if let Some(help) = &item.help {
            labelled(page, "help", "Help", help);
        }
        self.lines(page, sides);
        page.raw("<p class=\"id\"><a href=\"#").text(&self.id).raw("\">").text(&item.id);
        page.raw("</a> · severity ").text(item.severity).raw("</p>\n");
        page.raw("</div></details></article>\n");
    }

    /// The lines of both profiles, side by side.
    fn lines(&self, page: &mut Markup, sides: &Sides) {
        let item = self.item;
        let marks = |place: Option<Region>, of: &dyn Fn(&Effect) -> &[u32]| {
            Marks::of(place, item.effects.iter().flat_map(|effect| of(effect).iter().copied()))
        };
        let old = marks(item.old_place, &|effect| &effect.old_lines);
        let place = item.place.filter(|_| sides.own.is_none());
        let new = marks(place, &|effect| &effect.new_lines);
        let own = Marks::of(item.place.filter(|_| sides.own.is_some()), std::iter::empty());
        if old.is_empty() && new.is_empty() && own.is_empty() {
            return;
        }
        page.raw("<div class=\"sides\">\n");
        for (pane, marks) in [(&sides.old, &old), (&sides.new, &new)] {
            if let Some(pane) = pane {
                pane.show(page, marks);
            }
        }
        if let Some(pane) = sides.own.as_ref().filter(|_| !own.is_empty()) {
            pane.show(page, &own);
        }
        page.raw("</div>\n");
    }
}

fn labelled(page: &mut Markup, class: &'static str, name: &'static str, text: &str) {
    page.open("p", &[("class", class)]).raw("<b>").raw(name).raw("</b> <span>").prose(text);
    page.raw("</span></p>\n");
}

/// The sign and the word of a direction.
pub(super) fn direction(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Weaker => ("▲", "weaker"),
        Direction::Stricter => ("▼", "stricter"),
        Direction::Other => ("◆", "other"),
    }
}

fn show_effect(page: &mut Markup, effect: &Effect) {
    let (sign, word) = direction(effect.direction);
    page.open("li", &[("class", word)]).raw("<p><span class=\"way\"><span aria-hidden=\"true\">");
    page.text(sign).raw("</span> ").raw(word).raw("</span> <b class=\"actions\">");
    page.text(&effect.actions).raw("</b> ");
    let words = match &*effect.words {
        "" => "always and everywhere",
        words => words,
    };
    page.raw("<span class=\"words\">").text(words).raw("</span></p>");
    if let Some(needs) = &effect.needs {
        page.raw("<p class=\"needs\">").text(needs).raw("</p>");
    }
    if let Some(proof) = &effect.proof {
        page.raw("<p class=\"proof\"><b>Proof</b> <code>").text(proof).raw("</code></p>");
    }
    page.raw("</li>\n");
}
