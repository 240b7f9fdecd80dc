import { isIPv4, isIPv6 } from "node:net";
import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { validateDns1123Label, validateDns1123Subdomain } from "../../labels/dns-name.ts";
import { validateLabelKey } from "../../labels/label-name.ts";
import { isPortNumber, portNameProblem } from "../port-name.ts";
import { quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";
import { isHeadless, type Service } from "../service.ts";
import { serviceAddressRules } from "./service-addresses.ts";
import { serviceAnnotation } from "./service-annotations.ts";

/** Where node ports are allocated by default (P.8). */
export const NODE_PORT_RANGE = { first: 30000, last: 32767 } as const;

const portsRequired: Rule<Service> = {
  id: "service-ports-required",
  severity: "error",
  check(service, report) {
    const { type, ports = [] } = service.spec;
    if (ports.length > 0 || type === "ExternalName" || isHeadless(service)) return;
    report(["spec", "ports"], "a Service needs at least one port", {
      hint: "write ports: [{ port: 80 }], or clusterIP: None for a headless Service",
    });
  },
};

const portRange: Rule<Service> = {
  id: "service-port-range",
  severity: "error",
  check({ spec: { ports = [] } }, report) {
    for (const [i, { port, targetPort }] of ports.entries()) {
      if (!isPortNumber(port)) {
        report(["spec", "ports", i, "port"], `${port} is no port; ports go from 1 to 65535`);
      }
      // Zero is what Go calls unset.
      if (typeof targetPort === "number" && targetPort !== 0 && !isPortNumber(targetPort)) {
        const path = ["spec", "ports", i, "targetPort"];
        report(path, `${targetPort} is no port; ports go from 1 to 65535`);
      }
    }
  },
};

const portName: Rule<Service> = {
  id: "service-port-name",
  severity: "error",
  check({ spec: { ports = [] } }, report) {
    const first = new Map<string, number>();
    for (const [i, { name = "" }] of ports.entries()) {
      const path = ["spec", "ports", i, "name"];
      if (name === "") {
        if (ports.length < 2) continue;
        report(path, "a Service with several ports needs a name for each", {
          hint: "write name: http, say; it becomes part of SRV names",
        });
        continue;
      }
      for (const { message } of validateDns1123Label(name)) report(path, message);
      const other = first.get(name);
      if (other === undefined) first.set(name, i);
      else report(path, `the name ${quote(name)} is taken by spec.ports[${other}]`);
    }
  },
};

const portDuplicate: Rule<Service> = {
  id: "service-port-duplicate",
  severity: "error",
  check({ spec: { ports = [] } }, report) {
    const first = new Map<string, number>();
    for (const [i, { port, protocol = "TCP" }] of ports.entries()) {
      const key = `${port}/${protocol}`;
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else report(["spec", "ports", i, "port"], `${key} is taken by spec.ports[${other}]`);
    }
  },
};

const targetPort: Rule<Service> = {
  id: "service-target-port",
  severity: "error",
  check({ spec: { ports = [] } }, report) {
    for (const [i, { targetPort: target }] of ports.entries()) {
      // The empty name is what Go calls unset.
      if (typeof target !== "string" || target === "") continue;
      const problem = portNameProblem(target);
      if (problem === undefined) continue;
      const hint = /^[0-9]+$/.test(target)
        ? `in quotes it is a name; write targetPort: ${Number(target)}`
        : "a targetPort is a container port's number, or its name";
      report(["spec", "ports", i, "targetPort"], problem, { hint });
    }
  },
};

const nodePort: Rule<Service> = {
  id: "service-node-port",
  severity: "error",
  check({ spec: { type = "ClusterIP", ports = [] } }, report) {
    const { first, last } = NODE_PORT_RANGE;
    const taken = new Map<string, number>();
    for (const [i, { nodePort: number = 0, protocol = "TCP" }] of ports.entries()) {
      if (number === 0) continue;
      const path = ["spec", "ports", i, "nodePort"];
      if (type !== "NodePort" && type !== "LoadBalancer") {
        report(path, `a Service of type ${type} has no node ports`, {
          hint: "write type: NodePort, or remove nodePort",
        });
        continue;
      }
      if (number < first || number > last) {
        report(path, `node ports go from ${first} to ${last}, not ${number}`);
      }
      const key = `${number}/${protocol}`;
      const other = taken.get(key);
      if (other === undefined) taken.set(key, i);
      else report(path, `${key} is taken by spec.ports[${other}]`);
    }
  },
};

const externalName: Rule<Service> = {
  id: "service-external-name",
  severity: "error",
  check({ spec: { type, externalName: name = "" } }, report) {
    if (type !== "ExternalName") return;
    const path = ["spec", "externalName"];
    if (name === "") {
      report(path, "a Service of type ExternalName needs an externalName");
    } else if (isIPv6(name)) {
      report(path, `${quote(name)} is an address, and a CNAME needs a name`, {
        hint: FOR_ADDRESSES,
      });
    } else {
      for (const { message } of validateDns1123Subdomain(name.replace(/\.$/, ""))) {
        report(path, message);
      }
    }
  },
};

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

const FOR_ADDRESSES = "for an address write a Service without selector and an EndpointSlice";

const affinity: Rule<Service> = {
  id: "service-affinity-timeout",
  severity: "error",
  check({ spec: { sessionAffinity = "None", sessionAffinityConfig } }, report) {
    if (sessionAffinityConfig?.clientIP !== undefined && sessionAffinity === "None") {
      const message = "sessionAffinityConfig does not go with sessionAffinity: None";
      const hint = "write sessionAffinity: ClientIP, or remove it";
      report(["spec", "sessionAffinityConfig"], message, { at: "key", hint });
      return;
    }
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined || (seconds >= 1 && seconds <= 86400)) return;
    const path = ["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"];
    report(path, `the timeout goes from 1 to 86400 seconds, not ${seconds}`);
  },
};

const typeFields: Rule<Service> = {
  id: "service-type-field",
  severity: "error",
  check({ spec }, report) {
    const { type = "ClusterIP", externalIPs = [] } = spec;
    const onlyLoadBalancer = (field: keyof typeof spec): void => {
      if (spec[field] === undefined || type === "LoadBalancer") return;
      report(["spec", field], `${field} is for Services of type LoadBalancer, not ${type}`, {
        at: "key",
      });
    };
    onlyLoadBalancer("loadBalancerClass");
    onlyLoadBalancer("allocateLoadBalancerNodePorts");
    if ((spec.loadBalancerSourceRanges ?? []).length > 0)
      onlyLoadBalancer("loadBalancerSourceRanges");
    for (const field of ["ipFamilies", "ipFamilyPolicy"] as const) {
      if (spec[field] === undefined || spec[field].length === 0 || type !== "ExternalName")
        continue;
      const message = `a Service of type ExternalName has no addresses, so it has no ${field}`;
      report(["spec", field], message, { at: "key" });
    }
    const external = type === "NodePort" || type === "LoadBalancer" || externalIPs.length > 0;
    if (spec.externalTrafficPolicy !== undefined && !external) {
      const path = ["spec", "externalTrafficPolicy"];
      report(path, `a Service of type ${type} gets no traffic from outside`, { at: "key" });
    }
    const health = spec.healthCheckNodePort ?? 0;
    if (health !== 0 && !(type === "LoadBalancer" && spec.externalTrafficPolicy === "Local")) {
      const message = "is for type LoadBalancer with externalTrafficPolicy: Local";
      report(["spec", "healthCheckNodePort"], `healthCheckNodePort ${message}`, { at: "key" });
    }
  },
};

const qualifiedName: Rule<Service> = {
  id: "service-qualified-name",
  severity: "error",
  check({ spec: { loadBalancerClass, ports = [] } }, report) {
    const checkName = (path: FieldPath, name: string | undefined) => {
      for (const { message } of name === undefined ? [] : validateLabelKey(name)) {
        report(path, message);
      }
    };
    checkName(["spec", "loadBalancerClass"], loadBalancerClass);
    for (const [i, { appProtocol }] of ports.entries()) {
      checkName(["spec", "ports", i, "appProtocol"], appProtocol);
    }
  },
};

const distribution: Rule<Service> = {
  id: "service-traffic-distribution",
  severity: "error",
  check({ spec: { trafficDistribution: value = "" } }, report) {
    const known = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if (value === "" || known.includes(value)) return;
    report(["spec", "trafficDistribution"], `${quote(value)} is none of ${known.join(", ")}`);
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

export const serviceRules: readonly Rule<Service>[] = [
  ...serviceAddressRules,
  portsRequired,
  portRange,
  portName,
  portDuplicate,
  targetPort,
  nodePort,
  externalName,
  externalAddress,
  affinity,
  typeFields,
  qualifiedName,
  distribution,
  sctp,
  serviceAnnotation,
];
