import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { asServed } from "../../src/objects/as-served.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { ApiClient as ClusterClient } from "../../src/sources/cluster/api-client.ts";
import { ClusterSource } from "../../src/sources/cluster/cluster-source.ts";
import { CredentialSource } from "../../src/sources/cluster/credentials.ts";
import { isRoute } from "../../src/view/route.ts";
import { ApiClient } from "../api/client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { kubelane } from "../support/terminal.ts";

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

/** A Service that admission would refuse now, and a name that it has all the same. */
interface Old {
  readonly object: KubernetesObject;
  readonly name: string;
  readonly type: string;
  readonly data: readonly unknown[];
}

const alias = (name: string, externalName: string, target: string): Old => ({
  object: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { type: "ExternalName", externalName },
  },
  name: `${name}.shop.svc.cluster.local`,
  type: "CNAME",
  data: [target],
});
const virtual = (name: string, clusterIP: string, spec: object): Old => ({
  object: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { clusterIP, ...spec },
  },
  name: `${name}.shop.svc.cluster.local`,
  type: "A",
  data: [clusterIP],
});

const OLD: readonly Old[] = [
  alias("upper", "Db.Example.ORG", "Db.Example.ORG."),
  alias("underscore", "db_1.example.org", "db_1.example.org."),
  alias("absolute", "db.example.org.", "db.example.org."),
  virtual("twins", "10.96.0.50", {
    ports: [
      { name: "Http", port: 80 },
      { name: "Http", port: 81, targetPort: "NOT A NAME" },
    ],
  }),
  virtual("selective", "10.96.0.51", { selector: { "-app": "-" }, ports: [{ port: 80 }] }),
  virtual("portless", "10.96.0.52", {}),
];

describe("what servers of today refuse and an older store holds", () => {
  let folder: string;
  let api: ApiClient;
  let bound: ApiAddress;
  beforeEach(async () => {
    folder = temporaryFolder();
    engine = createEngine();
    engine.store.apply(OLD.map(({ object }) => ({ op: "put", object })));
    const listening = await engine.listen({ api: { listen: "127.0.0.1:0" } });
    bound = listening.api as ApiAddress;
    api = new ApiClient(bound);
    const ca = Buffer.from(bound.ca).toString("base64");
    const server = `https://127.0.0.1:${bound.port}`;
    writeFileSync(
      join(folder, "config"),
      JSON.stringify({
        "current-context": "old",
        contexts: [{ name: "old", context: { cluster: "c", user: "u", namespace: "shop" } }],
        clusters: [{ name: "c", cluster: { server, "certificate-authority-data": ca } }],
        users: [{ name: "u", user: { token: bound.token } }],
      }),
    );
  });

  const run = (...words: string[]) =>
    kubelane(words, {
      cwd: folder,
      env: { KUBELANE_RUNTIME_DIR: join(folder, "none"), KUBECONFIG: join(folder, "config") },
    });
  const answersOf = (stdout: string) =>
    JSON.parse(stdout)
      .answers.map(({ data }: { data: unknown }) => data)
      .sort();

  it("is shown by the API in its spelling, and stays when a change to it is refused", async () => {
    for (const { object } of OLD) {
      const path = `/api/v1/namespaces/shop/services/${object.metadata.name}`;
      const shown = await api.call(path);
      expect(shown.body.spec).toMatchObject(object.spec as object);
      await api.call(path, {
        method: "PATCH",
        type: "application/merge-patch+json",
        body: { metadata: { labels: { changed: "yes" } } },
      });
      expect((await api.call(path)).body.spec).toMatchObject(object.spec as object);
    }
    for (const { name, type, data } of OLD) {
      expect(engine.resolve(name, type).answers.map((each) => each.data)).toEqual(data);
    }
  });

  it("has its names by --context", async () => {
    for (const { name, type, data } of OLD) {
      const { stdout } = await run("resolve", name, type, "-o", "json", "--context", "old");
      expect(answersOf(stdout), name).toEqual(data);
    }
  });

  it("has its names for an engine that follows the cluster", async () => {
    const cluster = {
      name: "c",
      server: new URL(`https://127.0.0.1:${bound.port}`),
      ca: Buffer.from(bound.ca),
      insecureSkipTlsVerify: false,
      source: {},
    };
    const user = { name: "u", token: bound.token };
    const credentials = new CredentialSource({ user, cluster, env: {}, now: Date.now });
    const client = new ClusterClient({ cluster, credentials, userAgent: "test" });
    await using followed = createEngine({ cluster: true });
    await followed.follow(new ClusterSource({ client, name: "old", ownNamespace: "shop" }));
    for (const { name, type, data } of OLD) {
      expect(followed.resolve(name, type).answers.map((each) => each.data)).toEqual(data);
    }
    client.close();
  });

  it("has its names from a file of what `get -o yaml` wrote", async () => {
    const { stdout: dump } = await run("get", "svc", "-A", "-o", "yaml", "--context", "old");
    const file = join(folder, "dump.yaml");
    writeFileSync(file, dump);
    for (const { name, type, data } of OLD) {
      const { stdout } = await run("resolve", name, type, "-o", "json", "-f", file);
      expect(answersOf(stdout), name).toEqual(data);
    }
  });
});
