mod edit;
mod laws;
mod merge;
mod rebase;
mod synthesis;
