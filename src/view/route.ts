import type { BalancedPort } from "../balancer/balanced-port.ts";
import type { Client } from "../balancer/choice.ts";
import type { Service } from "../objects/service.ts";
import { type SessionRule, sessionRule } from "../objects/service-annotations.ts";

/** A service port that a name and a port mean, and which of its endpoints. */
export interface Route {
  readonly port: BalancedPort;
  /** What every choice on this route is limited to, for any client. */
  readonly only?: Pick<Client, "hostname" | "pod" | "traffic" | "fromThisNode">;
  /** A port of the node was asked for: a Service's or a pod's. */
  readonly nodePort?: "NodePort" | "hostPort";
  /** What a client's session goes by, where the Service asks for one of its own. */
  readonly session?: SessionRule;
  /** It leads to a host outside the cluster. */
  readonly isOutside?: true;
  /**
   * A headless Service's own port number was asked for, which leads to another one in its pods: who connects to
   * the addresses that DNS gives has to use that one.
   */
  readonly translated?: number;
}

/** The rule by which a name and a port lead nowhere. */
export type NoRouteRule =
  /** The name is not one of the cluster's. */
  | "not-ours"
  /** The name is one of the cluster's, or could be, and there is no such Service. */
  | "no-service"
  | "no-address"
  | "no-port"
  /** The Service is another name for a host outside: {@link NoRoute.outside}. */
  | "external-name"
  /** Its aliases form a loop, or end at a name in the zone that does not exist. */
  | "dead-alias";

/** A name and a port that lead nowhere, and why. */
export interface NoRoute {
  readonly rule: NoRouteRule;
  /** Why, for a person; made when asked for. */
  readonly reason: string;
  /** The host that an alias leads to, without the final dot. */
  readonly outside?: string;
}

/** Leads to a Service's port, with the sessions that the Service asks for. */
export function routeTo(service: Service, port: BalancedPort): Route {
  const session = sessionRule(service);
  return { port, ...(session !== undefined && { session }) };
}

export function isRoute(found: Route | NoRoute): found is Route {
  return "port" in found;
}

export function noRoute(rule: NoRouteRule, why: () => string, outside?: string): NoRoute {
  return {
    rule,
    get reason() {
      return why();
    },
    ...(outside !== undefined && { outside }),
  };
}
