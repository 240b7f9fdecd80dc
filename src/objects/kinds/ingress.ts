import { isIP } from "node:net";
import {
  type Check,
  dnsLabel,
  dnsSubdomain,
  each,
  portName,
  portNumber,
  ruled,
} from "../checks.ts";
import { AGE, NAME, NONE } from "../columns/column.ts";
import { some } from "../columns/some.ts";
import { immutable } from "../immutable-fields.ts";
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
  TypedLocalObjectReference,
} from "../tables/kinds.ts";
import { pathSegment } from "./rbac.ts";

/** A DNS name, or one that begins with `*.`. */
const hostPattern: Check<string> = (name, place) => {
  if (!name.includes("*")) dnsSubdomain(name, place);
  else if (!name.startsWith("*.") || name.slice(2).includes("*"))
    place.invalid(`${quote(name)} has "*" elsewhere than as its first label`);
  else dnsSubdomain(name.slice(2), place);
};

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export const ingress: Kind = kind<Ingress>({
  groupKind: "Ingress.networking.k8s.io",
  columns: [
    NAME,
    {
      header: "CLASS",
      cell: ({ spec, metadata }) =>
        spec?.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION] ?? NONE,
    },
    { header: "HOSTS", cell: ingressHosts },
    {
      header: "ADDRESS",
      cell: ({ status }) =>
        (status?.loadBalancer?.ingress ?? [])
          .map(({ ip, hostname }) => ip ?? hostname ?? "")
          .filter((text) => text !== "")
          .join(","),
    },
    { header: "PORTS", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
    AGE,
  ],
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

function ingressHosts({ spec }: Ingress): string {
  const rules = (spec?.rules ?? []).filter(({ http }) => http !== undefined);
  const hosts = rules.map(({ host }) => host || "*");
  return some(hosts, "*");
}

export const ingressClass: Kind = kind<IngressClass>({
  groupKind: "IngressClass.networking.k8s.io",
  columns: [
    NAME,
    {
      header: "CONTROLLER",
      cell: ({ spec }) => spec?.controller ?? "",
    },
    {
      header: "PARAMETERS",
      cell: ({ spec }) => {
        if (spec?.parameters === undefined) return NONE;
        const { apiGroup, kind, name } = spec.parameters;
        return `${apiGroup ? `${kind}.${apiGroup}` : kind}/${name}`;
      },
    },
    AGE,
  ],
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
