//! Why bytes give no program.

use super::checked::Unloadable;

/// The annotation of an OCI `config.json` in which crun takes a program in base64, in place of the
/// profile (crun(1), "run.oci.seccomp_bpf_data").
pub(in crate::filter) const ANNOTATION: &str = "run.oci.seccomp_bpf_data";

/// `sizeof(struct sock_filter)` in bytes.
pub(in crate::filter) const INSTRUCTION_SIZE: usize = 8;

/// Why bytes give no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Not instructions as the kernel keeps them.
    #[error("{0} bytes are no filter: each of its instructions has {INSTRUCTION_SIZE}")]
    Length(usize),
    /// Text without an instruction in it.
    #[error(
        "it is text without an instruction: a filter is the kernel's bytes, the output of \
         `seccomp-tools disasm`, `scmp_bpf_disasm` or `seccomp_export_pfc`, what `seccomp-tools asm` or `bpf_asm` \
         take, a list of instructions as C or `strace -v` has it, a dump of `xxd` or `hexdump -C`, base64, or a `config.json` with the \
         annotation `{ANNOTATION}`"
    )]
    Text,
    /// A line of a disassembly that is not as it should be.
    #[error("line {line}: expected {expected}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What would be right.
        expected: &'static str,
    },
    /// A word of a source that is not as it should be.
    #[error("line {line}: `{word}`: expected {expected}")]
    Word {
        /// Counted from 1.
        line: usize,
        /// The word.
        word: String,
        /// What would be right.
        expected: &'static str,
    },
    /// JSON that holds no program.
    #[error("{0}")]
    Json(String),
    /// The kernel would not load it.
    #[error(transparent)]
    Unloadable(#[from] Unloadable),
}
