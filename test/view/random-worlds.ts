import fc from "fast-check";
import type { Endpoint, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { down, leaving, ONE, service, slice, TWO } from "./worlds.ts";

const address = fc.constantFrom(ONE, TWO, "10.244.0.3");
const conditions = fc.constantFrom({}, down.conditions, leaving.conditions, { ready: true });
const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  addresses: fc.tuple(address),
  conditions,
  hostname: fc.constantFrom("db-0", "db-1"),
  nodeName: fc.constantFrom("n1", "n2"),
});
const name = fc.constantFrom("web", "db", "old");
const port = fc.constantFrom<readonly { name?: string; port: number }[]>(
  [{ port: 80 }],
  [
    { name: "http", port: 80 },
    { name: "x", port: 9090 },
  ],
  [
    { name: "x", port: 9090 },
    { name: "y", port: 81 },
  ],
  [],
);
const spec = fc.oneof(
  fc.record({
    clusterIP: fc.constantFrom("10.96.0.50", "None", "10.96.0.51"),
    ports: port,
    internalTrafficPolicy: fc.constantFrom("Local" as const, "Cluster" as const),
  }),
  fc.record({
    type: fc.constant("ExternalName" as const),
    externalName: fc.constantFrom(
      "web.default.svc.cluster.local",
      "DB.default.svc.cluster.local.",
      "old.default.svc.cluster.local",
      "db.example.invalid",
      "192.0.2.1",
    ),
  }),
);
const slicePorts = fc.constantFrom<EndpointSlice["ports"]>(
  [{ port: 8080 }],
  [
    { name: "http", port: 8080 },
    { name: "x", port: 9999 },
  ],
  [],
);

/** Services, some of them names for each other, over endpoints in all states, on two nodes. */
export const randomWorld: fc.Arbitrary<{
  readonly objects: readonly KubernetesObject[];
  readonly node: string | undefined;
}> = fc
  .record({
    services: fc.uniqueArray(fc.tuple(name, spec), { selector: ([each]) => each, minLength: 1 }),
    slices: fc.uniqueArray(fc.tuple(name, fc.array(endpoint, { maxLength: 3 }), slicePorts), {
      selector: ([each]) => each,
    }),
    node: fc.constantFrom(undefined, "n1"),
  })
  .map(({ services, slices, node }) => ({
    node,
    objects: [
      ...services.map(([each, body]) => service(each, body)),
      ...slices.map(([each, endpoints, ports]) => slice(each, endpoints, ports)),
    ],
  }));

export const randomHost: fc.Arbitrary<string> = fc.constantFrom(
  ...["web", "db", "old", "web.default", "db-0.db", "10-244-0-1.db", "db-1.web.default.svc"],
  ...["old.default.svc.cluster.local", "nope", "10.96.0.50", "10.96.0.51", "a.b.c"],
  ...[ONE, "10-244-0-2.default.pod"],
);
export const randomPort: fc.Arbitrary<number> = fc.constantFrom(80, 9090, 8080, 81, 5432);
