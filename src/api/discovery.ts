import type { Resource } from "../objects/api-resource.ts";
import { compareVersions } from "./version-order.ts";

/** `/api` */
export function apiVersions(address: string): object {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

/** `/apis` */
export function apiGroupList(resources: readonly Resource[]): object {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(resources).map(apiGroup) };
}

/** `/apis/GROUP` @returns undefined for a group that is not served. */
export function apiGroupNamed(resources: readonly Resource[], name: string): object | undefined {
  const group = groupsOf(resources).find((each) => each.name === name);
  return group && { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) };
}

/** `/api/v1`, `/apis/GROUP/VERSION` @returns undefined for a version that is not served. */
export function apiResourceList(
  resources: readonly Resource[],
  apiVersion: string,
): object | undefined {
  const own = resources.filter((resource) => resource.apiVersion === apiVersion);
  if (own.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersion,
    resources: own.flatMap(resourceEntries),
  };
}

function resourceEntries(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...resource.subresources.map(({ name, apiVersion, kind, verbs }) => ({
      name: `${plural}/${name}`,
      singularName: "",
      namespaced,
      ...(apiVersion !== resource.apiVersion && splitVersion(apiVersion)),
      kind,
      verbs,
    })),
  ];
}

/** The media type by which clients recognize the aggregated form. */
export const AGGREGATED_TYPE =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

export function isAggregated(document: object): boolean {
  return "kind" in document && document.kind === "APIGroupDiscoveryList";
}

/**
 * The aggregated form (apidiscovery.k8s.io/v2), with everything in one answer.
 * @param core whether the core group is asked for (`/api`), or all others (`/apis`).
 */
export function aggregatedDiscovery(resources: readonly Resource[], core: boolean): object {
  const groups = [...groupsOf(resources, core)];
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { name, creationTimestamp: null },
      versions: versions.map(({ version, resources }) => ({
        version,
        resources: resources.map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResource(resource: Resource): object {
  const { group, version, kind, plural, singular, namespaced, verbs } = resource;
  const { shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((each) => ({
        subresource: each.name,
        responseKind: { ...splitVersion(each.apiVersion), kind: each.kind },
        verbs: each.verbs,
      })),
    }),
  };
}

interface Group {
  readonly name: string;
  /** The preferred version first. */
  readonly versions: { readonly version: string; readonly resources: Resource[] }[];
}

/** The groups in the order of the table, where a kind's preferred version comes first. */
function groupsOf(resources: readonly Resource[], core = false): Group[] {
  const groups = new Map<string, Group>();
  for (const resource of resources) {
    const { group: name, version } = resource;
    if ((name === "") !== core) continue;
    let group = groups.get(name);
    if (group === undefined) {
      group = { name, versions: [] };
      groups.set(name, group);
    }
    const entry = group.versions.find((each) => each.version === version);
    if (entry === undefined) group.versions.push({ version, resources: [resource] });
    else entry.resources.push(resource);
  }
  for (const { versions } of groups.values()) {
    versions.sort((a, b) => compareVersions(a.version, b.version));
  }
  return [...groups.values()];
}

function apiGroup({ name, versions }: Group): object {
  const entries = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function splitVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version };
}
