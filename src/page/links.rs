//! Links of terminals (OSC 8): a place in a report leads to its file.

use std::fmt::Write;

/// How a path becomes the address of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// What relative paths are relative to, as an absolute path.
    pub folder: String,
}

impl Links {
    /// The text as a link to the file.
    pub(crate) fn to(&self, path: &str, text: &str) -> String {
        format!("\x1b]8;;{}\x1b\\{text}\x1b]8;;\x1b\\", self.address(path))
    }

    /// `file:///home/me/mine.json`
    fn address(&self, path: &str) -> String {
        let path = path.replace('\\', "/");
        let has_drive = path.as_bytes().get(1) == Some(&b':');
        let whole = match path.starts_with('/') || has_drive {
            true => path,
            false => {
                let folder = self.folder.replace('\\', "/");
                format!("{}/{}", folder.trim_end_matches('/'), path.trim_start_matches("./"))
            }
        };
        let mut address = String::from("file://");
        if !whole.starts_with('/') {
            address.push('/');
        }
        for byte in whole.bytes() {
            match byte {
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'/'
                | b'-'
                | b'_'
                | b'.'
                | b'~'
                | b':' => {
                    address.push(char::from(byte));
                }
                // Writing to a String cannot fail.
                _ => drop(write!(address, "%{byte:02X}")),
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_an_address() {
        let links = |folder: &str| Links { folder: folder.to_owned() };
        assert_eq!(links("/home/me").address("a/b.json"), "file:///home/me/a/b.json");
        assert_eq!(links("/").address("./a.json"), "file:///a.json");
        assert_eq!(links("/x").address("/etc/ä b\u{1b}.json"), "file:///etc/%C3%A4%20b%1B.json");
        assert_eq!(links(r"C:\me").address(r"a\b.json"), "file:///C:/me/a/b.json");
        assert_eq!(links("/x").address(r"D:\b.json"), "file:///D:/b.json");
    }
}
