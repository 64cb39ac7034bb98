//! A word, or a list of words.

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::fmt;
use toml::Spanned;

/// Several values, of which one alone needs no list.
#[derive(Clone, Debug)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<Spanned<String>>),
}

/// The same with its place.
pub(super) type List = Spanned<OneOrMore>;

/// The words with the byte at which each stands.
pub(super) fn words(list: &List) -> Vec<(&str, usize)> {
    match list.get_ref() {
        OneOrMore::One(one) => vec![(one, list.span().start)],
        OneOrMore::More(more) => {
            more.iter().map(|word| (word.get_ref().as_str(), word.span().start)).collect()
        }
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMore, D::Error> {
        // Serde's own untagged enums lose the places of what is inside.
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = OneOrMore;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(OneOrMore::More(words))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
