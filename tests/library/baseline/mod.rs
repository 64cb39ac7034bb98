mod baselines;
mod decade;
mod defaults_table;
mod importer;
