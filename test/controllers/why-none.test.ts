import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import { whyNone } from "../../src/controllers/why-none.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { slicesOf } from "../../src/store/slices-of.ts";
import { Store } from "../../src/store/store.ts";
import { node, type PodOptions, pod, service } from "./cluster.ts";

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
  return whyNone(web, slicesOf(web, store), store).reason;
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

  it("a container port of that name, but of another protocol", () => {
    const ports = [{ port: 53, targetPort: "dns" }];
    const dns = { name: "dns", containerPort: 53, protocol: "UDP" as const };
    const spec = { containers: [{ name: "main", ports: [dns] }] };
    expect(why({ ports }, [{ spec }])).toBe(
      "shop/web has 1 pod, 1 ready, but their container port dns is UDP, and this port is TCP",
    );
  });

  it.each([
    [undefined, "8080", "without a name (8080/TCP)"],
    ["web", "8080", "web (8080/TCP)"],
  ])("Endpoints whose port is called %s, where the Service's is http", (name, port, text) => {
    const store = new Store({ controllers: standardControllers(ranges) });
    const object = service({ selector: {}, ports: [{ name: "http", port: 80 }] });
    const endpoints = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "web", namespace: "shop" },
      subsets: [
        { addresses: [{ ip: "10.1.2.3" }], ports: [{ ...(name && { name }), port: Number(port) }] },
      ],
    };
    store.apply([object, endpoints].map((each) => ({ op: "put", object: each })));
    const web = store.get("Service", "shop", "web")!;
    const none = whyNone(web, slicesOf(web, store), store, web.spec.ports?.[0]);
    expect(none.rule).toBe("other-port-name");
    expect(none.reason).toBe(
      `shop/web has no selector; its EndpointSlices have the ports ${text}, and ports are joined by name and protocol: this one is http (80/TCP)`,
    );
    expect(none.remedy).toBe("name the port http there too, with protocol TCP");
  });

  it("a node that there is not", () => {
    const lost = { spec: { nodeName: "gone" } };
    expect(why({}, [lost], node("here"))).toBe(
      "shop/web has 1 pod, 1 ready, but there is no Node gone, which they are on",
    );
  });
});
