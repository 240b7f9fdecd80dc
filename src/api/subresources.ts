import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Store } from "../store/store.ts";
import { decodeBody, readBody } from "./body.ts";
import { versionOf } from "./custom/definition.ts";
import { checkEviction } from "./eviction.ts";
import { proxy } from "./proxy.ts";
import { isSet, numberOf, readDeleteOptions, readWriteOptions } from "./query.ts";
import { applyPatchTo, PATCH_TYPES, type Registry } from "./registry.ts";
import { applyScale, scaleOf } from "./scale.ts";
import { badRequest, methodNotAllowed, noSuchPath, StatusError } from "./status.ts";
import type { SubresourceRequest } from "./subresource-request.ts";

/** The request to read a container's output. */
export interface LogRequest {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly sinceTime: string | undefined;
  readonly limitBytes: number | undefined;
}

/** What runs pods here, as far as an API server asks it. */
export interface Subresources {
  /**
   * A container's output, in chunks of whole lines.
   * @returns undefined for a Pod that nothing runs here
   */
  log(
    pod: KubernetesObject,
    request: LogRequest,
    signal: AbortSignal,
  ): AsyncIterable<string> | undefined;
  /** Whether a container, or any, runs here as a process, beside which another one can be started. */
  runs(pod: KubernetesObject, container?: string): boolean;
}

export interface SubresourceContext {
  readonly registry: Registry;
  readonly store: Store;
  readonly pods: Subresources;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** @throws when nothing answers there */
  connect(pod: KubernetesObject, port: number): Promise<Duplex>;
}

type Answer = { readonly body: object; readonly status: number } | undefined;
type Handler = (call: SubresourceRequest, context: SubresourceContext) => Promise<Answer>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  scale,
  log,
  eviction,
  binding,
  finalize,
  token,
  proxy,
};

/** @returns the answer, or undefined where it has been written already */
export async function answerSubresource(
  call: SubresourceRequest,
  context: SubresourceContext,
): Promise<Answer> {
  const { path, resource } = call;
  const isKnown = resource.subresources.some(({ name }) => name === path.subresource);
  const handler = HANDLERS[path.subresource];
  if (!isKnown) throw noSuchPath();
  if (handler === undefined) {
    throw new StatusError(
      501,
      "NotImplemented",
      `kubelane does not serve ${resource.plural}/${path.subresource}`,
    );
  }
  return handler(call, context);
}

function targetOf({ path, resource }: SubresourceRequest, subresource = "") {
  const { namespace = "", name = "" } = path;
  return { resource, namespace, name, subresource };
}

async function bodyOf({ request }: SubresourceRequest): Promise<unknown> {
  return decodeBody(await readBody(request), request.headers["content-type"]);
}

async function scale(
  call: SubresourceRequest,
  { registry, store }: SubresourceContext,
): Promise<Answer> {
  const { request, query, resource } = call;
  const target = targetOf(call);
  const current = registry.get(target);
  const paths = versionOf(resource, store)?.subresources?.scale;
  const before = scaleOf(current, paths);
  if (request.method === "GET") return { body: before, status: 200 };
  const options = readWriteOptions(query, request.headers["user-agent"]);
  let wanted: unknown;
  if (request.method === "PUT") wanted = await bodyOf(call);
  else if (request.method === "PATCH") {
    const contentType = request.headers["content-type"]?.split(";", 1)[0] ?? "";
    const type = PATCH_TYPES[contentType as keyof typeof PATCH_TYPES];
    if (type === undefined || type === "apply")
      throw badRequest(`a Scale is not patched by ${contentType}`);
    wanted = applyPatchTo(before, await bodyOf(call), "autoscaling/v1.Scale", type);
  } else throw methodNotAllowed("scale");
  const { object } = registry.update(target, applyScale(current, wanted, resource, paths), options);
  return { body: scaleOf(object, paths), status: 200 };
}

async function log(
  call: SubresourceRequest,
  { registry, pods }: SubresourceContext,
): Promise<Answer> {
  const { query, response } = call;
  const pod = registry.get(targetOf(call));
  const container = containerOf(pod, query.get("container"));
  const ended = new AbortController();
  response.once("close", () => ended.abort());
  const flag = (name: string) => isSet(query, name);
  const chunks = pods.log(
    pod,
    {
      container,
      follow: flag("follow"),
      previous: flag("previous"),
      timestamps: flag("timestamps"),
      tailLines: numberOf(query.get("tailLines")),
      sinceSeconds: numberOf(query.get("sinceSeconds")),
      sinceTime: query.get("sinceTime") ?? undefined,
      limitBytes: numberOf(query.get("limitBytes")),
    },
    ended.signal,
  );
  if (chunks === undefined) {
    if (flag("previous") && pods.runs(pod, container)) {
      throw badRequest(
        `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`,
      );
    }
    throw badRequest(
      `container "${container}" in pod "${pod.metadata.name}" is not run on this machine: give it a command in kubelane.yaml`,
    );
  }
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();
  for await (const chunk of chunks) {
    if (response.destroyed) break;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
  return undefined;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

/** @throws StatusError for a container that the Pod has not, or one that would have to be named */
export function containerOf(pod: KubernetesObject, asked: string | null): string {
  const {
    containers = [],
    initContainers = [],
    ephemeralContainers = [],
  } = (pod.spec ?? {}) as Readonly<
    Record<string, readonly { readonly name: string }[] | undefined>
  >;
  const names = [...containers, ...initContainers, ...ephemeralContainers].map(({ name }) => name);
  const { name } = pod.metadata;
  if (asked) {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (containers.length === 1) return names[0]!;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
  );
}

/** Deletes a Pod as long as its disruption budgets allow it. */
async function eviction(
  call: SubresourceRequest,
  { registry, store }: SubresourceContext,
): Promise<Answer> {
  if (call.request.method !== "POST") throw methodNotAllowed("create");
  const body = (await bodyOf(call)) as { readonly deleteOptions?: unknown };
  const target = targetOf(call);
  const pod = registry.get(target);
  checkEviction(pod as Pod, store);
  registry.delete(target, readDeleteOptions(call.query, body?.deleteOptions));
  return { body: success(), status: 201 };
}

/** Puts a Pod on a node, as a scheduler does. */
async function binding(
  call: SubresourceRequest,
  { registry }: SubresourceContext,
): Promise<Answer> {
  if (call.request.method !== "POST") throw methodNotAllowed("create");
  const { target: node } = (await bodyOf(call)) as { readonly target?: { readonly name?: string } };
  if (!node?.name) throw badRequest("target.name: Required value");
  const target = targetOf(call);
  const pod = registry.get(target);
  const spec = { ...(pod.spec as object), nodeName: node.name };
  registry.update(
    target,
    { ...pod, spec },
    readWriteOptions(call.query, call.request.headers["user-agent"]),
  );
  return { body: success(), status: 201 };
}

/** A Namespace goes when its finalizers are removed, which only this endpoint does. */
async function finalize(
  call: SubresourceRequest,
  { registry }: SubresourceContext,
): Promise<Answer> {
  if (call.request.method !== "PUT") throw methodNotAllowed("update");
  const target = targetOf(call);
  const { object } = registry.update(
    target,
    await bodyOf(call),
    readWriteOptions(call.query, call.request.headers["user-agent"]),
  );
  return { body: object, status: 200 };
}

/** A token that says who asks; every token here is only good for this server. */
async function token(
  call: SubresourceRequest,
  { registry, now }: SubresourceContext,
): Promise<Answer> {
  if (call.request.method !== "POST") throw methodNotAllowed("create");
  const account = registry.get(targetOf(call));
  const { spec = {} } = (await bodyOf(call)) as {
    readonly spec?: { readonly expirationSeconds?: number };
  };
  const seconds = spec.expirationSeconds ?? 3600;
  const expires = new Date(now().getTime() + seconds * 1000);
  const body = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name: account.metadata.name, namespace: account.metadata.namespace },
    spec: { audiences: ["https://kubernetes.default.svc"], ...spec, expirationSeconds: seconds },
    status: {
      token: call.request.headers.authorization?.replace(/^Bearer /i, "") ?? "",
      expirationTimestamp: timestamp(expires),
    },
  };
  return { body, status: 201 };
}

function success(): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
}
