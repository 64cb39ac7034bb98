//! Recordings, as their tools print them.

mod corpus;
mod formats;
mod others;
mod tools;
mod written;
