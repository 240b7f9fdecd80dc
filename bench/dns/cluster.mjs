// The objects that the server benchmarks answer from: Services with their slices.

/**
 * @param {number} services
 * @param {boolean} headless every other Service is headless, so that its answer holds three addresses of
 *   endpoints and changes with them
 */
export function makeCluster(services, headless = false) {
  const namespaces = ["shop", "prod", "default", "infra"];
  const objects = namespaces.map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  }));
  const names = [];
  for (let i = 0; i < services; i++) {
    const namespace = namespaces[i % namespaces.length];
    const name = `svc-${i}`;
    const allocated = `10.${96 + ((i >> 16) & 15)}.${(i >> 8) & 255}.${i & 255}`;
    const clusterIP = headless && i % 2 === 1 ? "None" : allocated;
    const ports = [{ name: "http", port: 80, protocol: "TCP", targetPort: 8080 }];
    objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports },
    });
    objects.push(makeSlice(i, 0));
    names.push(`${name}.${namespace}.svc.cluster.local`);
  }
  return { objects, names };
}

/** The slice of Service number i; another turn gives another address. */
export function makeSlice(i, turn) {
  const namespaces = ["shop", "prod", "default", "infra"];
  const address = (n) => `10.244.${((i * 3 + n) >> 8) & 255}.${(i * 3 + n + turn) & 255}`;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `svc-${i}-x`,
      namespace: namespaces[i % namespaces.length],
      labels: { "kubernetes.io/service-name": `svc-${i}` },
    },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: [0, 1, 2].map((n) => ({
      addresses: [address(n)],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: "Pod", name: `svc-${i}-${n}` },
    })),
  };
}
