import { isIP } from "node:net";
import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { validateDns1123Label, validateDns1123Subdomain } from "../../labels/dns-name.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL } from "../endpoint-slice.ts";
import type { Endpoints } from "../endpoints.ts";
import { isPortNumber } from "../port-name.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;

const address: Rule<EndpointSlice> = {
  id: "endpoint-address",
  severity: "error",
  check({ addressType, endpoints }, report) {
    if (endpoints.length > MAX_ENDPOINTS) {
      const message = `a slice has at most ${MAX_ENDPOINTS} endpoints, not ${endpoints.length}`;
      report(["endpoints"], message, { at: "key" });
    }
    for (const [i, { addresses, hostname }] of endpoints.entries()) {
      const path = ["endpoints", i];
      if (addresses.length === 0) report([...path, "addresses"], "an endpoint needs an address");
      if (addresses.length > MAX_ADDRESSES) {
        const message = `an endpoint has at most ${MAX_ADDRESSES} addresses, not ${addresses.length}`;
        report([...path, "addresses"], message, { at: "key" });
      }
      for (const [j, text] of addresses.entries()) {
        const at = [...path, "addresses", j];
        if (addressType === "FQDN") {
          for (const { message } of validateDns1123Subdomain(text)) report(at, message);
        } else if (isIP(text) !== (addressType === "IPv4" ? 4 : 6)) {
          report(at, `${quote(text)} is no ${addressType} address`);
        }
      }
      checkHostname([...path, "hostname"], hostname, report);
    }
  },
};

const legacyAddress: Rule<Endpoints> = {
  id: "endpoint-address",
  severity: "error",
  check(endpoints, report) {
    for (const { path, entry } of legacyAddresses(endpoints)) {
      if (isIP(entry.ip) === 0) report([...path, "ip"], `${quote(entry.ip)} is no IP address`);
      checkHostname([...path, "hostname"], entry.hostname, report);
    }
  },
};

const slicePort: Rule<EndpointSlice> = {
  id: "endpoint-port",
  severity: "error",
  check({ ports }, report) {
    checkPorts(["ports"], ports ?? [], report);
  },
};

const legacyPort: Rule<Endpoints> = {
  id: "endpoint-port",
  severity: "error",
  check({ subsets = [] }, report) {
    for (const [i, { ports = [] }] of subsets.entries()) {
      checkPorts(["subsets", i, "ports"], ports, report);
    }
  },
};

const special: Rule<EndpointSlice> = {
  id: "endpoint-address-special",
  severity: "warning",
  check({ endpoints }, report) {
    for (const [i, { addresses }] of endpoints.entries()) {
      for (const [j, text] of addresses.entries()) {
        warnSpecial(["endpoints", i, "addresses", j], text, report);
      }
    }
  },
};

const legacySpecial: Rule<Endpoints> = {
  id: "endpoint-address-special",
  severity: "warning",
  check(endpoints, report) {
    for (const { path, entry } of legacyAddresses(endpoints)) {
      warnSpecial([...path, "ip"], entry.ip, report);
    }
  },
};

const sliceService: Rule<EndpointSlice> = {
  id: "endpoint-slice-service",
  severity: "warning",
  check({ metadata: { labels = {} } }, report) {
    if (Object.hasOwn(labels, SERVICE_NAME_LABEL)) return;
    report(["metadata", "labels"], `without the label ${SERVICE_NAME_LABEL} no Service has it`, {
      hint: `write ${SERVICE_NAME_LABEL}: and the Service's name under metadata.labels`,
    });
  },
};

function checkHostname(path: FieldPath, hostname: string | undefined, report: Report): void {
  if (hostname === undefined || hostname === "") return;
  for (const { message } of validateDns1123Label(hostname)) report(path, message);
}

function checkPorts(
  path: FieldPath,
  ports: readonly { readonly name?: string | null; readonly port?: number | null }[],
  report: Report,
): void {
  const first = new Map<string, number>();
  for (const [i, { name, port }] of ports.entries()) {
    if (typeof port === "number" && !isPortNumber(port)) {
      report([...path, i, "port"], `${port} is no port; ports go from 1 to 65535`);
    }
    for (const { message } of name ? validateDns1123Label(name) : []) {
      report([...path, i, "name"], message);
    }
    const other = first.get(name ?? "");
    if (other === undefined) first.set(name ?? "", i);
    else report([...path, i, "name"], `the name ${quote(name ?? "")} is taken by ports[${other}]`);
  }
}

/** An API server takes no loopback, link-local, multicast or unspecified endpoint (P.2). */
function warnSpecial(path: FieldPath, text: string, report: Report): void {
  const kind = specialKind(text);
  if (kind === undefined) return;
  report(path, `${quote(text)} is ${kind}; it works here, an API server refuses it`, {
    hint: "to use a process on this machine, attach it in kubelane.yaml",
  });
}

/** What an address is that no endpoint, and no external address, of a cluster may be. */
export function specialKind(address: string): string | undefined {
  const text = address.toLowerCase();
  if (/^127\./.test(text) || text === "::1") return "a loopback address";
  if (/^169\.254\./.test(text) || /^fe[89ab][0-9a-f]:/.test(text)) return "a link-local address";
  if (/^(?:22[4-9]|23[0-9])\./.test(text) || /^ff[0-9a-f]{2}:/.test(text)) {
    return "a multicast address";
  }
  return text === "0.0.0.0" || text === "::" ? "the unspecified address" : undefined;
}

function* legacyAddresses({ subsets = [] }: Endpoints) {
  for (const [i, subset] of subsets.entries()) {
    for (const field of ["addresses", "notReadyAddresses"] as const) {
      for (const [j, entry] of (subset[field] ?? []).entries()) {
        yield { path: ["subsets", i, field, j], entry };
      }
    }
  }
}

export const endpointSliceRules: readonly Rule<EndpointSlice>[] = [
  address,
  slicePort,
  special,
  sliceService,
];
export const endpointsRules: readonly Rule<Endpoints>[] = [
  legacyAddress,
  legacyPort,
  legacySpecial,
];
