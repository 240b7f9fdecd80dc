import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createEngine } from "../../../src/engine/engine.ts";
import { ApiClient, ApiError } from "../../../src/sources/cluster/api-client.ts";
import { CredentialSource } from "../../../src/sources/cluster/credentials.ts";
import type { ClusterEntry, UserEntry } from "../../../src/sources/cluster/kubeconfig.ts";
import { readCluster } from "../../../src/sources/cluster/read-cluster.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function clientOf(entry: Partial<ClusterEntry> & { server: URL }, user: Omit<UserEntry, "name">) {
  const cluster = { name: "c", insecureSkipTlsVerify: false, source: {}, ...entry };
  const credentials = new CredentialSource({
    user: { name: "u", ...user },
    cluster,
    env: {},
    now: Date.now,
  });
  const client = new ApiClient({ cluster, credentials, userAgent: "test", answerTimeout: 2_000 });
  closing.push(() => client.close());
  return client;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<URL> {
  const server: Server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const status = (response: ServerResponse, code: number, reason: string, headers = {}) => {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ kind: "Status", reason, message: `${reason}!` }));
};

const list = (response: ServerResponse, items: readonly object[], metadata: object = {}) => {
  response.end(JSON.stringify({ metadata: { resourceVersion: "7", ...metadata }, items }));
};

const OWN = { ownNamespace: "default" };

const service = (name: string, namespace = "default") => ({ metadata: { name, namespace } });

describe("a client of a cluster", () => {
  it("asks with GET alone, and with the user's credentials", async () => {
    const seen: string[] = [];
    const server = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end("{}");
    });
    await clientOf({ server }, { token: "t" }).get("/api/v1/pods", {
      limit: 5,
      continue: undefined,
    });
    expect(seen).toEqual(["GET /api/v1/pods?limit=5 Bearer t"]);
  });

  it("throws what the server says, and how long to wait", async () => {
    const server = await serve((_, response) =>
      status(response, 429, "TooManyRequests", { "retry-after": "3" }),
    );
    const error = await clientOf({ server }, {})
      .get("/x")
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 429,
      reason: "TooManyRequests",
      message: "TooManyRequests!",
      retryAfter: 3000,
    });
  });

  it("says of an answer that is no Status what it begins with", async () => {
    const server = await serve((_, response) => {
      response.statusCode = 502;
      response.end("<html>Bad Gateway");
    });
    await expect(clientOf({ server }, {}).get("/x")).rejects.toThrow(
      "502 Bad Gateway <html>Bad Gateway",
    );
  });

  it("gives up on a server that does not answer", async () => {
    const server = await serve(() => {});
    await expect(clientOf({ server }, {}).get("/x")).rejects.toThrow("did not answer within 2 s");
  });

  it("renews credentials that are refused, once", async () => {
    let asked = 0;
    const server = await serve((request, response) => {
      asked++;
      if (request.headers["run"] === "2") response.end("{}");
      else status(response, 401, "Unauthorized");
    });
    let runs = 0;
    const cluster = { name: "c", server, insecureSkipTlsVerify: false, source: {} };
    const credentials = new CredentialSource({
      user: { name: "u", exec: {} as never },
      cluster,
      env: {},
      now: Date.now,
      runPlugin: async () => ({
        credentials: { headers: { run: String(++runs) } },
        until: Number.POSITIVE_INFINITY,
      }),
    });
    const client = new ApiClient({ cluster, credentials, userAgent: "test" });
    closing.push(() => client.close());
    await client.get("/x");
    expect([asked, runs]).toEqual([2, 2]);
    const never = clientOf({ server }, { token: "t" });
    await expect(never.get("/x")).rejects.toThrow("Unauthorized!");
    expect(asked).toBe(3);
  });
});

describe("reading a cluster", () => {
  it("takes what is there page by page, and nothing that has no name", async () => {
    const server = await serve((request, response) => {
      const url = new URL(request.url ?? "", "http://x");
      if (url.pathname !== "/api/v1/services") return list(response, []);
      const next = url.searchParams.get("continue");
      if (next === null) list(response, [service("a"), {}, null as never], { continue: "more" });
      else list(response, [service("b", "shop")]);
    });
    const { objects, refused, namespaces } = await readCluster(clientOf({ server }, {}), OWN);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Service a",
      "Service b",
    ]);
    expect([refused, namespaces]).toEqual([[], undefined]);
  });

  it("keeps to a namespace where it may not list all, and tells what is missing", async () => {
    const paths: string[] = [];
    const server = await serve((request, response) => {
      const path = (request.url ?? "").split("?")[0]!;
      paths.push(path);
      if (!path.includes("/namespaces/shop/")) return status(response, 403, "Forbidden");
      if (path.endsWith("/endpointslices")) return status(response, 403, "Forbidden");
      if (path.endsWith("/ingresses")) return status(response, 404, "NotFound");
      list(response, path.endsWith("/services") ? [service("a", "shop")] : []);
    });
    const { objects, refused, namespaces } = await readCluster(clientOf({ server }, {}), {
      ownNamespace: "shop",
    });
    expect(objects).toHaveLength(1);
    expect(namespaces).toEqual(["shop"]);
    expect(refused.map(({ resource }) => resource.plural)).toEqual(["endpointslices"]);
    expect(paths).toContain("/api/v1/nodes");
  });

  it("fails with what is no refusal", async () => {
    const server = await serve((_, response) => status(response, 500, "InternalError"));
    await expect(readCluster(clientOf({ server }, {}), OWN)).rejects.toThrow("InternalError!");
  });

  it("answers by name as the objects of files do: of an API server that is ours", async () => {
    const original = createEngine();
    closing.push(() => original.close());
    await original.load([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      } as never,
    ]);
    const { api } = await original.listen({ api: { listen: "127.0.0.1:0" } });
    const server = new URL(`https://127.0.0.1:${api!.port}`);
    const client = clientOf({ server, ca: Buffer.from(api!.ca) }, { token: api!.token });
    const { objects } = await readCluster(client, OWN);
    const copy = createEngine({ controllers: [] });
    closing.push(() => copy.close());
    copy.store.apply(objects.map((object) => ({ op: "put", object })));
    const name = "web.default.svc.cluster.local";
    expect(copy.resolve(name).answers).toEqual(original.resolve(name).answers);
    expect(copy.resolve(name).answers).toHaveLength(1);
    const stranger = clientOf({ server }, { token: api!.token });
    await expect(readCluster(stranger, OWN)).rejects.toThrow(/certificate/);
  });
});
