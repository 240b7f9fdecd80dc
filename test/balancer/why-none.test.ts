import { describe, expect, it } from "vitest";
import { whyNone } from "../../src/balancer/why-none.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { slicesOf } from "../../src/store/slices-of.ts";
import { Store } from "../../src/store/store.ts";
import { node, type PodOptions, pod, service } from "../controllers/cluster.ts";

const ranges = { serviceRanges: ["10.96.0.0/12", "fd00:10:96::/112"] };
const named = (name: string) => ({
  spec: { containers: [{ name: "main", ports: [{ name, containerPort: 80 }] }] },
});

function why(
  spec: ServiceSpec,
  pods: readonly PodOptions[],
  ...others: readonly KubernetesObject[]
): string {
  const store = new Store({ controllers: standardControllers(ranges) });
  const objects = [...others, service(spec), ...pods.map((each) => pod(each))];
  store.apply(objects.map((object) => ({ op: "put", object })));
  const web = store.get("Service", "shop", "web")!;
  return whyNone(web, slicesOf(web, store), store);
}

describe("why a Service has no endpoint", () => {
  it.each<[string, ServiceSpec, PodOptions[], string]>([
    ["none selected", {}, [], "shop/web selects app=web, and no Pod in shop has that"],
    [
      "none ready",
      {},
      [{ ready: false }, { name: "web-2", terminating: true }],
      "shop/web has 2 pods, none ready: web-1 (not ready), web-2 (terminating)",
    ],
    [
      "none with an address",
      {},
      [{ ips: [] }],
      "shop/web has 1 pod, 1 ready, but none of them has an address",
    ],
    [
      "none with an address of the family",
      { ipFamilies: ["IPv6"] },
      [{}],
      "shop/web has 1 pod, 1 ready, but none of them has an address of the Service's family, IPv6",
    ],
    [
      "the family rather than a port that has a name",
      { ipFamilies: ["IPv6"], ports: [{ port: 80, targetPort: "http" }] },
      [named("http")],
      "shop/web has 1 pod, 1 ready, but none of them has an address of the Service's family, IPv6",
    ],
    [
      "none that names the port",
      { ports: [{ port: 80, targetPort: "htpp" }] },
      [named("http")],
      "shop/web has 1 pod, 1 ready, but no container of theirs names a port htpp",
    ],
  ])("%s", (_, spec, pods, message) => {
    expect(why(spec, pods)).toBe(message);
  });

  it("a node that there is not", () => {
    const lost = { spec: { nodeName: "gone" } };
    expect(why({}, [lost], node("here"))).toBe(
      "shop/web has 1 pod, 1 ready, but there is no Node gone, which they are on",
    );
  });
});
