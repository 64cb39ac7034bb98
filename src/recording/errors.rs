//! Errnos by what the C library and Go say of them.

use super::entry::Outcome;
use crate::syscall::errno_number;

/// glibc's `strerror` in small letters, which are Go's words (`zerrors_linux_amd64.go`), of errnos that
/// calls end with.
const WORDS: [(&str, &str); 44] = [
    ("EPERM", "operation not permitted"),
    ("ENOENT", "no such file or directory"),
    ("ESRCH", "no such process"),
    ("EINTR", "interrupted system call"),
    ("EIO", "input/output error"),
    ("ENXIO", "no such device or address"),
    ("E2BIG", "argument list too long"),
    ("ENOEXEC", "exec format error"),
    ("EBADF", "bad file descriptor"),
    ("ECHILD", "no child processes"),
    ("EAGAIN", "resource temporarily unavailable"),
    ("ENOMEM", "cannot allocate memory"),
    ("EACCES", "permission denied"),
    ("EFAULT", "bad address"),
    ("EBUSY", "device or resource busy"),
    ("EEXIST", "file exists"),
    ("EXDEV", "invalid cross-device link"),
    ("ENODEV", "no such device"),
    ("ENOTDIR", "not a directory"),
    ("EISDIR", "is a directory"),
    ("EINVAL", "invalid argument"),
    ("ENFILE", "too many open files in system"),
    ("EMFILE", "too many open files"),
    ("ENOTTY", "inappropriate ioctl for device"),
    ("ENOSPC", "no space left on device"),
    ("ESPIPE", "illegal seek"),
    ("EROFS", "read-only file system"),
    ("EPIPE", "broken pipe"),
    ("ERANGE", "numerical result out of range"),
    ("ENAMETOOLONG", "file name too long"),
    ("ENOSYS", "function not implemented"),
    ("ENODATA", "no data available"),
    ("EOVERFLOW", "value too large for defined data type"),
    ("ENOTSOCK", "socket operation on non-socket"),
    ("EPROTONOSUPPORT", "protocol not supported"),
    ("EOPNOTSUPP", "operation not supported"),
    ("EAFNOSUPPORT", "address family not supported by protocol"),
    ("EADDRINUSE", "address already in use"),
    ("ENOTCONN", "transport endpoint is not connected"),
    ("ETIMEDOUT", "connection timed out"),
    ("ECONNREFUSED", "connection refused"),
    ("EINPROGRESS", "operation now in progress"),
    ("ECONNRESET", "connection reset by peer"),
    ("ENETUNREACH", "network is unreachable"),
];

/// The end of a call as Inspektor Gadget's traceloop has it (`retToStr`): `3`, `-1 (permission denied)`,
/// `-1 (P…` in a narrow column. Its `-1` is no errno.
pub(super) fn outcome(text: &str) -> Outcome {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("-1") {
        let said = rest.trim().trim_start_matches('(').trim_end_matches(')').to_lowercase();
        let (said, is_cut) = match said.strip_suffix('…') {
            Some(start) => (start, true),
            None => (&*said, false),
        };
        let mut found = WORDS
            .iter()
            .filter(|(_, words)| if is_cut { words.starts_with(said) } else { *words == said });
        let name = match (found.next(), found.next()) {
            (Some((name, _)), None) => Some(name),
            _ => None,
        };
        return Outcome::Failed(name.and_then(|name| errno_number(name)).unwrap_or(0));
    }
    let digits = text.trim_end_matches('…');
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(value) if digits.len() == text.len() => Outcome::Returned(value),
        _ if is_number => Outcome::Returned(0),
        _ => Outcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{WORDS, outcome};
    use crate::recording::Outcome;
    use crate::syscall::errno_number;

    #[test]
    fn what_is_said_is_one_errno() {
        for (name, words) in WORDS {
            let number = errno_number(name).unwrap();
            assert_eq!(outcome(&format!("-1 ({words})")), Outcome::Failed(number));
        }
        assert_eq!(outcome("-1 (Permissi…"), Outcome::Failed(13));
        assert_eq!(outcome("-1 (p…"), Outcome::Failed(0));
        assert_eq!(outcome("94032…"), Outcome::Returned(0));
        assert_eq!(outcome("unfinished"), Outcome::Unknown);
        assert_eq!(outcome("X"), Outcome::Unknown);
    }
}
