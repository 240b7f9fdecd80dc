import { describe, expect, it } from "vitest";
import type { BalancedPort } from "../../src/balancer/balanced-port.ts";
import { createBalancer } from "../../src/balancer/balancer.ts";
import type { Picked } from "../../src/balancer/choice.ts";
import { FAILURES_TO_EJECT } from "../../src/balancer/ejection.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { endpoint, service, slice } from "./objects.ts";

describe("an endpoint that was ejected", () => {
  it("is used again as soon as its pod has become ready anew", () => {
    const store = new Store();
    const balancer = createBalancer({ store, random: () => 0, now: () => 0 });
    const endpoints = (ready: boolean) =>
      slice({
        service: "web",
        endpoints: [endpoint("10.244.0.1", { conditions: { ready } }), endpoint("10.244.0.2")],
      });
    const put = (...objects: KubernetesObject[]) =>
      store.apply(objects.map((object) => ({ op: "put", object })));
    put(service("web", { clusterIP: "10.96.0.9" }), endpoints(true));
    const port = balancer.lookup("shop", "web", 80) as BalancedPort;
    const pick = () => balancer.pick(port) as Picked;

    const first = pick();
    expect(first.address).toBe("10.244.0.1");
    for (let i = 0; i < FAILURES_TO_EJECT; i++) balancer.connectFailed(port, first.backend);
    expect(pick().address).toBe("10.244.0.2");

    put(endpoints(false));
    expect(pick().address).toBe("10.244.0.2");
    put(endpoints(true));
    expect(pick().address).toBe("10.244.0.1");
  });
});
