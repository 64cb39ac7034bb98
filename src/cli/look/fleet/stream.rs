//! What is to be judged, a handful at a time: of standard input no more is held than these.

use super::files::{Input, LARGE, trouble};
use crate::fleet::{Body, Piece, Pieces, Row, Unread};
use crate::load::MAX_BYTES;
use std::io::{self, BufRead, Chain, Cursor, Read, StdinLock};

/// So many are judged before their rows are taken in, in their order.
const CHUNK: usize = 512;

/// And of standard input so many bytes.
const CHUNK_BYTES: usize = 8 << 20;

/// So many objects of standard input are judged: each has a row, and rows are held until the end.
const MAX_OBJECTS: usize = 1_000_000;

/// What standard input is called.
const NAME: &str = "stdin";

/// Inputs in their order, those of standard input as they come.
pub(super) struct Feed {
    inputs: std::vec::IntoIter<Input>,
    objects: Option<Objects>,
}

impl Feed {
    pub fn new(inputs: Vec<Input>) -> Feed {
        Feed { inputs: inputs.into_iter(), objects: None }
    }

    /// The next ones; none at the end.
    pub fn chunk(&mut self) -> Vec<Input> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
            if let Some(objects) = &mut self.objects {
                match objects.next() {
                    Some(input) => {
                        bytes += input.held();
                        chunk.push(input);
                    }
                    None => self.objects = None,
                }
                continue;
            }
            match self.inputs.next() {
                Some(Input::Stream) => match begun(io::stdin().lock()) {
                    Begun::Objects(objects) => self.objects = Some(objects),
                    Begun::One(input) => chunk.push(input),
                },
                Some(input) => chunk.push(input),
                None => break,
            }
        }
        chunk
    }
}

/// What a stream turns out to be by what it begins with.
enum Begun {
    Objects(Objects),
    /// One text, or what is wrong.
    One(Input),
}

fn begun(mut stdin: StdinLock<'static>) -> Begun {
    let wrong = |why: String| Begun::One(Input::Known(trouble(NAME, why)));
    let mut head = Vec::new();
    let first = loop {
        let chunk = match stdin.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return wrong(error.to_string()),
            Ok([]) => return wrong("it is empty".to_owned()),
            Ok(chunk) => chunk,
        };
        let blank = chunk.iter().position(|byte| !byte.is_ascii_whitespace());
        let length = blank.unwrap_or(chunk.len());
        let first = blank.map(|at| chunk[at]);
        head.extend(&chunk[..length]);
        stdin.consume(length);
        if head.len() > MAX_BYTES {
            return wrong(LARGE.to_owned());
        }
        if let Some(first) = first {
            break first;
        }
    };
    if matches!(first, b'{' | b'[') {
        let pieces = Pieces::new(Cursor::new(head).chain(stdin));
        return Begun::Objects(Objects { pieces, count: 0, is_done: false });
    }
    // YAML, or nothing that is known: one text.
    let left = (MAX_BYTES + 1).saturating_sub(head.len()) as u64;
    if let Err(error) = stdin.take(left).read_to_end(&mut head) {
        return wrong(error.to_string());
    }
    if head.len() > MAX_BYTES {
        return wrong(LARGE.to_owned());
    }
    Begun::One(Input::Object { bytes: head, name: NAME.to_owned(), lines: 0 })
}

/// The objects of standard input.
struct Objects {
    pieces: Pieces<Chain<Cursor<Vec<u8>>, StdinLock<'static>>>,
    count: usize,
    is_done: bool,
}

impl Iterator for Objects {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        if self.is_done {
            return None;
        }
        let piece = match self.pieces.next()? {
            Ok(piece) => piece,
            Err(error) => return Some(Input::Known(trouble(NAME, error.to_string()))),
        };
        if self.count == MAX_OBJECTS {
            self.is_done = true;
            let why = format!("more than {MAX_OBJECTS} objects: what is behind them is not read");
            return Some(Input::Known(trouble(NAME, why)));
        }
        self.count += 1;
        let Piece { lines, body } = piece;
        let name = format!("{NAME}#{}", self.count);
        let why = match body {
            Body::Object(bytes) => return Some(Input::Object { bytes, name, lines }),
            Body::Torn => "standard input ends in the middle of this object",
            Body::Other => "this is no JSON object",
            Body::Large => LARGE,
        };
        let (line, column, why) = (Some(lines + 1), None, why.to_owned());
        Some(Input::Known(Row::Unread(Unread { name, line, column, why, trouble: true })))
    }
}
