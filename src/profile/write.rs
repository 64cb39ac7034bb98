//! A profile as JSON that Docker reads.

use std::fmt::Write;

use super::{ArgCmp, Filter, Op, Profile, Rule, Spanned};

/// The profile as JSON: tabs, a name a line, keys in the order of moby's own files, nothing empty,
/// and a line end at the end.
///
/// Reading it gives the same profile, but for places and the [`format`](super::Format) where only
/// the file around it told.
pub fn to_json(profile: &Profile) -> String {
    let mut out = Writer { out: String::with_capacity(1 << 15), depth: 0, first: true };
    out.object(|out| {
        match &profile.extends[..] {
            [only] => out.text("extends", Some(&only.value)),
            several => out.texts("extends", several),
        }
        out.text("strategy", value(&profile.strategy));
        let action = profile.default_action.as_ref().map(|action| action.value.written_name());
        out.text("defaultAction", action);
        out.number("defaultErrnoRet", profile.default_errno_ret.as_ref().map(|e| e.value));
        out.text("defaultErrno", value(&profile.default_errno));
        out.texts("architectures", &profile.architectures);
        out.list("archMap", &profile.arch_map, |out, entry| {
            out.text("architecture", Some(&entry.architecture.value));
            out.texts("subArchitectures", &entry.sub_architectures);
        });
        out.texts("flags", &profile.flags);
        out.text("listenerPath", profile.listener_path.as_deref());
        out.text("listenerMetadata", profile.listener_metadata.as_deref());
        out.list("syscalls", &profile.rules, Writer::rule);
    });
    out.out.push('\n');
    out.out
}

struct Writer {
    out: String,
    depth: usize,
    /// Whether the next item is the first of its array or object.
    first: bool,
}

impl Writer {
    fn rule(&mut self, rule: &Rule) {
        self.text("name", value(&rule.name));
        self.texts("names", &rule.names);
        self.text("action", Some(rule.action.value.written_name()));
        self.number("errnoRet", rule.errno_ret.as_ref().map(|errno| errno.value));
        self.text("errno", value(&rule.errno));
        self.list("args", &rule.args, Writer::arg);
        self.text("comment", rule.comment.as_deref());
        self.filter("includes", &rule.includes);
        self.filter("excludes", &rule.excludes);
    }

    fn arg(&mut self, arg: &ArgCmp) {
        self.number("index", Some(u64::from(arg.index)));
        self.number("value", Some(arg.value));
        let has_two = arg.op == Op::MaskedEq || arg.value_two != 0;
        self.number("valueTwo", has_two.then_some(arg.value_two));
        self.text("op", Some(arg.op.oci_name()));
    }

    fn filter(&mut self, key: &str, filter: &Filter) {
        if !filter.is_empty() {
            self.key(key);
            self.object(|out| {
                out.texts("arches", &filter.arches);
                out.texts("caps", &filter.caps);
                out.text("minKernel", value(&filter.min_kernel));
            });
        }
    }

    fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(key);
            self.string(text);
        }
    }

    fn number(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.key(key);
            // Writing to a String cannot fail.
            let _ = write!(self.out, "{number}");
        }
    }

    fn texts(&mut self, key: &str, texts: &[Spanned<String>]) {
        if !texts.is_empty() {
            self.key(key);
            self.nest('[', ']', |out| {
                for text in texts {
                    out.item();
                    out.string(&text.value);
                }
            });
        }
    }

    fn list<T>(&mut self, key: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.key(key);
            self.nest('[', ']', |out| {
                for item in items {
                    out.item();
                    out.object(|out| each(out, item));
                }
            });
        }
    }

    fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.nest('{', '}', members);
    }

    fn nest(&mut self, open: char, close: char, inside: impl FnOnce(&mut Self)) {
        self.out.push(open);
        self.depth += 1;
        self.first = true;
        inside(self);
        self.depth -= 1;
        if !self.first {
            self.line();
        }
        self.first = false;
        self.out.push(close);
    }

    /// Begins a member.
    fn key(&mut self, key: &str) {
        self.item();
        self.string(key);
        self.out.push_str(": ");
    }

    /// Begins an item on a line of its own.
    fn item(&mut self) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.line();
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n('\t', self.depth));
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                    // Writing to a String cannot fail. No control character is beyond U+FFFF.
                    let _ = write!(self.out, "\\u{:04x}", c as u32);
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

fn value(text: &Option<Spanned<String>>) -> Option<&str> {
    text.as_ref().map(|text| &*text.value)
}
