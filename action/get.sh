#!/usr/bin/env bash
# Puts sdiff into FOLDER/bin: get.sh FOLDER URL REF
# Where REF, a tag or a commit of the repository at URL, is the one that was released, it is the
# program of the release. Else it is built from the source beside this script.
set -euo pipefail
folder=$1 url=$2 ref=$3
here=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)

is_released() {
    local tags
    case $url in http://* | https://*) ;; *) return 1 ;; esac
    tags=$(GIT_TERMINAL_PROMPT=0 git ls-remote --tags "$url" 2>/dev/null) || return 1
    # What a tag is; of one with a message also the commit.
    commits() { awk -v tag="refs/tags/$1" '$2 == tag || $2 == tag "^{}" { print $1 }' <<<"$tags"; }
    # Not by a pipe: grep ends at the first match, and what writes on is killed.
    grep -qxFf <(commits "v$version") <<<"$(commits "$ref" && printf '%s\n' "$ref")"
}

# The name of the archive for this machine.
name_here() {
    local target
    case $(uname -sm) in
    'Linux x86_64') target=x86_64-unknown-linux-gnu ;;
    'Linux aarch64') target=aarch64-unknown-linux-gnu ;;
    'Darwin x86_64') target=x86_64-apple-darwin ;;
    'Darwin arm64') target=aarch64-apple-darwin ;;
    MINGW*' x86_64' | MSYS*' x86_64') target=x86_64-pc-windows-gnu ;;
    *) return 1 ;;
    esac
    printf 'seccomp-sdiff-%s-%s\n' "$version" "$target"
}

download() {
    curl --silent --fail --location --retry 3 --max-time 300 \
        --output "$temporary/$1" "$url/releases/download/v$version/$1"
}

# Takes the program of the release, if there is one for this machine.
released() {
    local name program sum=(sha256sum)
    is_released && name=$(name_here) || return 1
    command -v sha256sum >/dev/null || sum=(shasum -a 256)
    download SHA256SUMS && download "$name.tar.gz" || return 1
    # From here on it is that program or none.
    if ! (cd "$temporary" && grep -F "  $name.tar.gz" SHA256SUMS | "${sum[@]}" --check - >/dev/null); then
        echo "error: $name.tar.gz is not the file that the release says it is" >&2
        exit 2
    fi
    program=$temporary/$name/sdiff
    tar -xzf "$temporary/$name.tar.gz" -C "$temporary" || exit 2
    [ -e "$program" ] || program=$program.exe
    mkdir -p "$folder/bin" && mv "$program" "$folder/bin/" || exit 2
    echo "sdiff $version, from its release"
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
released && exit
command -v cargo >/dev/null || {
    echo "error: no release of this commit for this machine, and no cargo to build it with" >&2
    exit 2
}
cargo install --locked --quiet --bin sdiff --path "$here" --root "$folder"
echo "sdiff $version, built from its source"
