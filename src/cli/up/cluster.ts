import type { Engine } from "../../engine/engine.ts";
import { type Pod, podIPs } from "../../objects/pod.ts";
import { ClusterSource } from "../../sources/cluster/cluster-source.ts";
import { PodDataSource } from "../../sources/cluster/pod-data-source.ts";
import { PodDialer } from "../../sources/cluster/pod-dialer.ts";
import { PortForwarder, TUNNEL_HEADERS, tunnelPath } from "../../sources/cluster/port-forward.ts";
import { asCommandError, type ChosenCluster } from "../cluster/choose-cluster.ts";
import type { Talk } from "./talk.ts";

/** A cluster that an `up` follows and reaches. */
export interface FollowedCluster {
  readonly dialer: PodDialer;
  /**
   * Takes in the cluster, and follows it from then on.
   * @throws CommandError when it can't be asked
   */
  follow(engine: Engine, talk: Talk): Promise<void>;
  close(): void;
}

export function followedCluster(cluster: ChosenCluster): FollowedCluster {
  const { client, name } = cluster;
  let engine: Engine | undefined;
  const forwarder = new PortForwarder((pod) => client.upgrade(tunnelPath(pod), TUNNEL_HEADERS));
  const dialer = new PodDialer(forwarder, (address) => {
    // Only endpoints that don't name their pod are looked up: those that somebody wrote by hand.
    const pod = engine?.store
      .list("Pod")
      .find((each) => podIPs(each).includes(address) && engine?.isFromCluster(each));
    return pod && { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name };
  });
  return {
    dialer,
    async follow(started, talk) {
      engine = started;
      talk.write(`following ${name}; nothing is changed there\n`);
      try {
        await started.follow(new ClusterSource(cluster));
        const isElsewhere = (pod: Pod) => started.isFromCluster(pod);
        await started.follow(new PodDataSource({ client, store: started.store, isElsewhere }));
      } catch (error) {
        throw asCommandError(error, cluster);
      }
    },
    close() {
      dialer.close();
      client.close();
    },
  };
}
