#!/usr/bin/env bash
# Reviews, with annotations on standard output, the step summary, and files for what follows.
set -euo pipefail
out=$RUNNER_TEMP/sdiff-review
mkdir -p "$out"
arguments=(review --repo "$GITHUB_WORKSPACE" --fail-on "$SDIFF_FAIL_ON" --format github
    --also "markdown=$out/comment.md" --also "json=$out/report.json"
    --also "sarif=$out/sdiff.sarif" --also "html=$out/sdiff.html")
if [ -n "${SDIFF_CONFIG:-}" ]; then
    arguments+=("--config=$SDIFF_CONFIG")
fi
if [ -n "${SDIFF_ENGINE:-}" ]; then
    arguments+=("--engine=$SDIFF_ENGINE")
fi
if [ -n "$SDIFF_RANGE" ]; then
    arguments+=(-- "$SDIFF_RANGE")
fi
status=0
"$RUNNER_TEMP/sdiff-bin/bin/sdiff" "${arguments[@]}" || status=$?
if [ "$status" -gt 1 ]; then
    exit "$status"
fi
cat "$out/comment.md" >>"$GITHUB_STEP_SUMMARY"
{
    printf 'status=%s\n' "$status"
    printf 'sarif=%s\n' "$out/sdiff.sarif"
    printf 'html=%s\n' "$out/sdiff.html"
} >>"$GITHUB_OUTPUT"
