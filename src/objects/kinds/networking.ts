import { isIP } from "node:net";
import { canonicalAddress } from "../../net/address.ts";
import { Cidr } from "../../net/cidr.ts";
import {
  addressRange,
  type Check,
  dnsLabel,
  dnsSubdomain,
  each,
  port,
  portName,
  portNumber,
  readRange,
  ruled,
} from "../checks.ts";
import type { Ingress } from "../ingress.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import { ingressAnnotation } from "../rules/ingress-annotations.ts";
import type {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  IngressBackend,
  IngressClass,
  IngressClassParametersReference,
  IngressClassSpec,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
  IPAddress,
  IPBlock,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
  ServiceCIDR,
  TypedLocalObjectReference,
} from "../tables/kinds.ts";
import { pathSegment } from "./rbac.ts";
import { immutable } from "./workloads.ts";

/** A DNS name, or one that begins with `*.`. */
const hostPattern: Check<string> = (name, place) => {
  if (!name.includes("*")) dnsSubdomain(name, place);
  else if (!name.startsWith("*.") || name.slice(2).includes("*"))
    place.invalid(`${quote(name)} has "*" elsewhere than as its first label`);
  else dnsSubdomain(name.slice(2), place);
};

export const ingress: Kind = kind<Ingress>({
  groupKind: "Ingress.networking.k8s.io",
  advice: [ingressAnnotation],
  parts: {
    ...part<IngressSpec>("networking/v1.IngressSpec", {
      fields: { ingressClassName: dnsSubdomain },
      check({ defaultBackend, rules = [] }, place) {
        if (defaultBackend !== undefined || rules.length > 0) return;
        place
          .at("rules")
          .required("an Ingress needs rules, or a defaultBackend", { rule: "ingress-rules" });
      },
    }),
    ...part<IngressRule>("networking/v1.IngressRule", {
      fields: {
        host: (name, at) => {
          const place = at.as({
            rule: "ingress-host",
            hint: 'write a name such as web.example.com, or "*.example.com"',
          });
          if (isIP(name) !== 0) place.invalid(`${quote(name)} is an address; a host is a DNS name`);
          else if (name !== "") hostPattern(name, place);
        },
      },
    }),
    ...part<HTTPIngressRuleValue>("networking/v1.HTTPIngressRuleValue", { required: ["paths"] }),
    ...part<HTTPIngressPath>("networking/v1.HTTPIngressPath", {
      required: ["pathType"],
      check({ path = "", pathType }, at) {
        const place = at.at("path").as({ rule: "ingress-path" });
        if (path === "" && pathType === "ImplementationSpecific") return;
        if (!path.startsWith("/"))
          place.invalid(`a path starts with "/", and ${quote(path)} does not`);
        if (pathType === "ImplementationSpecific") return;
        const bad = ["//", "/./", "/../", "%2f", "%2F"].find((part) => path.includes(part));
        if (bad !== undefined) place.invalid(`${quote(path)} has ${bad} in it`);
        if (/\/\.\.?$/.test(path)) place.invalid(`${quote(path)} ends with dots`);
      },
    }),
    ...part<IngressBackend>("networking/v1.IngressBackend", {
      check({ service, resource }, at) {
        const place = at.as({ rule: "ingress-backend" });
        if (service === undefined && resource === undefined)
          place.required("a backend needs a service with name and port");
        else if (service !== undefined && resource !== undefined)
          place.invalid("service and resource exclude each other");
        else if (service !== undefined) checkBackendPort(service, place);
      },
    }),
    ...part<IngressServiceBackend>("networking/v1.IngressServiceBackend", {
      required: ["name"],
      fields: { name: ruled("ingress-backend", dnsLabel) },
    }),
    ...part<IngressTLS>("networking/v1.IngressTLS", {
      fields: {
        hosts: each(hostPattern),
        secretName: (name, place) => {
          if (name !== "") dnsSubdomain(name, place);
        },
      },
    }),
    ...part<TypedLocalObjectReference>("core/v1.TypedLocalObjectReference", {
      required: ["kind", "name"],
      fields: { apiGroup: dnsSubdomain, kind: pathSegment, name: pathSegment },
    }),
  },
});

function checkBackendPort(
  { port: { name = "", number = 0 } = {} }: IngressServiceBackend,
  place: Place,
): void {
  const at = place.at("service", "port");
  if ((number === 0) === (name === "")) {
    at.invalid("a backend's port has either a number or a name", {
      hint: "write port: { number: 80 }",
    });
  } else if (number !== 0) portNumber(number, at.at("number"));
  else portName(name, at.at("name"));
}

export const ingressClass: Kind = kind<IngressClass>({
  groupKind: "IngressClass.networking.k8s.io",
  update: ({ spec: before }, { spec: after }, place) =>
    immutable(before ?? {}, after ?? {}, ["controller"], place.at("spec")),
  parts: {
    ...part<IngressClassSpec>("networking/v1.IngressClassSpec", {
      required: ["controller"],
      fields: {
        controller: (name, place) => {
          const [domain, ...path] = name.split("/");
          if (name.length > 250 || path.join("/") === "")
            place.invalid(`${quote(name)} is no name such as example.com/controller`);
          else dnsSubdomain(domain!, place);
        },
      },
    }),
    ...part<IngressClassParametersReference>("networking/v1.IngressClassParametersReference", {
      required: ["kind", "name"],
      fields: { apiGroup: dnsSubdomain, kind: pathSegment, name: pathSegment },
      check({ scope = "Cluster", namespace }, place) {
        if (scope === "Namespace" && (namespace ?? "") === "")
          place.at("namespace").required("scope: Namespace needs one");
        else if (scope === "Cluster" && namespace !== undefined)
          place.at("namespace").forbidden("scope: Cluster has none");
        else if (scope === "Namespace") dnsLabel(namespace!, place.at("namespace"));
        if (scope !== "Namespace" && scope !== "Cluster")
          place.at("scope").invalid(`${quote(scope)} is neither Namespace nor Cluster`);
      },
    }),
  },
});

export const networkPolicy: Kind = kind({
  groupKind: "NetworkPolicy.networking.k8s.io",
  parts: {
    ...part<NetworkPolicySpec>("networking/v1.NetworkPolicySpec", {
      fields: {
        policyTypes: (types, place) => {
          if (types.length > 2) place.invalid("there are two types of policy");
        },
      },
    }),
    ...part<NetworkPolicyPeer>("networking/v1.NetworkPolicyPeer", {
      check({ ipBlock, podSelector, namespaceSelector }, at) {
        const place = at.as({ rule: "network-policy-peer" });
        const selects = podSelector !== undefined || namespaceSelector !== undefined;
        if (ipBlock === undefined && !selects)
          place.required("a peer needs a podSelector, a namespaceSelector or an ipBlock");
        if (ipBlock !== undefined && selects)
          place.invalid("an ipBlock does not go with selectors; write them as two peers");
      },
    }),
    ...part<IPBlock>("networking/v1.IPBlock", {
      required: ["cidr"],
      fields: {
        cidr: ruled("network-policy-peer", addressRange),
        except: each(ruled("network-policy-peer", addressRange)),
      },
      check({ cidr, except = [] }, place) {
        const outer = cidrOf(cidr);
        for (const [i, text] of except.entries()) {
          const inner = cidrOf(text);
          if (outer === undefined || inner === undefined) continue;
          if (outer.contains(text.split("/")[0]!) && outer.prefixLength < inner.prefixLength)
            continue;
          place
            .at("except", i)
            .invalid(`${quote(text)} is no part of ${cidr}`, { rule: "network-policy-peer" });
        }
      },
    }),
    ...part<NetworkPolicyPort>("networking/v1.NetworkPolicyPort", {
      fields: { port: ruled("network-policy-port", port) },
      check({ port: first, endPort }, at) {
        const place = at.at("endPort").as({ rule: "network-policy-port" });
        if (endPort === undefined) return;
        if (typeof first !== "number") place.invalid("endPort needs a port number as port");
        else if (endPort < first || endPort > 65535)
          place.invalid(`endPort goes from ${first}, the port, to 65535`);
      },
    }),
  },
});

function cidrOf(text: string): Cidr | undefined {
  return readRange(text) === undefined ? undefined : new Cidr(text);
}

export const serviceCidr: Kind = kind<ServiceCIDR>({
  groupKind: "ServiceCIDR.networking.k8s.io",
  /** One of the other family may be added, and nothing else. */
  update({ spec: before }, { spec: after }, place) {
    const [from = [], to = []] = [before.cidrs, after.cidrs];
    const kept = from.every((range, i) => to[i] === range);
    if (kept && to.length >= from.length) return;
    place.at("spec", "cidrs").invalid("a range can't be changed or taken away", { at: "key" });
  },
  parts: part<ServiceCIDR>("networking/v1.ServiceCIDR", {
    check({ spec: { cidrs = [] } }, at) {
      const place = at.at("spec", "cidrs").as({ rule: "service-cidr" });
      if (cidrs.length === 0 || cidrs.length > 2) {
        place.required("a ServiceCIDR has one range, or one of each IP family", {
          hint: "write cidrs: [10.200.0.0/16]; several ServiceCIDRs may stand side by side",
        });
        return;
      }
      for (const [i, text] of cidrs.entries()) {
        const range = readRange(text);
        if (range === undefined)
          place.at(i).invalid(`${quote(text)} is no address range such as 10.200.0.0/16`);
        // Written with host bits or in another spelling, a cluster refuses it.
        else if (range !== text)
          place.at(i).invalid(`${quote(text)} has to be written as ${range}`);
      }
      const [first, second] = cidrs.map((text) => cidrOf(text)?.family);
      if (first !== undefined && first === second) {
        place
          .at(1)
          .invalid(`both ranges are ${first}`, { hint: "make it a ServiceCIDR of its own" });
      }
    },
  }),
});

export const ipAddress: Kind = kind<IPAddress>({
  groupKind: "IPAddress.networking.k8s.io",
  name: (name, place) => {
    const canonical = canonicalAddress(name);
    if (canonical === name) return;
    place.invalid(`the name of an IPAddress is the address; ${quote(name)} is none`, {
      hint: canonical && `write ${canonical}`,
    });
  },
  update: (previous, next, place) =>
    immutable(previous.spec, next.spec, ["parentRef"], place.at("spec")),
  parts: part<IPAddress>("networking/v1.IPAddress", {
    check({ spec: { parentRef } }, at) {
      const place = at.at("spec", "parentRef");
      if (parentRef === undefined) place.required("an address belongs to something");
      else {
        if (parentRef.resource === "") place.at("resource").required();
        if (parentRef.name === "") place.at("name").required();
      }
    },
  }),
});
