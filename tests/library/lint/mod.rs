mod help;
mod rules;
