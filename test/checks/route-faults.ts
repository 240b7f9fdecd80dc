import { GATEWAY_GROUP } from "../../src/objects/gateway.ts";
import type { Fault } from "./faults.ts";

const documents = (...texts: readonly string[]) => texts.join("---\n");

const object = (kind: string, name: string, spec: string, namespace = "default"): string =>
  `apiVersion: ${GATEWAY_GROUP}/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec:\n${spec.replace(/^(?=.)/gm, "  ")}`;

const web = `apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: default }\nspec: { ports: [{ name: http, port: 80 }] }\n`;
const elsewhere = web.replace("namespace: default", "namespace: other");

const gateway = (listeners = "- { name: http, port: 80, protocol: HTTP }", more = "") =>
  object(
    "Gateway",
    "gw",
    `gatewayClassName: any\n${more}listeners:\n${listeners.replace(/^(?=.)/gm, "  ")}\n`,
  );

interface Route {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly parent?: string;
  readonly hosts?: string;
  readonly rules?: string;
}

function route({
  kind = "HTTPRoute",
  name = "shop",
  namespace,
  parent = "name: gw",
  hosts = "",
  rules = "- backendRefs: [{ name: web, port: 80 }]",
}: Route = {}): string {
  const hostnames = hosts === "" ? "" : `hostnames: [${hosts}]\n`;
  return object(
    kind,
    name,
    `parentRefs: [{ ${parent} }]\n${hostnames}rules:\n${rules.replace(/^(?=.)/gm, "  ")}\n`,
    namespace,
  );
}

const ingress = (name: string, paths: string, host = "web.example.com"): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: ${name}, namespace: default }\nspec:\n  rules:\n    - host: ${host}\n      http:\n        paths:\n${paths.replace(/^(?=.)/gm, "          ")}\n`;

const path = (value: string, mark = "") =>
  `- ${mark}{ path: ${value}, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }`;

/** Faults of Ingresses, Gateways and routes. */
export const ROUTE_FAULTS: readonly Fault[] = [
  { rule: "route-parent", text: documents(web, gateway(), route({ parent: "name: «gv" })) },
  { rule: "route-parent", text: documents(web, route({ parent: "name: «gw" })) },
  {
    rule: "route-parent",
    text: documents(web, gateway(), route({ parent: "name: «gw, namespace: infra" })),
  },
  {
    rule: "route-parent",
    text: documents(web, gateway(), route({ parent: "name: «gw, kind: ListenerSet" })),
  },
  {
    rule: "route-listener",
    text: documents(web, gateway(), route({ parent: "name: gw, sectionName: «https" })),
  },
  {
    rule: "route-listener",
    text: documents(web, gateway(), route({ parent: "name: gw, port: «443" })),
  },
  {
    rule: "route-not-allowed",
    text: documents(
      elsewhere,
      gateway(),
      route({ namespace: "other", parent: "name: gw, namespace: default" }).replace(
        "[{ name: gw",
        "[«{ name: gw",
      ),
    ),
  },
  {
    rule: "route-not-allowed",
    text: documents(
      web,
      gateway("- { name: tcp, port: 5432, protocol: TCP }"),
      route().replace("[{ name: gw", "[«{ name: gw"),
    ),
  },
  {
    rule: "route-host",
    text: documents(
      web,
      gateway('- { name: http, port: 80, protocol: HTTP, hostname: "*.example.com" }'),
      route({ hosts: "shop.example.org" }).replace("[{ name: gw", "[«{ name: gw"),
    ),
  },
  {
    rule: "route-backend",
    text: documents(
      web,
      gateway(),
      route({
        rules: "- backendRefs:\n    - { name: web, port: 80 }\n    - { name: «wbe, port: 80 }",
      }),
    ),
  },
  {
    rule: "route-backend",
    text: documents(
      web,
      gateway(),
      route({
        rules:
          "- filters:\n    - type: RequestMirror\n      requestMirror: { backendRef: { name: «shadow, port: 80 } }\n  backendRefs: [{ name: web, port: 80 }]",
      }),
    ),
  },
  {
    rule: "route-backend",
    text: documents(
      gateway("- { name: tcp, port: 5432, protocol: TCP }"),
      route({ kind: "TCPRoute", rules: "- backendRefs: [{ name: «db, port: 5432 }]" }),
    ),
  },
  {
    rule: "route-backend-port",
    text: documents(
      web,
      gateway(),
      route({ kind: "GRPCRoute", rules: "- backendRefs: [{ name: web, port: «8080 }]" }),
    ),
  },
  {
    rule: "route-backend-kind",
    text: documents(
      gateway(),
      route({ rules: "- backendRefs: [{ name: web, kind: «Bucket, group: a.example.com }]" }),
    ),
  },
  {
    rule: "route-filter",
    text: documents(
      web,
      gateway(),
      route({
        rules:
          "- filters:\n    - type: «ExtensionRef\n      extensionRef: { group: a.example.com, kind: Wasm, name: b }\n  backendRefs: [{ name: web, port: 80 }]",
      }),
    ),
  },
  {
    rule: "route-expression",
    text: documents(
      web,
      gateway(),
      route({
        rules:
          '- matches: [{ path: { type: RegularExpression, value: «"/a(?=b)" } }]\n  backendRefs: [{ name: web, port: 80 }]',
      }),
    ),
  },
  {
    rule: "route-expression",
    text: documents(
      web,
      gateway(),
      route({
        kind: "GRPCRoute",
        rules:
          '- matches: [{ headers: [{ name: a, type: RegularExpression, value: «"[" }] }]\n  backendRefs: [{ name: web, port: 80 }]',
      }),
    ),
  },
  {
    rule: "route-shadowed",
    text: documents(
      web,
      gateway(),
      route({
        rules:
          "- backendRefs: [{ name: web, port: 80 }]\n- «matches: [{ path: { value: / } }]\n  backendRefs: [{ name: web, port: 80 }]",
      }),
    ),
  },
  {
    rule: "route-shadowed",
    text: documents(
      web,
      gateway("- { name: a, port: 80, protocol: HTTP }\n- { name: b, port: 81, protocol: HTTP }"),
      route({ name: "a", hosts: "a.example.com, b.example.com", parent: "name: gw" }),
      route({
        name: "b",
        hosts: "b.example.com",
        parent: "name: gw, sectionName: b",
        rules:
          "- matches: [{ path: { value: /b } }, «{ path: { value: / } }]\n  backendRefs: [{ name: web, port: 80 }]",
      }),
    ),
  },
  {
    rule: "reference-grant",
    text: documents(
      elsewhere,
      gateway(),
      route({ rules: "- backendRefs: [{ name: web, namespace: «other, port: 80 }]" }),
    ),
  },
  {
    rule: "reference-grant",
    text: documents(
      gateway(
        "- { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: tls, namespace: «other }] } }",
      ),
    ),
  },
  {
    rule: "gateway-listener",
    text: gateway(
      "- { name: a, port: 80, protocol: HTTP }\n- { name: b, port: 81, protocol: «example.com/odd }",
    ),
  },
  {
    rule: "gateway-listener",
    text: gateway(
      "- { name: a, port: 80, protocol: HTTP, allowedRoutes: { kinds: [{ kind: HTTPRoute }, «{ kind: TCPRoute }] } }",
    ),
  },
  {
    rule: "gateway-certificate",
    text: gateway(
      "- { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: «tls }] } }",
    ),
  },
  {
    rule: "gateway-certificate",
    text: documents(
      gateway(undefined, "tls: { backend: { clientCertificateRef: { name: «client } } }\n"),
    ),
  },
  {
    rule: "gateway-certificate",
    text: object(
      "BackendTLSPolicy",
      "web",
      'targetRefs: [{ group: "", kind: Service, name: web }]\nvalidation: { hostname: web.example.com, caCertificateRefs: [{ group: "", kind: ConfigMap, name: «ca }] }\n',
    ),
  },
  {
    rule: "backend-tls-policy",
    text: documents(
      ...["a", "b"].map((name) =>
        object(
          "BackendTLSPolicy",
          name,
          `targetRefs: [${name === "b" ? "«" : ""}{ group: "", kind: Service, name: web }]\nvalidation: { hostname: web.example.com, wellKnownCACertificates: System }\n`,
        ),
      ),
    ),
  },
  {
    rule: "ingress-duplicate",
    text: documents(web, ingress("a", path("/")), ingress("b", path("/", "«"))),
  },
  {
    rule: "ingress-duplicate",
    text: documents(web, ingress("a", `${path("/api")}\n${path("/api/", "«")}`)),
  },
  {
    rule: "route-host",
    text: documents(
      web,
      gateway("- { name: http, port: 80, protocol: HTTP, hostname: a.example.com }"),
      route({ kind: "GRPCRoute", hosts: '"*.b.example.com"' }).replace(
        "[{ name: gw",
        "[«{ name: gw",
      ),
    ),
  },
  {
    rule: "route-backend-port",
    text: documents(
      web,
      gateway("- { name: udp, port: 53, protocol: UDP }"),
      route({ kind: "UDPRoute", rules: "- backendRefs: [«{ name: web }]" }),
    ),
  },
  {
    rule: "route-backend-kind",
    text: documents(
      web,
      gateway(),
      route({
        rules:
          "- filters:\n    - type: RequestMirror\n      requestMirror: { backendRef: { name: web, kind: «Pod, port: 80 } }\n  backendRefs: [{ name: web, port: 80 }]",
      }),
    ),
  },
  {
    rule: "route-filter",
    text: documents(
      web,
      gateway(),
      route({
        kind: "GRPCRoute",
        rules:
          "- backendRefs:\n    - name: web\n      port: 80\n      filters: [{ type: «ExtensionRef, extensionRef: { group: a.example.com, kind: Wasm, name: b } }]",
      }),
    ),
  },
  {
    rule: "backend-tls-policy",
    text: documents(
      ...["a", "b"].map((name) =>
        object(
          "BackendTLSPolicy",
          name,
          `targetRefs:\n- { group: "", kind: Service, name: ${name} }\n- ${name === "b" ? "«" : ""}{ group: "", kind: Service, name: web, sectionName: http }\nvalidation: { hostname: web.example.com, wellKnownCACertificates: System }\n`,
        ),
      ),
    ),
  },
];
