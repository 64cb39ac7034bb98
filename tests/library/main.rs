//! The library through its public surface, a folder a room.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

mod baseline;
mod call;
mod filter;
mod fleet;
mod lint;
mod load;
mod overlay;
mod recording;
mod rooms;
mod semantics;
mod surface;
