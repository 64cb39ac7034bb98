//! Names and numbers of errors, in Linux's generic numbering.
//!
//! `errnoRet` is a number and reaches the program as it is, so a profile that says 38 gives
//! `ENOSYS` everywhere but on mips, whose numbers above 34 are its own (`ENOSYS` is 89 there; 38
//! is `EL2NSYNC`). ppc parts only in `EDEADLOCK` (58).

use crate::syscall::facts::Piece;

/// The error's name in the generic numbering.
pub fn errno_name(number: u16) -> Option<&'static str> {
    let place = usize::from(number).checked_sub(1)?;
    PLACES.get(place).map(|place| place.of(NAMES)).filter(|name| *name != UNUSED)
}

/// The number of an error in the generic numbering, under its own name or another name that C
/// has for it. Case matters.
pub fn errno_number(name: &str) -> Option<u16> {
    let name = match name {
        "EWOULDBLOCK" => "EAGAIN",
        "EDEADLOCK" => "EDEADLK",
        "ENOTSUP" => "EOPNOTSUPP",
        UNUSED => return None,
        other => other,
    };
    let place = NAMES.split_ascii_whitespace().position(|known| known == name)?;
    Some(place as u16 + 1)
}

/// Where each name stands in `NAMES`.
static PLACES: [Piece; COUNT] = {
    let mut places = [Piece::EMPTY; COUNT];
    let (mut rest, mut at) = (Some(Piece::new(0, NAMES.len())), 0);
    while let Some(names) = rest {
        (places[at], rest) = names.cut(NAMES, b' ');
        at += 1;
    }
    places
};

/// How many numbers there are.
const COUNT: usize = 133;

/// Stands in `NAMES` for a number that means nothing.
const UNUSED: &str = "-";

/// From 1 on (`asm-generic/errno-base.h`, `asm-generic/errno.h`).
const NAMES: &str = "\
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT \
    ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG \
    ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY \
    ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR \
    EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE \
    ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG \
    ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK \
    EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP \
    EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET \
    ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT \
    ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL \
    EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED \
    EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(errno_name(1), Some("EPERM"));
        assert_eq!(errno_name(38), Some("ENOSYS"));
        assert_eq!(errno_name(110), Some("ETIMEDOUT"));
        assert_eq!(errno_name(133), Some("EHWPOISON"));
        assert_eq!((errno_name(0), errno_name(41), errno_name(134)), (None, None, None));
        assert_eq!(errno_number("EACCES"), Some(13));
        assert_eq!(errno_number("EWOULDBLOCK"), Some(11));
        assert_eq!(errno_number("EOPNOTSUPP"), Some(95));
        assert_eq!(errno_number("eperm"), None);
        assert_eq!(errno_number("-"), None);
    }

    #[test]
    fn there_and_back() {
        for number in 1..=133 {
            assert!(errno_name(number).is_none_or(|name| errno_number(name) == Some(number)));
        }
    }
}
