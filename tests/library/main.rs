//! The library through its public surface, a folder a room.

mod baseline;
mod call;
mod filter;
mod fleet;
mod lint;
mod load;
mod overlay;
mod recording;
mod semantics;
