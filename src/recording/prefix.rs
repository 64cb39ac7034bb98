//! What logs put before a line: Docker, CRI, journald, syslog, kubectl, compose, dmesg, GitHub.

/// The line without what stands before it.
pub(super) fn strip(line: &str) -> &str {
    let mut rest = line;
    // A line can have been through several of them.
    for _ in 0..6 {
        match one(rest) {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    rest
}

fn one(text: &str) -> Option<&str> {
    let trimmed = text.trim_start();
    let first = trimmed.as_bytes().first().copied()?;
    match first {
        b'0'..=b'9' => stamped(trimmed).or_else(|| unix(trimmed)).or_else(|| logcat(trimmed)),
        b'[' => bracketed(trimmed),
        b'<' => {
            // `<4>[ 1.0] ` of /dev/kmsg and syslog.
            let (digits, behind) = trimmed[1..].split_once('>')?;
            let is_level = !digits.is_empty() && digits.len() <= 3 && is_digits(digits);
            is_level.then(|| rfc5424(behind).unwrap_or(behind))
        }
        b'A'..=b'Z' if is_syslog(trimmed) => {
            // `short-precise` has microseconds.
            let rest = &trimmed[15..];
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
            ident(rest[end..].strip_prefix(' ')?)
        }
        b'A'..=b'Z' if is_weekday(trimmed) => full(trimmed),
        b'V' | b'D' | b'I' | b'W' | b'E' | b'F' if trimmed.as_bytes().get(1) == Some(&b'/') => {
            // `F/DEBUG   ( 1234): ` of Android's `logcat -v brief`.
            let (_, behind) = trimmed.split_once('(')?;
            let (process, behind) = behind.split_once("): ")?;
            is_digits(process.trim()).then_some(behind)
        }
        _ => piped(trimmed).or_else(|| facility(trimmed)).or_else(|| job(trimmed)),
    }
}

/// `2024-01-01T00:00:00.0000000Z `, behind it CRI's `stdout F `, or syslog's host and program.
fn stamped(text: &str) -> Option<&str> {
    let (stamp, behind) = text.split_once([' ', '\t'])?;
    let bytes = stamp.as_bytes();
    let is_stamp = bytes.len() >= 19
        && bytes.len() <= 40
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10] == b'T'
        && stamp.bytes().all(|b| b.is_ascii_digit() || b"-:.TZ+,".contains(&b));
    if !is_stamp {
        return None;
    }
    for stream in ["stdout F ", "stderr F ", "stdout P ", "stderr P "] {
        if let Some(line) = behind.strip_prefix(stream) {
            return Some(line);
        }
    }
    Some(ident(behind).unwrap_or(behind))
}

/// journald's `short-unix`: `1716902672.123456 host program[12]: `.
fn unix(text: &str) -> Option<&str> {
    let (stamp, behind) = text.split_once(' ')?;
    let is_stamp = stamp.len() > 10 && stamp.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_stamp { ident(behind) } else { None }
}

/// `01-01 10:11:12.123  1234  1234 F DEBUG   : ` of Android's `logcat -v threadtime`.
fn logcat(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_stamp = bytes.len() > 19
        && bytes[2] == b'-'
        && bytes[5] == b' '
        && bytes[8] == b':'
        && bytes[11] == b':'
        && bytes[14] == b'.';
    if !is_stamp {
        return None;
    }
    let (head, behind) = text.split_once(": ")?;
    let mut words = head.split_ascii_whitespace().skip(2);
    let (process, thread, level) = (words.next()?, words.next()?, words.next()?);
    (is_digits(process) && is_digits(thread) && level.len() == 1).then_some(behind)
}

/// journald's `short-full` and `with-unit`: `Tue 2024-05-28 15:24:32 CEST host unit/program[12]: `.
fn full(text: &str) -> Option<&str> {
    let mut parts = text.splitn(5, ' ');
    let (_, date, time, _) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_date = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let is_time = time.len() >= 8 && time.bytes().all(|b| b.is_ascii_digit() || b":.".contains(&b));
    if is_date && is_time { ident(parts.next()?) } else { None }
}

fn is_weekday(text: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    DAYS.iter().any(|day| text.starts_with(day))
}

/// `1 2024-05-28T15:24:32+02:00 host program 12 - - `: version, time, host, program, process, kind, data.
fn rfc5424(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("1 ")?;
    let mut parts = rest.splitn(6, ' ');
    let stamp = parts.next()?;
    if stamp.len() < 19 || stamp.as_bytes()[10] != b'T' {
        return None;
    }
    let behind = parts.nth(4)?;
    behind.strip_prefix("- ").or_else(|| behind.strip_prefix('[')?.split_once("] ").map(|(_, b)| b))
}

/// A line of CRI's log: from where it came, whether its rest comes with the next one, and its text.
pub(super) fn cri(text: &str) -> Option<(&str, bool, &str)> {
    let (stamp, behind) = text.split_once(' ')?;
    if stamp.len() < 20 || stamp.as_bytes()[10] != b'T' {
        return None;
    }
    let (stream, behind) = behind.split_once(' ')?;
    let (tag, text) = behind.split_once(' ')?;
    let is_cri = matches!(stream, "stdout" | "stderr") && matches!(tag, "F" | "P");
    is_cri.then_some((stream, tag == "P", text))
}

/// What is known of a line of journald's own: a banner (`-- Boot 1234 --`), a field of its formats
/// `export` and `verbose`; or the text of a message in them.
pub(super) enum Journal<'a> {
    Nothing,
    Message(&'a str),
}

pub(super) fn journal(text: &str) -> Option<Journal<'_>> {
    let text = text.trim_start();
    if text.starts_with("-- ") && text.ends_with(" --") {
        return Some(Journal::Nothing);
    }
    if is_weekday(text) && text.contains(" [s=") && text.ends_with(']') {
        return Some(Journal::Nothing);
    }
    let (key, value) = text.split_once('=')?;
    if key == "MESSAGE" {
        return Some(Journal::Message(value));
    }
    // systemd.journal-fields(7)
    const STARTS: [&str; 12] = [
        "_",
        "PRIORITY",
        "SYSLOG_",
        "CODE_",
        "MESSAGE_ID",
        "AUDIT_",
        "UNIT",
        "USER_",
        "INVOCATION_ID",
        "TID",
        "COREDUMP_",
        "CONTAINER_",
    ];
    let is_key = key.len() > 2
        && key.len() <= 64
        && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (is_key && STARTS.iter().any(|start| key.starts_with(start))).then_some(Journal::Nothing)
}

/// `[ 1033.125649] `, `[Fri May 28 15:24:32 2021] ` of dmesg, `[pod/name/container] ` of kubectl.
fn bracketed(text: &str) -> Option<&str> {
    let (inner, behind) = text[1..].split_once(']')?;
    let word = inner.trim();
    // `short-delta` and dmesg's `-d`: `[ 1033.125649 <    0.000012>] `.
    let word = word.split_once(" <").map_or(word, |(seconds, _)| seconds.trim_end());
    let is_seconds = word.contains('.') && word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_date = word.len() >= 20 && is_syslog(word.get(4..)?);
    let is_pod = word.starts_with("pod/") && !word.contains(' ');
    let behind = behind.strip_prefix(' ').unwrap_or(behind);
    // `short-monotonic` has the host and the program behind it.
    let behind = if is_seconds { ident(behind).unwrap_or(behind) } else { behind };
    (is_seconds || is_date || is_pod).then_some(behind)
}

/// `May 28 15:24:32 `.
fn is_syslog(text: &str) -> bool {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let bytes = text.as_bytes();
    // A `.` in front of microseconds.
    bytes.len() > 16
        && text.is_char_boundary(3)
        && text.is_char_boundary(16)
        && MONTHS.contains(&text[..3])
        && bytes[3] == b' '
        && bytes[6] == b' '
        && bytes[9] == b':'
        && bytes[12] == b':'
        && matches!(bytes[15], b' ' | b'.')
}

/// `host program[pid]: `, `host kern.notice kernel: `: up to the first colon that ends a word.
fn ident(text: &str) -> Option<&str> {
    let mut words = 0;
    let mut at = 0;
    for word in text.split_inclusive(' ') {
        at += word.len();
        words += 1;
        if words > 3 || word.contains(['(', '"', '=']) {
            return None;
        }
        if word.trim_end().ends_with(':') && words >= 2 {
            return Some(&text[at..]);
        }
    }
    None
}

/// Compose's `web-1  | `.
fn piped(text: &str) -> Option<&str> {
    let (name, behind) = text.split_once(" | ")?;
    let name = name.trim_end();
    let is_name = !name.is_empty()
        && name.len() <= 80
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    is_name.then_some(behind)
}

/// `kern  :notice: ` of `dmesg -x`.
fn facility(text: &str) -> Option<&str> {
    let behind = text.strip_prefix("kern").or_else(|| text.strip_prefix("user"))?;
    let (level, behind) = behind.trim_start().strip_prefix(':')?.split_once(':')?;
    (level.trim().len() <= 6 && level.trim().bytes().all(|b| b.is_ascii_lowercase()))
        .then(|| behind.trim_start())
}

/// `job<tab>step<tab>2024-01-01T...Z ` of `gh run view --log`.
fn job(text: &str) -> Option<&str> {
    let mut parts = text.splitn(3, '\t');
    let (_, _, behind) = (parts.next()?, parts.next()?, parts.next()?);
    stamped(behind.trim_start_matches('\u{feff}'))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::strip;

    /// Docker: `docker logs -t`; CRI: containerd's internal/cri/io/logger.go; journald:
    /// systemd's logs-show.c (`short`); kubectl: `logs --prefix`; dmesg: util-linux' dmesg.c; GitHub:
    /// downloads of logs, and `gh run view --log`.
    #[test]
    fn each_kind_of_log() {
        for prefix in [
            "",
            "2024-01-01T00:00:00.000000000Z ",
            "2024-01-01T00:00:00.000000000Z stdout F ",
            "2024-01-01T00:00:00.000000+01:00 host strace[12]: ",
            "May 28 15:24:32 casper strace[7645]: ",
            // systemd's logs-show.c (`output_short`): each `short-*`.
            "May 28 15:24:32.123456 casper strace[7645]: ",
            "Tue 2024-05-28 15:24:32 CEST casper strace[12]: ",
            "Tue 2024-05-28 15:24:32 UTC casper session-1.scope/strace[12]: ",
            "1716902672.123456 casper strace[12]: ",
            "[ 1033.125649] casper strace[12]: ",
            "[ 1033.125649 <    0.000012 >] casper strace[12]: ",
            "2024-05-28T15:24:32.123456+0200 casper strace[12]: ",
            "01-01 10:11:12.123  1234  1234 F DEBUG   : ",
            "F/DEBUG   ( 1234): ",
            "<13>1 2024-05-28T15:24:32.123456+02:00 host strace 12 - - ",
            "<13>1 2024-05-28T15:24:32.123456+02:00 host strace 12 - [a@1 b=\"c\"] ",
            "Jan 11 09:11:48 syslogd-sf2dl kern.notice kernel: [ 1033.125649] ",
            "[pod/web-1/app] ",
            "[ 1033.125649] ",
            "[Fri May 28 15:24:32 2021] ",
            "<5>[    1.000000] ",
            "kern  :notice: [    1.000000] ",
            "web-1  | ",
            "build\tRun tests\t2024-01-01T00:00:00.0000000Z ",
        ] {
            let line = format!("{prefix}openat(AT_FDCWD, \"a: b\", O_RDONLY) = 3");
            assert_eq!(strip(&line), &line[prefix.len()..], "{prefix}");
        }
        for line in ["[pid 12] read(0) = 0", "[  59] read(0) = 0", "12:00:01 read(0) = 0", "Mount"]
        {
            assert_eq!(strip(line), line);
        }
    }
}
