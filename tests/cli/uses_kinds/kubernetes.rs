//! Pods and what holds, patches or makes them.

use super::{Case, judged};

const CASES: &[Case] = &[
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
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/-\n      value: {name: s, image: x, securityContext: {privileged: true}}\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/initContainers\n      value: [{name: s, image: x, securityContext: {privileged: true}}]\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec\n      value: {containers: [{name: s, image: x, securityContext: {privileged: true}}]}\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/securityContext/capabilities/add/-\n      value: SYS_ADMIN\n",
        "not-judged|changed",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/securityContext/capabilities\n      value: {add: [SYS_ADMIN]}\n",
        "not-judged|changed",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod\n      value: unconfined\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/metadata/annotations\n      value: {container.seccomp.security.alpha.kubernetes.io/a: unconfined}\n",
        "weakened",
    ),
    (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 1\n",
        "kind: Kustomization\npatches:\n- target: {kind: Deployment, name: d}\n  patch: |-\n    - op: add\n      path: /spec/template/metadata/annotations\n      value: {a: b}\n",
        "same",
    ),
    (
        "patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        securityContext: {$patch: replace, runAsUser: 1}\n",
        "weakened",
    ),
    (
        "d.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      securityContext:\n        seccompProfile:\n          type: RuntimeDefault\n      containers:\n      - name: a\n        image: x\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      securityContext:\n        seccompProfile:\n          type: RuntimeDefault\n      containers:\n      - name: a\n        image: x\n        securityContext:\n          seccompProfile: null\n",
        "same",
    ),
    (
        "app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: w\nspec:\n  source:\n    helm:\n      parameters:\n      - name: securityContext.seccompProfile.type\n        value: RuntimeDefault\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: w\nspec:\n  source:\n    helm:\n      parameters:\n      - name: securityContext.seccompProfile.type\n        value: Unconfined\n",
        "weakened",
    ),
    (
        "values.yaml",
        "containerSecurityContext:\n  enabled: true\n  seccompProfile:\n    type: RuntimeDefault\n",
        "containerSecurityContext:\n  enabled: false\n  seccompProfile:\n    type: RuntimeDefault\n",
        "weakened",
    ),
    ("values.yaml", "seccomp:\n  enabled: true\n", "seccomp:\n  enabled: false\n", "not-judged"),
    (
        "values.yaml",
        "seccomp:\n  type: RuntimeDefault\n",
        "seccomp:\n  type: Unconfined\n",
        "weakened",
    ),
];

#[test]
fn are_judged() {
    judged(CASES);
}
