import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { checkFields, UnsupportedFieldError } from "../store/fields.ts";
import type { Store } from "../store/store.ts";
import { decodeBody, readBody } from "./body.ts";
import { columnsFor } from "./columns-for.ts";
import { deprecationOf } from "./deprecation.ts";
import {
  AGGREGATED_TYPE,
  aggregatedDiscovery,
  apiGroupList,
  apiGroupNamed,
  apiResourceList,
  apiVersions,
  isAggregated,
} from "./discovery.ts";
import { EPHEMERAL_CONTAINERS, requireRunning } from "./ephemeral-containers.ts";
import type { ObjectList } from "./list-pages.ts";
import { acceptedForm, acceptsAggregated, type Form, includeObject } from "./negotiation.ts";
import { objectPart } from "./object-part.ts";
import { openApiIndex, openApiOf } from "./openapi.ts";
import { openApiV2 } from "./openapi-v2.ts";
import { isSet, numberOf, readDeleteOptions, readSelection, readWriteOptions } from "./query.ts";
import {
  PATCH_TYPES,
  type PatchType,
  Registry,
  type RegistryOptions,
  type Target,
  type Written,
} from "./registry.ts";
import { parseResourcePath, type ResourcePath } from "./request-path.ts";
import { ServedResources } from "./resources.ts";
import { answerReview } from "./reviews.ts";
import {
  badRequest,
  methodNotAllowed,
  noSuchPath,
  StatusError,
  unsupportedMediaType,
} from "./status.ts";
import { answerUpgrade, type PodStreams, refuseUpgrade } from "./streaming/upgrade.ts";
import { answerSubresource, type Subresources } from "./subresources.ts";
import { partial, tableOf } from "./table.ts";
import { VERSION } from "./version.ts";
import { streamEvents } from "./watch-stream.ts";

export interface ApiOptions extends RegistryOptions {
  /** `127.0.0.1:10443`: the address that the API reports to clients. */
  readonly address: () => string;
  /** Requests to pods: logs, exec and the like. */
  readonly pods: Subresources;
  /** Commands in containers, and connections to their ports. */
  readonly streams: PodStreams;
}

/** Handles requests of the Kubernetes API, after authentication. */
export class ApiHandler {
  readonly #options: ApiOptions;
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #resources: ServedResources;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#registry = new Registry(options);
    this.#resources = new ServedResources(options.store);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendJson(response, statusOf(error, this.#options.onError));
    }
  }

  /** For a request that asks to switch to another protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const url = splitUrl(request);
      const path = readPath(url.pathname);
      const resource = path && this.#resources.find(path.group, path.version, path.plural);
      if (path === undefined || resource?.groupKind !== "Pod") throw noSuchPath();
      const { namespace = "", name = "", subresource } = path;
      const pod = this.#registry.get({ resource, namespace, name, subresource: "" });
      const call = { request, socket, head, pod, query: url.searchParams };
      answerUpgrade(subresource, call, this.#options.streams, this.#options.pods);
    } catch (error) {
      refuseUpgrade(socket, statusOf(error, this.#options.onError));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = splitUrl(request);
    const document = this.#document(url.pathname, request);
    if (document !== undefined) {
      if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed("get");
      if (typeof document === "string") sendText(response, document);
      else if (isAggregated(document)) sendJson(response, document, 200, AGGREGATED_TYPE);
      else sendJson(response, document);
      return;
    }
    const path = readPath(url.pathname);
    const resource = path && this.#resources.find(path.group, path.version, path.plural);
    if (path === undefined || resource === undefined) throw noSuchPath();
    const deprecation = deprecationOf(resource, this.#store);
    if (deprecation !== undefined) response.setHeader("warning", [warning(deprecation)]);
    await this.#resource(request, response, url.searchParams, path, resource);
  }

  /** Endpoints other than resources. */
  #document(path: string, { headers }: IncomingMessage): object | string | undefined {
    const resources = this.#resources;
    const [, root, group, version, ...rest] = path.split("/");
    switch (path) {
      case "/version":
      case "/version/":
        return VERSION;
      case "/healthz":
      case "/livez":
      case "/readyz":
        return "ok";
      case "/api":
      case "/api/":
        if (acceptsAggregated(headers)) return aggregatedDiscovery(resources.all(), true);
        return apiVersions(this.#options.address());
      case "/apis":
      case "/apis/":
        if (acceptsAggregated(headers)) return aggregatedDiscovery(resources.all(), false);
        return apiGroupList(resources.all());
      case "/api/v1":
        return apiResourceList(resources.all(), "v1");
      case "/openapi/v2":
        // Its other form is protobuf, which is not made here: clients that can only read that go without.
        acceptedForm(headers);
        return openApiV2(resources.all(), this.#store);
      case "/openapi/v3":
        return openApiIndex(resources.all(), resources.version);
      case "/":
        return {
          paths: [
            "/api",
            "/api/v1",
            "/apis",
            "/healthz",
            "/livez",
            "/openapi/v2",
            "/openapi/v3",
            "/readyz",
            "/version",
          ],
        };
    }
    if (path.startsWith("/openapi/v3/")) {
      const document = openApiOf(path.slice("/openapi/v3/".length), resources.all(), this.#store);
      if (document === undefined) throw noSuchPath();
      return document;
    }
    if (root !== "apis" || group === undefined || rest.join("") !== "") return undefined;
    const document =
      version === undefined || version === ""
        ? apiGroupNamed(resources.all(), group)
        : apiResourceList(resources.all(), `${group}/${version}`);
    if (document === undefined) throw noSuchPath();
    return document;
  }

  async #resource(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    path: ResourcePath,
    resource: Resource,
  ): Promise<void> {
    if (path.subresource !== "") {
      const isObject =
        objectPart(path.subresource) !== undefined && hasSubresource(resource, path.subresource);
      if (!isObject) {
        const { pods } = this.#options;
        const context = {
          registry: this.#registry,
          store: this.#store,
          pods,
          now: this.#options.now,
          random: this.#options.random,
          connect: this.#options.streams.connect,
        };
        const answer = await answerSubresource(
          { request, response, query, path, resource },
          context,
        );
        if (answer === undefined) return;
        await this.#options.saved();
        sendJson(response, answer.body, answer.status);
        return;
      }
    }
    if (resource.namespaced && path.namespace === undefined && path.name !== undefined) {
      throw noSuchPath();
    }
    const target: Target = {
      resource,
      namespace: resource.namespaced ? (path.namespace ?? "") : "",
      name: path.name ?? "",
      subresource: path.subresource,
    };
    if (path.subresource === EPHEMERAL_CONTAINERS && request.method !== "GET") {
      const pod = this.#registry.get(target);
      requireRunning(pod, this.#options.pods.runs(pod));
    }
    switch (request.method) {
      case "HEAD":
      case "GET":
        return path.name === undefined || isSet(query, "watch")
          ? this.#list(request, response, query, path, resource)
          : this.#send(request, response, query, this.#registry.get(target), resource);
      case "POST":
        return this.#create(request, response, query, target, path);
      case "PUT":
        return this.#update(request, response, query, target);
      case "PATCH":
        return this.#patch(request, response, query, target);
      case "DELETE":
        return this.#delete(request, response, query, target, path);
      default:
        throw methodNotAllowed(String(request.method).toLowerCase());
    }
  }

  #list(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    path: ResourcePath,
    resource: Resource,
  ): void {
    const form = acceptedForm(request.headers);
    const selection = readSelection(query, path.namespace, path.name);
    if (!isSet(query, "watch")) {
      const limit = numberOf(query.get("limit")) ?? 0;
      const list = this.#registry.list(resource, {
        ...selection,
        limit,
        continue: query.get("continue") ?? "",
      });
      sendJson(response, this.#listAs(form, list, resource, query));
      return;
    }
    // Must be set before the head of the answer is sent.
    if (selection.fieldSelector !== undefined)
      checkFields(resource.groupKind, selection.fieldSelector);
    const columns = form === "table" ? columnsFor(resource, this.#store) : [];
    const include = includeObject(query);
    const { now } = this.#options;
    const asRow = (object: KubernetesObject, isFirst: boolean) =>
      tableOf([object], columns, {
        metadata: { resourceVersion: object.metadata.resourceVersion },
        include,
        now: now(),
        withDefinitions: isFirst,
      });
    streamEvents(
      response,
      this.#store,
      resource,
      {
        ...selection,
        resourceVersion: query.get("resourceVersion") ?? "",
        sendInitialEvents: isSet(query, "sendInitialEvents"),
        allowBookmarks: isSet(query, "allowWatchBookmarks"),
        timeoutSeconds: numberOf(query.get("timeoutSeconds")),
      },
      form === "object" ? undefined : form === "table" ? asRow : partial,
    );
  }

  #listAs(form: Form, list: ObjectList, resource: Resource, query: URLSearchParams): object {
    const { items, ...rest } = list;
    const metadata = {
      resourceVersion: rest.resourceVersion,
      ...(rest.continue !== undefined && { continue: rest.continue }),
      ...(rest.remainingItemCount !== undefined && { remainingItemCount: rest.remainingItemCount }),
    };
    if (form === "table") {
      const columns = columnsFor(resource, this.#store);
      return tableOf(items, columns, {
        metadata,
        include: includeObject(query),
        now: this.#options.now(),
      });
    }
    if (form === "partial") {
      const apiVersion = "meta.k8s.io/v1";
      return { kind: "PartialObjectMetadataList", apiVersion, metadata, items: items.map(partial) };
    }
    const { apiVersion, kind } = resource;
    return { kind: `${kind}List`, apiVersion, metadata, items: items.map(withoutType) };
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    object: KubernetesObject,
    resource: Resource,
    status = 200,
  ): void {
    const form = acceptedForm(request.headers);
    sendJson(response, this.#objectAs(form, object, resource, query), status);
  }

  #objectAs(
    form: Form,
    object: KubernetesObject,
    resource: Resource,
    query: URLSearchParams,
  ): object {
    if (form === "object") return object;
    if (form === "partial") return partial(object);
    const { resourceVersion } = object.metadata;
    return tableOf([object], columnsFor(resource, this.#store), {
      metadata: { resourceVersion },
      include: includeObject(query),
      now: this.#options.now(),
    });
  }

  async #create(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    target: Target,
    path: ResourcePath,
  ): Promise<void> {
    const { resource } = target;
    if (path.name !== undefined || !resource.verbs.includes("create"))
      throw methodNotAllowed("create");
    if (resource.namespaced && path.namespace === undefined) {
      throw badRequest("an empty namespace may not be set during creation");
    }
    const options = readWriteOptions(query, request.headers["user-agent"]);
    const body = decodeBody(await readBody(request), request.headers["content-type"]);
    const review = answerReview(resource.groupKind, body);
    if (review !== undefined) return sendJson(response, review, 201);
    const written = this.#registry.create(target, body, options);
    await this.#sendWritten(request, response, query, resource, written);
  }

  async #update(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    target: Target,
  ): Promise<void> {
    if (target.name === "") throw methodNotAllowed("update");
    const options = readWriteOptions(query, request.headers["user-agent"]);
    const body = decodeBody(await readBody(request), request.headers["content-type"]);
    const written = this.#registry.update(target, body, options);
    await this.#sendWritten(request, response, query, target.resource, written);
  }

  async #patch(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    target: Target,
  ): Promise<void> {
    if (target.name === "") throw methodNotAllowed("patch");
    const contentType = request.headers["content-type"]?.split(";", 1)[0]?.trim() ?? "";
    const type = PATCH_TYPES[contentType as keyof typeof PATCH_TYPES] as PatchType | undefined;
    if (type === undefined) {
      const known = Object.keys(PATCH_TYPES).join(", ");
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${known}`,
      );
    }
    if (type === "apply" && !query.get("fieldManager")) {
      throw badRequest("fieldManager: Required value: is required for apply patch");
    }
    const options = readWriteOptions(query, request.headers["user-agent"]);
    const body = decodeBody(await readBody(request), contentType);
    const force = isSet(query, "force");
    const written = this.#registry.patch(target, body, { ...options, type, force });
    await this.#sendWritten(request, response, query, target.resource, written);
  }

  async #delete(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    target: Target,
    path: ResourcePath,
  ): Promise<void> {
    const { resource } = target;
    const body = await readBody(request);
    const type = request.headers["content-type"];
    const options = readDeleteOptions(
      query,
      body.length === 0 ? undefined : decodeBody(body, type),
    );
    if (path.name === undefined) {
      const selection = readSelection(query, path.namespace, undefined);
      const items = this.#registry.deleteCollection(resource, selection, options);
      await this.#options.saved();
      const list = { items, resourceVersion: this.#registry.resourceVersion };
      return sendJson(response, this.#listAs("object", list, resource, query));
    }
    const { object, isGone } = this.#registry.delete(target, options);
    await this.#options.saved();
    if (!isGone || RETURNS_OBJECT.has(resource.groupKind)) {
      return this.#send(request, response, query, object, resource);
    }
    const { name, uid } = object.metadata;
    const { group, plural: kind } = resource;
    const details = { name, ...(group !== "" && { group }), kind, uid };
    sendJson(response, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details,
    });
  }

  async #sendWritten(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    resource: Resource,
    { object, created, warnings }: Written,
  ): Promise<void> {
    await this.#options.saved();
    if (warnings.length > 0) response.appendHeader("warning", warnings.map(warning));
    this.#send(request, response, query, object, resource, created ? 201 : 200);
  }
}

/** Upstream answers an immediate deletion of these kinds with the object, and of all others with a Status. */
const RETURNS_OBJECT: ReadonlySet<string> = new Set([
  "Pod",
  "Service",
  "ServiceAccount",
  "PersistentVolume",
  "PersistentVolumeClaim",
]);

/** A header may contain only printable characters on one line. */
function warning(text: string): string {
  return `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, "?"))}`;
}

function hasSubresource({ subresources }: Resource, name: string): boolean {
  return subresources.some((each) => each.name === name);
}

function withoutType({ apiVersion: _, kind: _kind, ...rest }: KubernetesObject): object {
  return rest;
}

/** The path as it was sent: a URL parser would resolve `..`, and so change what the request means. */
function splitUrl({ url = "/" }: IncomingMessage) {
  const at = url.indexOf("?");
  const pathname = at < 0 ? url : url.slice(0, at);
  return { pathname, searchParams: new URLSearchParams(at < 0 ? "" : url.slice(at + 1)) };
}

function readPath(path: string): ResourcePath | undefined {
  try {
    return parseResourcePath(path);
  } catch (error) {
    if (error instanceof URIError) throw badRequest("the path holds a broken escape");
    throw error;
  }
}

/** The answer to an error; an unexpected one is reported here, and the client learns only its message. */
export function statusOf(error: unknown, onError: (error: unknown) => void): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof UnsupportedFieldError) {
    return badRequest(`field label not supported: ${error.field}`);
  }
  onError(error);
  return new StatusError(
    500,
    "InternalError",
    `Internal error occurred: ${(error as Error).message}`,
  );
}

export function sendJson(
  response: ServerResponse,
  body: object,
  status?: number,
  contentType = "application/json",
): void {
  const code = body instanceof StatusError ? body.code : (status ?? 200);
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-cache, private",
    ...(body instanceof StatusError && retryHeader(body)),
  });
  response.end(text);
}

function retryHeader({ details }: StatusError): Record<string, string> {
  const seconds = details?.retryAfterSeconds;
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(text);
}
