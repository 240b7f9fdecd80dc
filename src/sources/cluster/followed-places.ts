import { ApiError } from "./api-client.ts";
import type { ListClient } from "./list.ts";

export interface WantedNamespaces {
  /** Default: all; for a user who may not list all namespaces, the context's own. */
  readonly namespaces?: readonly string[] | undefined;
  readonly ownNamespace: string;
}

/**
 * The namespaces of a cluster that are followed. No rights are needed beyond those that a developer has in one
 * namespace.
 * @returns undefined for all of them
 * @throws the connection's error, or an error of the server other than a refusal
 */
export async function followedPlaces(
  client: ListClient,
  { namespaces, ownNamespace }: WantedNamespaces,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (namespaces !== undefined) return namespaces;
  return (await mayListEverywhere(client, signal)) ? undefined : [ownNamespace];
}

/** Whether the user may list all namespaces, tried with the most important kind. */
async function mayListEverywhere(client: ListClient, signal?: AbortSignal): Promise<boolean> {
  try {
    await client.get("/api/v1/services", { limit: 1 }, signal);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}
