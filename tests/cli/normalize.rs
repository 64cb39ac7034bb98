//! `sdiff normalize`.

use super::*;

const LOOSE: &str = "{\"syscalls\": [{\"name\": \"write\", \"action\": \"SCMP_ACT_ALLOW\", \
                     \"args\": []}, {\"names\": [\"read\", \"write\"], \"action\": \
                     \"SCMP_ACT_ALLOW\"}], \"defaultAction\": \"SCMP_ACT_ERRNO\"}";
const NORMAL: &str = "{\n\t\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\t\"syscalls\": [\n\t\t{\n\
                      \t\t\t\"names\": [\n\t\t\t\t\"read\",\n\t\t\t\t\"write\"\n\t\t\t],\n\
                      \t\t\t\"action\": \"SCMP_ACT_ALLOW\"\n\t\t}\n\t]\n}\n";

#[test]
fn prints_the_normal_form() {
    let ran = sdiff("normalize a.json").file("a.json", LOOSE).run().status(0).stdout(NORMAL);
    ran.stderr_has("note: each `name` became `names`");
    sdiff("normalize -").stdin(LOOSE).run().status(0).stdout(NORMAL);
    sdiff("normalize -").stdin(NORMAL).run().status(0).stdout(NORMAL).stderr("");
}

#[test]
fn replaces_the_file() {
    let ran = sdiff("normalize a.json --write").file("a.json", LOOSE).run().status(0).stdout("");
    assert_eq!(ran.read("a.json"), NORMAL);
    assert_eq!(ran.files(), ["a.json"]);
}

#[test]
fn replaces_nothing_but_a_file_with_one_profile() {
    for spec in ["-", "default"] {
        let ran = sdiff("normalize --write").argument(spec).stdin(LOOSE).run().status(2).stdout("");
        ran.stderr_has("--write needs a file that holds one JSON profile");
    }
    let config = "{\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\"}}}";
    let ran = sdiff("normalize --write a.json").file("a.json", config).run().status(2);
    assert_eq!(ran.read("a.json"), config);
}

#[test]
fn trouble_leaves_the_file_as_it_was() {
    let ran = sdiff("normalize --write a.json").file("a.json", "{,}").run().status(2).stdout("");
    assert_eq!(ran.read("a.json"), "{,}");
}
