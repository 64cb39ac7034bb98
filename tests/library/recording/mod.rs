//! Recordings, as their tools print them.

mod corpus;
mod formats;
mod tools;
mod written;
