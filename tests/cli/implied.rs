//! `sdiff OLD NEW` without the name of the command.

use super::*;

#[test]
fn two_profiles_mean_diff() {
    sdiff("default default").run().status(0).stdout("same policy\n").stderr("");
    sdiff("diff default default").run().status(0).stdout("same policy\n").stderr("");
}

#[test]
fn options_may_stand_anywhere() {
    for arguments in [
        "--host amd64 default default",
        "--host=amd64 default default",
        "--color never --caps none default default",
        "default --host amd64 default",
        "default default --host amd64",
        "-f text default default",
        "-ftext default default",
        "-vf text default default",
        "--host amd64 diff default default",
        "-- default default",
        "diff -- default default",
    ] {
        sdiff(arguments).run().status(0).stdout("same policy\n");
    }
}

#[test]
fn options_may_stand_before_another_command() {
    let text = sdiff("normalize default").run().status(0).stdout;
    sdiff("--color never normalize default").run().status(0).stdout(&text);
    sdiff("-v normalize default").run().status(0).stdout(&text);
}

#[test]
fn a_value_is_no_command() {
    sdiff("-o man default default").run().status(0).stdout("");
    sdiff("--output=man default default").run().status(0).stdout("");
}

#[test]
fn files_with_the_name_of_a_command() {
    let text = profile("");
    sdiff("./man man").file("man", &text).run().status(0).stdout("same policy\n");
    sdiff("diff man man").file("man", &text).run().status(0).stdout("same policy\n");
    sdiff("-- man man").file("man", &text).run().status(0).stdout("same policy\n");
}

#[test]
fn standard_input_is_a_profile() {
    let text = profile("");
    sdiff("- a.json").file("a.json", &text).stdin(&text).run().status(0);
    sdiff("a.json -").file("a.json", &text).stdin(&text).run().status(0);
    sdiff("- -")
        .run()
        .status(2)
        .stdout("")
        .stderr("error: standard input can be only one of the two profiles\n");
}

#[test]
fn one_profile_is_too_few() {
    sdiff("default").run().status(2).stdout("").stderr_has("<NEW>");
    sdiff("a b c").run().status(2).stdout("").stderr_has("unexpected argument 'c'");
    sdiff("").run().status(2).stdout("").stderr_has("Usage: sdiff [OPTIONS] OLD NEW");
}
