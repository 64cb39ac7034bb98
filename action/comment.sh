#!/usr/bin/env bash
# Keeps one comment on the pull request up to date. Where none is allowed, the summary has it.
set -euo pipefail
out=$RUNNER_TEMP/sdiff-review
number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
if [ -z "$number" ]; then
    exit 0
fi
marker='<!-- sdiff -->'
comments=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$number/comments

# The token goes in by standard input, so that no list of processes shows it.
api() {
    printf 'Authorization: Bearer %s\n' "$SDIFF_TOKEN" |
        curl --silent --show-error --fail --location --retry 3 --max-time 60 -H @- \
            -H 'Accept: application/vnd.github+json' -H 'X-GitHub-Api-Version: 2022-11-28' "$@"
}

# A comment of the bot's own: anybody can write one that starts alike.
known=
for page in 1 2 3 4 5 6 7 8 9 10; do
    api "$comments?per_page=100&page=$page" >"$out/comments.json" || {
        echo '::notice title=sdiff::the comments cannot be read; the report is in the summary'
        exit 0
    }
    known=$(jq -r --arg marker "$marker" '
        [.[] | select(.user.type == "Bot" and (.body | startswith($marker)))][0].id // empty
    ' "$out/comments.json")
    if [ -n "$known" ] || [ "$(jq length "$out/comments.json")" -lt 100 ]; then
        break
    fi
done
if [ -z "$known" ] && [ "$(jq '.profiles | length' "$out/report.json")" -eq 0 ]; then
    exit 0
fi
jq -n --arg marker "$marker" --rawfile text "$out/comment.md" \
    '{body: ($marker + "\n" + $text)}' >"$out/comment.json"
if [ -n "$known" ]; then
    method=PATCH url=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/comments/$known
else
    method=POST url=$comments
fi
api --request "$method" --data-binary "@$out/comment.json" "$url" >/dev/null ||
    echo '::notice title=sdiff::no comment may be written; the report is in the summary'
