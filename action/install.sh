#!/usr/bin/env bash
# Builds sdiff, if the cache has none, and puts it on the PATH.
set -euo pipefail
root=$RUNNER_TEMP/sdiff-bin
if ! "$root/bin/sdiff" --version 2>/dev/null; then
    cargo install --locked --quiet --bin sdiff --path "$GITHUB_ACTION_PATH" --root "$root"
fi
printf '%s\n' "$root/bin" >>"$GITHUB_PATH"
