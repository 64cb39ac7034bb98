//! What Kubernetes' objects say: Pods and their security contexts, patches of them, the kubelet's default, and
//! what guards a namespace or a cluster.

pub(super) mod context;
mod guard;
pub(super) mod kubelet;
mod patch;
mod pod;
pub(super) mod shape;
