mod fingerprint;
mod generations;
mod starts;
mod syscall_table;
mod unnamed;
mod without_effect;
