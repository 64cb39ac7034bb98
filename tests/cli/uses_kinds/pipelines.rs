//! Pipelines, and builds of images.

use super::{Case, judged};

const CASES: &[Case] = &[
    (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container:\n      image: x\n    steps:\n    - run: make\n",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container:\n      image: x\n      options: >-\n        --init\n        --privileged\n    steps:\n    - run: make\n",
        "weakened",
    ),
    (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container:\n      image: x\n      options: --security-opt seccomp=unconfined\n    steps:\n    - run: make\n",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container:\n      image: x\n      options: --security-opt=seccomp:unconfined\n    steps:\n    - run: make\n",
        "same",
    ),
    (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    steps:\n    - uses: addnab/docker-run-action@v3\n      with:\n        image: x\n        options: -v a:b\n",
        "on: push\njobs:\n  a:\n    steps:\n    - uses: addnab/docker-run-action@v3\n      with:\n        image: x\n        options: -v a:b --cap-add=SYS_ADMIN\n",
        "weakened",
    ),
    (
        ".gitlab-ci.yml",
        "a:\n  script:\n  - docker run --rm x\n",
        "a:\n  script:\n  - docker run --rm --privileged x\n",
        "weakened",
    ),
    (
        "Jenkinsfile",
        "pipeline {\n  agent {\n    docker {\n      image 'x'\n      args '-v a:b'\n    }\n  }\n}\n",
        "pipeline {\n  agent {\n    docker {\n      image 'x'\n      args '-v a:b --privileged'\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "Jenkinsfile",
        "node {\n  docker.image('x').inside('-u root') { sh 'a' }\n}\n",
        "node {\n  docker.image('x').inside('-u root --security-opt seccomp=unconfined') { sh 'a' }\n}\n",
        "weakened",
    ),
    (
        "Jenkinsfile",
        "podTemplate(yaml: '''\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: x\n''') { }\n",
        "podTemplate(yaml: '''\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext:\n      privileged: true\n''') { }\n",
        "weakened",
    ),
    (
        "Jenkinsfile",
        "podTemplate(containers: [containerTemplate(name: 'a', image: 'x')]) { }\n",
        "podTemplate(containers: [containerTemplate(name: 'a', image: 'x', privileged: true)]) { }\n",
        "weakened|not-judged",
    ),
    (
        "molecule/default/molecule.yml",
        "platforms:\n- name: i\n  image: x\n",
        "platforms:\n- name: i\n  image: x\n  privileged: true\n",
        "weakened",
    ),
    (
        ".kitchen.yml",
        "driver:\n  name: docker\n",
        "driver:\n  name: docker\n  privileged: true\n",
        "weakened|not-judged",
    ),
    (
        ".drone.yml",
        "kind: pipeline\ntype: docker\nname: d\nsteps:\n- name: b\n  image: x\n",
        "kind: pipeline\ntype: docker\nname: d\nsteps:\n- name: b\n  image: x\n  privileged: true\n",
        "weakened",
    ),
    (
        ".woodpecker.yml",
        "steps:\n  b:\n    image: x\n",
        "steps:\n  b:\n    image: x\n    privileged: true\n",
        "weakened",
    ),
    ("Dockerfile", "FROM x\nRUN make\n", "FROM x\nRUN --security=insecure make\n", "weakened"),
    ("Earthfile", "a:\n  RUN make\n", "a:\n  RUN --privileged make\n", "weakened|not-judged"),
    (
        "docker-bake.hcl",
        "target \"a\" {\n}\n",
        "target \"a\" {\n  entitlements = [\"security.insecure\"]\n}\n",
        "not-judged|weakened",
    ),
    ("README.md", "a\n", "run `docker run --privileged x`\n", "same"),
    ("main.go", "package a\n", "package a\nvar x = \"--privileged\"\n", "same"),
    (
        ".github/workflows/t.yml",
        "jobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n    - name: a\n      run: make\n",
        "jobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n    - name: docker run --privileged x\n      run: make\n",
        "same",
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: make\n    plugins:\n      - docker#v5.11.0:\n          image: x\n",
        "steps:\n  - command: make\n    plugins:\n      - docker#v5.11.0:\n          image: x\n          add-caps: [\"SYS_ADMIN\"]\n",
        "weakened",
    ),
    (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: make\n    plugins:\n      - docker#v5.11.0:\n          image: x\n",
        "steps:\n  - command: make\n    plugins:\n      - docker#v5.11.0:\n          image: x\n          security-opts:\n            - seccomp=unconfined\n",
        "weakened",
    ),
    (
        "azure-pipelines.yml",
        "jobs:\n- job: a\n  container:\n    image: x\n",
        "jobs:\n- job: a\n  container:\n    image: x\n    options: --privileged\n",
        "weakened",
    ),
];

#[test]
fn are_judged() {
    judged(CASES);
}
