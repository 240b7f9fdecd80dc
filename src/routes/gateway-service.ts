import { createHash } from "node:crypto";
import { validateDns1035Label } from "../labels/dns-name.ts";
import type { Gateway } from "../objects/gateway.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import { SERVICE_PROXY_NAME, type Service } from "../objects/service.ts";

/** The label that marks objects made for a Gateway (Gateway API). */
const GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name";
const SERVICE_PROXY = "kubelane.dev-routes";

/** The name and namespace of the Service for Ingresses. */
export const INGRESS_SERVICE = { namespace: "kubelane-system", name: "ingress" } as const;

export interface GatewayPort {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** The name of the Service that provides a Gateway's addresses. */
export function serviceNameOf({ metadata: { name }, spec: { gatewayClassName } }: Gateway): string {
  const text = `${name}-${gatewayClassName}`.replaceAll(".", "-");
  if (text.length <= 63 && validateDns1035Label(text).length === 0) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return `gateway-${hash}`;
}

/** The Service of a Gateway: it has the listeners' addresses and ports, and no Pods. */
export function gatewayService(
  gateway: Gateway,
  ports: readonly GatewayPort[],
  address: string | undefined,
): KubernetesObject {
  const { namespace = "", name, uid = "" } = gateway.metadata;
  const { labels, annotations } = gateway.spec.infrastructure ?? {};
  const service = loadBalancer(namespace, serviceNameOf(gateway), ports, {
    labels: { ...labels, [GATEWAY_NAME_LABEL]: name },
    annotations,
    address,
  });
  const owner = {
    apiVersion: gateway.apiVersion,
    kind: gateway.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return { ...service, metadata: { ...service.metadata, ownerReferences: [owner] } };
}

export function ingressService(): KubernetesObject {
  const { namespace, name } = INGRESS_SERVICE;
  const ports: GatewayPort[] = [
    { port: 80, protocol: "TCP" },
    { port: 443, protocol: "TCP" },
  ];
  return loadBalancer(namespace, name, ports, {
    labels: { "app.kubernetes.io/managed-by": "kubelane" },
    annotations: undefined,
    address: undefined,
  });
}

function loadBalancer(
  namespace: string,
  name: string,
  ports: readonly GatewayPort[],
  {
    labels,
    annotations,
    address,
  }: {
    readonly labels: StringMap;
    readonly annotations: StringMap | undefined;
    readonly address: string | undefined;
  },
): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      namespace,
      name,
      labels: { ...labels, [SERVICE_PROXY_NAME]: SERVICE_PROXY },
      ...(annotations && { annotations }),
    },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ...(address !== undefined && { loadBalancerIP: address }),
      ports: ports.map(({ port, protocol }) => ({
        name: `${protocol.toLowerCase()}-${port}`,
        port,
        protocol,
        targetPort: port,
      })),
    },
  };
}

/** Whether the Service in the store is as it should be, apart from fields that were filled in since. */
export function isAsWanted(service: Service, wanted: KubernetesObject): boolean {
  const spec = wanted.spec as Service["spec"];
  const facts = ({ metadata, spec: { ports, loadBalancerIP } }: Service) =>
    JSON.stringify([
      metadata.labels,
      metadata.annotations ?? {},
      metadata.ownerReferences ?? [],
      loadBalancerIP ?? "",
      (ports ?? []).map(({ name, port, protocol }) => [name, port, protocol]),
    ]);
  return facts(service) === facts({ ...(wanted as Service), spec });
}

/** The address of a Service for outside clients. */
export function externalAddresses(service: Service | undefined): string[] {
  return (service?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
}
