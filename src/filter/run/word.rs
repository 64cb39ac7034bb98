//! 32-bit words of which each bit is a function of the call, and what is calculated with them.

use crate::decision::var::{ARG_BITS, ARGS, Group, INSTRUCTION_POINTER, Var};
use crate::decision::{Compare, Decision, Leaf, Set, Store, TooLarge};
use crate::filter::answer::Answer;
use crate::filter::program::checked::ByteOrder;
use crate::filter::program::instruction::{Operation, Test};
use rustc_hash::FxHashMap;

const BITS: usize = 32;

type Bits = [Set; BITS];

/// A word of a register or of the scratch memory. Equal words are equal functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::filter) enum Word {
    /// The same for every call.
    Constant(u32),
    /// A vector of 32 functions, in [`Words`].
    Bits(u32),
}

/// The words of one program, each once.
#[derive(Default)]
pub(in crate::filter) struct Words {
    vectors: Vec<Bits>,
    known: FxHashMap<Bits, u32>,
    calculated: FxHashMap<(Operation, Word, Word), Word>,
    tested: FxHashMap<(Test, Word, Word), Set>,
    returned: FxHashMap<Word, Decision>,
}

impl Words {
    /// The word at a byte of the call's data (`struct seccomp_data`), on a machine of that byte
    /// order, which says which half of a 64-bit number comes first.
    pub fn load(
        &mut self,
        store: &mut Store,
        offset: u32,
        order: ByteOrder,
    ) -> Result<Word, TooLarge> {
        let is_second = offset / 4 % 2 == 1;
        let is_high = is_second == (order == ByteOrder::Little);
        let (group, is_high) = match offset {
            0 => (Group::Number, false),
            4 => (Group::Architecture, false),
            8 | 12 => (Group::Arg(INSTRUCTION_POINTER), is_high),
            _ => (Group::Arg(((offset - 16) / 8 % u32::from(ARGS)) as u8), is_high),
        };
        // The lowest bit is the last.
        let last = group.range().1 - 1 - if is_high { ARG_BITS / 2 } else { 0 };
        let mut bits = [Set::EMPTY; BITS];
        for (bit, set) in (0..).zip(&mut bits) {
            *set = store.bit(last - bit)?;
        }
        Ok(self.word(bits))
    }

    /// The result of an operation on two words. A division by 0 is not asked for: the program ends
    /// there.
    pub fn calculate(
        &mut self,
        store: &mut Store,
        operation: Operation,
        a: Word,
        b: Word,
    ) -> Result<Word, TooLarge> {
        if let (Word::Constant(a), Word::Constant(b)) = (a, b) {
            return Ok(Word::Constant(operation.of(a, b)));
        }
        if let Some(&known) = self.calculated.get(&(operation, a, b)) {
            return Ok(known);
        }
        let (left, right) = (self.bits(a), self.bits(b));
        let bits = match operation {
            Operation::And => each(&left, &right, |a, b| store.and(a, b))?,
            Operation::Or => each(&left, &right, |a, b| store.or(a, b))?,
            Operation::Xor => each(&left, &right, |a, b| xor(store, a, b))?,
            Operation::Add => add(store, &left, &right, Set::EMPTY)?.0,
            Operation::Sub => subtract(store, &left, &right)?.0,
            Operation::Mul => multiply(store, &left, &right)?,
            Operation::Div => divide(store, &left, &right)?,
            Operation::Shl => shift(store, left, &right, shifted_up)?,
            Operation::Shr => shift(store, left, &right, shifted_down)?,
        };
        let word = self.word(bits);
        self.calculated.insert((operation, a, b), word);
        Ok(word)
    }

    /// 0 less a word.
    pub fn negate(&mut self, store: &mut Store, a: Word) -> Result<Word, TooLarge> {
        self.calculate(store, Operation::Sub, Word::Constant(0), a)
    }

    /// The calls for which a test holds.
    pub fn test(
        &mut self,
        store: &mut Store,
        test: Test,
        a: Word,
        b: Word,
    ) -> Result<Set, TooLarge> {
        if let Some(&known) = self.tested.get(&(test, a, b)) {
            return Ok(known);
        }
        let set = match (test, a, b) {
            (_, Word::Bits(vector), Word::Constant(k)) => {
                self.test_constant(store, test, vector, k)?
            }
            (Test::Equal, ..) => {
                let differing = each(&self.bits(a), &self.bits(b), |a, b| xor(store, a, b))?;
                let some = any(store, &differing)?;
                store.not(some)?
            }
            (Test::AnyBit, ..) => {
                let common = each(&self.bits(a), &self.bits(b), |a, b| store.and(a, b))?;
                any(store, &common)?
            }
            // What has to be borrowed for a - b says that a < b.
            (Test::AtLeast, ..) => {
                let less = subtract(store, &self.bits(a), &self.bits(b))?.1;
                store.not(less)?
            }
            (Test::Greater, ..) => subtract(store, &self.bits(b), &self.bits(a))?.1,
        };
        self.tested.insert((test, a, b), set);
        Ok(set)
    }

    /// What a program returns with a word.
    pub fn returned(&mut self, store: &mut Store, word: Word) -> Result<Decision, TooLarge> {
        let leaf = |code: Leaf, data: Leaf| Answer::of(code << 16 | data).leaf();
        if let Word::Constant(value) = word {
            return Ok(Decision::leaf(leaf(value >> 16, value & 0xffff)));
        }
        if let Some(&known) = self.returned.get(&word) {
            return Ok(known);
        }
        let bits = self.bits(word);
        let mut halves = [Decision::leaf(0); 2];
        for (half, bits) in halves.iter_mut().zip(bits.chunks_exact(BITS / 2)) {
            for bit in bits.iter().rev() {
                *half = store.zip(*half, bit.decision(), &|value, bit| value << 1 | bit)?;
            }
        }
        let [low, high] = halves;
        // Pairs of values of both halves are 2^32, and only beside few actions do the lower ones count.
        let mut made = store.map(high, &|code| leaf(code, 0))?;
        for code in store.leaves(high) {
            if Answer::of(code << 16 | 1) == Answer::of(code << 16) {
                continue;
            }
            let is_it = store.set_where(high, &|of| of == code)?;
            let with_data = store.map(low, &|data| leaf(code, data))?;
            made = store.choose(is_it, with_data, made)?;
        }
        self.returned.insert(word, made);
        Ok(made)
    }

    /// `then` for the calls of a set, `otherwise` for the rest.
    pub fn choose(
        &mut self,
        store: &mut Store,
        set: Set,
        then: Word,
        otherwise: Word,
    ) -> Result<Word, TooLarge> {
        if then == otherwise {
            return Ok(then);
        }
        let bits = each(&self.bits(then), &self.bits(otherwise), |then, otherwise| {
            store.choose(set, then.decision(), otherwise.decision()).map(Set::of_decision)
        })?;
        Ok(self.word(bits))
    }

    fn bits(&self, word: Word) -> Bits {
        match word {
            Word::Constant(value) => {
                std::array::from_fn(|bit| if value >> bit & 1 == 1 { Set::ALL } else { Set::EMPTY })
            }
            Word::Bits(vector) => {
                self.vectors.get(vector as usize).copied().unwrap_or([Set::EMPTY; BITS])
            }
        }
    }

    fn word(&mut self, bits: Bits) -> Word {
        if bits.iter().all(|bit| bit.is_all() || bit.is_empty()) {
            let value = (0..BITS).filter(|&bit| bits[bit].is_all());
            return Word::Constant(value.fold(0, |value, bit| value | 1 << bit));
        }
        let next = self.vectors.len() as u32;
        let vector = *self.known.entry(bits).or_insert(next);
        if vector == next {
            self.vectors.push(bits);
        }
        Word::Bits(vector)
    }

    /// Nearly every test of a real program: a word of the call's data, masked, against a constant.
    fn test_constant(
        &mut self,
        store: &mut Store,
        test: Test,
        vector: u32,
        k: u32,
    ) -> Result<Set, TooLarge> {
        let bits = self.bits(Word::Bits(vector));
        if test == Test::AnyBit {
            let wanted: Vec<Set> =
                (0..BITS).filter(|at| k >> at & 1 == 1).map(|at| bits[at]).collect();
            return any(store, &wanted);
        }
        let compare = match test {
            Test::Greater => Compare::Gt,
            Test::AtLeast => Compare::Ge,
            _ => Compare::Eq,
        };
        if let Some((vars, mask)) = plain(store, &bits) {
            return store.compare_bits(&vars, mask, compare, k.into());
        }
        // What the bits so far (the lower ones) say while the higher ones are equal.
        let mut equal = if compare == Compare::Gt { Set::EMPTY } else { Set::ALL };
        for (at, &bit) in bits.iter().enumerate() {
            equal = match (k >> at & 1 == 1, compare) {
                (true, _) => store.and(bit, equal)?,
                (false, Compare::Eq) => store.minus(equal, bit)?,
                (false, _) => store.or(bit, equal)?,
            };
        }
        Ok(equal)
    }
}

/// The variables of which a word consists, from the lowest to the highest, and which of them are in
/// it; `None` for other words, and where they are not in the reverse of the order of asking.
fn plain(store: &Store, bits: &Bits) -> Option<(Vec<Var>, u64)> {
    let (mut vars, mut mask, mut last) = (Vec::with_capacity(BITS), 0, Var::MAX);
    for (at, bit) in bits.iter().enumerate() {
        if bit.is_empty() {
            vars.push(0);
            continue;
        }
        let (var, [low, high]) = store.halves(*bit)?;
        if var >= last || !low.is_empty() || !high.is_all() {
            return None;
        }
        mask |= 1 << at;
        last = var;
        vars.push(var);
    }
    Some((vars, mask))
}

fn each(
    a: &Bits,
    b: &Bits,
    mut join: impl FnMut(Set, Set) -> Result<Set, TooLarge>,
) -> Result<Bits, TooLarge> {
    let mut made = [Set::EMPTY; BITS];
    for (made, (&a, &b)) in made.iter_mut().zip(a.iter().zip(b)) {
        *made = join(a, b)?;
    }
    Ok(made)
}

/// From the lowest on: a word's lower bits are asked last.
fn any(store: &mut Store, bits: &[Set]) -> Result<Set, TooLarge> {
    bits.iter().try_fold(Set::EMPTY, |some, &bit| store.or(bit, some))
}

fn xor(store: &mut Store, a: Set, b: Set) -> Result<Set, TooLarge> {
    let not_b = store.not(b)?;
    store.choose(a, not_b.decision(), b.decision()).map(Set::of_decision)
}

/// The sum, and the carry out of it.
fn add(store: &mut Store, a: &Bits, b: &Bits, carry: Set) -> Result<(Bits, Set), TooLarge> {
    let (mut sum, mut carry) = ([Set::EMPTY; BITS], carry);
    for (sum, (&a, &b)) in sum.iter_mut().zip(a.iter().zip(b)) {
        let differ = xor(store, a, b)?;
        *sum = xor(store, differ, carry)?;
        carry = store.choose(differ, carry.decision(), a.decision()).map(Set::of_decision)?;
    }
    Ok((sum, carry))
}

/// The difference, and where it had to borrow: where a < b.
fn subtract(store: &mut Store, a: &Bits, b: &Bits) -> Result<(Bits, Set), TooLarge> {
    let mut inverse = [Set::EMPTY; BITS];
    for (inverse, &bit) in inverse.iter_mut().zip(b) {
        *inverse = store.not(bit)?;
    }
    let (difference, carry) = add(store, a, &inverse, Set::ALL)?;
    Ok((difference, store.not(carry)?))
}

fn multiply(store: &mut Store, a: &Bits, b: &Bits) -> Result<Bits, TooLarge> {
    let mut product = [Set::EMPTY; BITS];
    for (by, &bit) in b.iter().enumerate() {
        if bit.is_empty() {
            continue;
        }
        let row = shifted_up(a, by);
        let row = each(&row, &[bit; BITS], |a, bit| store.and(a, bit))?;
        product = add(store, &product, &row, Set::EMPTY)?.0;
    }
    Ok(product)
}

/// The quotient without sign, as by hand: the divisor is subtracted where it fits.
fn divide(store: &mut Store, a: &Bits, b: &Bits) -> Result<Bits, TooLarge> {
    let (mut quotient, mut rest) = ([Set::EMPTY; BITS], [Set::EMPTY; BITS]);
    for at in (0..BITS).rev() {
        // The rest has 33 bits for a moment.
        let overflow = rest[BITS - 1];
        rest = shifted_up(&rest, 1);
        rest[0] = a[at];
        let (less, borrow) = subtract(store, &rest, b)?;
        let no_borrow = store.not(borrow)?;
        let fits = store.or(overflow, no_borrow)?;
        quotient[at] = fits;
        rest = each(&less, &rest, |less, rest| {
            store.choose(fits, less.decision(), rest.decision()).map(Set::of_decision)
        })?;
    }
    Ok(quotient)
}

/// Shifts by the lower five bits of a word.
fn shift(
    store: &mut Store,
    bits: Bits,
    by: &Bits,
    shifted: impl Fn(&Bits, usize) -> Bits,
) -> Result<Bits, TooLarge> {
    let mut bits = bits;
    for (stage, &on) in by.iter().take(5).enumerate() {
        let moved = shifted(&bits, 1 << stage);
        bits = each(&moved, &bits, |moved, stays| {
            store.choose(on, moved.decision(), stays.decision()).map(Set::of_decision)
        })?;
    }
    Ok(bits)
}

fn shifted_up(bits: &Bits, by: usize) -> Bits {
    std::array::from_fn(|at| at.checked_sub(by).map_or(Set::EMPTY, |from| bits[from]))
}

fn shifted_down(bits: &Bits, by: usize) -> Bits {
    std::array::from_fn(|at| bits.get(at + by).copied().unwrap_or(Set::EMPTY))
}
