//! Each kind of file that says something of uses.

use sdiff::uses::{Given, Switch, Use, find};

/// `container=words` for each use.
fn uses(path: &str, text: &str) -> Vec<String> {
    let said = |one: &Use| format!("{}={}", one.container, one.words());
    find(path, text).uses.iter().map(said).collect()
}

#[test]
fn the_containers_word_wins_over_the_pods() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  securityContext:\n    seccompProfile:\n      \
               type: RuntimeDefault\n  containers:\n  - name: a\n    image: x\n  - name: b\n    image: x\n    \
               securityContext: {seccompProfile: {type: Unconfined}}\n  initContainers:\n  - name: c\n    image: x\n    \
               securityContext: {privileged: true}\n";
    assert_eq!(
        uses("pod.yaml", pod),
        [
            "a=RuntimeDefault (Pod field)",
            "b=Unconfined (container field)",
            "c=RuntimeDefault (Pod field), privileged"
        ]
    );
    let found = find("pod.yaml", pod);
    assert!(!found.uses[0].is_off() && found.uses[1].is_off() && found.uses[2].is_off());
}

#[test]
fn what_looks_like_seccomp_and_is_not() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    \
               container.apparmor.security.beta.kubernetes.io/a: unconfined\nspec:\n  containers:\n  - name: a\n    image: x\n    \
               # seccompProfile: {type: Unconfined}\n    securityContext: {appArmorProfile: {type: Unconfined}}\n";
    assert_eq!(uses("pod.yaml", pod), ["a=nothing said"]);
    let script = "# docker run --privileged x\necho \"docker run --privileged x\"\ncat <<EOF\ndocker run --privileged x\nEOF\n";
    assert_eq!(uses("run.sh", script), [""; 0]);
}

#[test]
fn dockers_words_in_every_spelling() {
    let compose = "x-common: &common\n  security_opt: [\"seccomp:unconfined\"]\nservices:\n  a:\n    <<: *common\n    image: x\n  \
                   b:\n    image: x\n    privileged: true\n    security_opt:\n    - seccomp=./p.json\n  c:\n    image: x\n    \
                   security_opt:\n    - no-new-privileges\n    - ${SECCOMP}\n";
    let found = find("compose.yaml", compose).uses;
    assert_eq!(found[0].given, Given::Unconfined);
    // A profile given beside it still applies.
    assert_eq!((&found[1].given, found[1].is_off()), (&Given::File("./p.json".to_owned()), false));
    assert_eq!(found[2].open, ["${SECCOMP}"]);
    let words = |text: &str| uses("run.sh", text);
    assert_eq!(
        words("docker run --rm -it --security-opt=seccomp=unconfined --name a x\n"),
        ["a=Unconfined (--security-opt)"]
    );
    assert_eq!(
        words("sudo podman run -d \\\n  --security-opt \\\n  seccomp=a.json --name=a \\\n  x\n"),
        ["a=a.json (--security-opt)"]
    );
    // What stands behind the image is for the container.
    assert_eq!(
        words("docker run -v a:b -e X=1 ubuntu tool --privileged\n"),
        ["ubuntu=nothing said"]
    );
    assert_eq!(
        words("docker run \"--security-opt=seccomp:$DIR/p.json\" x\n"),
        ["x=`$DIR/p.json` (--security-opt)"]
    );
    assert_eq!(
        words("OPTS='--privileged'\ndocker run $OPTS x\n"),
        ["options in OPTS=privileged", "x=privileged"]
    );
    assert_eq!(words("ssh host \"docker run --privileged x\"\n"), ["x=privileged"]);
    assert_eq!(words("docker exec a docker run --privileged x\n"), ["x=privileged"]);
    assert_eq!(words("docker compose run --privileged x\n"), [""; 0]);
}

#[test]
fn settings_of_daemons_and_kubelets() {
    let one = |path: &str, text: &str| {
        let found = find(path, text).uses;
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found[0].is_default, "{path}");
        found[0].clone()
    };
    let daemon = one("etc/docker/daemon.json", "{\"seccomp-profile\": \"unconfined\"}");
    assert_eq!(daemon.given, Given::Unconfined);
    assert_eq!(one("etc/docker/daemon.json", "{}").given, Given::Nothing);
    let conf = one("containers.conf", "[containers]\nseccomp_profile = \"/etc/x.json\"\n");
    assert_eq!(conf.given, Given::File("/etc/x.json".to_owned()));
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nseccompDefault: true\n";
    assert_eq!(one("kubelet.yaml", kubelet).given, Given::Default);
    let talos = "machine:\n  kubelet:\n    defaultRuntimeSeccompProfileEnabled: false\n";
    assert!(one("controlplane.yaml", talos).is_off());
    let k3s = "kubelet-arg:\n- seccomp-default=true\n- max-pods=20\n";
    assert_eq!(one("config.yaml", k3s).given, Given::Default);
    assert_eq!(
        one("kubelet.env", "KUBELET_EXTRA_ARGS=\"--seccomp-default --v=2\"\n").given,
        Given::Default
    );
}

#[test]
fn units_devcontainers_pipelines() {
    assert_eq!(
        uses(
            "web.container",
            "[Container]\nImage=x\nContainerName=web\nSeccompProfile=/etc/p.json\nAddCapability=NET_ADMIN\n"
        ),
        ["web=/etc/p.json (SeccompProfile=)"]
    );
    assert_eq!(
        uses(
            "web.container",
            "[Container]\nImage=x\nPodmanArgs=--security-opt seccomp=unconfined\n"
        ),
        ["=Unconfined (--security-opt)"]
    );
    assert_eq!(
        uses(
            "a.service",
            "[Service]\nExecStart=-/usr/bin/docker run \\\n  --privileged --name a x\n"
        ),
        ["a=privileged"]
    );
    let dev = "{\n // a comment with \"quotes\n \"runArgs\": [\"--security-opt\", \"seccomp=unconfined\",],\n}\n";
    assert_eq!(uses(".devcontainer/devcontainer.json", dev), ["=Unconfined (--security-opt)"]);
    let workflow = "on: push\njobs:\n  a:\n    container:\n      image: x\n      options: --privileged\n    steps:\n    \
                    - run: |\n        docker run \\\n          --security-opt seccomp=unconfined --name b x\n";
    assert_eq!(
        uses(".github/workflows/a.yml", workflow),
        ["container=privileged", "b=Unconfined (--security-opt)"]
    );
    let jenkins = "pipeline { agent { docker { image 'x'\n args '--privileged -v /a:/b' } }\n stages { stage('s') { steps { sh 'docker run --rm --privileged --name b y' } } } }\n";
    assert_eq!(uses("Jenkinsfile", jenkins), ["x=privileged", "b=privileged"]);
    let gitlab = "[[runners]]\n  name = \"r\"\n  [runners.docker]\n    image = \"x\"\n    privileged = false\n    security_opt = [\"seccomp:unconfined\"]\n";
    assert_eq!(uses("config.toml", gitlab), ["runner 1=Unconfined (security_opt)"]);
}

#[test]
fn terraform_nomad_ecs_ansible() {
    let pod = "resource \"kubernetes_deployment_v1\" \"a\" {\n  spec {\n    template {\n      spec {\n        security_context {\n          \
               seccomp_profile {\n            type = \"RuntimeDefault\"\n          }\n        }\n        container {\n          name = \"a\"\n          \
               image = \"x\"\n        }\n        container {\n          name = \"b\"\n          security_context {\n            privileged = var.privileged\n          }\n        }\n      }\n    }\n  }\n}\n";
    assert_eq!(
        uses("a.tf", pod),
        [
            "a=RuntimeDefault (Pod field)",
            "b=RuntimeDefault (Pod field), privileged: `${var.privileged}`"
        ]
    );
    let docker =
        "resource \"docker_container\" \"a\" {\n  security_opts = [\"seccomp=unconfined\"]\n}\n";
    assert_eq!(uses("b.tf", docker), ["=Unconfined (security_opts)"]);
    let ecs = "[{\"name\": \"a\", \"image\": \"x\", \"essential\": true, \"privileged\": true, \"memory\": ${memory}}]";
    assert_eq!(uses("task.json.tpl", ecs), ["a=privileged"]);
    let ansible = "- name: t\n  community.docker.docker_container:\n    name: a\n    security_opts:\n    - seccomp=unconfined\n";
    assert_eq!(uses("tasks/main.yml", ansible), ["a=Unconfined (security_opt)"]);
    let nomad = "job \"j\" {\n  group \"g\" {\n    task \"a\" {\n      driver = \"docker\"\n      config {\n        cap_add = [\"net_admin\"]\n        security_opt = [\"seccomp=/p.json\"]\n      }\n    }\n  }\n}\n";
    let found = find("j.nomad", nomad).uses;
    assert_eq!(
        (found[0].given.clone(), &found[0].added[..]),
        (Given::File("/p.json".to_owned()), &["NET_ADMIN".to_owned()][..])
    );
}

#[test]
fn what_kustomize_takes_away() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      containers:\n      \
                 - name: a\n        securityContext:\n          seccompProfile:\n            $patch: delete\n";
    let found = find("patch.yaml", patch).uses;
    assert_eq!(
        (found[0].given.clone(), found[0].said, found[0].is_patch),
        (Given::Nothing, "taken away", true)
    );
    assert!(found[0].is_off());
    let operations = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  \
                      patch: |-\n    - op: remove\n      path: /spec/template/spec/securityContext/seccompProfile\n";
    let found = find("kustomization.yaml", operations).uses;
    assert_eq!((found[0].given.clone(), found[0].said), (Given::Nothing, "patch"));
    let silent = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        args: [x]\n";
    assert!(matches!(find("patch.yaml", silent).uses[0].given, Given::Open(_)));
}

#[test]
fn a_template_is_read_by_its_lines() {
    let helm = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  labels:\n    {{- include \"x\" . | nindent 4 }}\nspec:\n  template:\n    spec:\n      {{- with .Values.podSecurityContext }}\n      securityContext:\n        {{- toYaml . | nindent 8 }}\n      {{- end }}\n      containers:\n      - name: a\n        image: \"{{ .Values.image }}\"\n        securityContext:\n          seccompProfile: {type: RuntimeDefault}\n      {{- if .Values.dind }}\n      - name: dind\n        image: x\n        securityContext:\n          privileged: true\n      {{- end }}\n      - name: c\n        image: x\n        securityContext:\n          privileged: {{ .Values.privileged }}\n";
    let found = find("templates/a.yaml", helm).uses;
    let names: Vec<&str> = found.iter().map(|one| one.container.as_str()).collect();
    assert_eq!(names, ["a", "dind", "c"]);
    assert_eq!(found[0].given, Given::Default);
    assert!(found[1].is_off());
    assert!(matches!(found[2].privileged, Switch::Open(_)));
    assert!(matches!(found[2].given, Given::Open(_)));
}

#[test]
fn what_restricts_pods() {
    let allows = |text: &str| find("a.yaml", text).guards[0].allows.clone();
    let namespace = |level: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n  labels:\n    pod-security.kubernetes.io/enforce: {level}\n"
        )
    };
    assert_eq!(allows(&namespace("restricted")), ["RuntimeDefault", "Localhost"]);
    assert_eq!(allows(&namespace("privileged")).len(), 5);
    let scc = "apiVersion: security.openshift.io/v1\nkind: SecurityContextConstraints\nmetadata:\n  name: s\nallowPrivilegedContainer: false\nseccompProfiles:\n- runtime/default\n";
    assert_eq!(allows(scc), ["nothing said", "RuntimeDefault"]);
}

#[test]
fn a_place_is_that_of_the_word() {
    let text = "services:\n  a:\n    image: x\n    security_opt:\n    - seccomp=unconfined\n";
    let place = find("compose.yml", text).uses[0].place;
    assert_eq!(&text[place.start as usize..place.end as usize], "seccomp=unconfined");
    let workflow =
        "jobs:\n  a:\n    steps:\n    - run: |\n        true\n        docker run --privileged x\n";
    let place = find(".github/workflows/a.yml", workflow).uses[0].place;
    assert!(workflow[place.start as usize..].starts_with("docker run --privileged"));
}
