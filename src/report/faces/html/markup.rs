//! HTML under construction. Only what is written in this program can be markup; whatever is known
//! at run time alone is text.

use crate::load::excerpt::visible;

/// HTML under construction.
#[derive(Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    pub fn finish(self) -> String {
        self.out
    }

    /// Markup, as it stands in this program.
    pub fn raw(&mut self, markup: &'static str) -> &mut Markup {
        self.out.push_str(markup);
        self
    }

    /// The program's own style or script: elements in which nothing is escaped.
    pub fn own(&mut self, text: &str) -> &mut Markup {
        self.out.push_str(text);
        self
    }

    /// Text from wherever. What a browser would not show, or would let reorder its neighbours, is
    /// written as an escape.
    pub fn text(&mut self, text: &str) -> &mut Markup {
        for c in visible(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
        self
    }

    /// Text in which names stand between backticks.
    pub fn prose(&mut self, text: &str) -> &mut Markup {
        let pieces: Vec<&str> = text.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            return self.text(text);
        }
        for (at, piece) in pieces.iter().enumerate() {
            match at % 2 {
                0 => self.text(piece),
                _ => self.raw("<code>").text(piece).raw("</code>"),
            };
        }
        self
    }

    pub fn number(&mut self, number: usize) -> &mut Markup {
        self.out.push_str(&number.to_string());
        self
    }

    pub fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) -> &mut Markup {
        self.raw("<").raw(tag);
        for (name, value) in attributes {
            self.raw(" ").raw(name).raw("=\"").text(value).raw("\"");
        }
        self.raw(">")
    }

    pub fn close(&mut self, tag: &'static str) -> &mut Markup {
        self.raw("</").raw(tag).raw(">")
    }
}
