//! Colours, where they are asked for.

/// What a stretch of text is, and so what colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Bold,
    /// What a reader can pass over: never what is found, nor its evidence.
    Dim,
    /// Something is let through, or an error.
    Weaker,
    /// Something is stopped.
    Stricter,
    /// Neither.
    Other,
    /// The word of a warning.
    Warning,
    /// The word of a note.
    Note,
    /// The margin of a line of a file.
    Margin,
}

/// Puts colours on text, or leaves it plain. It is asked for each report and holds no global
/// state, so that two reports at a time cannot disturb each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub color: bool,
}

impl Paint {
    pub fn put(self, out: &mut String, ink: Ink, text: &str) {
        if !self.color || text.is_empty() || ink == Ink::Plain {
            return out.push_str(text);
        }
        painted(out, ink, text);
    }

    /// The same as a text of its own.
    pub fn text(self, ink: Ink, text: &str) -> String {
        let mut out = String::new();
        self.put(&mut out, ink, text);
        out
    }
}

#[cfg(feature = "cli")]
fn painted(out: &mut String, ink: Ink, text: &str) {
    use colored::Colorize;
    use std::fmt::Write;
    let painted = match ink {
        Ink::Plain => text.normal(),
        Ink::Bold => text.bold(),
        Ink::Dim => text.dimmed(),
        Ink::Weaker => text.red().bold(),
        Ink::Stricter => text.green(),
        Ink::Other => text.cyan(),
        Ink::Warning => text.yellow().bold(),
        Ink::Note => text.cyan().bold(),
        Ink::Margin => text.blue().bold(),
    };
    // Writing to a String cannot fail.
    let _ = write!(out, "{painted}");
}

/// Who has no terminal has no colours.
#[cfg(not(feature = "cli"))]
fn painted(out: &mut String, _ink: Ink, text: &str) {
    out.push_str(text);
}
