//! One profile to facts: what its policy comes to, whom it lets through, and what closes that.
//!
//! It takes a text that was read and gives [`Row`](super::Row)s; how many there are, and in which order, it
//! never knows.

pub(super) mod ask;
pub(super) mod beyond;
pub(super) mod facts;
pub(super) mod judge;
pub(super) mod judged;
pub(super) mod origin;
pub(super) mod plan;
pub(super) mod team;
