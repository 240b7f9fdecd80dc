// A Kubernetes API server as far as a DNS server needs one: list and watch of a few kinds, from memory.
import { createServer } from "node:http";

const RESOURCES = {
  "/api/v1/namespaces": ["v1", "Namespace"],
  "/api/v1/services": ["v1", "Service"],
  "/api/v1/pods": ["v1", "Pod"],
  "/api/v1/nodes": ["v1", "Node"],
  "/apis/discovery.k8s.io/v1/endpointslices": ["discovery.k8s.io/v1", "EndpointSlice"],
  "/apis/multicluster.x-k8s.io/v1alpha1/serviceimports": [
    "multicluster.x-k8s.io/v1alpha1",
    "ServiceImport",
  ],
};

/**
 * @param {object[]} objects
 * @returns {Promise<{url: string, port: number, put(object: object): void, remove(object: object): void, close(): void}>}
 */
export async function startApiServer(objects, port = 0) {
  let version = 1;
  const tables = new Map(Object.values(RESOURCES).map(([, kind]) => [kind, new Map()]));
  const watchers = new Map(Object.values(RESOURCES).map(([, kind]) => [kind, new Set()]));
  const keyOf = ({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`;
  const stored = (object) => ({
    ...object,
    metadata: { uid: keyOf(object), ...object.metadata, resourceVersion: String(++version) },
  });
  for (const object of objects) tables.get(object.kind)?.set(keyOf(object), stored(object));

  const emit = (type, object) => {
    const line = `${JSON.stringify({ type, object })}\n`;
    for (const response of watchers.get(object.kind)) response.write(line);
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://api");
    const resource = RESOURCES[url.pathname];
    if (resource === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 404 }),
      );
      return;
    }
    const [apiVersion, kind] = resource;
    const fields = new URLSearchParams(url.searchParams.get("fieldSelector") ?? "");
    const isListed = ({ metadata, status }) =>
      kind !== "Pod" ||
      fields.size === 0 ||
      !["Succeeded", "Failed", "Unknown"].includes(status?.phase) ||
      metadata === undefined;
    response.writeHead(200, { "content-type": "application/json" });
    if (url.searchParams.get("watch") === null) {
      const items = [...tables.get(kind).values()].filter(isListed);
      const metadata = { resourceVersion: String(version) };
      response.end(JSON.stringify({ kind: `${kind}List`, apiVersion, metadata, items }));
      return;
    }
    response.flushHeaders();
    if (url.searchParams.get("sendInitialEvents") === "true") {
      for (const object of tables.get(kind).values()) {
        if (isListed(object)) response.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
      }
      const annotations = { "k8s.io/initial-events-end": "true" };
      const metadata = { resourceVersion: String(version), annotations };
      response.write(
        `${JSON.stringify({ type: "BOOKMARK", object: { kind, apiVersion, metadata } })}\n`,
      );
    }
    watchers.get(kind).add(response);
    response.on("close", () => watchers.get(kind).delete(response));
  });
  server.keepAliveTimeout = 600_000;
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = server.address().port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    put(object) {
      const table = tables.get(object.kind);
      const type = table.has(keyOf(object)) ? "MODIFIED" : "ADDED";
      const next = stored(object);
      table.set(keyOf(object), next);
      emit(type, next);
    },
    remove(object) {
      const table = tables.get(object.kind);
      const old = table.get(keyOf(object));
      table.delete(keyOf(object));
      emit("DELETED", {
        ...old,
        metadata: { ...old.metadata, resourceVersion: String(++version) },
      });
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
