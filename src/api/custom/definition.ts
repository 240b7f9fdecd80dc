import type { Resource, Subresource } from "../../objects/api-resource.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { groupKind } from "../../objects/object.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import type { ScalePaths } from "../scale.ts";
import { compareVersions } from "../version-order.ts";
import type { Schema } from "./schema.ts";

export const CUSTOM_RESOURCE_DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

interface DefinitionSpec {
  readonly group: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly names: {
    readonly plural: string;
    readonly singular?: string;
    readonly kind: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly versions: readonly DefinitionVersion[];
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: ScalePaths;
  };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** The resources that a CustomResourceDefinition defines: one for each served version, the storage version first. */
export function customResources(definition: KubernetesObject): Resource[] {
  const { group, scope, names, versions } = definition.spec as DefinitionSpec;
  const served = versions.filter(({ served }) => served);
  return served
    .sort((a, b) => Number(b.storage) - Number(a.storage))
    .map((version) => {
      const apiVersion = `${group}/${version.name}`;
      return {
        apiVersion,
        group,
        version: version.name,
        kind: names.kind,
        groupKind: groupKind(apiVersion, names.kind),
        definition: "",
        custom: true,
        plural: names.plural,
        singular: names.singular ?? names.kind.toLowerCase(),
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        namespaced: scope === "Namespaced",
        verbs: VERBS,
        subresources: subresourcesOf(version, apiVersion, names.kind),
      };
    });
}

function subresourcesOf(
  { subresources }: DefinitionVersion,
  apiVersion: string,
  kind: string,
): Subresource[] {
  const verbs = ["get", "patch", "update"];
  return [
    ...(subresources?.status ? [{ name: "status", apiVersion, kind, verbs }] : []),
    ...(subresources?.scale
      ? [{ name: "scale", apiVersion: "autoscaling/v1", kind: "Scale", verbs }]
      : []),
  ];
}

/** The version of a CustomResourceDefinition that defines a resource; undefined for a built-in one. */
export function versionOf(
  { definition, group, plural, version }: Resource,
  store: StoreReader,
): DefinitionVersion | undefined {
  if (definition !== "") return undefined;
  const custom = store.get(CUSTOM_RESOURCE_DEFINITION, "", `${plural}.${group}`);
  return custom && versionsOf(custom).find(({ name }) => name === version);
}

/** All versions of a CustomResourceDefinition, in their own order. */
export function versionsOf({ spec }: KubernetesObject): readonly DefinitionVersion[] {
  return (spec as DefinitionSpec).versions;
}

/** The storage version of a definition. */
export function storageVersion(
  { group, plural }: Resource,
  store: StoreReader,
): DefinitionVersion | undefined {
  const custom = store.get(CUSTOM_RESOURCE_DEFINITION, "", `${plural}.${group}`);
  return custom && versionsOf(custom).find(({ storage }) => storage);
}

/** The warning of a deprecated version. */
export function customDeprecation(resource: Resource, store: StoreReader): string | undefined {
  const version = versionOf(resource, store);
  if (!version?.deprecated) return undefined;
  if (version.deprecationWarning) return version.deprecationWarning;
  const { apiVersion, kind, group } = resource;
  const custom = store.get(CUSTOM_RESOURCE_DEFINITION, "", `${resource.plural}.${group}`)!;
  const [best] = versionsOf(custom)
    .filter((each) => each.served && !each.deprecated)
    .map(({ name }) => name)
    .sort(compareVersions);
  const instead = best === undefined ? "" : `; use ${group}/${best} ${kind}`;
  return `${apiVersion} ${kind} is deprecated${instead}`;
}
