import {
  boolean,
  integer,
  integerOrString,
  list,
  oneOf,
  record,
  string,
  stringMap,
} from "../shape.ts";
import { objectShape } from "./metadata.ts";
import { protocol } from "./pod.ts";

const trafficPolicy = oneOf("Cluster", "Local");

const servicePort = record(
  {
    name: string,
    protocol,
    appProtocol: string,
    port: integer,
    targetPort: integerOrString,
    nodePort: integer,
  },
  { required: ["port"], others: "" },
);

const spec = record(
  {
    type: oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    selector: stringMap,
    ports: list(servicePort),
    clusterIP: string,
    clusterIPs: list(string),
    ipFamilies: list(oneOf("IPv4", "IPv6")),
    ipFamilyPolicy: oneOf("SingleStack", "PreferDualStack", "RequireDualStack"),
    externalName: string,
    externalIPs: list(string),
    loadBalancerIP: string,
    loadBalancerClass: string,
    loadBalancerSourceRanges: list(string),
    allocateLoadBalancerNodePorts: boolean,
    externalTrafficPolicy: trafficPolicy,
    internalTrafficPolicy: trafficPolicy,
    healthCheckNodePort: integer,
    trafficDistribution: string,
    sessionAffinity: oneOf("None", "ClientIP"),
    sessionAffinityConfig: record(
      { clientIP: record({ timeoutSeconds: integer }, { others: "" }) },
      { others: "" },
    ),
    publishNotReadyAddresses: boolean,
  },
  { others: "topologyKeys" },
);

const status = record({
  loadBalancer: record({
    ingress: list(record({ ip: string, hostname: string, ipMode: oneOf("VIP", "Proxy") })),
  }),
});

export const service = objectShape({ spec, status }, { required: ["spec"] });
