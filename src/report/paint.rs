//! Colours, where they are asked for.

/// What a stretch of text is, and so what colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    /// Something is let through.
    Weaker,
    /// Something is stopped.
    Stricter,
    /// Neither.
    Other,
}

impl Ink {
    const fn code(self) -> Option<&'static str> {
        match self {
            Ink::Plain => None,
            Ink::Bold => Some("1"),
            Ink::Dim => Some("2"),
            Ink::Weaker => Some("1;31"),
            Ink::Stricter => Some("32"),
            Ink::Other => Some("36"),
        }
    }
}

/// Puts colours on text, or leaves it plain. It is asked for each report and holds no global
/// state, so that two reports at a time cannot disturb each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub color: bool,
}

impl Paint {
    pub fn put(self, out: &mut String, ink: Ink, text: &str) {
        match ink.code() {
            Some(code) if self.color && !text.is_empty() => {
                out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
            }
            _ => out.push_str(text),
        }
    }
}
