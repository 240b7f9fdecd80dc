import { isIP } from "node:net";
import { isAddressRange } from "../address-range.ts";
import { quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";
import { clusterIPs, type Service } from "../service.ts";
import { specialKind } from "./endpoint.ts";

const clusterIP: Rule<Service> = {
  id: "service-cluster-ip",
  severity: "error",
  check(service, report) {
    const { type = "ClusterIP", clusterIP: single = "", clusterIPs: all = [] } = service.spec;
    for (const [i, address] of clusterIPs(service).entries()) {
      const path = all.length > 0 ? ["spec", "clusterIPs", i] : ["spec", "clusterIP"];
      if (address !== "None" && isIP(address) === 0) {
        report(path, `${quote(address)} is no IP address`, {
          hint: address.toLowerCase() === "none" ? "write None" : "leave it out to get one",
        });
      }
      if (address === "None" && (type === "NodePort" || type === "LoadBalancer")) {
        report(path, `a Service of type ${type} cannot be headless`);
      }
      if (type === "ExternalName") {
        report(path, "a Service of type ExternalName has no ClusterIP", { hint: "remove it" });
      }
    }
    if (all.length > 0 && single !== "" && all[0] !== single) {
      report(["spec", "clusterIPs", 0], `must be the same as spec.clusterIP, ${quote(single)}`);
    }
    if (all.length > 1 && all[0] === "None") {
      report(["spec", "clusterIPs", 1], "a headless Service has no addresses beside None");
    } else if (all.length > 2 || (all.length === 2 && isIP(all[0]!) === isIP(all[1]!))) {
      report(["spec", "clusterIPs"], "there may be one address of each IP family, not more");
    }
  },
};

const addresses: Rule<Service> = {
  id: "service-address",
  severity: "error",
  check({ spec }, report) {
    for (const [i, address] of (spec.externalIPs ?? []).entries()) {
      if (isIP(address) !== 0) continue;
      report(["spec", "externalIPs", i], `${quote(address)} is no IP address`);
    }
    for (const [i, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
      if (isAddressRange(range.trim())) continue;
      const path = ["spec", "loadBalancerSourceRanges", i];
      report(path, `${quote(range)} is no address range such as 10.0.0.0/8`);
    }
  },
};

const families: Rule<Service> = {
  id: "service-ip-families",
  severity: "error",
  check({ spec: { clusterIP = "", clusterIPs: all, ipFamilies = [], ipFamilyPolicy } }, report) {
    const ips = all ?? (clusterIP === "" ? [] : [clusterIP]);
    for (const [i, family] of ipFamilies.entries()) {
      const version = isIP(ips[i] ?? "");
      if (version === 0 || family === `IPv${version}`) continue;
      report(["spec", "ipFamilies", i], `${quote(ips[i]!)}, the ClusterIP, is not of ${family}`);
    }
    if (ips.length === 2 && ipFamilyPolicy === "SingleStack") {
      report(["spec", "clusterIPs"], "two addresses don't go with ipFamilyPolicy: SingleStack", {
        hint: "write ipFamilyPolicy: PreferDualStack",
      });
    }
    if (ipFamilies.length > 2 || (ipFamilies.length === 2 && ipFamilies[0] === ipFamilies[1])) {
      report(["spec", "ipFamilies"], "each IP family may be named once");
    } else if (ipFamilies.length === 2 && ipFamilyPolicy === "SingleStack") {
      report(["spec", "ipFamilies"], "two families don't go with ipFamilyPolicy: SingleStack", {
        hint: "write ipFamilyPolicy: PreferDualStack",
      });
    }
  },
};

/** What is meant is clear, so that it works here. */
const clusterRefuses: Rule<Service> = {
  id: "service-cluster-refuses",
  severity: "warning",
  check({ spec }, report) {
    const { type, clusterIP = "", clusterIPs: all = [], ipFamilies = [], ipFamilyPolicy } = spec;
    if (all.length > 0 && clusterIP === "" && type !== "ExternalName") {
      report(["spec", "clusterIPs"], "a cluster refuses clusterIPs without clusterIP", {
        at: "key",
        hint: `write clusterIP: ${quote(all[0]!)} too`,
      });
    }
    const families = Math.max(ipFamilies.length, all.length);
    if (families > 1 && ipFamilyPolicy === undefined && type !== "ExternalName") {
      const path = ["spec", ipFamilies.length > 1 ? "ipFamilies" : "clusterIPs"];
      report(path, "a cluster refuses two IP families without an ipFamilyPolicy", {
        at: "key",
        hint: "write ipFamilyPolicy: RequireDualStack, or PreferDualStack",
      });
    }
    for (const [i, address] of (spec.externalIPs ?? []).entries()) {
      const kind = specialKind(address);
      if (kind === undefined) continue;
      report(["spec", "externalIPs", i], `${quote(address)} is ${kind}; a cluster refuses it`);
    }
  },
};

/** Where a Service is to be reached, and in which families. */
export const serviceAddressRules: readonly Rule<Service>[] = [
  clusterIP,
  addresses,
  families,
  clusterRefuses,
];
