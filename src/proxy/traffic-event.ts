import { backendId } from "../balancer/backend.ts";
import { describePick, type Picked } from "../balancer/choice.ts";
import type { ServicePortKey } from "../balancer/service-port.ts";
import type { Route } from "../view/route.ts";
import type { Refusal } from "./refusal.ts";

/** The outcome of one request, tunnel or connection, emitted when it is over. */
export interface TrafficEvent {
  readonly kind: "request" | "upgrade" | "tunnel" | "connection";
  /** `HTTP/1.1`, `HTTP/2`, `SOCKS5`, `TCP`, `UDP` */
  readonly protocol: string;
  /** The client's address. */
  readonly client: string;
  /** HTTP only. */
  readonly method?: string;
  /** HTTP only: the requested host and path. */
  readonly host?: string;
  readonly path?: string;
  readonly service?: ServicePortKey;
  /** The route that led to the Service: `Ingress shop/web`. Absent where the Service was named directly. */
  readonly rule?: string;
  /** Address and port of the endpoint in the cluster. */
  readonly endpoint?: string;
  readonly pod?: string;
  /** Why this endpoint: `random of 3 ready endpoints`. */
  readonly why?: string;
  /** Endpoints tried; more than 1 when one could not be connected to. */
  readonly attempts: number;
  readonly status?: number;
  /** Milliseconds from the request's head to its end. */
  readonly duration: number;
  /** Body bytes to the client, where they are counted. */
  readonly bytes?: number;
  /** Why no pod answered. */
  readonly refusal?: Refusal;
  /** The client or the pod closed the connection before the end. */
  readonly aborted?: "client" | "endpoint";
}

/** The part of an event about the requested Service. */
export function serviceOf({ port, isOutside }: Route): Pick<TrafficEvent, "service"> {
  return isOutside ? {} : { service: port.key };
}

/** The part of an event about the chosen endpoint. */
export function chosen(picked: Picked): Pick<TrafficEvent, "service" | "endpoint" | "pod" | "why"> {
  const { kind, name: pod } = picked.endpoint.targetRef ?? {};
  return {
    endpoint: backendId(picked.address, picked.port),
    why: describePick(picked),
    ...(pod === undefined || kind !== "Pod" ? {} : { pod }),
  };
}
