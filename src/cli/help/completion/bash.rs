//! bash, which breaks words at `@`, `=` and `:`. They stand in the names of profiles.

use clap::Command;
use clap_complete::env::{self, EnvCompleter};
use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

/// The words are put together again before the program is asked, and of an answer bash gets what
/// comes behind the last break.
pub(super) struct Bash;

const FUNCTION: &str = r#"
_NAME_complete() {
    local rest=$COMP_LINE word stripped before="" at=-1 i
    local -a words=() replies=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        stripped=${rest#"${rest%%[![:space:]]*}"}
        if ((i == 0)) || [[ $stripped != "$rest" || -z $rest ]]; then
            at=$((at + 1))
            words[at]=""
        fi
        rest=${stripped#"$word"}
        if ((i == COMP_CWORD)); then
            # Of a word that is nothing but a break, nothing is replaced.
            if [[ -z $2 ]]; then before=${words[at]}$word; else before=${words[at]}; fi
            # The word that it replaces begins with an `@`, which is a word of its own before it.
            if [[ $2 == @* ]]; then before=${before%@}; fi
            words[at]=$before$2
        else
            words[at]+=$word
        fi
    done
    local IFS=$'\013'
    replies=($(
        _CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$at" VAR=bash \
            COMPLETER -- "${words[@]}" 2>/dev/null
    ))
    COMPREPLY=()
    for word in "${replies[@]}"; do
        word=${word#"$before"}
        case $word in
            *[[:space:]\(\)\&\;\|\<\>\$\*\?\'\"\\]*) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -F _NAME_complete BIN
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> Result<(), Error> {
        let script = FUNCTION.replace("NAME", &name.replace(['-', '.'], "_"));
        let script = script.replace("BIN", bin).replace("COMPLETER", completer);
        buf.write_all(script.replace("VAR", var).trim_start().as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> Result<(), Error> {
        env::Bash.write_complete(command, words, folder, buf)
    }
}
