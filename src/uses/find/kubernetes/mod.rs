//! What the words of Kubernetes mean: security contexts, shapes of Pods, the kubelet's default.

pub(super) mod context;
pub(super) mod kubelet;
pub(super) mod shape;
