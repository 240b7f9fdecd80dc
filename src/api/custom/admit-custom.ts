import type { Resource } from "../../objects/api-resource.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import type { Cause } from "../status.ts";
import { type DefinitionVersion, storageVersion, versionOf } from "./definition.ts";
import { blocksRules, fieldError } from "./field-error.ts";
import { valueAt } from "./json-path.ts";
import { prune } from "./prune.ts";
import { hasRules, ruleErrors } from "./rules.ts";
import { withDefaults } from "./schema-defaults.ts";
import { schemaErrors } from "./validate.ts";

export interface CustomAdmission {
  /** Without unknown fields, and with defaults. */
  readonly object: KubernetesObject;
  /** Paths of the unknown fields. */
  readonly dropped: readonly string[];
  readonly causes: readonly Cause[];
}

/**
 * Validates an object of a CustomResourceDefinition by the schema of its version, and adds defaults.
 * @param before the present object; undefined for a new one
 */
export function admitCustom(
  given: KubernetesObject,
  { schema, subresources }: DefinitionVersion,
  before: KubernetesObject | undefined,
): CustomAdmission {
  const root = schema?.openAPIV3Schema ?? {};
  const dropped: string[] = [];
  const pruned = prune(given as unknown as Readonly<Record<string, unknown>>, root, dropped);
  const object = withDefaults(pruned, root) as unknown as KubernetesObject;
  const errors = [...schemaErrors(object, root, before)];
  const replicasPath = subresources?.scale?.specReplicasPath;
  const replicas = replicasPath === undefined ? undefined : valueAt(object, replicasPath);
  if (typeof replicas === "number" && replicas < 0) {
    const detail = "should be a non-negative integer";
    errors.push(fieldError.invalid(replicasPath!, replicas, detail));
  }
  if (!hasRules(root)) return { object, dropped, causes: errors };
  if (errors.some(blocksRules)) {
    return { object, dropped, causes: [...errors, fieldError.rulesNotChecked()] };
  }
  return { object, dropped, causes: [...errors, ...ruleErrors(object, root, before)] };
}

/** An object in its definition's storage version, without fields that this version doesn't have. */
export function inStorage(
  object: KubernetesObject,
  resource: Resource,
  store: StoreReader,
): KubernetesObject {
  const storage = versionOf(resource, store) && storageVersion(resource, store);
  if (storage === undefined || storage.name === resource.version) return object;
  const root = storage.schema?.openAPIV3Schema ?? {};
  const pruned = prune(object as unknown as Readonly<Record<string, unknown>>, root, []);
  const apiVersion = `${resource.group}/${storage.name}`;
  return { ...withDefaults(pruned, root), apiVersion } as unknown as KubernetesObject;
}
