//! Each kind of file that says which profile a container gets, before and after, in one repository: what
//! becomes of the use, in the JSON and in every face.

use super::repository::Repository;
use serde_json::Value;
use std::collections::HashMap;

/// What a file says before and after, and what becomes of its uses: one of several words where a later
/// version may judge what this one does not.
type Case = (&'static str, &'static str, &'static str, &'static str);

const ENGINES: &[Case] = &[
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
];

const PIPELINES: &[Case] = &[
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
];

const INFRASTRUCTURE: &[Case] = &[
    (
        "j.nomad",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      config {\n        image = \"x\"\n      }\n    }\n  }\n}\n",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      config {\n        image = \"x\"\n        privileged = true\n      }\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "j.nomad.hcl",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      config {\n        image = \"x\"\n      }\n    }\n  }\n}\n",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      config {\n        image = \"x\"\n        security_opt = [\"seccomp=unconfined\"]\n      }\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "j.nomad.hcl",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"podman\"\n      config {\n        image = \"x\"\n      }\n    }\n  }\n}\n",
        "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"podman\"\n      config {\n        image = \"x\"\n        security_opt = [\"seccomp=unconfined\"]\n      }\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "client.hcl",
        "plugin \"docker\" {\n  config {\n  }\n}\n",
        "plugin \"docker\" {\n  config {\n    allow_privileged = true\n  }\n}\n",
        "weakened|not-judged",
    ),
    (
        "a.tf",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n}\n",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n  privileged = true\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n}\n",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n  security_opts = [\"seccomp=${file(\"p.json\")}\"]\n}\n",
        "not-judged",
    ),
    (
        "a.tf",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n}\n",
        "resource \"docker_container\" \"a\" {\n  image = \"x\"\n  capabilities {\n    add = [\"CAP_SYS_ADMIN\"]\n  }\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"kubernetes_pod_v1\" \"a\" {\n  metadata { name = \"a\" }\n  spec {\n    container {\n      name = \"a\"\n      image = \"x\"\n      security_context {\n        seccomp_profile {\n          type = \"RuntimeDefault\"\n        }\n      }\n    }\n  }\n}\n",
        "resource \"kubernetes_pod_v1\" \"a\" {\n  metadata { name = \"a\" }\n  spec {\n    container {\n      name = \"a\"\n      image = \"x\"\n      security_context {\n        seccomp_profile {\n          type = \"Unconfined\"\n        }\n      }\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"kubernetes_pod_v1\" \"a\" {\n  metadata { name = \"a\" }\n  spec {\n    container {\n      name = \"a\"\n      image = \"x\"\n    }\n  }\n}\n",
        "resource \"kubernetes_pod_v1\" \"a\" {\n  metadata { name = \"a\" }\n  spec {\n    container {\n      name = \"a\"\n      image = \"x\"\n      dynamic \"security_context\" {\n        for_each = [1]\n        content {\n          privileged = true\n        }\n      }\n    }\n  }\n}\n",
        "weakened|not-judged",
    ),
    (
        "a.tf",
        "resource \"kubernetes_manifest\" \"a\" {\n  manifest = {\n    apiVersion = \"v1\"\n    kind = \"Pod\"\n    metadata = { name = \"a\" }\n    spec = {\n      containers = [{ name = \"a\", image = \"x\", securityContext = { seccompProfile = { type = \"RuntimeDefault\" } } }]\n    }\n  }\n}\n",
        "resource \"kubernetes_manifest\" \"a\" {\n  manifest = {\n    apiVersion = \"v1\"\n    kind = \"Pod\"\n    metadata = { name = \"a\" }\n    spec = {\n      containers = [{ name = \"a\", image = \"x\" }]\n    }\n  }\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"helm_release\" \"a\" {\n  name = \"a\"\n}\n",
        "resource \"helm_release\" \"a\" {\n  name = \"a\"\n  set {\n    name  = \"securityContext.privileged\"\n    value = true\n  }\n}\n",
        "weakened|not-judged",
    ),
    (
        "a.tf",
        "resource \"helm_release\" \"a\" {\n  values = [<<-EOT\n    securityContext:\n      seccompProfile:\n        type: RuntimeDefault\n  EOT\n  ]\n}\n",
        "resource \"helm_release\" \"a\" {\n  values = [<<-EOT\n    securityContext:\n      seccompProfile:\n        type: Unconfined\n  EOT\n  ]\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n    }\n  ])\n}\n",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n      privileged = true\n    }\n  ])\n}\n",
        "weakened",
    ),
    (
        "a.tf",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n    }\n  ])\n}\n",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n      linuxParameters = { capabilities = { add = [\"SYS_PTRACE\"] } }\n    }\n  ])\n}\n",
        "changed|weakened",
    ),
    (
        "a.tf",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n    }\n  ])\n}\n",
        "resource \"aws_ecs_task_definition\" \"a\" {\n  family = \"a\"\n  container_definitions = jsonencode([\n    {\n      name = \"a\"\n      image = \"x\"\n      essential = true\n      dockerSecurityOptions = [\"seccomp:unconfined\"]\n    }\n  ])\n}\n",
        "weakened",
    ),
    (
        "cf.yaml",
        "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n      - Name: a\n        Image: !Ref I\n",
        "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n      - Name: a\n        Image: !Ref I\n        Privileged: true\n",
        "weakened",
    ),
    (
        "td.json",
        "{\"family\":\"a\",\"containerDefinitions\":[{\"name\":\"a\",\"image\":\"x\",\"linuxParameters\":{\"capabilities\":{\"add\":[\"SYS_ADMIN\"]}}}]}",
        "{\"family\":\"a\",\"containerDefinitions\":[{\"name\":\"a\",\"image\":\"x\",\"linuxParameters\":{\"capabilities\":{\"add\":[]}}}]}",
        "tightened",
    ),
    (
        "tasks/main.yml",
        "- name: a\n  shell: docker run x\n",
        "- name: a\n  shell: >\n    docker run\n    --privileged x\n",
        "weakened",
    ),
    (
        "tasks/main.yml",
        "- name: a\n  containers.podman.podman_container:\n    name: w\n    image: x\n",
        "- name: a\n  containers.podman.podman_container:\n    name: w\n    image: x\n    security_opt: [seccomp=unconfined]\n",
        "weakened",
    ),
    (
        "tasks/main.yml",
        "- name: a\n  kubernetes.core.k8s:\n    definition:\n      apiVersion: v1\n      kind: Pod\n      metadata: {name: p}\n      spec:\n        containers:\n        - {name: a, image: x, securityContext: {seccompProfile: {type: RuntimeDefault}}}\n",
        "- name: a\n  kubernetes.core.k8s:\n    definition:\n      apiVersion: v1\n      kind: Pod\n      metadata: {name: p}\n      spec:\n        containers:\n        - {name: a, image: x, securityContext: {seccompProfile: {type: Unconfined}}}\n",
        "weakened",
    ),
    (
        "defaults/main.yml",
        "a_security_opts: []\n",
        "a_security_opts: seccomp=unconfined\n",
        "weakened|not-judged",
    ),
    (
        "Vagrantfile",
        "config.vm.provider \"docker\" do |d|\nend\n",
        "config.vm.provider \"docker\" do |d|\n  d.create_args = [\"--privileged\"]\nend\n",
        "weakened|not-judged",
    ),
    (
        "docker.pkr.hcl",
        "source \"docker\" \"a\" {\n  image = \"x\"\n}\n",
        "source \"docker\" \"a\" {\n  image = \"x\"\n  privileged = true\n}\n",
        "weakened|not-judged",
    ),
    (
        "task.nix",
        "{ }\n",
        "{ virtualisation.oci-containers.containers.a.extraOptions = [ \"--privileged\" ]; }\n",
        "weakened|not-judged",
    ),
];

const KUBERNETES: &[Case] = &[
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "same",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    seccomp.security.alpha.kubernetes.io/pod: docker/default\nspec:\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    image: x\n",
        "same",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    container.seccomp.security.alpha.kubernetes.io/a: unconfined\nspec:\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: Unconfined}}\n",
        "same",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    container.seccomp.security.alpha.kubernetes.io/a: localhost/p.json\nspec:\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: Localhost, localhostProfile: p.json}}\n",
        "same",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: Unconfined}}\n",
        "weakened",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: Unconfined}}\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "same",
    ),
    (
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    image: x\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext: {runAsNonRoot: true}\n  containers:\n  - name: a\n    image: x\n",
        "weakened",
    ),
    (
        "w.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  templates:\n  - name: t\n    container:\n      image: x\n      securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  templates:\n  - name: t\n    container:\n      image: x\n      securityContext: {privileged: true}\n",
        "weakened",
    ),
    (
        "w.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  podSpecPatch: |\n    containers:\n    - name: main\n      securityContext: {seccompProfile: {type: RuntimeDefault}}\n  templates: []\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  podSpecPatch: |\n    containers:\n    - name: main\n      securityContext: {privileged: true}\n  templates: []\n",
        "weakened",
    ),
    (
        "t.yaml",
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n  - name: s\n    image: x\n    securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n  - name: s\n    image: x\n    securityContext: {privileged: true}\n",
        "weakened",
    ),
    (
        "t.yaml",
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  stepTemplate:\n    securityContext: {seccompProfile: {type: RuntimeDefault}}\n  steps:\n  - name: s\n    image: x\n",
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  stepTemplate:\n    securityContext: {seccompProfile: {type: Unconfined}}\n  steps:\n  - name: s\n    image: x\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/securityContext/privileged\n      value: false\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/securityContext/privileged\n      value: true\n",
        "weakened",
    ),
    (
        "patch.json",
        "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]",
        "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/securityContext/seccompProfile/type\",\"value\":\"Unconfined\"}]",
        "weakened|not-judged",
    ),
    (
        "kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n    seccomp-default: \"true\"\n",
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n    v: \"2\"\n",
        "weakened",
    ),
    (
        "kind.yaml",
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n  kubeadmConfigPatches:\n  - |\n    kind: KubeletConfiguration\n    seccompDefault: true\n",
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n  kubeadmConfigPatches:\n  - |\n    kind: KubeletConfiguration\n    seccompDefault: false\n",
        "weakened",
    ),
    (
        "bottlerocket.toml",
        "[settings.kubernetes]\nseccomp-default = true\n",
        "[settings.kubernetes]\nseccomp-default = false\n",
        "weakened|not-judged",
    ),
    (
        "charts/a/templates/_helpers.tpl",
        "{{- define \"a\" -}}\n{{- end -}}\n",
        "{{- define \"a\" -}}\n{{- $_ := set $sc \"privileged\" true -}}\n{{- end -}}\n",
        "not-judged",
    ),
    (
        "charts/a/values.yaml",
        "securityContext:\n  seccompProfile:\n    type: RuntimeDefault\n",
        "securityContext: {}\n",
        "weakened|not-judged",
    ),
    (
        "charts/a/values.yaml",
        "podSecurityContext: {}\n",
        "podSecurityContext:\n  seccompProfile:\n    type: Unconfined\n",
        "weakened|not-judged",
    ),
    (
        "charts/a/values.yaml",
        "runners:\n  privileged: false\n",
        "runners:\n  privileged: true\n",
        "weakened|not-judged",
    ),
    (
        "charts/a/values.yaml",
        "seccompProfile: runtime/default\n",
        "seccompProfile: unconfined\n",
        "weakened",
    ),
    (
        "ns.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n  labels:\n    pod-security.kubernetes.io/enforce: privileged\n",
        "weakened",
    ),
    (
        "pod.jsonnet",
        "{ spec: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } } }\n",
        "{ spec: { securityContext: { seccompProfile: { type: 'Unconfined' } } } }\n",
        "not-judged|weakened",
    ),
];

const COMMANDS: &[Case] = &[
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
];

/// What the findings of a file come to.
fn verdict(kinds: &[&str], uses: &[&str]) -> &'static str {
    let has = |word: &str| kinds.contains(&word);
    match () {
        () if has("use-weakened") || has("use-unconfined") => "weakened",
        () if has("unjudged") => "not-judged",
        () if uses.contains(&"tightened") => "tightened",
        () if has("use-changed") => "changed",
        () => "same",
    }
}

fn judged(cases: &[Case]) {
    let repository = Repository::new();
    let path = |at: usize, path: &str| format!("{at:02}/{path}");
    for (at, (file, old, ..)) in cases.iter().enumerate() {
        repository.write(&path(at, file), old);
    }
    repository.commit();
    repository.branch("pr");
    for (at, (file, _, new, _)) in cases.iter().enumerate() {
        repository.write(&path(at, file), new);
    }
    repository.commit();
    let ran = repository.review("--host amd64 --format json --fail-on never").status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let list = |name: &str| value[name].as_array().expect("a list").clone();
    let mut kinds: HashMap<String, Vec<String>> = HashMap::new();
    for profile in list("profiles") {
        let found = profile["findings"].as_array().expect("findings").iter();
        let found =
            found.map(|one| one["kind"].as_str().or(one["rule"].as_str()).unwrap_or("").to_owned());
        kinds
            .entry(profile["path"].as_str().expect("a path").to_owned())
            .or_default()
            .extend(found);
    }
    let mut told = Vec::new();
    for (at, (file, _, _, expected)) in cases.iter().enumerate() {
        let path = path(at, file);
        let found: Vec<&str> =
            kinds.get(&path).map_or(Vec::new(), |kinds| kinds.iter().map(String::as_str).collect());
        let uses = list("uses");
        let uses: Vec<&str> = uses
            .iter()
            .filter(|seen| seen["path"] == path)
            .filter_map(|seen| seen["verdict"].as_str())
            .collect();
        let is = verdict(&found, &uses);
        assert!(expected.split('|').any(|word| word == is), "{path}: {is}, and not {expected}");
        if is != "same" {
            told.push(path);
        }
    }
    // Who reads another face is told of the same files. (GitHub shows ten annotations of a step, and those
    // of one file are in `held.rs` and `uses.rs`.)
    for face in ["text", "markdown", "sarif", "gitlab", "junit", "html"] {
        let ran =
            repository.review(&format!("--host amd64 --format {face} --fail-on never")).status(0);
        for path in &told {
            assert!(ran.stdout.contains(path.as_str()), "{face} says nothing of {path}");
        }
    }
}

#[test]
fn engines() {
    judged(ENGINES);
}

#[test]
fn pipelines() {
    judged(PIPELINES);
}

#[test]
fn infrastructure() {
    judged(INFRASTRUCTURE);
}

#[test]
fn kubernetes() {
    judged(KUBERNETES);
}

#[test]
fn commands() {
    judged(COMMANDS);
}
