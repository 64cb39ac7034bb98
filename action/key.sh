#!/usr/bin/env bash
# What the program is made from, in a hash: the key of the cache.
set -euo pipefail
cd "$GITHUB_ACTION_PATH"
key=$(find Cargo.toml Cargo.lock src baselines docs -type f -print0 | LC_ALL=C sort -z |
    xargs -0 cat | git hash-object --stdin)
printf 'key=%s\n' "$key" >>"$GITHUB_OUTPUT"
