# What a developer types. `just` alone lists them; each line works without `just` as well.

# List the commands.
default:
    @just --list

# Run the program on two profiles, or any of its commands.
run *ARGS:
    cargo run --release --quiet -- {{ARGS}}

# The tests that need nothing: no root, no network, no system library.
test *FILTER:
    cargo test {{FILTER}}

# Formatting and lints, as CI judges them.
lint:
    cargo fmt --check
    cargo fmt --check --manifest-path tests/real/Cargo.toml
    cargo clippy --all-targets --all-features --locked -- -D warnings

# Write what is generated: snapshots, docs/lints.md, the table of system calls.
update:
    INSTA_UPDATE=always SDIFF_WRITE_DOCS=1 SDIFF_WRITE_TABLES=1 cargo test

# Everything, against the real parts: as root, on Debian.
ci:
    .ci/run
