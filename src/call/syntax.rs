//! The grammar: tokens to a tree that knows no ABI. `docs/calls.md` shows it.
//!
//! ```text
//! call      = name ["@" abi] ["(" [term {"," term}] ")"]
//! term      = "_" | "..." | values | condition
//! condition = argument (compare | "&" value [compare])
//!           | "(" argument "&" value ")" [compare]
//! compare   = ("==" | "=") values | ("!=" | "<" | "<=" | ">" | ">=") value
//! values    = value | [value] ".." [value]
//! value     = part {"|" part}
//! part      = ["-" | "~"] (number | constant)
//! ```

use super::condition::Op;
use super::error::Fault;
use super::token::{Kind, Token};
use std::ops::Range;

pub(super) type Failure = (Fault, Range<usize>);

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub at: Range<usize>,
}

/// A call as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written<'t> {
    pub name: Word<'t>,
    pub abi: Option<Word<'t>>,
    pub terms: Vec<Term<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term<'t> {
    /// An argument that may be anything.
    Open,
    /// The values of the argument at its place.
    At(u8, Values<'t>),
    /// A condition on an argument by its name.
    Of { argument: Word<'t>, mask: Option<Value<'t>>, test: Test<'t> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test<'t> {
    Is(Values<'t>),
    Compare(Op, Value<'t>),
    /// Any bit of the mask is set.
    AnyBit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values<'t> {
    One(Value<'t>),
    /// Both ends count.
    Range(Option<Value<'t>>, Option<Value<'t>>),
}

/// Parts that are joined with `|`.
pub(super) type Value<'t> = Vec<Part<'t>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'t> {
    /// `-` or `~`.
    pub sign: Option<&'static str>,
    pub what: What<'t>,
    pub at: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'t> {
    Number(u64),
    Constant(&'t str),
}

/// How many conditions a call has at most: more is no rule, but an attempt on the reader.
const MOST_TERMS: usize = 32;

struct Reader<'a, 't> {
    tokens: &'a [Token<'t>],
    at: usize,
    end: usize,
}

/// Reads a whole call.
pub(super) fn read<'t>(tokens: &[Token<'t>], end: usize) -> Result<Written<'t>, Failure> {
    let mut reader = Reader { tokens, at: 0, end };
    let name = reader.word("the name of a system call")?;
    let abi = match reader.takes("@") {
        true => Some(reader.word("an ABI, as in `socket@i386`")?),
        false => None,
    };
    let mut terms = Vec::new();
    if reader.takes("(") && !reader.takes(")") {
        let mut position = 0;
        loop {
            if terms.len() == MOST_TERMS {
                return Err((Fault::TooMany, reader.here()));
            }
            let term = reader.term(position)?;
            if !matches!(term, Term::Of { .. }) {
                position += 1;
            }
            terms.push(term);
            if reader.takes(")") {
                break;
            }
            if reader.peek().is_none() {
                return Err((Fault::Parentheses, reader.here()));
            }
            reader.wants(",", "`,` or `)`")?;
        }
    }
    match reader.tokens.get(reader.at) {
        None => Ok(Written { name, abi, terms }),
        Some(_) if terms.is_empty() => Err((Fault::Parentheses, reader.here())),
        Some(_) => Err(reader.unexpected("nothing more")),
    }
}

impl<'t> Reader<'_, 't> {
    fn peek(&self) -> Option<Kind<'t>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.at.clone())
    }

    fn unexpected(&self, wanted: &'static str) -> Failure {
        let found = match self.peek() {
            None => return (Fault::Parentheses, self.here()),
            Some(Kind::Word(word)) => word.to_owned(),
            Some(Kind::Number(number)) => number.to_string(),
            Some(Kind::Sign(sign)) => sign.to_owned(),
        };
        let wanted = match &*found {
            "&&" => "a comma between conditions, all of which have to hold,",
            "||" => "one call each, or `|` between flags,",
            _ => wanted,
        };
        (Fault::Unexpected { found, wanted }, self.here())
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Kind::Sign(found)) if found == sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn wants(&mut self, sign: &str, words: &'static str) -> Result<(), Failure> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected(words)) }
    }

    fn word(&mut self, wanted: &'static str) -> Result<Word<'t>, Failure> {
        match self.tokens.get(self.at) {
            Some(Token { kind: Kind::Word(text), at }) => {
                self.at += 1;
                Ok(Word { text, at: at.clone() })
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    fn term(&mut self, position: usize) -> Result<Term<'t>, Failure> {
        for open in ["_", "?", "*", "..."] {
            if self.takes(open) {
                return Ok(Term::Open);
            }
        }
        if self.takes("(") {
            let argument = self.word("an argument, as in `(flags & CLONE_NEWUSER)`")?;
            self.wants("&", "`&`")?;
            let mask = self.value()?;
            self.wants(")", "`)`")?;
            let test = self.compare()?.unwrap_or(Test::AnyBit);
            return Ok(Term::Of { argument, mask: Some(mask), test });
        }
        let is_condition = matches!(self.peek(), Some(Kind::Word(_)))
            && matches!(
                self.tokens.get(self.at + 1).map(|token| token.kind),
                Some(Kind::Sign("&" | "=" | "==" | "!=" | "<" | "<=" | ">" | ">="))
            );
        if !is_condition {
            let here = self.here();
            let place = u8::try_from(position).ok().filter(|place| *place < 6);
            let place = place.ok_or((Fault::TooMany, here))?;
            return Ok(Term::At(place, self.values()?));
        }
        let argument = self.word("an argument")?;
        if self.takes("&") {
            let mask = self.value()?;
            let test = self.compare()?.unwrap_or(Test::AnyBit);
            return Ok(Term::Of { argument, mask: Some(mask), test });
        }
        match self.compare()? {
            Some(test) => Ok(Term::Of { argument, mask: None, test }),
            None => Err(self.unexpected("a comparison")),
        }
    }

    fn compare(&mut self) -> Result<Option<Test<'t>>, Failure> {
        if self.takes("==") || self.takes("=") {
            return Ok(Some(Test::Is(self.values()?)));
        }
        for (sign, op) in
            [("!=", Op::Ne), ("<", Op::Lt), ("<=", Op::Le), (">", Op::Gt), (">=", Op::Ge)]
        {
            if self.takes(sign) {
                return Ok(Some(Test::Compare(op, self.value()?)));
            }
        }
        Ok(None)
    }

    fn values(&mut self) -> Result<Values<'t>, Failure> {
        let is_end = |reader: &Self| matches!(reader.peek(), None | Some(Kind::Sign("," | ")")));
        let first = match self.peek() {
            Some(Kind::Sign("..")) => None,
            _ => Some(self.value()?),
        };
        if !self.takes("..") {
            // Without one there is the sign.
            return Ok(Values::One(first.unwrap_or_default()));
        }
        let last = if is_end(self) { None } else { Some(self.value()?) };
        if first.is_none() && last.is_none() {
            return Err(self.unexpected("an end of the range"));
        }
        Ok(Values::Range(first, last))
    }

    fn value(&mut self) -> Result<Value<'t>, Failure> {
        let mut parts = vec![self.part()?];
        while self.takes("|") {
            parts.push(self.part()?);
        }
        Ok(parts)
    }

    fn part(&mut self) -> Result<Part<'t>, Failure> {
        let from = self.here().start;
        let sign = ["-", "~"].into_iter().find(|sign| self.takes(sign));
        let token = self.tokens.get(self.at);
        let (what, end) = match token.map(|token| (token.kind, token.at.end)) {
            Some((Kind::Number(number), end)) => (What::Number(number), end),
            Some((Kind::Word(word), end)) => (What::Constant(word), end),
            _ => return Err(self.unexpected("a number, a constant or `_`")),
        };
        self.at += 1;
        Ok(Part { sign, what, at: from..end })
    }
}
