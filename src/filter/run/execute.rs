//! What a program returns, for every call at once.
//!
//! A classic program jumps forwards alone. So its states (an instruction and what is in the
//! registers that are still read) are explored in the order of the instructions, and the decision
//! of each is built from those behind it, the last one first: no path through the program is ever
//! followed by itself, of which there can be 10^10. Where a program has too many states (it gathers
//! bits of the call in a register), the states of one instruction are joined into one instead, with
//! the condition under which each holds.

use super::live::{Live, live};
use super::word::{Word, Words};
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::filter::answer::Answer;
use crate::filter::program::checked::Program;
use crate::filter::program::instruction::{Operation, SCRATCH_WORDS, Source, Step, Test};
use rustc_hash::FxHashMap;

/// More states than these, and four an instruction, are joined.
const FREE_STATES: usize = 4096;
const STATES_AN_INSTRUCTION: usize = 4;

/// What is in the registers. Those that are read no more hold 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    a: Word,
    x: Word,
    scratch: [Word; SCRATCH_WORDS],
}

/// What an instruction does next.
enum Next {
    /// Goes on with that instruction.
    Go(usize, State),
    /// Goes on with the one or the other.
    Fork(Set, (usize, State), (usize, State)),
    /// Ends, for the calls of the set, and goes on for the rest.
    EndsIn(Set, Decision, (usize, State)),
    /// Ends.
    End(Decision),
}

/// The decision of a program: its leaves are those of [`Answer`], and it asks for the architecture, the
/// number, the arguments and the instruction pointer.
pub(in crate::filter) fn execute(
    store: &mut Store,
    program: &Program,
) -> Result<Decision, TooLarge> {
    let mut run = Run::new(store, program);
    match run.explored()? {
        Some(explored) => run.built(&explored),
        None => run.joined(),
    }
}

/// Which instructions some call reaches.
pub(in crate::filter) fn reached(
    store: &mut Store,
    program: &Program,
) -> Result<Vec<bool>, TooLarge> {
    let mut run = Run::new(store, program);
    match run.explored()? {
        Some(explored) => run.followed(&explored)?,
        None => _ = run.joined()?,
    }
    Ok(run.reached)
}

struct Run<'a> {
    store: &'a mut Store,
    program: &'a Program,
    live: Vec<Live>,
    words: Words,
    /// By instruction: whether a call gets there. Known when the calls were followed.
    reached: Vec<bool>,
}

/// Every state of a program.
struct Explored {
    /// Which states there are, by their instruction, as the program comes upon them.
    order: Vec<(usize, usize)>,
    /// Where each of them goes on.
    edges: Vec<Edge>,
    states: usize,
}

/// A state's successors, as places in the list of states.
enum Edge {
    Go(usize),
    Fork(Set, usize, usize),
    EndsIn(Set, Decision, usize),
    End(Decision),
}

impl<'a> Run<'a> {
    fn new(store: &'a mut Store, program: &'a Program) -> Run<'a> {
        let reached = vec![false; program.steps().len()];
        Run { store, program, live: live(program), words: Words::default(), reached }
    }

    fn start(&self) -> State {
        let nothing = Word::Constant(0);
        State { a: nothing, x: nothing, scratch: [nothing; SCRATCH_WORDS] }
    }

    /// Every state by itself; `None` if there are too many.
    fn explored(&mut self) -> Result<Option<Explored>, TooLarge> {
        let count = self.program.steps().len();
        let most = FREE_STATES + STATES_AN_INSTRUCTION * count;
        let mut at: Vec<FxHashMap<State, usize>> = vec![FxHashMap::default(); count];
        at[0].insert(self.start(), 0);
        let mut edges: Vec<Edge> = Vec::new();
        let mut order: Vec<(usize, usize)> = Vec::new();
        let mut states = 1;
        for here in 0..count {
            let mut waiting: Vec<(usize, State)> =
                std::mem::take(&mut at[here]).into_iter().map(|(state, id)| (id, state)).collect();
            // Maps have no order, and the meter's reading must not hang on one.
            waiting.sort_unstable_by_key(|&(id, _)| id);
            for (id, state) in waiting {
                let mut place = |(target, state): (usize, State)| {
                    *at[target].entry(state).or_insert_with(|| {
                        states += 1;
                        states - 1
                    })
                };
                let edge = match self.next(here, state)? {
                    Next::Go(target, state) => Edge::Go(place((target, state))),
                    Next::Fork(set, then, otherwise) => {
                        let then = place(then);
                        Edge::Fork(set, then, place(otherwise))
                    }
                    Next::EndsIn(set, end, rest) => Edge::EndsIn(set, end, place(rest)),
                    Next::End(decision) => Edge::End(decision),
                };
                order.push((id, here));
                edges.push(edge);
                if states > most {
                    return Ok(None);
                }
            }
        }
        Ok(Some(Explored { order, edges, states }))
    }

    /// The decision, from those of the last states on.
    fn built(&mut self, explored: &Explored) -> Result<Decision, TooLarge> {
        let mut decisions = vec![Decision::leaf(0); explored.states];
        for (&(id, _), edge) in explored.order.iter().zip(&explored.edges).rev() {
            decisions[id] = match *edge {
                Edge::Go(target) => decisions[target],
                Edge::Fork(set, then, otherwise) => {
                    self.store.choose(set, decisions[then], decisions[otherwise])?
                }
                Edge::EndsIn(set, end, rest) => self.store.choose(set, end, decisions[rest])?,
                Edge::End(decision) => decision,
            };
        }
        Ok(decisions.first().copied().unwrap_or(Decision::leaf(0)))
    }

    /// Lets all calls through the states, from the first on.
    fn followed(&mut self, explored: &Explored) -> Result<(), TooLarge> {
        let mut calls = vec![Set::EMPTY; explored.states];
        if let Some(first) = calls.first_mut() {
            *first = Set::ALL;
        }
        for (&(id, here), edge) in explored.order.iter().zip(&explored.edges) {
            let set = calls[id];
            if set.is_empty() {
                continue;
            }
            self.reached[here] = true;
            match *edge {
                Edge::Go(target) => calls[target] = self.store.or(set, calls[target])?,
                Edge::Fork(test, then, otherwise) => {
                    let holds = self.store.and(set, test)?;
                    calls[then] = self.store.or(holds, calls[then])?;
                    let fails = self.store.minus(set, test)?;
                    calls[otherwise] = self.store.or(fails, calls[otherwise])?;
                }
                Edge::EndsIn(test, _, rest) => {
                    let goes_on = self.store.minus(set, test)?;
                    calls[rest] = self.store.or(goes_on, calls[rest])?;
                }
                Edge::End(_) => {}
            }
        }
        Ok(())
    }

    /// One state an instruction, each register in it a choice by the way that led there.
    fn joined(&mut self) -> Result<Decision, TooLarge> {
        let count = self.program.steps().len();
        let mut at: Vec<Option<(Set, State)>> = vec![None; count];
        at[0] = Some((Set::ALL, self.start()));
        let mut result = Decision::leaf(0);
        for here in 0..count {
            let Some((when, state)) = at[here] else { continue };
            self.reached[here] = true;
            let arriving = match self.next(here, state)? {
                Next::Go(target, state) => vec![(when, target, state)],
                Next::Fork(set, then, otherwise) => {
                    let holds = self.store.and(when, set)?;
                    let fails = self.store.minus(when, set)?;
                    vec![(holds, then.0, then.1), (fails, otherwise.0, otherwise.1)]
                }
                Next::EndsIn(set, end, (target, state)) => {
                    let ends = self.store.and(when, set)?;
                    result = self.store.choose(ends, end, result)?;
                    vec![(self.store.minus(when, set)?, target, state)]
                }
                Next::End(end) => {
                    result = self.store.choose(when, end, result)?;
                    Vec::new()
                }
            };
            for (when, target, state) in arriving.into_iter().filter(|(when, ..)| !when.is_empty())
            {
                at[target] = Some(match at[target] {
                    None => (when, state),
                    Some((other, known)) => {
                        (self.store.or(when, other)?, self.join(when, state, known)?)
                    }
                });
            }
        }
        Ok(result)
    }

    fn join(&mut self, when: Set, then: State, otherwise: State) -> Result<State, TooLarge> {
        let (store, words) = (&mut *self.store, &mut self.words);
        let a = words.choose(store, when, then.a, otherwise.a)?;
        let x = words.choose(store, when, then.x, otherwise.x)?;
        let mut scratch = otherwise.scratch;
        for (word, then) in scratch.iter_mut().zip(then.scratch) {
            *word = words.choose(store, when, then, *word)?;
        }
        Ok(State { a, x, scratch })
    }

    fn next(&mut self, here: usize, state: State) -> Result<Next, TooLarge> {
        let mut state = state;
        let step = self.program.steps()[here];
        let (store, words) = (&mut *self.store, &mut self.words);
        let operand = |source, x| match source {
            Source::Constant(k) => Word::Constant(k),
            Source::X => x,
        };
        let mut target = here + 1;
        match step {
            Step::Load(offset) => state.a = words.load(store, offset, self.program.byte_order())?,
            Step::LoadConstant(k) => state.a = Word::Constant(k),
            Step::LoadScratch(word) => state.a = state.scratch[word],
            Step::LoadXConstant(k) => state.x = Word::Constant(k),
            Step::LoadXScratch(word) => state.x = state.scratch[word],
            Step::Store(word) => state.scratch[word] = state.a,
            Step::StoreX(word) => state.scratch[word] = state.x,
            Step::ToX => state.x = state.a,
            Step::FromX => state.a = state.x,
            Step::Negate => state.a = words.negate(store, state.a)?,
            Step::Calculate(Operation::Div, Source::X) => {
                // The kernel lets a division by 0 end the program with 0.
                let zero = words.test(store, Test::Equal, state.x, Word::Constant(0))?;
                let end = Decision::leaf(Answer::of(0).leaf());
                if zero.is_all() {
                    return Ok(Next::End(end));
                }
                state.a = words.calculate(store, Operation::Div, state.a, state.x)?;
                if !zero.is_empty() {
                    return Ok(Next::EndsIn(zero, end, (target, self.alive(target, state))));
                }
            }
            Step::Calculate(operation, source) => {
                state.a = words.calculate(store, operation, state.a, operand(source, state.x))?;
            }
            Step::Jump(skip) => target += skip as usize,
            Step::Branch(test, source, then, otherwise) => {
                let set = words.test(store, test, state.a, operand(source, state.x))?;
                let (then, otherwise) =
                    (target + usize::from(then), target + usize::from(otherwise));
                if then != otherwise && !set.is_all() && !set.is_empty() {
                    let then = (then, self.alive(then, state));
                    return Ok(Next::Fork(set, then, (otherwise, self.alive(otherwise, state))));
                }
                target = if set.is_all() { then } else { otherwise };
            }
            Step::Return(value) => {
                return Ok(Next::End(Decision::leaf(Answer::of(value).leaf())));
            }
            Step::ReturnA => {
                return words.returned(store, state.a).map(Next::End);
            }
        }
        Ok(Next::Go(target, self.alive(target, state)))
    }

    /// The state with 0 for what is read no more, so that states that differ in nothing else are
    /// one.
    fn alive(&self, target: usize, state: State) -> State {
        let live = self.live[target];
        let keep = |register, word| if live.has(register) { word } else { Word::Constant(0) };
        State {
            a: keep(Live::A, state.a),
            x: keep(Live::X, state.x),
            scratch: std::array::from_fn(|at| keep(Live::scratch(at), state.scratch[at])),
        }
    }
}
