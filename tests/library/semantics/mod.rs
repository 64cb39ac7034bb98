mod fingerprint;
mod generations;
mod meaning;
mod starts;
mod syscall_table;
mod unnamed;
mod without_effect;
