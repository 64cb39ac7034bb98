//! Terraform, Nomad, ECS, Ansible, and their like.

use super::{Case, judged};

const CASES: &[Case] = &[
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
    (
        "m.tf",
        "resource \"helm_release\" \"r\" {\n  set {\n    name = \"podSecurityContext.seccompProfile.type\"\n    value = \"RuntimeDefault\"\n  }\n}\n",
        "resource \"helm_release\" \"r\" {\n  set {\n    name = \"podSecurityContext.seccompProfile.type\"\n    value = \"Unconfined\"\n  }\n}\n",
        "weakened",
    ),
    ("v.tfvars", "docker_privileged = false\n", "docker_privileged = true\n", "not-judged"),
    ("v.tfvars", "non_privileged = false\n", "non_privileged = true\n", "same"),
    (
        "config.toml",
        "[[runners]]\n  [runners.kubernetes]\n    privileged = false\n",
        "[[runners]]\n  [runners.kubernetes]\n    privileged = true\n",
        "weakened",
    ),
    (
        "x.jsonnet",
        "{ p: { seccompProfile: {\n  type: 'RuntimeDefault',\n} } }\n",
        "{ p: { seccompProfile: {\n  type: 'Unconfined',\n} } }\n",
        "not-judged",
    ),
];

#[test]
fn are_judged() {
    judged(CASES);
}
