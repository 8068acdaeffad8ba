//! [`Reachable`]: only nodes that can be reached are asked.
//!
//! The driver asks one node after the other, and tells why the last one failed. Were nodes among them to which there is no
//! connection, they would be the last, and what a living node said, such as that too few replicas are up, would be lost.

use scylla::cluster::{ClusterState, NodeRef};
use scylla::policies::load_balancing::{DefaultPolicy, FallbackPlan, LoadBalancingPolicy, RoutingInfo};
use scylla::routing::Shard;

/// The driver's order of nodes without those that cannot be reached; if none can, one of them is tried all the same.
#[derive(Debug)]
pub(crate) struct Reachable(pub(crate) DefaultPolicy);

impl LoadBalancingPolicy for Reachable {
    fn pick<'a>(
        &'a self,
        request: &'a RoutingInfo<'_>,
        cluster: &'a ClusterState,
    ) -> Option<(NodeRef<'a>, Option<Shard>)> {
        self.0.pick(request, cluster)
    }

    fn fallback<'a>(&'a self, request: &'a RoutingInfo<'_>, cluster: &'a ClusterState) -> FallbackPlan<'a> {
        Box::new(self.0.fallback(request, cluster).filter(|(node, _)| node.is_connected()))
    }

    fn name(&self) -> String {
        "Reachable".to_owned()
    }
}
