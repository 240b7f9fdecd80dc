import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
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

describe("a dump of a cluster, read from a file", () => {
  let folder: string;
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const metadata = { name: "alias", namespace: "shop" };
  const given = {
    uid: "6b1c3f0e-0000-4000-8000-000000000001",
    resourceVersion: "812",
    creationTimestamp: "2019-03-01T10:00:00Z",
  };
  const alias = (more: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, ...more },
    spec: { type: "ExternalName", externalName: "Db.Example.ORG", ports: [{ port: 0 }] },
  });

  /** Reads a text as `kubectl get -o json` writes it. */
  async function read(object: object) {
    folder = mkdtempSync(join(tmpdir(), "kubelane-dump-"));
    const file = join(folder, "dump.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: [object] }));
    engine = createEngine();
    const found = await engine.load(file);
    const [answer] = engine.resolve("alias.shop.svc.cluster.local", "CNAME").answers;
    return { severities: new Set(found.map(({ severity }) => severity)), target: answer?.data };
  }

  it("is served as the cluster serves it, with warnings of what a server of today would refuse", async () => {
    const { severities, target } = await read(alias(given));
    expect(severities).toEqual(new Set(["warning"]));
    expect(target).toBe("Db.Example.ORG.");
  });

  it.each(Object.keys(given))("is none without %s, and then refused as ever", async (field) => {
    const { severities, target } = await read(alias({ ...given, [field]: null }));
    expect(severities).toContain("error");
    expect(target).toBeUndefined();
  });
});
