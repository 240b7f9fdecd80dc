import type { BalancedPort } from "../balancer/balanced-port.ts";
import type { Client } from "../balancer/choice.ts";
import type { Service } from "../objects/service.ts";
import { type SessionRule, sessionRule } from "../objects/service-annotations.ts";

/** The Service port that a name and a port lead to, and which of its endpoints. */
export interface Route {
  readonly port: BalancedPort;
  /** Limits every choice on this route, for any client. */
  readonly only?: Pick<Client, "hostname" | "pod" | "traffic" | "fromThisNode">;
  /** A port of the node was asked for: a Service's or a pod's. */
  readonly nodePort?: "NodePort" | "hostPort";
  /** How a client's session is recognized, where the Service asks for one. */
  readonly session?: SessionRule;
  /** It leads to a host outside the cluster. */
  readonly isOutside?: true;
  /**
   * Set when the port that was asked for is a headless Service's, whose pods listen on this one instead: clients that
   * connect to the addresses of DNS have to use it.
   */
  readonly translated?: number;
}

/** The rule by which a name and a port lead nowhere. */
export type NoRouteRule =
  /** The name is not one of the cluster's. */
  | "not-ours"
  /** The name is the cluster's, or could be, but there is no such Service. */
  | "no-service"
  | "no-address"
  | "no-port"
  /** The Service is an alias for a host outside: {@link NoRoute.outside}. */
  | "external-name"
  /** Its aliases form a loop, or end at a name of the zone that does not exist. */
  | "dead-alias";

/** A name and a port that lead nowhere, and why. */
export interface NoRoute {
  readonly rule: NoRouteRule;
  /** Why, for people; phrased when it is read. */
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
