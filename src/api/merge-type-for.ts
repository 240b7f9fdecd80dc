import type { Resource } from "../objects/api-resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { versionOf } from "./custom/definition.ts";
import {
  type MergeType,
  mergeTypeOfDefinition,
  mergeTypeOfSchema,
  UNTYPED,
} from "./ownership/merge-type.ts";

/**
 * How objects of a resource are merged: by their built-in types, or by the schema of their CustomResourceDefinition.
 */
export function mergeTypeFor(resource: Resource, store: StoreReader): MergeType {
  const { definition } = resource;
  if (definition !== "") return mergeTypeOfDefinition(definition);
  const schema = versionOf(resource, store)?.schema?.openAPIV3Schema;
  if (schema === undefined) return UNTYPED;
  const type = mergeTypeOfSchema(schema);
  if (type.as !== "mapping") return UNTYPED;
  const metadata = mergeTypeOfDefinition("meta/v1.ObjectMeta");
  return { ...type, of: (key) => (key === "metadata" ? metadata : type.of(key)) };
}
