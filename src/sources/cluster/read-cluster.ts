import type { Resource } from "../../objects/api-resource.ts";
import { append } from "../../objects/append.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { ApiError } from "./api-client.ts";
import { followedPlaces, type WantedNamespaces } from "./followed-places.ts";
import { collectionPath, followedResources, isNeeded, placesOf } from "./followed-resources.ts";
import { type ListClient, listAll } from "./list.ts";

/** Resources that the user may not list. */
export interface Refusal {
  readonly resource: Resource;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly error: ApiError;
}

export interface ClusterReading {
  readonly objects: readonly KubernetesObject[];
  /** Only resources that are needed: others are left out silently. */
  readonly refused: readonly Refusal[];
  /** The namespaces that were read; undefined for all. */
  readonly namespaces: readonly string[] | undefined;
}

/** Asked for at the same time. */
const AT_ONCE = 6;

/** Reads a cluster once. @throws the first error other than a refusal */
export async function readCluster(
  client: ListClient,
  wanted: WantedNamespaces,
  signal?: AbortSignal,
): Promise<ClusterReading> {
  const namespaces = await followedPlaces(client, wanted, signal);
  const objects: KubernetesObject[] = [];
  const refused: Refusal[] = [];
  const waiting = followedResources().flatMap((resource) =>
    placesOf(resource, namespaces).map((namespace) => ({ resource, namespace })),
  );
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { resource, namespace } = next;
      try {
        const path = collectionPath(resource, namespace);
        append(objects, (await listAll(client, path, resource, signal)).objects);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (isNeeded(resource)) refused.push({ resource, namespace, error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { objects, refused, namespaces };
}

/** The user may not list it, or the cluster doesn't serve it: an older one may lack this version of EndpointSlice. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && [403, 404, 405].includes(error.status);
}
