import { expect, it } from "vitest";
import { startGround } from "./ground.ts";
import { decide, WAYS } from "./ways.ts";
import { at, ONE, service, slice, TWO } from "./worlds.ts";

it("leads an external address of two Services to the one that is left when the other goes", async () => {
  const shared = (clusterIP: string) => ({
    clusterIP,
    externalIPs: ["203.0.0.7"],
    ports: [{ port: 80 }],
  });
  const objects = [
    service("web", shared("10.96.0.50")),
    slice("web", [at(ONE)]),
    service("api", shared("10.96.0.51")),
    slice("api", [at(TWO)]),
  ];
  await using ground = await startGround(objects, {});
  const ways = WAYS.filter(
    ({ namesOnly, portless, name }) => !namesOnly && (!portless || name === "trace"),
  );
  const ask = async (leads: readonly string[]) => {
    for (const way of ways) {
      const found = await decide(way, ground, { host: "203.0.0.7", port: 80, leads });
      expect([way.name, found]).toEqual([way.name, leads]);
    }
  };
  await ask([`${ONE}:8080`]);
  const key = { kind: "Service", namespace: "default", name: "web" };
  ground.engine.store.apply([{ op: "delete", key }]);
  await ask([`${TWO}:8080`]);
}, 60_000);
