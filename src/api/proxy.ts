import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type EndpointSlice, isEndpointReady, podOfEndpoint } from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Store } from "../store/store.ts";
import type { Registry } from "./registry.ts";
import { badRequest, noSuchPath, StatusError } from "./status.ts";
import type { SubresourceRequest } from "./subresource-request.ts";

export interface ProxyContext {
  readonly registry: Registry;
  readonly store: Store;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  connect(pod: KubernetesObject, port: number): Promise<Duplex>;
}

/** Forwards a request to a Pod, or to a Pod of a Service, and returns its answer. */
export async function proxy(call: SubresourceRequest, context: ProxyContext): Promise<undefined> {
  const { request, response, path } = call;
  const { pod, port } = targetOf(call, context);
  const socket = await context.connect(pod, port).catch((cause) => {
    throw unavailable(`error trying to reach service: ${(cause as Error).message}`);
  });
  const { url = "" } = request;
  const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  await new Promise<void>((resolve, reject) => {
    const sent = httpRequest({
      method: request.method ?? "GET",
      path: `${path.rest === "" ? "/" : encodePath(path.rest)}${search}`,
      headers: forwarded(request.headers),
      createConnection: () => socket,
    });
    sent.once("error", (cause) =>
      reject(unavailable(`error trying to reach service: ${cause.message}`)),
    );
    sent.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, forwarded(answer.headers));
      // A client that disconnects aborts it, and so does a pod that breaks off.
      pipeline(answer, response).then(resolve, () => resolve());
    });
    response.once("close", () => sent.destroy());
    request.pipe(sent);
  });
  return undefined;
}

function unavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Hop-by-hop fields, and those for this server alone: its token must not reach a pod. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set(headers.connection?.split(",").map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_PASSED.has(name) && !named.has(name)),
  );
}

interface ProxyTarget {
  readonly pod: KubernetesObject;
  readonly port: number;
}

/**
 * Reads `[SCHEME:]NAME[:PORT]`.
 * @throws StatusError
 */
function targetOf({ path, resource }: SubresourceRequest, context: ProxyContext): ProxyTarget {
  const { namespace = "", name: text = "" } = path;
  const parts = text.split(":");
  const [scheme, name, port] =
    parts.length === 3 ? parts : ["", parts[0] as string, parts[1] ?? ""];
  if (name === undefined || port === undefined || parts.length > 3) throw noSuchPath();
  if (scheme !== "" && scheme !== "http") {
    throw badRequest(`kubelane passes requests on over http, not over ${JSON.stringify(scheme)}`);
  }
  const object = context.registry.get({ resource, namespace, name, subresource: "" });
  return resource.groupKind === "Pod"
    ? { pod: object, port: podPort(object, port) }
    : servicePod(object, port, context);
}

interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
}

function podPort(pod: KubernetesObject, asked: string): number {
  if (/^\d+$/.test(asked)) return Number(asked);
  const { containers = [] } = pod.spec as {
    readonly containers?: readonly { readonly ports?: readonly ContainerPort[] }[];
  };
  const ports = containers.flatMap(({ ports = [] }) => ports);
  const found = asked === "" ? ports[0] : ports.find(({ name }) => name === asked);
  if (found !== undefined) return found.containerPort;
  if (asked === "") return 80;
  throw badRequest(`pod ${pod.metadata.name} has no port named ${JSON.stringify(asked)}`);
}

/** A random ready endpoint, as a real API server chooses. */
function servicePod(
  { metadata: { name, namespace = "" }, spec }: KubernetesObject,
  asked: string,
  { store, random }: ProxyContext,
): ProxyTarget {
  const { ports = [] } = spec as {
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  };
  const port =
    asked === "" ? ports[0] : ports.find((each) => each.name === asked || `${each.port}` === asked);
  if (port === undefined || (asked === "" && ports.length > 1)) {
    throw unavailable(`no endpoints available for service ${JSON.stringify(`${name}:${asked}`)}`);
  }
  const candidates = store
    .list("EndpointSlice.discovery.k8s.io", { namespace })
    .map((slice) => slice as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name)
    .flatMap(({ endpoints, ports = [] }) => {
      const number = ports.find((each) => (each.name ?? "") === (port.name ?? ""))?.port;
      if (number === undefined) return [];
      return endpoints.filter(isEndpointReady).flatMap((endpoint) => {
        const ref = podOfEndpoint(endpoint, namespace);
        const pod = ref && store.get("Pod", ref.namespace, ref.name);
        return pod ? [{ pod, port: number }] : [];
      });
    });
  const chosen = candidates[Math.floor(random() * candidates.length)];
  if (chosen !== undefined) return chosen;
  throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}
