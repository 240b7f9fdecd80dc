import type { KubernetesObject } from "../../objects/object.ts";
import type { Resource } from "../../objects/resource.ts";
import { ApiError } from "./api-client.ts";
import { collectionPath, followedResources, isNeeded } from "./followed-resources.ts";
import { type ListClient, listAll } from "./list.ts";

/** What the cluster does not let the user list. */
export interface Refusal {
  readonly resource: Resource;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly error: ApiError;
}

export interface ClusterReading {
  readonly objects: readonly KubernetesObject[];
  /** Of what is needed: the rest is left out in silence. */
  readonly refused: readonly Refusal[];
  /** The namespaces that were read; undefined for all. */
  readonly namespaces: readonly string[] | undefined;
}

/** Asked for at the same time. */
const AT_ONCE = 6;

/**
 * Reads a cluster once. Whoever may not list all namespaces reads the given one: no right is needed beyond those that
 * a developer has in a namespace.
 * @throws the first error that is no refusal
 */
export async function readCluster(
  client: ListClient,
  ownNamespace: string,
  signal?: AbortSignal,
): Promise<ClusterReading> {
  const resources = followedResources();
  const everywhere = await mayListEverywhere(client, signal);
  const namespace = everywhere ? undefined : ownNamespace;
  const objects: KubernetesObject[] = [];
  const refused: Refusal[] = [];
  const waiting = [...resources];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const list = await listAll(client, collectionPath(next, namespace), next, signal);
        for (const object of list.objects) objects.push(object);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (isNeeded(next)) refused.push({ resource: next, namespace, error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { objects, refused, namespaces: everywhere ? undefined : [ownNamespace] };
}

/** Whether the user may list every namespace, which is asked of the kind that matters most. */
export async function mayListEverywhere(
  client: ListClient,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await client.get("/api/v1/services", { limit: 1 }, signal);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}

/** No right to it, or it is not served: an older cluster has no EndpointSlices of this version, say. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && [403, 404, 405].includes(error.status);
}
