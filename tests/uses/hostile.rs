//! Files made to harm: named, bounded, and the rest read.

use sdiff::uses::{Given, find};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: x, securityContext: {seccompProfile: {type: Unconfined}}}\n";

#[test]
fn anchors_that_grow_without_end() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for at in 1..12 {
        let list = vec![format!("*a{}", at - 1); 9].join(",");
        bomb += &format!("a{at}: &a{at} [{list}]\n");
    }
    let found = find("a.yaml", &format!("{bomb}---\n{POD}"));
    assert_eq!(found.uses.len(), 1);
    assert!(found.unread[0].why.contains("more than the limit"), "{:?}", found.unread);
    // One that stands on itself.
    let found = find("a.yaml", &format!("a: &a [*a]\n---\n{POD}"));
    assert_eq!((found.uses.len(), found.unread.len()), (1, 1));
}

#[test]
fn ten_thousand_documents_and_a_thousand_containers() {
    let documents = format!("---\n{POD}").repeat(10_000);
    let found = find("a.yaml", &documents);
    assert_eq!(found.uses.len(), 10_000);
    let mut pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n".to_owned();
    for at in 0..1000 {
        pod += &format!("  - {{name: c{at}, image: x}}\n");
    }
    pod += "  - {name: last, image: x, securityContext: {privileged: true}}\n";
    let found = find("a.yaml", &pod);
    assert_eq!(found.uses.len(), 1001);
    assert!(found.uses[1000].is_off());
}

#[test]
fn depth_and_halves() {
    for text in [
        "[".repeat(100_000),
        "a:\n".to_owned()
            + &(0..5000).map(|at| format!("{}b:\n", " ".repeat(at))).collect::<String>(),
        "{{".repeat(10_000),
        "[".repeat(900) + &"]".repeat(900),
        "{".repeat(100_000),
        "spec: {containers: [{name: ".to_owned(),
        "docker run \"".to_owned(),
        "docker run $(".repeat(3000),
        // Here-documents that do not end, and one in another one.
        (0..40_000).map(|at| format!("cat <<w{at}\n")).collect::<String>(),
        "cat <<a\nseccomp: <<b\nb\na\n".repeat(2000),
        "resource \"a\" ".to_owned() + &"{".repeat(100_000),
        "\u{1}\u{0}{{é}}".to_owned(),
        "a: |\n".to_owned(),
        "FROM a\nRUN --security=\\\n".to_owned(),
    ] {
        for path in [
            "a.yaml",
            "a.json",
            "a.sh",
            "a.tf",
            "Makefile",
            "Jenkinsfile",
            "a.service",
            "Dockerfile",
            "a.md",
            "a.j2",
            "a.toml",
        ] {
            find(path, &text);
        }
    }
}

#[test]
fn a_variable_that_is_itself() {
    let text = "A = $(A)$(A)$(B)\nB = $(A)\nx:\n\tdocker run $(A) --privileged y\n";
    let found = find("Makefile", text);
    assert!(found.uses[0].is_off());
    assert_eq!(found.uses[0].given, Given::Nothing);
}
