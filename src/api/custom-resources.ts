import type { KubernetesObject } from "../objects/object.ts";
import { groupKind } from "../objects/object.ts";
import type { Resource, Subresource } from "../objects/resource.ts";

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
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
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

/** A structural schema, as far as it is acted on. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly [key: string]: unknown;
}

/** The resources that a CustomResourceDefinition makes: one for each served version, the storage version first. */
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

/** The version of a CustomResourceDefinition that a resource is served from. */
export function definitionVersion(
  definition: KubernetesObject,
  version: string,
): DefinitionVersion | undefined {
  return (definition.spec as DefinitionSpec).versions.find(({ name }) => name === version);
}
