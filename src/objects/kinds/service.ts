import { isIP, isIPv4, isIPv6 } from "node:net";
import { specialUseOf } from "../../net/address.ts";
import {
  address,
  addressRange,
  asAddress,
  distinct,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  each,
  labelKey,
  labelMap,
  port,
  portNumber,
  range,
  ruled,
  words,
} from "../checks.ts";
import { SERVICE_COLUMNS } from "../columns/service.ts";
import { change, changeEach, fill } from "../defaults/fill.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import { portNameProblem } from "../port-name.ts";
import type { Rule } from "../rule.ts";
import { serviceAnnotation } from "../rules/service-annotations.ts";
import { addMap, ownScope } from "../selector-use.ts";
import type { ClientIPConfig, Service, ServicePort, ServiceSpec } from "../tables/kinds.ts";

/** Where node ports are allocated by default (P.8). */
export const NODE_PORT_RANGE = { first: 30000, last: 32767 } as const;

const FOR_ADDRESSES = "for an address write a Service without selector and an EndpointSlice";

/** To an API server an IPv4 address is a name of digits; cluster DNS answers it with NXDOMAIN (D.4). */
const externalAddress: Rule<Service> = {
  id: "service-external-address",
  severity: "warning",
  check({ spec: { type, externalName: name = "" } }, report) {
    if (type !== "ExternalName" || !isIPv4(name)) return;
    const message = `${quote(name)} is an address: a CNAME needs a name, and DNS answers NXDOMAIN`;
    report(["spec", "externalName"], message, { hint: FOR_ADDRESSES });
  },
};

const sctp: Rule<Service> = {
  id: "service-sctp",
  severity: "warning",
  check({ spec: { ports = [] } }, report) {
    for (const [i, { protocol }] of ports.entries()) {
      if (protocol !== "SCTP") continue;
      report(["spec", "ports", i, "protocol"], "SCTP is answered by DNS but not relayed here");
    }
  },
};

const unusedAffinity: Rule<Service> = {
  id: "service-affinity-unused",
  severity: "warning",
  check({ spec: { sessionAffinity = "None", sessionAffinityConfig } }, report) {
    if (sessionAffinityConfig === undefined || sessionAffinity !== "None") return;
    const message = "sessionAffinityConfig is dropped without sessionAffinity: ClientIP";
    report(["spec", "sessionAffinityConfig"], message, {
      at: "key",
      hint: "write sessionAffinity: ClientIP, or remove it",
    });
  },
};

const digitFirst: Rule<Service> = {
  id: "service-name-digit",
  severity: "warning",
  check({ metadata: { name } }, report) {
    if (!/^[0-9]/.test(name)) return;
    report(
      ["metadata", "name"],
      "clusters older than 1.36 refuse a Service name that starts with a digit",
    );
  },
};

export const service: Kind = kind<Service>({
  groupKind: "Service",
  defaults: withDefaults,
  selectors: (object, uses) => addMap(uses, object.spec.selector, "endpoints", ownScope(object)),
  columns: SERVICE_COLUMNS,
  // It was a name of the older DNS: one that begins with a letter.
  name: (name, place) => (place.isBefore("1.36") ? dns1035Label : dnsLabel)(name, place),
  update: checkUpdate,
  advice: [externalAddress, sctp, unusedAffinity, digitFirst, serviceAnnotation],
  parts: {
    ...part<Service>("core/v1.Service", {
      check: ({ spec }, place) => checkService(spec, place.at("spec")),
    }),
    ...part<ServiceSpec>("core/v1.ServiceSpec", {
      open: ["ipFamilies"],
      fields: {
        selector: labelMap,
        loadBalancerClass: ruled("service-qualified-name", labelKey),
        trafficDistribution: ruled(
          "service-traffic-distribution",
          words("PreferClose", "PreferSameZone", "PreferSameNode"),
        ),
        externalIPs: (ips, place) => {
          each(ruled("service-address", address))(ips, place);
          for (const [i, ip] of ips.entries()) {
            const kind = specialKind(ip);
            if (kind === undefined) continue;
            place.at(i).invalid(`${quote(ip)} is ${kind}`, {
              rule: "service-cluster-refuses",
              usable: true,
            });
          }
        },
      },
    }),
    ...part<ServicePort>("core/v1.ServicePort", {
      fields: {
        port: ruled("service-port-range", portNumber),
        targetPort: (target, place) => {
          if (typeof target === "number") ruled("service-port-range", port)(target, place);
          else checkTargetName(target, place.as({ rule: "service-target-port" }));
        },
        appProtocol: ruled("service-qualified-name", labelKey),
      },
    }),
    ...part<ClientIPConfig>("core/v1.ClientIPConfig", {
      fields: { timeoutSeconds: ruled("service-affinity-timeout", range(1, 86400)) },
    }),
  },
});

function checkTargetName(target: string, place: Place): void {
  const problem = portNameProblem(target);
  if (problem === undefined) return;
  const number = /^[0-9]+$/.test(target) ? Number(target) : undefined;
  if (number === undefined) {
    place.invalid(problem, { hint: "a targetPort is a container port's number, or its name" });
  } else {
    place.invalid(problem, {
      hint: `in quotes it is a name; write targetPort: ${number}`,
      edit: { to: number },
    });
  }
}

/** The addresses that a spec names, in order. */
function addressesOf({ clusterIP = "", clusterIPs = [] }: ServiceSpec): readonly string[] {
  return clusterIPs.length > 0 ? clusterIPs : clusterIP === "" ? [] : [clusterIP];
}

function checkService(spec: ServiceSpec, place: Place): void {
  const { type = "ClusterIP", ports = [] } = spec;
  const headless = addressesOf(spec)[0] === "None";
  if (ports.length === 0 && type !== "ExternalName" && !headless) {
    place.at("ports").required("a Service needs at least one port", {
      rule: "service-ports-required",
      hint: "write ports: [{ port: 80 }], or clusterIP: None for a headless Service",
    });
  }
  // The range belongs to what hands out the ports.
  const allocates = type !== "LoadBalancer" || spec.allocateLoadBalancerNodePorts !== false;
  checkPorts(type, ports, allocates, place.at("ports"));
  checkAddresses(spec, place);
  checkFamilies(spec, place);
  checkExternalName(spec, place);
  checkTypeFields(spec, place);
}

function checkPorts(
  type: string,
  ports: readonly ServicePort[],
  allocates: boolean,
  place: Place,
): void {
  const named = place.as({ rule: "service-port-name" });
  for (const [i, { name = "" }] of ports.entries()) {
    if (name !== "") dnsLabel(name, named.at(i, "name"));
    else if (ports.length > 1) {
      named.at(i, "name").required("a Service with several ports needs a name for each", {
        hint: "write name: http, say; it becomes part of SRV names",
      });
    }
  }
  distinct(
    ports,
    ({ name }) => name || undefined,
    (i, name, first) =>
      named.at(i, "name").invalid(`the name ${quote(name)} is taken by spec.ports[${first}]`),
  );
  distinct(
    ports,
    ({ port: number, protocol = "TCP" }) => `${number}/${protocol}`,
    (i, key, first) =>
      place
        .at(i, "port")
        .invalid(`${key} is taken by spec.ports[${first}]`, { rule: "service-port-duplicate" }),
  );
  const nodePorts = place.as({ rule: "service-node-port" });
  const { first, last } = NODE_PORT_RANGE;
  for (const [i, { nodePort = 0 }] of ports.entries()) {
    const at = nodePorts.at(i, "nodePort");
    if (nodePort === 0 || type === "ExternalName") continue;
    if (type === "ClusterIP") {
      at.forbidden(`a Service of type ${type} has no node ports`, {
        at: "value",
        hint: "write type: NodePort, or remove nodePort",
      });
    } else if ((nodePort < first || nodePort > last) && allocates) {
      at.invalid(`node ports go from ${first} to ${last}, not ${nodePort}`);
    }
  }
  distinct(
    ports,
    ({ nodePort, protocol = "TCP" }) => (nodePort ? `${nodePort}/${protocol}` : undefined),
    (i, key, other) => {
      if (type !== "ClusterIP")
        nodePorts.at(i, "nodePort").invalid(`${key} is taken by spec.ports[${other}]`);
    },
  );
}

function checkAddresses(spec: ServiceSpec, at: Place): void {
  const { type = "ClusterIP", clusterIP = "", clusterIPs = [] } = spec;
  const place = at.as({ rule: "service-cluster-ip" });
  for (const [i, ip] of addressesOf(spec).entries()) {
    const here = clusterIPs.length > 0 ? place.at("clusterIPs", i) : place.at("clusterIP");
    if (type === "ExternalName")
      here.forbidden("a Service of type ExternalName has no ClusterIP", {
        at: "value",
        hint: "remove it",
      });
    else if (ip !== "None") checkClusterIP(ip, here);
    else if (type !== "ClusterIP") here.invalid(`a Service of type ${type} cannot be headless`);
  }
  if (type === "ExternalName") return;
  const list = place.at("clusterIPs");
  if (clusterIPs.length > 0 && clusterIP !== "" && clusterIPs[0] !== clusterIP) {
    list.at(0).invalid(`must be the same as spec.clusterIP, ${quote(clusterIP)}`);
  }
  if (clusterIPs.length > 0 && clusterIP === "") {
    list.invalid("clusterIPs without clusterIP are refused", {
      rule: "service-cluster-refuses",
      usable: true,
      at: "key",
      hint: `write clusterIP: ${quote(clusterIPs[0]!)} too`,
    });
  }
  if (clusterIPs.length > 1 && clusterIPs[0] === "None") {
    list.at(1).invalid("a headless Service has no addresses beside None");
  } else if (
    clusterIPs.length > 2 ||
    (clusterIPs.length === 2 && isIP(clusterIPs[0]!) === isIP(clusterIPs[1]!))
  ) {
    list.invalid("there may be one address of each IP family, not more");
  }
}

function checkClusterIP(ip: string, place: Place): void {
  if (isIP(asAddress(ip, place)) !== 0) {
    address(ip, place);
    return;
  }
  const none = ip.toLowerCase() === "none";
  place.invalid(`${quote(ip)} is no IP address`, {
    hint: none ? "write None" : "leave it out to get one",
    ...(none ? { edit: { to: "None" } } : {}),
  });
}

function checkFamilies(spec: ServiceSpec, at: Place): void {
  const place = at.as({ rule: "service-ip-families" });
  const { type, ipFamilies = [], ipFamilyPolicy, clusterIPs = [] } = spec;
  const ips = addressesOf(spec);
  if (type === "ExternalName") return;
  for (const [i, family] of ipFamilies.entries()) {
    const version = isIP(ips[i] ?? "");
    words("IPv4", "IPv6")(family, place.at("ipFamilies", i).as({ rule: "field-value" }));
    if (version === 0 || family === `IPv${version}`) continue;
    place.at("ipFamilies", i).invalid(`${quote(ips[i]!)}, the ClusterIP, is not of ${family}`);
  }
  const hint = "write ipFamilyPolicy: PreferDualStack";
  if (ips.length === 2 && ipFamilyPolicy === "SingleStack") {
    place
      .at("clusterIPs")
      .invalid("two addresses don't go with ipFamilyPolicy: SingleStack", { hint });
  }
  if (ipFamilies.length > 2 || (ipFamilies.length === 2 && ipFamilies[0] === ipFamilies[1])) {
    place.at("ipFamilies").invalid("each IP family may be named once");
  } else if (ipFamilies.length === 2 && ipFamilyPolicy === "SingleStack") {
    place
      .at("ipFamilies")
      .invalid("two families don't go with ipFamilyPolicy: SingleStack", { hint });
  }
  const isDual =
    ipFamilies.length === 2 ? ipFamilies[0] !== ipFamilies[1] : clusterIPs.length === 2;
  if (isDual && clusterIPs[0] !== "None" && ipFamilyPolicy === undefined) {
    place
      .at(ipFamilies.length > 1 ? "ipFamilies" : "clusterIPs")
      .invalid("two IP families need an ipFamilyPolicy", {
        rule: "service-cluster-refuses",
        usable: true,
        at: "key",
        hint: "write ipFamilyPolicy: RequireDualStack, or PreferDualStack",
      });
  }
}

function checkExternalName({ type, externalName = "" }: ServiceSpec, at: Place): void {
  const place = at.at("externalName").as({ rule: "service-external-name" });
  if (type !== "ExternalName") return;
  if (externalName === "") place.required("a Service of type ExternalName needs an externalName");
  else if (isIPv6(externalName)) {
    place.invalid(`${quote(externalName)} is an address, and a CNAME needs a name`, {
      hint: FOR_ADDRESSES,
    });
  } else dnsSubdomain(externalName.replace(/\.$/, ""), place);
}

function checkTypeFields(spec: ServiceSpec, at: Place): void {
  const place = at.as({ rule: "service-type-field", at: "key" });
  const { type = "ClusterIP", externalIPs = [], loadBalancerSourceRanges = [] } = spec;
  const loadBalancer = type === "LoadBalancer";
  for (const field of ["loadBalancerClass", "allocateLoadBalancerNodePorts"] as const) {
    if (spec[field] === undefined || loadBalancer) continue;
    place.at(field).forbidden(`${field} is for Services of type LoadBalancer, not ${type}`);
  }
  if (loadBalancerSourceRanges.length > 0 && !loadBalancer) {
    place
      .at("loadBalancerSourceRanges")
      .forbidden(`loadBalancerSourceRanges are for Services of type LoadBalancer, not ${type}`);
  } else {
    each<string>((text, here) => addressRange(text.trim(), here))(
      loadBalancerSourceRanges,
      at.at("loadBalancerSourceRanges").as({ rule: "service-address" }),
    );
  }
  for (const field of ["ipFamilies", "ipFamilyPolicy"] as const) {
    if (type !== "ExternalName" || spec[field] === undefined || spec[field].length === 0) continue;
    place.at(field).forbidden("a Service of type ExternalName has no IP family");
  }
  const external =
    type === "NodePort" || loadBalancer || (type === "ClusterIP" && externalIPs.length > 0);
  if (spec.externalTrafficPolicy !== undefined && !external) {
    place
      .at("externalTrafficPolicy")
      .invalid("externalTrafficPolicy is for Services that are reached from outside");
  }
  const { first, last } = NODE_PORT_RANGE;
  const { healthCheckNodePort = first } = spec;
  if (healthCheckNodePort < first || healthCheckNodePort > last) {
    place
      .at("healthCheckNodePort")
      .invalid(`node ports go from ${first} to ${last}, not ${healthCheckNodePort}`);
  }
  if (
    (spec.healthCheckNodePort ?? 0) !== 0 &&
    !(loadBalancer && spec.externalTrafficPolicy === "Local")
  ) {
    place
      .at("healthCheckNodePort")
      .invalid("healthCheckNodePort needs type: LoadBalancer and externalTrafficPolicy: Local");
  }
}

/** Why an address can't be an endpoint or external address of a cluster. */
export function specialKind(ip: string): string | undefined {
  const use = specialUseOf(ip);
  if (use === undefined || (use === "multicast" && !/^(?:224\.0\.0\.|ff[0-9a-f]2:)/i.test(ip)))
    return undefined;
  return use === "unspecified" ? "the unspecified address" : `a ${use} address`;
}

function checkUpdate(previous: Service, next: Service, root: Place): void {
  const place = root.at("spec");
  const [before, after] = [previous.spec, next.spec];
  // Changing the type may remove the address: ExternalName has none.
  if (before.type !== "ExternalName" && after.type !== "ExternalName") {
    const [from, to] = [addressesOf(before)[0], addressesOf(after)[0]];
    if (from !== undefined && to !== undefined && from !== to) {
      const given =
        (after.clusterIPs ?? []).length > 0 ? place.at("clusterIPs", 0) : place.at("clusterIP");
      given.invalid("the ClusterIP can't be changed", { at: "value" });
    }
    const [family, other] = [before.ipFamilies?.[0], after.ipFamilies?.[0]];
    if (family !== undefined && other !== undefined && family !== other) {
      place.at("ipFamilies", 0).invalid("the first IP family can't be changed");
    }
  }
  if (before.type !== "LoadBalancer" || after.type !== "LoadBalancer") return;
  if (before.loadBalancerClass !== after.loadBalancerClass) {
    place.at("loadBalancerClass").invalid("loadBalancerClass can't be changed", { at: "key" });
  }
  const [port1, port2] = [before.healthCheckNodePort ?? 0, after.healthCheckNodePort ?? 0];
  if (port1 !== 0 && port2 !== 0 && port1 !== port2) {
    place.at("healthCheckNodePort").forbidden("healthCheckNodePort can't be changed");
  }
}

/** Addresses, families and node ports are allocated, not defaulted. */
function withDefaults(service: Service): Service {
  const { type = "ClusterIP", externalIPs = [], sessionAffinity = "None" } = service.spec;
  const external = type === "NodePort" || type === "LoadBalancer" || externalIPs.length > 0;
  const fields: Partial<ServiceSpec> = {
    type,
    sessionAffinity,
    ...(type === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" }),
    ...(external && type !== "ExternalName" ? { externalTrafficPolicy: "Cluster" } : {}),
    ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
  };
  return change(service, "spec", (spec) =>
    change(defaultAffinity(fill(spec, fields)), "ports", (ports) => changeEach(ports, defaultPort)),
  );
}

/** Three hours, as the API documents (P.5). */
function defaultAffinity(spec: ServiceSpec): ServiceSpec {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity !== "ClientIP") {
    const { sessionAffinityConfig, ...rest } = spec;
    return sessionAffinityConfig === undefined ? spec : rest;
  }
  if (seconds !== undefined) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } };
}

function defaultPort(port: ServicePort): ServicePort {
  const fields = { protocol: "TCP", targetPort: port.port } as const;
  // To Go, zero and the empty name mean unset.
  const unset = port.targetPort === 0 || port.targetPort === "";
  return fill(unset ? { ...port, targetPort: port.port } : port, fields);
}
