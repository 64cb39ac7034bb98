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
    (
        "d.sh",
        "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n  containers:\n  - name: a\n    image: x\nEOF\n",
        "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext:\n    seccompProfile:\n      type: Unconfined\n  containers:\n  - name: a\n    image: x\nEOF\n",
        "weakened",
    ),
    (
        "d.sh",
        "sudo tee /etc/docker/daemon.json <<'EOF'\n{\"debug\": true}\nEOF\n",
        "sudo tee /etc/docker/daemon.json <<'EOF'\n{\"debug\": true, \"seccomp-profile\": \"unconfined\"}\nEOF\n",
        "weakened",
    ),
    (
        "d.sh",
        "cat > /etc/containers/systemd/a.container <<EOF\n[Container]\nImage=x\nLabel=seccomp\nEOF\n",
        "cat > /etc/containers/systemd/a.container <<EOF\n[Container]\nImage=x\nLabel=seccomp\nSeccompProfile=unconfined\nEOF\n",
        "weakened",
    ),
    ("d.sh", "kubectl run a --image x\n", "kubectl run a --image x --privileged\n", "weakened"),
    (
        "d.sh",
        "kubectl run a --image x\n",
        "kubectl run a --image x --overrides='{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"x\",\"securityContext\":{\"privileged\":true}}]}}'\n",
        "weakened",
    ),
    (
        "d.sh",
        "helm install a b --set podSecurityContext.seccompProfile.type=RuntimeDefault\n",
        "helm install a b --set podSecurityContext.seccompProfile.type=Unconfined\n",
        "weakened",
    ),
    (
        "d.sh",
        "docker service create --name a x\n",
        "docker service create --name a --cap-add SYS_ADMIN x\n",
        "weakened",
    ),
];

#[test]
fn are_judged() {
    judged(CASES);
}
