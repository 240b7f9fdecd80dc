import { expect, it } from "vitest";
import { hostPortsOf, isOnNode } from "../../src/objects/host-ports.ts";
import type { Pod } from "../../src/objects/pod.ts";

const pod = (ports: readonly object[], spec: object = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", ports }], ...spec },
  }) as Pod;

it.each([
  ["a port of the node", [{ containerPort: 80, hostPort: 8080 }], [[8080, 80, "TCP", undefined]]],
  ["none", [{ containerPort: 80 }, { containerPort: 81, hostPort: 0 }], []],
  [
    "one over UDP at an address of the node",
    [{ containerPort: 53, hostPort: 53, hostIP: "127.0.0.1", protocol: "UDP" }],
    [[53, 53, "UDP", "127.0.0.1"]],
  ],
  [
    "one at all addresses",
    [{ containerPort: 80, hostPort: 80, hostIP: "0.0.0.0" }],
    [[80, 80, "TCP", undefined]],
  ],
])("knows of %s", (_, ports, expected) => {
  const found = hostPortsOf(pod(ports));
  expect(
    found.map(({ hostPort, containerPort, protocol, hostIP }) => [
      ...[hostPort, containerPort, protocol, hostIP],
    ]),
  ).toEqual(expected);
});

it("leaves the ports of a pod of the node's network to itself", () => {
  expect(hostPortsOf(pod([{ containerPort: 80, hostPort: 80 }], { hostNetwork: true }))).toEqual(
    [],
  );
});

it("looks for those of one node where this machine stands for one", () => {
  const here = pod([], { nodeName: "n1" });
  expect([isOnNode(here, undefined), isOnNode(here, "n1"), isOnNode(here, "n2")]).toEqual([
    ...[true, true, false],
  ]);
});
