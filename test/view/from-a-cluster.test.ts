import { afterEach, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { asServed } from "../../src/objects/as-served.ts";
import { isRoute } from "../../src/view/route.ts";

let engine: Engine;
afterEach(() => engine.close({ grace: 0 }));

/** A Service as an old cluster's store can hold it, through what reads a cluster's answers. */
function served(name: string, spec: object): void {
  const object = asServed({ metadata: { name, namespace: "shop" }, spec }, "v1", "Service");
  engine.store.apply([{ op: "put", object: object as NonNullable<typeof object> }]);
}

it.each([
  // Servers of today refuse upper case and underscores there.
  ["Db.Example.ORG", "Db.Example.ORG."],
  ["db_1.example.org", "db_1.example.org."],
  ["db.example.org.", "db.example.org."],
])("serves an ExternalName %s as the cluster does, its spelling kept", (externalName, target) => {
  engine = createEngine({ controllers: [] });
  served("alias", { type: "ExternalName", externalName });
  const { rcode, answers } = engine.resolve("alias.shop.svc.cluster.local", "CNAME");
  expect({ rcode, answers }).toMatchObject({ rcode: "NOERROR", answers: [{ data: target }] });
  expect(engine.view.find("alias.shop", 80)).toMatchObject({
    rule: "external-name",
    outside: target.slice(0, -1),
  });
});

it("serves a Service whose ports and selector admission would refuse today", () => {
  engine = createEngine({ controllers: [] });
  served("web", {
    clusterIP: "10.96.0.50",
    selector: { "-app": "-" },
    ports: [
      { name: "Http", port: 80 },
      { name: "Http", port: 81, targetPort: "NOT A NAME" },
    ],
  });
  expect(engine.resolve("web.shop.svc.cluster.local").answers).toMatchObject([
    { data: "10.96.0.50" },
  ]);
  const found = engine.view.find("web.shop", 81);
  expect(isRoute(found) && found.port.port.port).toBe(81);
});
