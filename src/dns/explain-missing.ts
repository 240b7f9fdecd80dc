import { nearestName } from "../diagnostics/nearest-name.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import { podTemplateOf } from "../objects/pod-templates.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { ExplainContext } from "./explain-context.ts";
import type { Finding } from "./finding.ts";
import type { Reason } from "./reason.ts";
import type { Resolution } from "./resolution.ts";

/** Why a Service is missing, and which one may have been meant. */
export function missingService(
  { name: asked }: Resolution,
  { shape: { namespace, name }, imported }: Extract<Reason, { rule: "service-missing" }>,
  { catalog, settings, store }: ExplainContext,
): Finding {
  const hints: string[] = [];
  const here = catalog.entriesOf(namespace);
  const namesake = namesakeOf(namespace, name, here.values(), store);
  if (namesake !== undefined) hints.push(namesake);
  // The name of a workload is probably not a typing error for a Service's.
  const close = namesake === undefined ? nearestName(name, here.keys()) : undefined;
  if (close !== undefined) hints.push(`did you mean ${close}.${namespace}?`);
  const elsewhere = catalog
    .namespaces(settings.declaredNamespaces)
    .filter((other) => other !== namespace && catalog.entry(other, name)?.service !== undefined);
  if (elsewhere.length > 0) {
    const places = elsewhere.slice(0, 3).map((other) => `${other}/${name}`);
    hints.push(`there is ${places.join(", ")}: ask for ${name}.${elsewhere[0]}`);
  }
  const zone = settings.primaryZone;
  if (asked.toLowerCase().endsWith(`.svc.${zone}${zone}`))
    hints.push("the zone stands there twice");
  const orphan = catalog.entry(namespace, name);
  if (orphan !== undefined && orphan.slices.size > 0) {
    hints.push("there are EndpointSlices for it, but no Service");
  }
  if (hints.length === 0) hints.push(servicesOf(namespace, here.values()));
  const kind = imported ? "ServiceImport" : "Service";
  return { reason: `there is no ${kind} ${namespace}/${name}`, hints };
}

/**
 * A pod or workload of that name, which people mistake for a Service: it has no DNS name, but a Service in front of
 * it may have one.
 */
function namesakeOf(
  namespace: string,
  name: string,
  entries: Iterable<CatalogEntry>,
  store: ExplainContext["store"],
): string | undefined {
  for (const groupKind of WORKLOAD_KINDS) {
    const object: KubernetesObject | undefined = store.get(groupKind, namespace, name);
    if (object === undefined) continue;
    const labels = podTemplateOf(object)?.metadata?.labels;
    const kind = groupKind.split(".")[0];
    for (const { service } of entries) {
      const selector = Object.entries(service?.spec.selector ?? {});
      if (selector.length === 0 || !holdsAll(labels, selector)) continue;
      return `${name} is a ${kind}; the Service in front of it is ${service?.metadata.name}.${namespace}`;
    }
    return `${name} is a ${kind}, and no Service selects ${kind === "Pod" ? "it" : "its pods"}: DNS has names of Services`;
  }
  return undefined;
}

function servicesOf(namespace: string, entries: Iterable<CatalogEntry>): string {
  const names = [...entries].flatMap(({ service }) => service?.metadata.name ?? []);
  if (names.length === 0) return `namespace ${namespace} has no Services`;
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  return `namespace ${namespace} has ${names.slice(0, 8).join(", ")}${more}`;
}

function holdsAll(
  labels: StringMap = {},
  selector: readonly (readonly [string, string])[],
): boolean {
  return selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}
