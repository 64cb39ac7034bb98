//! What Docker's and Podman's own files say: compose, daemons, quadlets, units, devcontainers.

use super::{Case, judged};

const CASES: &[Case] = &[
    (
        "compose.yaml",
        "services:\n  web:\n    image: x\n    security_opt: ['seccomp=unconfined']\n",
        "services:\n  web:\n    image: x\n    security_opt:\n      - \"seccomp:unconfined\"\n",
        "same",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    image: x\n",
        "services:\n  web:\n    image: x\n    privileged: \"true\"\n",
        "weakened",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    image: x\n",
        "services:\n  web:\n    image: x\n    privileged: ${PRIV:-false}\n",
        "not-judged",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    image: x\n",
        "services:\n  web:\n    image: x\n    cap_add: [ALL]\n",
        "weakened",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    image: x\n    cap_add: [SYS_ADMIN]\n",
        "services:\n  web:\n    image: x\n",
        "tightened",
    ),
    (
        "compose.override.yaml",
        "services:\n  web:\n    ports: ['80:80']\n",
        "services:\n  web:\n    privileged: true\n",
        "weakened|not-judged",
    ),
    (
        "docker-compose.yml",
        "web:\n  image: x\n",
        "web:\n  image: x\n  privileged: true\n",
        "weakened",
    ),
    (
        "compose.yaml",
        "x-base: &b\n  image: x\n  security_opt: [seccomp=unconfined]\nservices:\n  a:\n    <<: *b\n",
        "x-base: &b\n  image: x\nservices:\n  a:\n    <<: *b\n",
        "tightened",
    ),
    (
        "web.container",
        "[Container]\nImage=x\n",
        "[Container]\nImage=x\nSeccompProfile=unconfined\n",
        "weakened",
    ),
    (
        "web.container",
        "[Container]\nImage=x\n",
        "[Container]\nImage=x\nPodmanArgs=--cpus=2 \\\n  --privileged\n",
        "weakened",
    ),
    (
        "web.container.d/10.conf",
        "[Container]\nEnvironment=a\n",
        "[Container]\nSeccompProfile=unconfined\n",
        "weakened|not-judged",
    ),
    (
        "web@.container",
        "[Container]\nImage=x\nSeccompProfile=unconfined\n",
        "[Container]\nImage=x\n",
        "tightened",
    ),
    (
        "a.service",
        "[Service]\nExecStart=/usr/bin/podman run --rm x\n",
        "[Service]\nExecStart=/usr/bin/podman run --rm \\\n --security-opt=seccomp=unconfined x\n",
        "weakened",
    ),
    (
        "docker.service",
        "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n",
        "[Service]\nExecStart=/usr/bin/dockerd -H fd:// --seccomp-profile=unconfined\n",
        "weakened|not-judged",
    ),
    ("etc/docker/daemon.json", "{}", "{\"seccomp-profile\":\"unconfined\"}", "weakened"),
    (
        "etc/docker/daemon.json",
        "{\"seccomp-profile\":\"/etc/p.json\"}",
        "{\"debug\": true}",
        "not-judged",
    ),
    (
        "containers.conf",
        "[containers]\n",
        "[containers]\nseccomp_profile=\"unconfined\"\n",
        "weakened",
    ),
    (
        "containers.conf",
        "[containers]\n",
        "[containers]\ndefault_capabilities = [\"SYS_ADMIN\"]\n",
        "weakened|not-judged",
    ),
    (
        "crio.conf",
        "[crio.runtime]\nseccomp_profile = \"\"\n",
        "[crio.runtime]\nseccomp_profile = \"unconfined\"\n",
        "weakened",
    ),
    (
        ".devcontainer/devcontainer.json",
        "{\"image\":\"x\"}",
        "{\"image\":\"x\",\"privileged\":true}",
        "weakened",
    ),
    (
        ".devcontainer/devcontainer.json",
        "{\"image\":\"x\"}",
        "{\"image\":\"x\",\n\"runArgs\":[\"--security-opt\",\n\"seccomp=unconfined\"]}",
        "weakened",
    ),
    (
        "src/f/devcontainer-feature.json",
        "{\"id\":\"f\"}",
        "{\"id\":\"f\",\"privileged\":true}",
        "weakened",
    ),
    (
        "compose.yaml",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n      privileged: true\n",
        "weakened",
    ),
    (
        "compose.yaml",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n      entitlements: [security.insecure]\n",
        "not-judged",
    ),
    (
        "compose.yaml",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n",
        "services:\n  a:\n    image: x\n    build:\n      context: .\n      entitlements: [network.host]\n",
        "same",
    ),
    (
        "web.build",
        "[Build]\nImageTag=a\n",
        "[Build]\nImageTag=a\nPodmanArgs=--security-opt seccomp=unconfined\n",
        "weakened",
    ),
    (
        "a.service",
        "[Service]\nExecStart=/bin/sh -c \"docker run --name a x\"\n",
        "[Service]\nExecStart=/bin/sh -c \"docker run --privileged --name a x\"\n",
        "weakened",
    ),
];

#[test]
fn are_judged() {
    judged(CASES);
}
