import type { Endpoint } from "../objects/endpoint-slice.ts";
import type { Backend } from "./backend.ts";
import type { EndpointSet, Traffic } from "./endpoint-table.ts";
import type { Policy } from "./policy.ts";

/** The client and the way it came. Everything is optional: the default is a connection to the ClusterIP. */
export interface Client {
  /** Its IP address: the key of session affinity. */
  readonly address?: string | undefined;
  /** Which traffic policy applies. Default: internal. */
  readonly traffic?: Traffic;
  /** See `verdict` in endpoint-table.ts. */
  readonly fromThisNode?: boolean;
  /** Only endpoints that go by this name below their Service: a hostname, or an address with dashes. */
  readonly hostname?: string | undefined;
  /** Only this endpoint, whatever its state: the client asked for the pod's own address. */
  readonly pod?: Pick<Backend, "address" | "port">;
  /** Endpoints that were tried in vain. */
  readonly exclude?: ReadonlySet<Backend>;
  readonly policy?: Policy;
  /** Endpoints that refuse connections are not passed over, as in kube-proxy. */
  readonly strict?: boolean;
  /** Requests with an equal key go to one endpoint, whatever the Service says: a cookie's or header's value. */
  readonly sessionKey?: string | undefined;
}

/** The endpoint that was chosen, and how. */
export interface Picked {
  readonly outcome: "endpoint";
  readonly address: string;
  readonly port: number;
  readonly endpoint: Endpoint;
  readonly backend: Backend;
  readonly chosenBy: "policy" | "affinity" | "address";
  readonly policy: Policy;
  /** What it was chosen from. */
  readonly from: EndpointSet;
}

/**
 * The rule by which no endpoint is chosen: there is none that is ready, none here (policy Local), none of the name that
 * was asked for, none that was not tried; or the client may not come.
 */
export type NotPickedRule =
  | "no-endpoint"
  | "none-here"
  | "no-hostname"
  | "all-tried"
  | "source-not-allowed"
  | "policy";

/** There is no endpoint for this client. */
export interface NotPicked {
  readonly rule: NotPickedRule;
  /** What a cluster would do to the connection: refuse it, or leave it without an answer (P.3). */
  readonly outcome: "reject" | "drop";
  /** Why, for a person; made when asked for. */
  readonly reason: string;
}

/** The endpoint, or the rule that refused. */
export type Choice = Picked | NotPicked;

/** Why this endpoint: `random of 3 ready endpoints`, `session affinity, of 3 ready endpoints`. */
export function describePick({ chosenBy, policy, from }: Picked): string {
  switch (chosenBy) {
    case "policy":
      return `${policy.name} of ${from.description}`;
    case "affinity":
      return `session affinity, of ${from.description}`;
    case "address":
      return "asked for by its own address";
  }
}
