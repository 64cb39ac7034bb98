//! Commands in scripts and Makefiles.

use super::{Case, judged};

const CASES: &[Case] = &[
    (
        "Makefile",
        "DOCKER ?= docker\nFLAGS = --rm\nrun:\n\t$(DOCKER) run $(FLAGS)  image:1\n",
        "DOCKER ?= docker\nFLAGS = --rm\nrun:\n\t$(DOCKER) run $(FLAGS) --privileged image:1\n",
        "weakened",
    ),
    (
        "Makefile",
        "DOCKER ?= docker\nFLAGS = --rm\nrun:\n\t$(DOCKER) run $(FLAGS)  image:1\n",
        "DOCKER ?= docker\nFLAGS = --rm --security-opt seccomp=unconfined\nrun:\n\t$(DOCKER) run $(FLAGS)  image:1\n",
        "weakened",
    ),
    (
        "Makefile",
        "DOCKER ?= docker\nFLAGS = --rm\nrun:\n\t$(DOCKER) run $(FLAGS) $(EXTRA) image:1\n",
        "DOCKER ?= docker\nFLAGS = --rm\nrun:\n\t$(DOCKER) run $(FLAGS) $(EXTRA) --cap-add SYS_ADMIN image:1\n",
        "changed",
    ),
    (
        "run.sh",
        "args=(--rm)\ndocker run \"${args[@]}\" x\n",
        "args=(--rm)\nargs+=(--privileged)\ndocker run \"${args[@]}\" x\n",
        "weakened|not-judged",
    ),
    (
        "run.sh",
        "kubectl run a --image=x\n",
        "kubectl run a --image=x --privileged\n",
        "weakened|not-judged",
    ),
    (
        "run.sh",
        "docker run x\necho '{\"log-level\":\"warn\"}' > /etc/docker/daemon.json\n",
        "docker run x\necho '{\"seccomp-profile\":\"unconfined\"}' > /etc/docker/daemon.json\n",
        "weakened|not-judged",
    ),
    (
        "run.sh",
        "buildah bud .\n",
        "buildah bud --security-opt seccomp=unconfined .\n",
        "weakened|not-judged",
    ),
    (
        "run.sh",
        "docker build .\n",
        "docker build --security-opt seccomp=unconfined .\n",
        "weakened|not-judged",
    ),
    (
        "run.sh",
        "helm install a b\n",
        "helm install a b --set securityContext.privileged=true\n",
        "weakened|not-judged",
    ),
    ("run.sh", "docker run x\n", "docker run x --privileged\n", "same"),
    (
        "run.sh",
        "docker run --privileged x\n",
        "#docker run --privileged x\ndocker run x\n",
        "tightened",
    ),
    ("a.ps1", "docker run x\n", "docker run --privileged x\n", "weakened|not-judged"),
    (
        "a.bat",
        "docker run x\n",
        "docker run --security-opt seccomp=unconfined x\n",
        "weakened|not-judged",
    ),
    ("run.sh", "docker run x\n", "docker run x\necho \"docker run --privileged x\"\n", "same"),
    (
        "run.sh",
        "docker run x\n",
        "docker run x\nprintf \"%s\" \"docker run --privileged x\"\n",
        "same",
    ),
    ("run.sh", "ctr run --seccomp x a\n", "ctr run x a\n", "not-judged"),
];

#[test]
fn are_judged() {
    judged(CASES);
}
