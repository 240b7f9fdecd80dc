import { extended } from "../objects/extended.ts";
import { hasNodePorts, type ServicePort, type ServiceSpec } from "../objects/service.ts";
import type { ServiceDemand } from "./service-demand.ts";

/** What was allocated to a Service. */
export interface Allocated {
  readonly addresses: readonly string[];
  readonly nodePorts: readonly (number | undefined)[];
  readonly healthCheckNodePort: number | undefined;
}

/** The spec with everything that was allocated, and without fields that its type doesn't use. */
export function allocatedSpec(
  input: ServiceSpec,
  demand: ServiceDemand,
  { addresses, nodePorts, healthCheckNodePort }: Allocated,
): ServiceSpec {
  const {
    clusterIP: _ip,
    clusterIPs: _ips,
    ipFamilies: _families,
    ipFamilyPolicy: _policy,
    healthCheckNodePort: _health,
    ports,
    ...rest
  } = input;
  const open = hasNodePorts(input);
  const filledPorts = ports?.map((port, i) => withNodePort(port, open ? nodePorts[i] : undefined));
  const common = extended(rest, filledPorts === undefined ? {} : { ports: filledPorts });
  if (input.type === "ExternalName") return common;
  const ips = demand.addresses.length === 0 ? ["None"] : addresses;
  return extended(common, {
    ...(ips.length === 0 ? {} : { clusterIP: ips[0]!, clusterIPs: ips }),
    ipFamilies: demand.families,
    ipFamilyPolicy: demand.familyPolicy,
    ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
  });
}

function withNodePort(port: ServicePort, nodePort: number | undefined): ServicePort {
  if (port.nodePort === nodePort) return port;
  const { nodePort: _, ...rest } = port;
  return nodePort === undefined ? rest : extended(rest, { nodePort });
}
