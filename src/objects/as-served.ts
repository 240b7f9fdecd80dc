import { applyDefaults } from "./apply-defaults.ts";
import { decode } from "./decode.ts";
import { definitionNamed } from "./definition.ts";
import { isRecord } from "./json.ts";
import type { KubernetesObject } from "./object.ts";
import { resourceOf } from "./resource.ts";

/**
 * An object that a cluster serves, read but not judged: what is null is nothing, lists that a kind always has are
 * there. Whatever its rules say of it, it is served there, so it is taken here, its spelling kept.
 * @returns undefined for what has no name
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
  // Its defaults are set; ours only add what is there by being nothing, such as the endpoints of an empty slice.
  return applyDefaults(decode(typed, definitionNamed(definition), [], []) as KubernetesObject);
}
