import { integer, integerOrString, list, oneOf, record, string } from "../shape.ts";
import { labelSelector, objectShape } from "./metadata.ts";
import { protocol } from "./pod.ts";

const peers = list(
  record(
    {
      podSelector: labelSelector,
      namespaceSelector: labelSelector,
      ipBlock: record({ cidr: string, except: list(string) }, { required: ["cidr"], others: "" }),
    },
    { others: "" },
  ),
);

const ports = list(record({ protocol, port: integerOrString, endPort: integer }, { others: "" }));

export const networkPolicy = objectShape(
  {
    spec: record(
      {
        podSelector: labelSelector,
        policyTypes: list(oneOf("Ingress", "Egress")),
        ingress: list(record({ from: peers, ports }, { others: "" })),
        egress: list(record({ to: peers, ports }, { others: "" })),
      },
      { others: "" },
    ),
  },
  { required: ["spec"] },
);

export const podDisruptionBudget = objectShape(
  {
    spec: record(
      {
        selector: labelSelector,
        minAvailable: integerOrString,
        maxUnavailable: integerOrString,
      },
      { others: "unhealthyPodEvictionPolicy" },
    ),
  },
  { required: ["spec"] },
);

const backend = record(
  {
    service: record(
      { name: string, port: record({ number: integer, name: string }, { others: "" }) },
      { required: ["name"], others: "" },
    ),
  },
  { others: "resource" },
);

const path = record(
  { path: string, pathType: oneOf("Exact", "Prefix", "ImplementationSpecific"), backend },
  { required: ["pathType", "backend"], others: "" },
);

const loadBalancerIngress = record({
  ip: string,
  hostname: string,
  ipMode: oneOf("VIP", "Proxy"),
});

export const ingress = objectShape({
  spec: record(
    {
      ingressClassName: string,
      defaultBackend: backend,
      rules: list(
        record(
          {
            host: string,
            http: record({ paths: list(path) }, { required: ["paths"], others: "" }),
          },
          { others: "" },
        ),
      ),
      tls: list(record({ hosts: list(string), secretName: string }, { others: "" })),
    },
    { others: "" },
  ),
  status: record({ loadBalancer: record({ ingress: list(loadBalancerIngress) }) }),
});

/** Mutating and validating ones: only what they select is read. */
export const webhookConfiguration = objectShape({
  webhooks: list(record({ objectSelector: labelSelector, namespaceSelector: labelSelector })),
});
