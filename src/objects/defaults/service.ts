import type { EndpointPort, EndpointSlice } from "../endpoint-slice.ts";
import type { Endpoints } from "../endpoints.ts";
import type { Service, ServicePort, ServiceSpec } from "../service.ts";
import { change, changeEach, fill } from "./fill.ts";

/** Addresses, families and node ports are allocated, not defaulted. */
export function defaultService(service: Service): Service {
  const { type = "ClusterIP", externalIPs = [], sessionAffinity = "None" } = service.spec;
  const external = type === "NodePort" || type === "LoadBalancer" || externalIPs.length > 0;
  const fields: Partial<ServiceSpec> = {
    type,
    sessionAffinity,
    ...(type === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" }),
    ...(external && type !== "ExternalName" ? { externalTrafficPolicy: "Cluster" } : {}),
    ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
  };
  return change(service, "spec", (spec) =>
    change(defaultAffinity(fill(spec, fields)), "ports", (ports) => changeEach(ports, defaultPort)),
  );
}

/** Three hours, as the API documents (P.5). */
function defaultAffinity(spec: ServiceSpec): ServiceSpec {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity !== "ClientIP") {
    const { sessionAffinityConfig, ...rest } = spec;
    return sessionAffinityConfig === undefined ? spec : rest;
  }
  if (seconds !== undefined) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } };
}

function defaultPort(port: ServicePort): ServicePort {
  const fields = { protocol: "TCP", targetPort: port.port } as const;
  // Zero and the empty name are what Go calls unset.
  const unset = port.targetPort === 0 || port.targetPort === "";
  return fill(unset ? { ...port, targetPort: port.port } : port, fields);
}

function defaultEndpointPort(port: EndpointPort): EndpointPort {
  return fill(port, { name: "", protocol: "TCP" });
}

export function defaultEndpointSlice(slice: EndpointSlice): EndpointSlice {
  return change(fill(slice, { endpoints: [] }), "ports", (ports) =>
    changeEach(ports, defaultEndpointPort),
  );
}

export function defaultEndpoints(endpoints: Endpoints): Endpoints {
  return change(endpoints, "subsets", (subsets) =>
    changeEach(subsets, (subset) =>
      change(subset, "ports", (ports) =>
        changeEach(ports, (port) => fill(port, { protocol: "TCP" })),
      ),
    ),
  );
}
