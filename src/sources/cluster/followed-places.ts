import { ApiError } from "./api-client.ts";
import type { ListClient } from "./list.ts";

export interface WantedNamespaces {
  /** Default: all; for a user who may not list all, the context's own. */
  readonly namespaces?: readonly string[] | undefined;
  readonly ownNamespace: string;
}

/**
 * The namespaces that are read of a cluster. No right is needed beyond those that a developer has in a namespace.
 * @returns undefined for all of them
 * @throws the connection's error, or what the server says that is no refusal
 */
export async function followedPlaces(
  client: ListClient,
  { namespaces, ownNamespace }: WantedNamespaces,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (namespaces !== undefined) return namespaces;
  return (await mayListEverywhere(client, signal)) ? undefined : [ownNamespace];
}

/** Whether the user may list every namespace, which is asked of the kind that matters most. */
async function mayListEverywhere(client: ListClient, signal?: AbortSignal): Promise<boolean> {
  try {
    await client.get("/api/v1/services", { limit: 1 }, signal);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}
