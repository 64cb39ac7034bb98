mod help;
mod mends;
mod rules;
