import { isIP } from "node:net";
import { canonicalAddress } from "../../net/address.ts";
import {
  address,
  asAddress,
  type Check,
  distinct,
  dnsLabel,
  dnsSubdomain,
  labelKey,
  labelValue,
  portNumber,
  ruled,
  unlessEmpty,
  words,
} from "../checks.ts";
import { AGE, NAME, NONE } from "../columns/column.ts";
import { some } from "../columns/some.ts";
import { change, changeEach, fill } from "../defaults/fill.ts";
import { type EndpointSlice as AdmittedSlice, SERVICE_NAME_LABEL } from "../endpoint-slice.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type { Rule } from "../rule.ts";
import type {
  DiscoveryV1EndpointPort,
  Endpoint,
  EndpointAddress,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
} from "../tables/kinds.ts";
import { specialKind } from "./service.ts";

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

/** An API server takes no loopback, link-local, multicast or unspecified endpoint (P.2). */
function refuseSpecial(text: string, place: Place): void {
  const kind = specialKind(asAddress(text, place));
  if (kind === undefined) return;
  place.invalid(`${quote(text)} is ${kind}, which no endpoint of a cluster has`, {
    rule: "endpoint-address-special",
    usable: true,
    hint: "to use a process on this machine, attach it in kubelane.yaml",
  });
}

const endpointAddress: Check<string> = ruled("endpoint-address", address);
const hostname: Check<string> = unlessEmpty(ruled("endpoint-address", dnsLabel));

const withoutService: Rule<EndpointSlice> = {
  id: "endpoint-slice-service",
  severity: "warning",
  check({ metadata: { labels = {} } }, report) {
    if (Object.hasOwn(labels, SERVICE_NAME_LABEL)) return;
    report(["metadata", "labels"], `without the label ${SERVICE_NAME_LABEL} no Service has it`, {
      hint: `write ${SERVICE_NAME_LABEL}: and the Service's name under metadata.labels`,
    });
  },
};

export const endpointSlice: Kind = kind<EndpointSlice, AdmittedSlice>({
  groupKind: "EndpointSlice.discovery.k8s.io",
  defaults: (slice) =>
    change(fill(slice, { endpoints: [] }), "ports", (ports) =>
      changeEach(ports, (port) => fill(port, { name: "", protocol: "TCP" })),
    ),
  columns: [
    NAME,
    { header: "ADDRESSTYPE", cell: ({ addressType }) => addressType },
    {
      header: "PORTS",
      cell: ({ ports }) => some((ports ?? []).map(({ port }) => String(port ?? "*"))),
    },
    {
      header: "ENDPOINTS",
      cell: ({ endpoints }) => some(endpoints.flatMap(({ addresses }) => addresses)),
    },
    AGE,
  ],
  advice: [withoutService],
  update: (previous, next, place) => immutable(previous, next, ["addressType"], place),
  parts: {
    ...part<EndpointSlice>("discovery/v1.EndpointSlice", {
      required: ["addressType"],
      fields: { addressType: words("IPv4", "IPv6", "FQDN") },
      check({ addressType, endpoints = [], ports = [] }, place) {
        if (endpoints.length > MAX_ENDPOINTS) {
          const message = `a slice has at most ${MAX_ENDPOINTS} endpoints, not ${endpoints.length}`;
          place.at("endpoints").invalid(message, { rule: "endpoint-address", at: "key" });
        }
        for (const [i, { addresses }] of endpoints.entries()) {
          for (const [j, text] of addresses.entries()) {
            checkAddress(addressType, text, place.at("endpoints", i, "addresses", j));
          }
        }
        if (ports.length > MAX_PORTS)
          place.at("ports").invalid(`a slice has at most ${MAX_PORTS} ports`);
        distinct(
          ports,
          ({ name = "" }) => name,
          (i, name, first) =>
            place
              .at("ports", i, "name")
              .invalid(`the name ${quote(name)} is taken by ports[${first}]`, {
                rule: "endpoint-port",
              }),
        );
      },
    }),
    ...part<Endpoint>("discovery/v1.Endpoint", {
      fields: { nodeName: dnsSubdomain, hostname: ruled("endpoint-address", dnsLabel) },
      check({ addresses }, at) {
        const place = at.at("addresses").as({ rule: "endpoint-address" });
        if (addresses.length === 0) place.required("an endpoint needs an address");
        if (addresses.length > MAX_ADDRESSES) {
          const message = `an endpoint has at most ${MAX_ADDRESSES} addresses, not ${addresses.length}`;
          place.invalid(message, { at: "key" });
        }
      },
    }),
    ...part<DiscoveryV1EndpointPort>("discovery/v1.EndpointPort", {
      fields: { name: unlessEmpty(ruled("endpoint-port", dnsLabel)), appProtocol: labelKey },
    }),
    ...part<EndpointHints>("discovery/v1.EndpointHints", {
      check({ forZones = [], forNodes = [] }, place) {
        for (const [field, list] of Object.entries({ forZones, forNodes })) {
          for (const [i, { name }] of list.entries()) {
            const at = place.at(field, i, "name");
            if (field === "forNodes") dnsSubdomain(name, at);
            else labelValue(name, at);
          }
          distinct(
            list,
            ({ name }) => name,
            (i, name) => place.at(field, i, "name").duplicate(name),
          );
          if (list.length > 8) place.at(field).invalid(`there may be 8 hints, not ${list.length}`);
        }
      },
    }),
  },
});

function checkAddress(type: string, text: string, at: Place): void {
  const place = at.as({ rule: "endpoint-address" });
  if (type === "FQDN") {
    const name = text.replace(/\.$/, "");
    dnsSubdomain(name, place);
    if (!name.includes(".")) place.invalid(`${quote(text)} is no full name: it has one label`);
  } else if (isIP(asAddress(text, place)) !== (type === "IPv4" ? 4 : 6)) {
    place.invalid(`${quote(text)} is no ${type} address`);
  } else {
    address(text, place);
    const canonical = canonicalAddress(text);
    if (canonical !== undefined && canonical !== text) {
      place.invalid(`${quote(text)} has to be in its canonical form`, {
        hint: `write ${canonical}`,
        edit: { to: canonical },
      });
    }
    refuseSpecial(text, at);
  }
}

/** The kind before EndpointSlices. */
export const endpoints: Kind = kind<Endpoints>({
  groupKind: "Endpoints",
  defaults: (object) =>
    change(object, "subsets", (subsets) =>
      changeEach(subsets, (subset) =>
        change(subset, "ports", (ports) =>
          changeEach(ports, (port) => fill(port, { protocol: "TCP" })),
        ),
      ),
    ),
  columns: [
    NAME,
    { header: "ENDPOINTS", cell: ({ subsets = [] }) => some(addressesOf(subsets), NONE) },
    AGE,
  ],
  parts: {
    ...part<EndpointSubset>("core/v1.EndpointSubset", {
      check({ addresses = [], notReadyAddresses = [], ports = [] }, place) {
        if (addresses.length + notReadyAddresses.length === 0) {
          place.required("a subset needs addresses", { rule: "endpoint-address" });
        }
        for (const [i, { name = "" }] of ports.entries()) {
          if (ports.length > 1 && name === "") {
            place
              .at("ports", i, "name")
              .required("of several ports each needs a name", { rule: "endpoint-port" });
          }
        }
      },
    }),
    ...part<EndpointAddress>("core/v1.EndpointAddress", {
      fields: {
        ip: (ip, place) => {
          endpointAddress(ip, place);
          refuseSpecial(ip, place);
        },
        hostname,
        nodeName: dnsSubdomain,
      },
    }),
    ...part<EndpointPort>("core/v1.EndpointPort", {
      fields: {
        name: unlessEmpty(ruled("endpoint-port", dnsLabel)),
        port: ruled("endpoint-port", portNumber),
        appProtocol: labelKey,
      },
    }),
  },
});

function addressesOf(subsets: NonNullable<Endpoints["subsets"]>): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
}
