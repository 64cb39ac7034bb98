//! A file as it was at one moment, though others may write it.

use crate::load::values::tree::MAX_BYTES;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What a file turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it, from one moment.
    Bytes(Vec<u8>),
    /// Larger than any profile ([`crate::load::MAX_BYTES`]): it was not read.
    Large,
    /// No file: a pipe, a device, a folder. It was not opened, for that could block.
    Special,
}

/// So coarse can the clock be by which a kernel says when a file was written: 100 ticks a second.
const TICK: Duration = Duration::from_millis(12);

/// A file that changes is looked at so often.
const TRIES: usize = 3;

/// Reads a file whole. One that changes meanwhile is read once more.
///
/// # Errors
/// Those of the system, and one that says so where a file changes each time that it is read.
pub fn read_steady(path: &Path) -> io::Result<Content> {
    read_while(path, || {})
}

/// Reads a file, while something happens between its bytes and the second look.
fn read_while(path: &Path, mut meanwhile: impl FnMut()) -> io::Result<Content> {
    for _ in 0..TRIES {
        if !fs::metadata(path)?.is_file() {
            return Ok(Content::Special);
        }
        let mut file = File::open(path)?;
        let Some(before) = settled(&file)? else { continue };
        if before.len() > MAX_BYTES as u64 {
            return Ok(Content::Large);
        }
        let mut bytes = Vec::with_capacity(before.len() as usize);
        (&mut file).take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        meanwhile();
        let after = file.metadata()?;
        // Of what the kernel makes on the fly the size is never that of the bytes.
        let is_whole = before.len() == bytes.len() as u64 || before.len() == 0;
        if stamp(&before) == stamp(&after) && is_whole {
            return Ok(match bytes.len() > MAX_BYTES {
                true => Content::Large,
                false => Content::Bytes(bytes),
            });
        }
    }
    Err(io::Error::other("it changes while it is read"))
}

/// What is known of a file, once its last change is so old that the next one has another time; nothing
/// where it is written all the while. Without this a change right behind the first look could not be told.
fn settled(file: &File) -> io::Result<Option<Metadata>> {
    let mut known = file.metadata()?;
    for _ in 0..TRIES {
        if changed(&known).is_some_and(|at| at.elapsed().is_ok_and(|age| age >= TICK)) {
            return Ok(Some(known));
        }
        std::thread::sleep(TICK);
        let again = file.metadata()?;
        if stamp(&again) == stamp(&known) {
            return Ok(Some(again));
        }
        known = again;
    }
    Ok(None)
}

/// All that a change leaves behind.
fn stamp(known: &Metadata) -> (u64, Option<SystemTime>, Option<SystemTime>) {
    (known.len(), known.modified().ok(), changed(known))
}

/// When it was last changed, by the clock of the kernel, which nobody can set back for one file.
#[cfg(unix)]
fn changed(known: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = u32::try_from(known.ctime_nsec()).ok()?;
    let age = Duration::new(u64::try_from(known.ctime()).ok()?, nanoseconds);
    SystemTime::UNIX_EPOCH.checked_add(age)
}

#[cfg(not(unix))]
fn changed(known: &Metadata) -> Option<SystemTime> {
    known.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("sdiff-{}-{name}", std::process::id()));
        fs::write(&path, "first").expect("a file");
        path
    }

    #[test]
    fn a_change_of_the_same_length_in_the_same_tick_is_told() {
        let path = file("same-length");
        // Written just now: whatever is written next would have the same time.
        let read = read_while(&path, || fs::write(&path, "other").expect("a file"));
        let why = read.expect_err("no moment").to_string();
        assert_eq!(why, "it changes while it is read");
        fs::remove_file(path).expect("a file");
    }

    #[test]
    fn what_changed_once_is_read_once_more_and_whole() {
        for next in ["other", "longer than before", ""] {
            let path = file("once");
            let mut times = 0;
            let read = read_while(&path, || {
                times += 1;
                if times == 1 {
                    fs::write(&path, next).expect("a file");
                }
            });
            assert_eq!(read.expect("bytes"), Content::Bytes(next.into()));
            assert_eq!(times, 2);
            fs::remove_file(path).expect("a file");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_time_that_was_set_back_hides_no_change() {
        let path = file("set-back");
        let time = fs::metadata(&path).expect("a file").modified().expect("a time");
        let read = read_while(&path, || {
            fs::write(&path, "other").expect("a file");
            let file = File::options().write(true).open(&path).expect("a file");
            file.set_modified(time).expect("a time");
        });
        assert!(read.is_err());
        fs::remove_file(path).expect("a file");
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        assert_eq!(read_steady(Path::new(".")).expect("a folder"), Content::Special);
    }
}
