//! What stands in front of a call: who made it, when, from where (strace.c, `printleader`).

/// Who made a call, as it stands in front of it.
#[derive(Default)]
pub(super) struct Leader {
    pub(super) pid: Option<u32>,
    pub(super) command: Option<Box<str>>,
    pub(super) number: Option<i64>,
}

/// `[pid 12]`, `12`, times, `[ 59]` (`-n`), `[00007f12ab]` (`-i`), security contexts.
pub(super) fn read(text: &str) -> (Leader, &str) {
    let mut leader = Leader::default();
    let mut rest = text;
    let mut is_first = true;
    loop {
        rest = rest.trim_start();
        if let Some(inner) = rest.strip_prefix("[pid ") {
            let Some((pid, behind)) = inner.split_once(']') else { break };
            (leader.pid, leader.command) = process(pid.trim());
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let Some((inner, behind)) = inner.split_once(']') else { break };
            let word = inner.trim();
            if word.len() < 8 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
                leader.number = word.parse().ok();
            } else if !(word.contains(':')
                || word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'?'))
            {
                break;
            }
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix("(+") {
            let Some((_, behind)) = inner.split_once(')') else { break };
            rest = behind;
        } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
            // `12<my prog>`: a command may have spaces.
            let end = match rest.find(|c: char| !c.is_ascii_digit()) {
                Some(at) if rest[at..].starts_with('<') => rest.find("> ").map(|end| end + 1),
                _ => rest.find([' ', '\t']),
            };
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let is_time = word.bytes().all(|b| b.is_ascii_digit() || b".:+-TZ".contains(&b));
            let (pid, command) = process(word);
            if behind.is_empty() || !(is_time || pid.is_some()) {
                break;
            }
            // Greater ones are seconds since 1970 (`-t`): include/linux/threads.h, PID_MAX_LIMIT.
            if is_first && pid.is_some_and(|pid| pid <= 1 << 22) {
                (leader.pid, leader.command) = (pid, command);
            }
            rest = behind;
        } else {
            break;
        }
        is_first = false;
    }
    (leader, rest)
}

/// `12`, `12<sh>` (`-Y`).
fn process(word: &str) -> (Option<u32>, Option<Box<str>>) {
    match word.split_once('<') {
        Some((pid, name)) => (pid.parse().ok(), name.strip_suffix('>').map(Into::into)),
        None => (word.parse().ok(), None),
    }
}
