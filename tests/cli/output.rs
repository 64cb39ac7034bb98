//! Where results go.

use super::*;

#[test]
fn a_file_is_written_whole() {
    let ran = sdiff("docker@29.4.2 default -o report.txt").run().status(1).stdout("").stderr("");
    let text = sdiff("docker@29.4.2 default").run().stdout;
    assert_eq!(ran.read("report.txt"), text);
    assert_eq!(ran.files(), ["report.txt"]);
}

#[test]
fn a_file_is_replaced() {
    let test = sdiff("default default --output report.txt").file("report.txt", "old");
    assert_eq!(test.run().status(0).read("report.txt"), "same policy\n");
}

#[test]
fn trouble_leaves_a_file_as_it_was() {
    let ran = sdiff("default nothing -o report.txt").file("report.txt", "old").run().status(2);
    assert_eq!(ran.read("report.txt"), "old");
    assert_eq!(ran.files(), ["report.txt"]);
    let ran = sdiff("default default -o no/such/folder").run().status(2);
    ran.stdout("").stderr_has("error: cannot write `no/such/folder`: ");
}

#[test]
fn a_dash_is_standard_output() {
    sdiff("default default -o -").run().status(0).stdout("same policy\n");
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link() {
    let test = sdiff("default default -o link").file("there", "old");
    std::os::unix::fs::symlink("there", test.folder.path().join("link")).expect("links");
    let ran = test.run().status(0);
    assert_eq!(ran.read("there"), "same policy\n");
    assert!(ran.folder.path().join("link").is_symlink());
}

#[test]
#[cfg(unix)]
fn a_link_to_a_file_that_is_not_there_makes_it() {
    use std::os::unix::fs::symlink;
    let test = sdiff("default default -o link").folder_file("folder", "other", "");
    let at = |name: &str| test.folder.path().join(name);
    symlink("folder/second", at("link")).expect("links");
    symlink("there", at("folder/second")).expect("links");
    let ran = test.run().status(0);
    assert_eq!(ran.read("folder/there"), "same policy\n");
    assert!(["link", "folder/second"].iter().all(|name| ran.folder.path().join(name).is_symlink()));
    assert_eq!(ran.files(), ["folder", "link"]);
    let test = sdiff("default default -o link");
    symlink("nowhere/there", test.folder.path().join("link")).expect("links");
    let ran = test.run().status(2).stderr_has("error: cannot write `link`: ");
    assert!(ran.folder.path().join("link").is_symlink());
    let test = sdiff("default default -o link");
    symlink("link", test.folder.path().join("link")).expect("links");
    test.run().status(2).stderr_has("symbolic links that lead to each other");
}

#[test]
#[cfg(unix)]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let test = sdiff("default default -o report.txt").file("report.txt", "old");
    let path = test.folder.path().join("report.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("sets");
    let _ran = test.run().status(0);
    assert!(
        !path.exists() || fs::metadata(&path).expect("there").permissions().mode() & 0o777 == 0o640
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_trouble() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    for arguments in ["docker@29.4.2 default", "merge default", "--help", "merge --help", "-V"] {
        let output = sdiff(arguments).command().stdout(full()).output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.starts_with("error: cannot write standard output: "), "{message}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_trouble() {
    let test = sdiff("docker@1.12 default --format json");
    let mut command = test.command();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
