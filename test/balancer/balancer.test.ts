import { describe, expect, test } from "vitest";
import type { BalancedPort } from "../../src/balancer/balanced-port.ts";
import {
  type Balancer,
  type BalancerOptions,
  createBalancer,
} from "../../src/balancer/balancer.ts";
import { describePick, type Picked } from "../../src/balancer/choice.ts";
import { FAILURES_TO_EJECT } from "../../src/balancer/ejection.ts";
import { p2c } from "../../src/balancer/p2c.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { endpoint, service, slice } from "./objects.ts";
import { seeded } from "./seeded.ts";

const SECOND = 1000;

function setUp(spec: Partial<ServiceSpec> = {}, n = 3, options: Partial<BalancerOptions> = {}) {
  const store = new Store();
  const clock = { now: 0 };
  const balancer = createBalancer({
    store,
    random: seeded(3),
    now: () => clock.now,
    ...options,
  });
  const put = (count: number, more: Partial<ServiceSpec> = spec) =>
    store.apply([
      { op: "put", object: service("web", more) },
      {
        op: "put",
        object: slice({
          service: "web",
          endpoints: Array.from({ length: count }, (_, i) => endpoint(`10.244.0.${i + 1}`)),
        }),
      },
    ]);
  put(n);
  const port = portOf(balancer, 80);
  return { store, clock, balancer, put, port };
}

function portOf(balancer: Balancer, number: number): BalancedPort {
  const found = balancer.lookup("shop", "web", number);
  if ("outcome" in found) throw new Error(found.reason);
  return found;
}

function pick(balancer: Balancer, port: BalancedPort, address?: string): Picked {
  const picked = balancer.pick(port, { address });
  if (picked.outcome !== "endpoint") throw new Error(picked.reason);
  return picked;
}

function distinct(times: number, choose: () => Picked): number {
  return new Set(Array.from({ length: times }, () => choose().address)).size;
}

describe("session affinity (P.5)", () => {
  const sticky: Partial<ServiceSpec> = {
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
    ports: [
      { name: "a", port: 80 },
      { name: "b", port: 81 },
    ],
  };
  function sessions() {
    const world = setUp(sticky);
    world.store.apply([
      {
        op: "put",
        object: slice({
          service: "web",
          ports: [
            { name: "a", port: 8080 },
            { name: "b", port: 8081 },
          ],
          endpoints: [1, 2, 3].map((n) => endpoint(`10.244.0.${n}`)),
        }),
      },
    ]);
    return { ...world, port: portOf(world.balancer, 80), other: portOf(world.balancer, 81) };
  }

  test("a client stays with its endpoint, whichever of the Service's addresses it uses", () => {
    const { balancer, port } = sessions();
    const first = pick(balancer, port, "192.0.2.1");
    for (const traffic of ["internal", "external"] as const) {
      const picked = balancer.pick(port, { address: "192.0.2.1", traffic });
      expect(picked).toMatchObject({ address: first.address, chosenBy: "affinity" });
    }
  });

  test("clients are told apart by address", () => {
    const { balancer, port } = sessions();
    let n = 0;
    expect(distinct(60, () => pick(balancer, port, `192.0.2.${n++}`))).toBe(3);
  });

  test("every new connection starts the timer again, and a lapsed one means a fresh choice", () => {
    const { balancer, port, clock } = sessions();
    const first = pick(balancer, port, "192.0.2.1");
    for (let i = 0; i < 20; i++) {
      clock.now += 9 * SECOND;
      expect(pick(balancer, port, "192.0.2.1").address).toBe(first.address);
    }
    const after = new Set<string>();
    for (let i = 0; i < 30; i++) {
      clock.now += 10 * SECOND;
      const picked = pick(balancer, port, "192.0.2.1");
      expect(picked.chosenBy).toBe("policy");
      after.add(picked.address);
    }
    expect(after.size).toBe(3);
  });

  test("an endpoint that left means a fresh choice", () => {
    const { balancer, port, store } = sessions();
    const first = pick(balancer, port, "192.0.2.1");
    const rest = [1, 2, 3].map((n) => `10.244.0.${n}`).filter((a) => a !== first.address);
    store.apply([
      {
        op: "put",
        object: slice({
          service: "web",
          ports: [{ name: "a", port: 8080 }],
          endpoints: rest.map((address) => endpoint(address)),
        }),
      },
    ]);
    const next = pick(balancer, port, "192.0.2.1");
    expect(next).toMatchObject({ chosenBy: "policy" });
    expect(rest).toContain(next.address);
  });

  test("ports have sessions of their own", () => {
    const { balancer, port, other } = sessions();
    const clients = Array.from({ length: 30 }, (_, i) => `192.0.2.${i}`);
    const differ = clients.filter(
      (c) => pick(balancer, port, c).address !== pick(balancer, other, c).address,
    );
    expect(differ.length).toBeGreaterThan(5);
  });

  test("can be switched on and off", () => {
    const { balancer, port, put } = setUp({ sessionAffinity: "ClientIP" });
    expect(distinct(30, () => pick(balancer, port, "192.0.2.1"))).toBe(1);
    put(3, { sessionAffinity: "None" });
    expect(distinct(30, () => pick(balancer, port, "192.0.2.1"))).toBe(3);
    put(3, { sessionAffinity: "ClientIP" });
    expect(distinct(30, () => pick(balancer, port, "192.0.2.1"))).toBe(1);
  });

  test("lasts three hours by default", () => {
    const { balancer, port, clock } = setUp({ sessionAffinity: "ClientIP" });
    pick(balancer, port, "192.0.2.1");
    clock.now += 10_799 * SECOND;
    expect(pick(balancer, port, "192.0.2.1").chosenBy).toBe("affinity");
    clock.now += 10_800 * SECOND;
    expect(pick(balancer, port, "192.0.2.1").chosenBy).toBe("policy");
  });

  test("goes by a key instead, where one is given", () => {
    const { balancer, port } = setUp();
    const by = (sessionKey: string) => () =>
      balancer.pick(port, { address: "192.0.2.1", sessionKey }) as Picked;
    expect(distinct(30, by("alice"))).toBe(1);
    let n = 0;
    expect(distinct(60, () => by(`user-${n++}`)())).toBe(3);
  });

  test("a key's session lapses and moves as an address's does, three hours unless the Service says", () => {
    const short: Partial<ServiceSpec> = {
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
    };
    for (const [spec, seconds] of [
      [{}, 10_800],
      [short, 100],
    ] as const) {
      const { balancer, port, clock, put } = setUp(spec);
      const by = () => balancer.pick(port, { sessionKey: "alice" }) as Picked;
      by();
      clock.now += (seconds - 1) * SECOND;
      expect(by().chosenBy).toBe("affinity");
      clock.now += seconds * SECOND;
      expect(by().chosenBy).toBe("policy");
      put(0, spec);
      put(1, spec);
      expect(distinct(20, by)).toBe(1);
    }
  });

  test("remembers 10,000 clients, and forgets the one that was away longest", () => {
    const { balancer, port } = setUp({}, 50);
    const by = (key: number) => balancer.pick(port, { sessionKey: String(key) }) as Picked;
    const first = by(0).address;
    for (let i = 1; i <= 9_999; i++) by(i);
    expect(by(0)).toMatchObject({ address: first, chosenBy: "affinity" });
    by(10_000);
    expect(by(0).chosenBy).toBe("affinity");
    expect(by(1).chosenBy).toBe("policy");
  });
});

describe("a pod that is asked for by its own address", () => {
  test("is chosen whatever its state, and nothing else is", () => {
    const { balancer, port, store, put } = setUp({ sessionAffinity: "ClientIP" });
    const own = { address: "192.0.2.1", pod: { address: "10.244.0.2", port: 8080 } };
    expect(distinct(30, () => balancer.pick(port, own) as Picked)).toBe(1);
    const picked = balancer.pick(port, own) as Picked;
    expect(picked.address).toBe("10.244.0.2");
    expect(describePick(picked)).toBe("asked for by its own address");
    const unready = endpoint("10.244.0.2", { conditions: { ready: false } });
    store.apply([{ op: "put", object: slice({ service: "web", endpoints: [unready] }) }]);
    expect(balancer.pick(port, own)).toMatchObject({ address: "10.244.0.2" });
    put(1);
    expect(balancer.pick(port, own)).toEqual({
      rule: "no-endpoint",
      outcome: "reject",
      reason: "10.244.0.2:8080 is no endpoint of shop/web any more",
    });
  });
});

describe("passive ejection", () => {
  function refuse(balancer: Balancer, port: BalancedPort, address: string, times: number) {
    const backend = port.table.all.find((b) => b.address === address);
    let ejected = false;
    for (let i = 0; i < times; i++) ejected = balancer.connectFailed(port, backend as never);
    return ejected;
  }

  test("leaves out an endpoint after five refusals in a row, for longer each time", () => {
    const { balancer, port, clock } = setUp();
    expect(refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT - 1)).toBe(false);
    expect(distinct(60, () => pick(balancer, port))).toBe(3);
    expect(refuse(balancer, port, "10.244.0.1", 1)).toBe(true);
    expect(distinct(60, () => pick(balancer, port))).toBe(2);
    clock.now += 1 * SECOND;
    expect(distinct(60, () => pick(balancer, port))).toBe(3);
    refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT);
    clock.now += 1 * SECOND;
    expect(distinct(60, () => pick(balancer, port))).toBe(2);
    clock.now += 1 * SECOND;
    expect(distinct(60, () => pick(balancer, port))).toBe(3);
  });

  test("a connection in between starts the count again", () => {
    const { balancer, port } = setUp();
    refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT - 1);
    balancer.connected(port.table.all[0] as never);
    expect(refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT - 1)).toBe(false);
  });

  test("never leaves out the last ones, and nobody in strict mode", () => {
    const { balancer, port } = setUp({}, 2);
    refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT);
    expect(distinct(60, () => pick(balancer, port))).toBe(1);
    expect(distinct(60, () => balancer.pick(port, { strict: true }) as Picked)).toBe(2);
    refuse(balancer, port, "10.244.0.2", FAILURES_TO_EJECT);
    expect(distinct(60, () => pick(balancer, port))).toBe(2);
  });

  test("backs off for 1, 2, 4, … and at most 60 seconds", () => {
    const { balancer, port, clock } = setUp();
    const times = Array.from({ length: 8 }, () => {
      refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT);
      const began = clock.now;
      while (distinct(60, () => pick(balancer, port)) === 2) clock.now += SECOND;
      return (clock.now - began) / SECOND;
    });
    expect(times).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test("an ejected endpoint is tried when all others were tried in vain", () => {
    const { balancer, port } = setUp();
    refuse(balancer, port, "10.244.0.1", FAILURES_TO_EJECT);
    const exclude = new Set(port.table.all.filter((b) => b.address !== "10.244.0.1"));
    expect(balancer.pick(port, { exclude })).toMatchObject({ address: "10.244.0.1" });
    expect(balancer.pick(port, { exclude: new Set(port.table.all) })).toEqual({
      rule: "all-tried",
      outcome: "reject",
      reason: "every endpoint of shop/web was tried",
    });
  });
});

describe("following the store", () => {
  test("a change is effective when apply returns", () => {
    const { balancer, port, put, store } = setUp({}, 1);
    expect(pick(balancer, port).address).toBe("10.244.0.1");
    put(0);
    expect(balancer.pick(port).outcome).toBe("reject");
    put(2);
    expect(distinct(30, () => pick(balancer, port))).toBe(2);
    store.apply([{ op: "delete", key: { kind: "Service", namespace: "shop", name: "web" } }]);
    expect(balancer.pick(port).outcome).toBe("reject");
    expect(balancer.lookup("shop", "web", 80)).toMatchObject({ code: "no-service" });
  });

  test("what happens to other Services leaves a snapshot as it is", () => {
    const { port, store } = setUp();
    const { table } = port;
    store.apply([
      { op: "put", object: service("db") },
      { op: "put", object: slice({ service: "db", endpoints: [endpoint("10.244.9.9")] }) },
    ]);
    expect(port.table).toBe(table);
  });

  test("a slice that changes hands changes both Services", () => {
    const { balancer, port, store } = setUp({}, 1);
    store.apply([{ op: "put", object: service("db") }]);
    store.apply([
      {
        op: "put",
        object: slice({ name: "web-1", service: "db", endpoints: [endpoint("10.244.0.1")] }),
      },
    ]);
    expect(balancer.pick(port).outcome).toBe("reject");
    expect(balancer.pick(balancer.lookup("shop", "db", 80) as BalancedPort).outcome).toBe(
      "endpoint",
    );
  });

  test("a Service that becomes an alias has no ports, and gets them back (P.9)", () => {
    const { balancer, put } = setUp();
    put(3, { type: "ExternalName", externalName: "example.com" });
    expect(balancer.lookup("shop", "web", 80)).toMatchObject({ code: "external-name" });
    put(3, { type: "NodePort" });
    expect(balancer.pick(portOf(balancer, 80)).outcome).toBe("endpoint");
  });

  test("Services are found by each of their addresses, and by none of others", () => {
    const { balancer, put } = setUp({ clusterIP: "10.96.0.1", externalIPs: ["192.0.2.9"] });
    expect(balancer.serviceAt("10.96.0.1")?.service.metadata.name).toBe("web");
    expect(balancer.serviceAt("192.0.2.9")?.address.kind).toBe("ExternalIP");
    expect(balancer.serviceAt("10.96.0.2")).toBeUndefined();
    put(3, { clusterIP: "10.96.0.2" });
    expect(balancer.serviceAt("10.96.0.1")).toBeUndefined();
    expect(balancer.serviceAt("10.96.0.2")).toBeDefined();
    put(3, { clusterIP: "None" });
    expect(balancer.serviceAt("10.96.0.2")).toBeUndefined();
    expect(balancer.serviceAt("None")).toBeUndefined();
  });

  test("an address that two Services have stays the other's when one of them goes", () => {
    const spec = { clusterIP: "10.96.0.1", externalIPs: ["192.0.2.9"] };
    const { store, balancer } = setUp(spec);
    store.apply([{ op: "put", object: service("api", { ...spec, clusterIP: "10.96.0.2" }) }]);
    expect(balancer.serviceAt("192.0.2.9")?.service.metadata.name).toBe("web");
    const key = (name: string) => ({ kind: "Service", namespace: "shop", name });
    store.apply([{ op: "delete", key: key("web") }]);
    expect(balancer.serviceAt("192.0.2.9")?.service.metadata.name).toBe("api");
    store.apply([{ op: "delete", key: key("api") }]);
    expect(balancer.serviceAt("192.0.2.9")).toBeUndefined();
  });
});

test("a choice says how it was made", () => {
  const { balancer, port } = setUp();
  expect(describePick(pick(balancer, port))).toBe("random of 3 ready endpoints");
  expect(describePick(balancer.pick(port, { policy: p2c }) as Picked)).toBe(
    "p2c of 3 ready endpoints",
  );
});

test("names like __proto__ are names like any other", () => {
  const store = new Store();
  for (const name of ["__proto__", "constructor", "toString"]) {
    const balancer = createBalancer({ store });
    expect(balancer.lookup("shop", name, 80)).toMatchObject({ code: "no-service" });
    store.apply([
      { op: "put", object: service(name) },
      { op: "put", object: slice({ service: name, endpoints: [endpoint("10.244.0.1")] }) },
    ]);
    const port = balancer.lookup("shop", name, 80) as BalancedPort;
    expect(balancer.pick(port).outcome).toBe("endpoint");
  }
});
