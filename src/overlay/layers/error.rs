//! Why layers do not become one profile.

use super::layer::{Cell, over};
use crate::decision::{Decision, Leaf, Store, TooLarge};
use crate::profile::Action;
use crate::semantics::{SemanticsError, UNMATCHED, action};
use crate::syscall::{Abi, Host, Syscall, arg_count};

/// Why layers do not become one profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum OverlayError {
    /// There is nothing to merge.
    #[error("no layers to merge")]
    NoLayers,
    /// A layer that no runtime loads.
    #[error("{error}")]
    Meaning { layer: usize, error: Box<SemanticsError> },
    /// There is no host on which every layer can be loaded.
    #[error("there is no host on which every layer can be loaded")]
    NoHost,
    /// A bound of the decision engine.
    #[error("`{}` is too complex to merge: {bound}", syscall.name())]
    TooLarge { syscall: Syscall, bound: TooLarge },
    /// A bound of the decision engine.
    #[error("the layers are too complex to merge: {0}")]
    Whole(#[from] TooLarge),
    /// A bound of the decision engine.
    #[error("too complex to compare: {0}")]
    Compare(TooLarge),
    /// There is no baseline of that product.
    #[error("there is no built-in profile to compare with")]
    NoBaseline,
    /// More rules than anyone could review.
    #[error("`{}` would need more than {limit} rules: its conditions overlap in too many ways", syscall.name())]
    TooManyRules { syscall: Syscall, limit: usize },
    /// A call that only 32-bit programs shall make in some way: each rule for it is one for 64-bit
    /// programs, too.
    #[error("no profile can say it: on {host}, `{call}` gets {} in {abi} programs and {} in 64-bit ones, and every rule that fits the first fits the second", call.answer(0), call.answer(1))]
    NotOneText { host: Host, abi: Abi, call: Box<OneCall> },
    /// Two 32-bit ABIs shall get different answers, and every rule means the same to both.
    #[error("no profile can say it: on {host}, `{call}` gets {} in {} programs and {} in {} ones, and every rule means the same to both", call.answer(0), abis[0], call.answer(1), abis[1])]
    OneWidth { host: Host, abis: [Abi; 2], call: Box<OneCall> },
    /// A call whose answer hangs on from where it is made.
    #[error("no profile can say it: what `{}` gets hangs on the address from which it is called (the instruction pointer)", syscall.name())]
    Address { syscall: Syscall },
    /// The layers ask for ABIs that no profile can list.
    #[error("no profile can list the ABIs of the layers' filters on {host}")]
    Architectures { host: Host },
    /// A difference that no overlay can make.
    #[error("no overlay can do it: {0} would have to change, which belongs to the base")]
    NotAnOverlay(&'static str),
    /// The result was built again and is not what the definition says.
    #[error("libseccomp gets every form of the rules that is tried wrong: on {host} ({abi}), `{call}` shall get {} and gets {}; nothing is written", call.answer(0), call.answer(1))]
    NotProved { host: Host, abi: Abi, call: Box<OneCall> },
    /// The result was read again and is no profile.
    #[error("the merged profile cannot be read: {0}; nothing is written")]
    Unreadable(String),
    /// The result was built again and no runtime loads it.
    #[error("the merged profile does not load: {0}; nothing is written")]
    Refused(Box<SemanticsError>),
}

impl OverlayError {
    /// A layer, by its place, that no runtime loads.
    pub(in crate::overlay) fn of_layer(layer: usize) -> impl Fn(SemanticsError) -> OverlayError {
        move |error| OverlayError::Meaning { layer, error: Box::new(error) }
    }

    /// Rules that do something else than what is wanted in a cell.
    pub(in crate::overlay) fn not_proved(
        store: &mut Store,
        syscall: Syscall,
        wanted: Cell,
        found: Decision,
        default: Leaf,
    ) -> OverlayError {
        let Cell { host, abi, decision } = wanted;
        let default = Decision::leaf(default);
        let call = over(store, decision, default)
            .and_then(|wanted| Ok((wanted, over(store, found, default)?)))
            .and_then(|(wanted, found)| OneCall::apart(store, syscall, wanted, found));
        match call {
            Ok(call) => OverlayError::NotProved { host, abi, call: Box::new(call) },
            Err(bound) => OverlayError::TooLarge { syscall, bound },
        }
    }

    /// Whether no other form of the rules could help.
    pub(in crate::overlay) fn is_final(&self) -> bool {
        matches!(self, OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. })
    }
}

/// A call of which two things are wanted that no rules say at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneCall {
    /// Which.
    pub syscall: Syscall,
    /// Its arguments.
    pub args: [u64; 6],
    /// What is wanted; `None`: the default action.
    pub answers: [Option<Action>; 2],
}

impl OneCall {
    /// A call for which two functions differ.
    pub(in crate::overlay) fn apart(
        store: &mut Store,
        syscall: Syscall,
        a: Decision,
        b: Decision,
    ) -> Result<Self, TooLarge> {
        let differs = store.zip(a, b, &|a, b| (a != b) as Leaf)?;
        let differs = store.set_where(differs, &|leaf| leaf == 1)?;
        let point = store.witness(differs).unwrap_or_default();
        let answers = [a, b].map(|decision| {
            let leaf = store.evaluate(decision, &point);
            (leaf != UNMATCHED).then(|| action(leaf))
        });
        Ok(OneCall { syscall, args: point.args, answers })
    }

    fn answer(&self, at: usize) -> String {
        match self.answers.get(at) {
            Some(Some(action)) => action.to_string(),
            _ => "the default action".to_owned(),
        }
    }
}

impl std::fmt::Display for OneCall {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let asked = self.args.iter().rposition(|arg| *arg != 0).map_or(0, |last| last + 1);
        let count = arg_count(self.syscall).map_or(6, usize::from).max(asked);
        let args: Vec<String> = self.args.iter().take(count).map(|a| format!("{a:#x}")).collect();
        write!(f, "{}({})", self.syscall.name(), args.join(", "))
    }
}
