//! Some clauses of a set that is too tangled for a good description.

use super::super::handle::{Decision, Set};
use super::super::meter::TooLarge;
use super::super::store::Store;
use super::super::var::{self, Group, Var};
use super::Stop;
use super::product::{Part, Piece, Search};
use super::term::Clause;

/// The clauses of the first paths through the diagram, at most that many. They are disjoint.
pub(super) fn some_of(
    store: &mut Store,
    set: Set,
    width: u16,
    limit: usize,
) -> Result<Vec<Piece>, TooLarge> {
    let mut paths = Vec::new();
    collect(store, set.0, limit, &mut Vec::new(), &mut paths);
    let mut pieces = Vec::new();
    for path in paths {
        match piece(store, &path, width) {
            Ok(piece) => pieces.push(piece),
            Err(Stop::Tangled) => {}
            Err(Stop::TooLarge(error)) => return Err(error),
        }
    }
    Ok(pieces)
}

type Path = Vec<(Var, bool)>;

fn collect(store: &Store, at: Decision, limit: usize, path: &mut Path, paths: &mut Vec<Path>) {
    if paths.len() == limit || at == Set::EMPTY.0 {
        return;
    }
    let Some(node) = store.node(at) else {
        paths.push(path.clone());
        return;
    };
    for (bit, child) in [(false, node.lo), (true, node.hi)] {
        path.push((node.var, bit));
        collect(store, child, limit, path, paths);
        path.pop();
    }
}

fn piece(store: &mut Store, path: &[(Var, bool)], width: u16) -> Result<Piece, Stop> {
    let mut piece = Piece { clause: Clause::default(), set: Set::ALL };
    let mut rest = path;
    // From the last group to the first, as `Part::before` wants it.
    while let Some(&(var, _)) = rest.last() {
        let group = var::group(var);
        let start = rest.partition_point(|&(var, _)| var < group.range().0);
        let values = cube(store, &rest[start..])?;
        rest = &rest[..start];
        let (part, values) = match Search::new(store, width).parts(group, values, values)?.pop() {
            Some(single) => single,
            None => (Part::Nothing, Set::ALL),
        };
        debug_assert!(matches!(group, Group::Arg(_)) || !values.is_all());
        piece.clause = part.before(&piece.clause);
        piece.set = store.and(piece.set, values)?;
    }
    Ok(piece)
}

fn cube(store: &mut Store, bits: &[(Var, bool)]) -> Result<Set, TooLarge> {
    let mut set = Set::ALL.0;
    for &(var, bit) in bits.iter().rev() {
        let nowhere = Set::EMPTY.0;
        set = if bit { store.make(var, nowhere, set)? } else { store.make(var, set, nowhere)? };
    }
    Ok(Set(set))
}
