#!/usr/bin/env bash
# Gets sdiff, if the cache has none, and puts it on the PATH.
set -euo pipefail
root=$RUNNER_TEMP/sdiff-bin
if ! "$root/bin/sdiff" --version 2>/dev/null; then
    "$GITHUB_ACTION_PATH/action/get.sh" "$root" "$GITHUB_SERVER_URL/$SDIFF_REPOSITORY" "$SDIFF_REF"
fi
printf '%s\n' "$root/bin" >>"$GITHUB_PATH"
