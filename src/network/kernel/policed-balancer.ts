import type { Balancer } from "../../balancer/balancer.ts";
import type { PolicyPlane } from "./policy-plane.ts";

/** A balancer for relays, whose connections are made by this process: what policies don't permit to the pod is refused. */
export function policedBalancer(
  balancer: Balancer,
  policies: Pick<PolicyPlane, "whyRefused">,
): Balancer {
  return {
    ...balancer,
    pick(port, client = {}) {
      const picked = balancer.pick(port, client);
      if (picked.outcome !== "endpoint" || client.address === undefined) return picked;
      const { address, port: number } = picked;
      const reason = policies.whyRefused(client.address, address, number, port.key.protocol);
      return reason === undefined ? picked : { rule: "policy", outcome: "drop", reason };
    },
  };
}
