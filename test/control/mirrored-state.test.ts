import { expect, it } from "vitest";
import { MirroredState } from "../../src/control/mirrored-state.ts";
import type { WatchLine } from "../../src/control/protocol.ts";

const address = "10.244.0.1";
const port = 8080;
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop" },
  spec: { containers: [{ name: "web", ports: [{ containerPort: port }] }] },
  status: { podIP: address },
};
const slice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "web-x", namespace: "shop" },
  addressType: "IPv4",
  endpoints: [{ addresses: [address] }],
  ports: [{ port }],
};
const place = (number: number) => ({ address, port, local: { host: "127.0.0.1", port: number } });

it("knows where a pod's port is, with a Service in front of it and without", () => {
  const state = new MirroredState();
  const local = [place(40_001), { ...place(40_001), pod: "shop/web-1" }];
  state.apply({ type: "snapshot", objects: [pod, slice], local });
  const found = () => state.localAddressOf(address, port)?.port;
  expect(found()).toBe(40_001);
  const change = (type: "modified" | "deleted", object: typeof pod | typeof slice): WatchLine => ({
    type: "changes",
    changes: [{ type, object }],
    local: [],
  });
  state.apply(change("deleted", slice));
  expect(found()).toBe(40_001);
  // It is a process no more.
  state.apply(change("modified", pod));
  expect(found()).toBeUndefined();
});
