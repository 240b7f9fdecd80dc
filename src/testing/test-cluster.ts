import type {
  Manifests,
  PodServers,
  TestCluster,
  TestClusterOptions,
} from "./test-cluster-options.ts";

/**
 * Makes the Services of manifests reachable by name in this process, with pods made of request handlers (a
 * server of its own for each pod) or of one server for all pods of a workload.
 *
 * ```ts
 * await using cluster = await testCluster("k8s/", { "deploy/api": (request, response) => response.end("ok") });
 * await fetch("http://api.shop.svc.cluster.local/");
 * cluster.pods("deploy/api")[0].setReady(false);
 * ```
 * @throws TestClusterError when manifests have errors, or a target names no workload of theirs.
 */
export async function testCluster(
  manifests: Manifests,
  servers: PodServers = {},
  options: TestClusterOptions = {},
): Promise<TestCluster> {
  // Loaded on demand: tests that use arbitraries alone need none of it.
  const { ServedCluster } = await import("./served-cluster.ts");
  return ServedCluster.start(manifests, servers, options);
}
