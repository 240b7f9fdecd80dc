import { nearestName } from "../../diagnostics/nearest-name.ts";
import { REVISION_LABEL, TEMPLATE_HASH_LABEL } from "../../objects/added-labels.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import { isHeadless, type Service, type ServicePort } from "../../objects/service.ts";
import { servingContainers, targetPortOf } from "../../objects/target-port.ts";
import type { Loaded, ManifestSet } from "../manifest-set.ts";
import type { PodSource } from "../pod-source.ts";
import { mapSelector, missHint } from "../selects.ts";
import type { SetRule } from "../set-rule.ts";

const noMatch: SetRule = {
  id: "service-no-match",
  severity: "warning",
  check(set, report) {
    for (const service of set.list("Service")) {
      const { selector: map, type } = service.object.spec;
      const selector = mapSelector(map);
      if (selector === undefined || type === "ExternalName") continue;
      const { namespace = "" } = service.object.metadata;
      if (!set.lacksPods(namespace, selector)) continue;
      const message = `selects ${selector}, and no pods here have that: the Service has no endpoints`;
      report(service, ["spec", "selector"], message, {
        at: "key",
        hint: missHint(set, namespace, selector),
      });
    }
  },
};

/** The ports of Services that select pods, with the pods. */
function* selectedPorts(set: ManifestSet): Generator<{
  service: Loaded<Service>;
  index: number;
  port: ServicePort;
  pods: readonly PodSource[];
}> {
  for (const service of set.list("Service")) {
    const { selector: map, ports = [], type } = service.object.spec;
    const selector = mapSelector(map);
    if (selector === undefined || type === "ExternalName") continue;
    const pods = set.selected(service.object.metadata.namespace ?? "", selector);
    if (pods.length === 0) continue;
    for (const [index, port] of ports.entries()) yield { service, index, port, pods };
  }
}

/** Ports of ordinary containers and sidecars, as endpoints see them. */
function containerPorts({ template: { spec } }: PodSource) {
  return servingContainers(spec).flatMap(({ ports = [] }) => ports);
}

const targetPortName: SetRule = {
  id: "service-target-port-name",
  severity: "warning",
  check(set, report) {
    for (const { service, index, port, pods } of selectedPorts(set)) {
      const missing = pods.map(({ template }) => targetPortOf(port, template.spec));
      const refused = missing.find((each) => typeof each !== "number");
      if (refused === undefined || missing.some((each) => typeof each === "number")) continue;
      const { name: target, protocol } = refused;
      const names = [...new Set(pods.flatMap(containerPorts).flatMap(({ name }) => name ?? []))];
      const near = nearestName(target, names);
      const other = missing.flatMap((each) =>
        typeof each === "number" ? [] : (each.spoken ?? []),
      );
      const hint =
        other.length > 0
          ? `the port ${target} there is ${other[0]}; this one is ${protocol}`
          : near !== undefined
            ? `did you mean ${near}?`
            : names.length > 0
              ? `named ports are ${names.join(", ")}`
              : `give the container port a name: ${target}, or write its number`;
      const message = `no container of the selected pods has a port named ${target}: the port has no endpoints`;
      report(service, ["spec", "ports", index, "targetPort"], message, { hint });
    }
  },
};

const targetPortNumber: SetRule = {
  id: "service-target-port-number",
  severity: "warning",
  check(set, report) {
    for (const { service, index, port, pods } of selectedPorts(set)) {
      const { port: own } = port;
      const target = targetPortOf(port, undefined);
      if (typeof target !== "number") continue;
      // Ports need not be declared; but who declares some will have declared this one.
      const lists = pods.map(containerPorts);
      if (lists.some((ports) => ports.length === 0)) continue;
      if (lists.some((ports) => ports.some(({ containerPort }) => containerPort === target)))
        continue;
      const declared = [...new Set(lists.flat().map(({ containerPort }) => containerPort))];
      // If left out, it defaults to the same number.
      const field = target === own ? "port" : "targetPort";
      const message = `sends to port ${target}, and the containers of the selected pods declare ${declared.join(", ")}`;
      report(service, ["spec", "ports", index, field], message, {
        hint:
          declared.length === 1
            ? `write targetPort: ${declared[0]}, or declare ${target} too`
            : `write one of them as targetPort, or declare ${target} too`,
      });
    }
  },
};

const targetProtocol: SetRule = {
  id: "service-target-protocol",
  severity: "warning",
  check(set, report) {
    for (const { service, index, port, pods } of selectedPorts(set)) {
      const { protocol = "TCP" } = port;
      const target = targetPortOf(port, undefined);
      if (typeof target !== "number") continue;
      const same = pods
        .flatMap(containerPorts)
        .filter(({ containerPort }) => containerPort === target)
        .map((each) => each.protocol ?? "TCP");
      if (same.length === 0 || same.includes(protocol)) continue;
      const field = protocol === "TCP" ? "port" : "protocol";
      const message = `sends ${protocol} to port ${target}, which the containers declare as ${same[0]}`;
      report(service, ["spec", "ports", index, field], message, {
        hint: `write protocol: ${same[0]}`,
      });
    }
  },
};

const nodePortTaken: SetRule = {
  id: "node-port-taken",
  severity: "error",
  check(set, report) {
    const first = new Map<number, string>();
    for (const service of set.list("Service")) {
      const { namespace, name } = service.object.metadata;
      const own = qualifiedName(namespace, name);
      for (const [i, { nodePort = 0 }] of (service.object.spec.ports ?? []).entries()) {
        if (nodePort === 0) continue;
        const other = first.get(nodePort);
        first.set(nodePort, other ?? own);
        // In one Service a number may serve two protocols; the rest is found when it is read.
        if (other === undefined || other === own) continue;
        const path = ["spec", "ports", i, "nodePort"];
        report(service, path, `node port ${nodePort} belongs to Service ${other}`, {
          hint: "leave nodePort out to have one allocated, or choose another",
        });
      }
    }
  },
};

const clusterIPTaken: SetRule = {
  id: "cluster-ip-taken",
  severity: "error",
  check(set, report) {
    const first = new Map<string, string>();
    for (const service of set.list("Service")) {
      const { clusterIP = "", clusterIPs = [] } = service.object.spec;
      const { namespace, name } = service.object.metadata;
      const all = clusterIPs.length > 0 ? clusterIPs : [clusterIP];
      for (const [i, address] of all.entries()) {
        if (address === "" || address === "None") continue;
        const other = first.get(address);
        first.set(address, other ?? qualifiedName(namespace, name));
        if (other === undefined) continue;
        const path = clusterIPs.length > 0 ? ["spec", "clusterIPs", i] : ["spec", "clusterIP"];
        report(service, path, `ClusterIP ${address} belongs to Service ${other}`, {
          hint: "leave clusterIP out to have one allocated, or choose another",
        });
      }
    }
  },
};

const affinityHeadless: SetRule = {
  id: "service-affinity-headless",
  severity: "warning",
  check(set, report) {
    for (const service of set.list("Service")) {
      if (service.object.spec.sessionAffinity !== "ClientIP" || !isHeadless(service.object))
        continue;
      const message =
        "session affinity does nothing on a headless Service: clients talk to pods directly";
      report(service, ["spec", "sessionAffinity"], message, { hint: "remove it" });
    }
  },
};

const externalNameMissing: SetRule = {
  id: "external-name-missing",
  severity: "warning",
  check(set, report) {
    for (const service of set.list("Service")) {
      const { type, externalName = "" } = service.object.spec;
      if (type !== "ExternalName") continue;
      const [, name = "", namespace = ""] =
        /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?\.?$/.exec(externalName.toLowerCase()) ?? [];
      if (name === "" || !set.lacks("Service", namespace, name)) continue;
      const names = set.names("Service", namespace);
      // A namespace without any objects here says nothing about its Services.
      if (names.length === 0) continue;
      const near = nearestName(name, names);
      report(service, ["spec", "externalName"], `there is no Service ${namespace}/${name}`, {
        hint: near === undefined ? undefined : `did you mean ${near}.${namespace}?`,
      });
    }
  },
};

const generatedLabel: SetRule = {
  id: "selector-generated-label",
  severity: "warning",
  check(set, report) {
    for (const service of set.list("Service")) {
      for (const key of Object.keys(service.object.spec.selector ?? {})) {
        if (![TEMPLATE_HASH_LABEL, REVISION_LABEL].includes(key)) continue;
        report(
          service,
          ["spec", "selector", key],
          `${key} changes with every rollout, and the Service loses its pods`,
          {
            at: "key",
            hint: `remove ${key} from the selector`,
          },
        );
      }
    }
  },
};

export const serviceSetRules: readonly SetRule[] = [
  noMatch,
  targetPortName,
  targetPortNumber,
  targetProtocol,
  nodePortTaken,
  clusterIPTaken,
  affinityHeadless,
  externalNameMissing,
  generatedLabel,
];
