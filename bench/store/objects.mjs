// A cluster of any size, made of plain objects: Pods and Services spread evenly over namespaces, ten pods to
// a Service, some of which two Services select.

export function namespaceOf(i, namespaces) {
  return `ns-${i % namespaces}`;
}

export function clusterObjects({ pods, services, namespaces }) {
  const objects = [];
  for (let i = 0; i < namespaces; i++) {
    objects.push({ apiVersion: "v1", kind: "Namespace", metadata: { name: `ns-${i}` } });
  }
  for (let i = 0; i < services; i++) {
    objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: `svc-${i}`,
        namespace: namespaceOf(i, namespaces),
        labels: { team: `t${i % 7}` },
      },
      spec: {
        selector: { app: `app-${i}` },
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "metrics", port: 9100 },
        ],
      },
    });
  }
  for (let i = 0; i < pods; i++) objects.push(podObject(i, i % services, namespaces));
  return objects;
}

/** The i-th pod, selected by the Service of number `app`. */
export function podObject(i, app, namespaces, ready = true) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `pod-${i}`,
      namespace: namespaceOf(app, namespaces),
      labels: { app: `app-${app}`, tier: i % 2 ? "web" : "api", "pod-template-hash": "5d4f8c7b9d" },
    },
    spec: {
      containers: [
        { name: "main", image: "example/app:1", ports: [{ name: "http", containerPort: 8080 }] },
      ],
    },
    status: podStatus(i, ready),
  };
}

export function podStatus(i, ready) {
  const ip = `10.${244 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return {
    phase: "Running",
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [
      {
        type: "Ready",
        status: ready ? "True" : "False",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  };
}
