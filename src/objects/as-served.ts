import { applyDefaults } from "./apply-defaults.ts";
import { decode } from "./decode.ts";
import { definitionNamed } from "./definition.ts";
import { isRecord } from "./json.ts";
import type { KubernetesObject } from "./object.ts";
import { resourceOf } from "./resource.ts";

/**
 * An object from a cluster, decoded without validation: nulls are dropped, and lists that a kind always has are
 * added. Whatever the rules say, the cluster serves it, so it is accepted here and its spelling kept.
 * @returns undefined for an object without a name
 */
export function asServed(
  value: unknown,
  apiVersion: string,
  kind: string,
): KubernetesObject | undefined {
  if (!isRecord(value) || !isRecord(value["metadata"])) return undefined;
  const { name } = value["metadata"];
  if (typeof name !== "string" || name === "") return undefined;
  const typed = { ...value, apiVersion, kind };
  const definition = resourceOf(apiVersion, kind)?.definition;
  if (definition === undefined || definition === "") return typed as unknown as KubernetesObject;
  // The cluster has set the defaults; ours only add empty values that it leaves out, such as the endpoints of an
  // empty slice.
  return applyDefaults(decode(typed, definitionNamed(definition), [], []) as KubernetesObject);
}
