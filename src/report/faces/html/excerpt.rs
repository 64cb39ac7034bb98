//! Lines of a profile around those that a finding rests on.

use super::super::super::account::Region;
use super::markup::Markup;
use crate::load::Source;
use std::collections::BTreeSet;

/// How many lines are shown around one that counts.
const CONTEXT: u32 = 3;
/// How many lines that count are shown: a name can stand in thousands.
const MOST: usize = 12;
/// How many characters of a line are shown, and how many of them before the place.
const WIDTH: usize = 240;
const BEFORE: usize = 80;

/// The lines that a finding rests on.
pub(super) struct Marks {
    place: Option<Region>,
    lines: BTreeSet<u32>,
}

impl Marks {
    pub fn of(place: Option<Region>, lines: impl Iterator<Item = u32>) -> Marks {
        let mut lines: BTreeSet<u32> = lines.collect();
        lines.extend(place.map(|place| place.line));
        Marks { place, lines }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// One of the two texts.
pub(super) struct Pane<'a> {
    title: &'static str,
    name: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Pane<'a> {
    pub fn of(title: &'static str, source: &'a Source, name: &'a str) -> Pane<'a> {
        // As positions count them: a line ends with `\n`, and a lone `\r` ends none.
        let lines = source.text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        Pane { title, name, lines: lines.collect() }
    }

    /// The lines around the marked ones, by number.
    pub fn show(&self, page: &mut Markup, marks: &Marks) {
        page.raw("<figure class=\"side\"><figcaption>");
        if !self.title.is_empty() {
            page.raw("<b>").raw(self.title).raw("</b> ");
        }
        page.text(self.name).raw("</figcaption>\n");
        if marks.is_empty() {
            page.raw("<p class=\"nothing\">No rule of it is about these calls.</p></figure>\n");
            return;
        }
        page.raw("<pre tabindex=\"0\">");
        let last = self.lines.len() as u32;
        // The place comes first, should there be too many.
        let place = marks.place.map(|place| place.line);
        let others = marks.lines.iter().copied().filter(|line| Some(*line) != place);
        let chosen: BTreeSet<u32> = place.into_iter().chain(others).take(MOST).collect();
        let mut shown = 0;
        for &line in &chosen {
            let from = line.saturating_sub(CONTEXT).max(shown + 1);
            let to = line.saturating_add(CONTEXT).min(last);
            if from > shown + 1 {
                page.raw("<span class=\"gap\" aria-hidden=\"true\">⋯</span>");
            }
            for line in from..=to {
                self.line(page, line, marks);
            }
            shown = shown.max(to);
        }
        if shown < last {
            page.raw("<span class=\"gap\" aria-hidden=\"true\">⋯</span>");
        }
        page.raw("</pre>");
        let left = marks.lines.len() - chosen.len();
        if left > 0 {
            page.raw("<p class=\"nothing\">and ").number(left).raw(" more lines</p>");
        }
        page.raw("</figure>\n");
    }

    fn line(&self, page: &mut Markup, number: u32, marks: &Marks) {
        let text = self.lines.get(number as usize - 1).copied().unwrap_or("");
        let is_marked = marks.lines.contains(&number);
        page.raw(if is_marked { "<span class=\"line hit\">" } else { "<span class=\"line\">" });
        page.raw("<span class=\"no\">").raw(if is_marked { "▸" } else { "" });
        page.number(number as usize).raw("</span><code>");
        let place = marks.place.filter(|place| place.line == number);
        let begin = place.map_or(0, |place| place.column.saturating_sub(1) as usize);
        let end = place.map_or(0, |place| match place.end_line == number {
            true => place.end_column.saturating_sub(1) as usize,
            false => usize::MAX,
        });
        let first = if begin < WIDTH - BEFORE { 0 } else { begin - BEFORE };
        if first > 0 {
            page.raw("…");
        }
        // A line can be 16 MiB long, and is shown for each finding.
        let part = |from: usize, to: usize| -> String {
            text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>()
        };
        let stop = first + WIDTH;
        let end = end.clamp(begin, stop.max(begin));
        page.text(&part(first, begin).replace('\t', "    "));
        if end > begin {
            page.raw("<mark>").text(&part(begin, end).replace('\t', "    ")).raw("</mark>");
        }
        page.text(&part(end.max(first), stop).replace('\t', "    "));
        if text.chars().nth(stop).is_some() {
            page.raw("…");
        }
        page.raw("</code></span>");
    }
}
