#!/usr/bin/env bash
# What pre-commit runs: sdiff of the commit that the hook is pinned to, got when it runs first.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$here/target/hook
if ! [ -x "$root/bin/sdiff" ]; then
    # git tells hooks which repository it is in, and this is another one.
    own=(env -u GIT_DIR -u GIT_INDEX_FILE -u GIT_WORK_TREE git -C "$here")
    "$here/action/get.sh" "$root" "$("${own[@]}" remote get-url origin)" "$("${own[@]}" rev-parse HEAD)" >&2
fi
exec "$root/bin/sdiff" "$@"
