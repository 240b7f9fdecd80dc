import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { knownPlaces } from "../../../src/sources/cluster/known-places.ts";
import { PodDialer } from "../../../src/sources/cluster/pod-dialer.ts";
import { PortForwarder } from "../../../src/sources/cluster/port-forward.ts";
import { Store } from "../../../src/store/store.ts";

interface Place {
  readonly pod: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly hostNetwork?: boolean;
  readonly protocol?: string;
}

/** A store with a slice for each place, the address of which ends in its place in the list. */
function world(places: readonly Place[]): Store {
  const store = new Store();
  const objects = places.flatMap(
    ({ pod, node, ready = true, hostNetwork = false, protocol }, at) => [
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: pod, namespace: "shop" },
        spec: { hostNetwork, containers: [] },
      },
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: `slice-${at}`, namespace: "shop" },
        addressType: "IPv4",
        ports: [{ name: "", port: 8080, protocol }],
        endpoints: [
          {
            addresses: [`10.244.0.${at}`],
            conditions: { ready },
            ...(node && { nodeName: node }),
            targetRef: { kind: "Pod", namespace: "shop", name: pod },
          },
        ],
      },
    ],
  );
  store.apply(objects.map((object) => ({ op: "put", object: object as KubernetesObject })));
  return store;
}

describe("places to try", () => {
  it.each<[string, readonly Place[], readonly string[]]>([
    ["none where there is nothing", [], []],
    [
      "one of a node",
      [
        { pod: "a", node: "n1" },
        { pod: "b", node: "n1" },
      ],
      ["shop/a"],
    ],
    [
      "of three nodes",
      ["n1", "n2", "n3", "n4"].map((node) => ({ pod: node, node })),
      ["shop/n1", "shop/n2", "shop/n3"],
    ],
    ["none that is not ready", [{ pod: "a", ready: false }, { pod: "b" }], ["shop/b"]],
    ["none in the network of its node", [{ pod: "a", hostNetwork: true }], []],
    ["none that speaks UDP", [{ pod: "a", protocol: "UDP" }], []],
    ["none that is local", [{ pod: "local" }], []],
  ])("are %s", (_, places, expected) => {
    const found = knownPlaces(world(places), ({ metadata }) => metadata.name !== "local");
    expect(found.map(({ pod }) => pod)).toEqual(expected);
  });
});

describe("a dialer for pods of a cluster", () => {
  const target = {
    address: "127.0.0.1",
    port: 1,
    endpoint: {
      addresses: ["127.0.0.1"],
      targetRef: { kind: "Pod", namespace: "shop", name: "web" },
    },
  };
  const dialerWith = (reach: { now: "direct" | "port-forward"; isFixed: boolean }) => {
    let doubts = 0;
    const forwarder = new PortForwarder(() => Promise.reject(new Error("forwarded")));
    const dialer = new PodDialer(forwarder, () => undefined, { ...reach, doubt: () => doubts++ });
    return { dialer, doubts: () => doubts };
  };
  const ended = (socket: ReturnType<PodDialer["dial"]>) =>
    new Promise<string>((resolve) => {
      let message = "";
      socket.on("error", (error: NodeJS.ErrnoException) => {
        message = error.code ?? error.message;
      });
      socket.once("close", () => resolve(message));
    });

  it("dials where the reach says", async () => {
    const { dialer: direct } = dialerWith({ now: "direct", isFixed: true });
    expect(await ended(direct.dial(target))).toBe("ECONNREFUSED");
    const { dialer: forwarded } = dialerWith({ now: "port-forward", isFixed: true });
    expect(await ended(forwarded.dial(target))).toBe("forwarded");
  });

  it("sends datagrams to pods directly or not at all", () => {
    const { dialer: direct } = dialerWith({ now: "direct", isFixed: false });
    expect(direct.datagramAddress(target)).toEqual({ host: "127.0.0.1", port: 1 });
    const { dialer: forwarded } = dialerWith({ now: "port-forward", isFixed: true });
    expect(forwarded.datagramAddress(target)).toBeUndefined();
    expect(forwarded.datagramAddress({ address: "192.0.2.1", port: 1 })).toBeDefined();
  });

  it("makes every connection itself as long as the way may change", () => {
    expect(
      dialerWith({ now: "direct", isFixed: false }).dialer.streamAddress(target),
    ).toBeUndefined();
    expect(dialerWith({ now: "direct", isFixed: true }).dialer.streamAddress(target)).toBeDefined();
  });

  it("doubts its way when a connection does not come about, but not when a pod refuses it", async () => {
    const { dialer, doubts } = dialerWith({ now: "direct", isFixed: false });
    await ended(dialer.dial(target));
    expect(doubts()).toBe(0);
    const socket = dialer.dial({ ...target, address: "192.0.2.1" });
    const closed = ended(socket);
    socket.destroy();
    await closed;
    expect(doubts()).toBe(1);
  });
});
