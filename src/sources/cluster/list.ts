import { asServed } from "../../objects/as-served.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import type { Query } from "./api-client.ts";

/** The page size of client-go. */
const PAGE = 500;

export interface ListClient {
  get(path: string, query: Query, signal?: AbortSignal): Promise<unknown>;
}

/** Kind and version, which lists leave out of their items. */
export interface ListedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * All objects of a collection, page by page, and the resource version of the list.
 * @throws ApiError, or the connection's error
 */
export async function listAll(
  client: ListClient,
  path: string,
  kind: ListedKind,
  signal?: AbortSignal,
): Promise<{ readonly objects: readonly KubernetesObject[]; readonly version: string }> {
  const objects: KubernetesObject[] = [];
  let next: string | undefined;
  let version = "";
  do {
    const query: Query = { limit: PAGE, ...(next !== undefined && { continue: next }) };
    const page = readPage(await client.get(path, query, signal), path, kind);
    for (const object of page.objects) objects.push(object);
    ({ next, version } = page);
  } while (next !== undefined);
  return { objects, version };
}

function readPage(answer: unknown, path: string, kind: ListedKind) {
  const { items, metadata } = (answer ?? {}) as {
    items?: unknown;
    metadata?: { resourceVersion?: unknown; continue?: unknown };
  };
  const version = metadata?.resourceVersion;
  if (typeof version !== "string" || version === "") {
    throw new Error(`${path} answered with no list`);
  }
  // Adds the kind to items; an invalid item never fails the others.
  const objects = (Array.isArray(items) ? items : []).flatMap(
    (item) => asServed(item, kind.apiVersion, kind.kind) ?? [],
  );
  const next = metadata?.continue;
  return { objects, version, next: typeof next === "string" && next !== "" ? next : undefined };
}
