import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import { fromLabelSelector } from "../../labels/label-selector.ts";
import { RequirementError } from "../../labels/requirement.ts";
import type { Selector } from "../../labels/selector.ts";
import { isRecord } from "../../objects/json.ts";
import type { LabelSelector } from "../../objects/label-selector.ts";
import { servingContainers } from "../../objects/target-port.ts";
import type { Loaded, ManifestSet } from "../manifest-set.ts";
import type { SetRule } from "../set-rule.ts";

/** The kinds by which the Prometheus operator is configured. */
interface Monitor {
  readonly loaded: Loaded;
  readonly namespaces: readonly string[];
  readonly selector: Selector;
  /** The ports that are scraped by name, and their paths. */
  readonly ports: readonly { readonly name: string; readonly path: FieldPath }[];
}

/** The monitors of a kind; their operator alone validates them. */
function* monitors(
  set: ManifestSet,
  kind: "ServiceMonitor" | "PodMonitor",
  field: "endpoints" | "podMetricsEndpoints",
): Generator<Monitor> {
  for (const loaded of set.list(`${kind}.monitoring.coreos.com`)) {
    const { metadata, spec } = loaded.object;
    if (!isRecord(spec) || !isRecord(spec["selector"])) continue;
    const selector = readSelector(spec["selector"]);
    if (selector === undefined) continue;
    const { any, matchNames } = isRecord(spec["namespaceSelector"])
      ? spec["namespaceSelector"]
      : {};
    const named = Array.isArray(matchNames) ? matchNames.map(String) : [metadata.namespace ?? ""];
    const namespaces = any === true ? namespacesOf(set) : named;
    const endpoints = Array.isArray(spec[field]) ? (spec[field] as unknown[]) : [];
    const ports = endpoints.flatMap((endpoint, i) => {
      const port = isRecord(endpoint) ? endpoint["port"] : undefined;
      return typeof port === "string" ? [{ name: port, path: ["spec", field, i, "port"] }] : [];
    });
    yield { loaded, namespaces, selector, ports };
  }
}

function readSelector(written: LabelSelector): Selector | undefined {
  try {
    return fromLabelSelector(written);
  } catch (error) {
    if (error instanceof RequirementError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function namespacesOf(set: ManifestSet): string[] {
  return [...new Set(set.objects.map(({ object }) => object.metadata.namespace ?? ""))];
}

/** The Services that a monitor selects, and all in the namespaces where it looks. */
function servicesFor(set: ManifestSet, { namespaces, selector }: Monitor) {
  const all = set
    .list("Service")
    .filter(({ object }) => namespaces.includes(object.metadata.namespace ?? ""));
  return {
    all,
    selected: all.filter(({ object }) => selector.matches(object.metadata.labels ?? {})),
  };
}

const noMatch: SetRule = {
  id: "monitor-no-match",
  severity: "warning",
  check(set, report) {
    const tell = ({ loaded, selector }: Monitor, what: string) => {
      const message = `selects ${selector}, and no ${what} here have that: nothing is monitored`;
      report(loaded, ["spec", "selector"], message, { at: "key" });
    };
    for (const monitor of monitors(set, "ServiceMonitor", "endpoints")) {
      const { all, selected } = servicesFor(set, monitor);
      // Where no Service is declared, those of other manifests are meant.
      if (all.length > 0 && selected.length === 0) tell(monitor, "Services");
    }
    for (const monitor of monitors(set, "PodMonitor", "podMetricsEndpoints")) {
      const { namespaces, selector } = monitor;
      const declared = namespaces.filter((each) => set.podSources(each).length > 0);
      if (declared.length > 0 && namespaces.every((each) => set.lacksPods(each, selector))) {
        tell(monitor, "pods");
      }
    }
  },
};

const port: SetRule = {
  id: "monitor-port",
  severity: "warning",
  check(set, report) {
    const tell = ({ loaded, ports }: Monitor, what: string, names: readonly string[]) => {
      for (const { name, path } of ports) {
        if (names.includes(name)) continue;
        const near = nearestName(name, names);
        const listed = names.length === 0 ? "they name none" : `they have ${names.join(", ")}`;
        report(
          loaded,
          path,
          `the selected ${what} have no port named ${name}: it is not monitored`,
          {
            hint: near === undefined ? listed : `did you mean ${near}?`,
          },
        );
      }
    };
    for (const monitor of monitors(set, "ServiceMonitor", "endpoints")) {
      const { selected } = servicesFor(set, monitor);
      const ports = selected.flatMap(({ object }) => object.spec.ports ?? []);
      if (selected.length > 0) tell(monitor, "Services", distinctNames(ports));
    }
    for (const monitor of monitors(set, "PodMonitor", "podMetricsEndpoints")) {
      const { namespaces, selector } = monitor;
      const pods = namespaces.flatMap((each) => set.selected(each, selector));
      const ports = pods.flatMap(({ template: { spec } }) =>
        servingContainers(spec).flatMap((container) => container.ports ?? []),
      );
      if (pods.length > 0) tell(monitor, "pods", distinctNames(ports));
    }
  },
};

function distinctNames(ports: readonly { readonly name?: string }[]): string[] {
  return [...new Set(ports.flatMap(({ name }) => name ?? []))];
}

export const monitorSetRules: readonly SetRule[] = [noMatch, port];
